import { ZerocardError } from '../../core/errors.ts'

/** Pieces of work that may wait for one name. */
const MAX_WAITING = 64

/** Lets pieces of work of one name go one after the other, and those of different names at once. */
export class Turns {
  readonly #lines = new Map<string, { last: Promise<unknown>; length: number }>()

  /** @throws ZerocardError with `OVERLOADED` if too many wait already. */
  async take<T>(name: string, work: () => Promise<T>): Promise<T> {
    const line = this.#lines.get(name) ?? { last: Promise.resolve(), length: 0 }
    if (line.length >= MAX_WAITING) {
      throw new ZerocardError('OVERLOADED', 'too much of this waits already: try again')
    }
    this.#lines.set(name, line)
    line.length += 1
    const mine = line.last.then(work, work)
    line.last = mine
    try {
      return await mine
    } finally {
      line.length -= 1
      if (line.length === 0) this.#lines.delete(name)
    }
  }
}
