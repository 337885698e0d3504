import { createHash } from 'node:crypto'

/** Random choices that are the same for the same seed, on every machine. */
export class Dice {
  readonly #seed: string
  #block = Buffer.alloc(0)
  #blocks = 0
  #used = 0

  constructor(seed: string) {
    this.#seed = seed
  }

  /** 0 to `limit` - 1; a bias of limit / 2^32 does not matter here. */
  below(limit: number): number {
    return this.#word() % limit
  }

  /** Both ends belong to it. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1)
  }

  chance(share: number): boolean {
    return this.#word() < share * 2 ** 32
  }

  /** @throws TypeError if there is nothing to choose from. */
  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new TypeError('nothing to choose from')
    return items[this.below(items.length)] as T
  }

  /** Some of the items, each at most once, in random order. */
  some<T>(items: readonly T[], count: number): T[] {
    const left = [...items]
    return Array.from({ length: Math.min(count, left.length) }, () => {
      const [taken] = left.splice(this.below(left.length), 1)
      return taken as T
    })
  }

  #word(): number {
    if (this.#used >= this.#block.length) {
      const text = `${this.#seed}/${this.#blocks++}`
      this.#block = createHash('sha256').update(text).digest()
      this.#used = 0
    }
    const word = this.#block.readUInt32LE(this.#used)
    this.#used += 4
    return word
  }
}
