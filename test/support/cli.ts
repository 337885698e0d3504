import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

// The command line as people use it: child processes and files.

const MAIN = fileURLToPath(new URL('../../scripts/zerocard/main.ts', import.meta.url))

export interface Outcome {
  /** Null if the process was ended by a signal. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A folder for one test file, and everything its commands have said. */
export class Terminal {
  readonly folder = mkdtempSync(join(tmpdir(), 'zerocard-cli-'))
  /** All output of all commands, to be searched for what must not be there. */
  readonly said: string[] = []

  /** A path in the folder. */
  path(...parts: readonly string[]): string {
    return join(this.folder, ...parts)
  }

  /** Writes a JSON file into the folder. @returns Its path. */
  json(name: string, content: unknown): string {
    return this.text(name, JSON.stringify(content, null, 2))
  }

  text(name: string, content: string): string {
    writeFileSync(this.path(name), content)
    return this.path(name)
  }

  async run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
    const outcome = await this.start(args, env).outcome
    this.said.push(outcome.stdout, outcome.stderr)
    return outcome
  }

  /** Runs a command that must succeed. @returns Its JSON result. */
  async ok(args: readonly string[]): Promise<Record<string, unknown>> {
    const { code, stdout, stderr } = await this.run([...args, '--json'])
    if (code !== 0) throw new Error(`zerocard ${args.slice(0, 2).join(' ')}: ${stderr}`)
    return JSON.parse(stdout) as Record<string, unknown>
  }

  /** Starts a command, to be ended before its time. */
  start(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): { kill: () => void; outcome: Promise<Outcome> } {
    const child = spawn(process.execPath, [MAIN, ...args], {
      cwd: this.folder,
      env: { ...process.env, ...env },
    })
    const chunks = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        chunks[name] += text
      })
    }
    const outcome = new Promise<Outcome>((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (code) => resolve({ code, ...chunks }))
    })
    return { kill: () => child.kill('SIGKILL'), outcome }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** The code in the one line of an error; undefined for anything but one such line. */
export function errorCode({ stderr }: Outcome): string | undefined {
  return /^zerocard: ([A-Z_]+): [^\n]+\n$/.exec(stderr)?.[1]
}

/** `YYYY-MM-DD`, so many years and days before today (UTC). */
export function yearsAgo(years: number, days = 0): string {
  const today = new Date()
  const day = Date.UTC(
    today.getUTCFullYear() - years,
    today.getUTCMonth(),
    today.getUTCDate() - days,
  )
  return new Date(day).toISOString().slice(0, 10)
}

export const PERSON_SCHEMA = {
  id: 'person/1',
  title: 'Person',
  attributes: [
    { name: 'birthDate', type: 'date', title: 'date of birth' },
    { name: 'region', type: 'text', title: 'region of residence' },
    { name: 'householdSize', type: 'integer', unit: 'people', title: 'household size' },
    { name: 'isStudent', type: 'boolean', title: 'in full-time education' },
  ],
}

export const REGISTRY = 'https://registry.example'
export const SHOP = 'https://shop.example'
/** Rare enough to be searched for. */
export const REGION = 'Oberflockenbach'

export function gift(change: object = {}): object {
  return {
    id: 'gift@1',
    purpose: 'Pick up a birthday present',
    credentials: { person: { schema: 'person/1', trust: 'registries' } },
    where: { age: 'person.birthDate', atLeast: 18 },
    once: { scope: 'present', limit: 1 },
    ...change,
  }
}
