import { utf8 } from '../../core/bytes.ts'
import { EMPTY_LOG, frontierAt, leafHash, logRoot } from '../../core/log.ts'
import type { LogFrontier, LogHash } from '../../core/log.ts'
import { LOG_TILE, documentHash, tileToJson } from '../../core/status-log.ts'

/** The log of an issuer in a test, which may sign for any epoch: what is missing is made up. */
export class TestLog {
  readonly #leaves: LogHash[] = []

  /** Documents that are in it. */
  get size(): number {
    return this.#leaves.length
  }

  /** What the document of an epoch has to say of those before. */
  before(epoch: number): LogHash {
    while (this.#leaves.length < epoch - 1) {
      this.#leaves.push(leafHash(utf8(`epoch ${String(this.#leaves.length + 1)}`)))
    }
    return logRoot(this.#frontier(epoch - 1))
  }

  /** The first document of an epoch is in the log; others of it are not. */
  add(epoch: number, text: string): string {
    if (this.#leaves.length === epoch - 1) this.#leaves.push(documentHash(text))
    return text
  }

  /** As an issuer publishes it. */
  tile(number: number): unknown {
    const base = this.#frontier(number * LOG_TILE)
    const leaves = this.#leaves.slice(base.size, base.size + LOG_TILE)
    return JSON.parse(JSON.stringify(tileToJson({ base, leaves })))
  }

  /** Two issuers with one past. */
  copy(): TestLog {
    const twin = new TestLog()
    twin.#leaves.push(...this.#leaves)
    return twin
  }

  #frontier(size: number): LogFrontier {
    return frontierAt({ base: EMPTY_LOG, leaves: this.#leaves }, Math.min(size, this.size))
  }
}
