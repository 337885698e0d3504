import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Json } from '../check.ts'

/** What a unit came to. */
export interface UnitResult {
  readonly result: Json
  /** Processor time of the unit, in seconds. */
  readonly seconds: number
}

/** Results on disk, by what they were made from: those of other sources are never read. */
export class ResultStore {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  read(check: string, digest: string, unit: string): UnitResult | undefined {
    try {
      return JSON.parse(readFileSync(this.#path(check, digest, unit), 'utf8')) as UnitResult
    } catch {
      return undefined
    }
  }

  /** A run that is cut short leaves whole results only. */
  write(check: string, digest: string, unit: string, result: UnitResult): void {
    const path = this.#path(check, digest, unit)
    mkdirSync(dirname(path), { recursive: true })
    const draft = `${path}.${String(process.pid)}.tmp`
    writeFileSync(draft, JSON.stringify(result))
    renameSync(draft, path)
  }

  forget(check: string): void {
    rmSync(join(this.#folder, check), { recursive: true, force: true })
  }

  #path(check: string, digest: string, unit: string): string {
    return join(this.#folder, check, digest.slice(0, 16), `${unit}.json`)
  }
}
