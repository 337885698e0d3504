import type { Address } from '../../core/wasm/memory.ts'
import type { Engine, Group } from './engine.ts'
import { REFERENCE_BYTES, WAYS } from './kernels/points.ts'

/**
 * Groups of additions that share one inversion: what they work on, 160 bytes each in G1, stays within
 * a processor's cache, and the inversion, as dear as seven additions, is a few thousandths of it.
 */
const GROUPS_AT_ONCE = 1024

/** Not the address of any point: stands for the point at infinity. */
export const INFINITY = 0

/** Lists of references, one behind the other, to be summed list by list. */
export interface Lists {
  /** Used up. */
  readonly references: Address
  /** How many they are together. */
  readonly length: number
  /** A word for each list: how many references it has; in the end, a reference to its sum. */
  readonly counts: Address
  readonly lists: number
}

/**
 * Sums of points of one group. Allocates as it goes: run it within `Engine.temporarily`. Results are
 * references to points that last as long as the allocations.
 */
export class PointSums {
  readonly #engine: Engine
  readonly #group: Group
  /** Results of the smallest number of groups. */
  readonly #lanes: number
  readonly #work: number
  readonly #exceptions: number
  /** Where results are written next, and how many there is room for. */
  #room = 0
  #left = 0

  constructor(engine: Engine, group: Group) {
    this.#engine = engine
    this.#group = group
    this.#lanes = engine.module.fq.lanes * WAYS
    const pairs = (GROUPS_AT_ONCE / WAYS) * this.#lanes
    this.#work = engine.allocate((GROUPS_AT_ONCE + WAYS) * group.code.workBytes)
    this.#exceptions = engine.allocate(4 * pairs)
  }

  /** Makes room for so many results, so that the memory does not grow in small steps. */
  reserve(results: number): void {
    if (this.#left >= results) return
    this.#room = this.#engine.allocate((results + this.#lanes) * this.#group.code.pointBytes)
    this.#left = results
  }

  /**
   * Gives room back but for the points of the result, which are copied.
   *
   * @param to - Address with room for them, allocated before.
   */
  keep(to: number, work: () => Uint32Array): Uint32Array {
    const [room, left] = [this.#room, this.#left]
    const { pointBytes } = this.#group.code
    const kept = work().map((reference, i) => {
      if (reference === INFINITY) return INFINITY
      const address = to + i * pointBytes
      const point = this.#engine.bytes(reference & ~1, pointBytes)
      this.#engine.bytes(address, pointBytes).set(point)
      return address | (reference & 1)
    })
    // What was reserved meanwhile is larger, and begins elsewhere.
    if (this.#left + (this.#room - room) / pointBytes === left)
      [this.#room, this.#left] = [room, left]
    return kept
  }

  /** Sums of lists, {@link INFINITY} for an empty one. */
  lists({ references, length, counts, lists }: Lists): void {
    this.reserve(length)
    const engine = this.#engine
    engine.temporarily(() => {
      const pairs = this.#allocatePairs(length >>> 1)
      // Sums are written one behind the other, and read so in the next round.
      let areFar = true
      for (;;) {
        const count = this.#halve(references, counts, lists, pairs)
        if (count === 0) break
        const vanished = this.#add(pairs, count, areFar)
        areFar = false
        if (vanished.size > 0) {
          dropReferences(engine.words(references, length), engine.words(counts, lists), vanished)
        }
      }
    })
    const sums = engine.words(references, length)
    const results = engine.words(counts, lists)
    let next = 0
    for (let list = 0; list < lists; list++) {
      results[list] = results[list] === 0 ? INFINITY : (sums[next++] as number)
    }
  }

  #halve(references: Address, counts: Address, lists: number, pairs: Address): number {
    const { pointBytes } = this.#group.code
    const halve = this.#engine.call['lists_halve']
    if (halve === undefined) throw new TypeError('the module has no lists')
    return halve(references, counts, lists, pairs, this.#room, pointBytes)
  }

  /** Sums of pairs, either of which may be {@link INFINITY}. */
  pairs(pairs: readonly (readonly [number, number])[]): number[] {
    const real = pairs.filter(([a, b]) => a !== INFINITY && b !== INFINITY)
    this.reserve(real.length)
    const { pointBytes } = this.#group.code
    let next = this.#room
    const vanished = this.#engine.temporarily(() => {
      const address = this.#allocatePairs(real.length)
      this.#engine.words(address, 2 * real.length).set(real.flat())
      return this.#add(address, real.length)
    })
    return pairs.map(([a, b]) => {
      if (a === INFINITY) return b
      if (b === INFINITY) return a
      const sum = next
      next += pointBytes
      return vanished.has(sum) ? INFINITY : sum
    })
  }

  /** Twice each of these, which may be {@link INFINITY}; no point of these curves is its opposite. */
  doubles(references: readonly number[]): number[] {
    const real = references.filter((reference) => reference !== INFINITY)
    if (real.length === 0) return [...references]
    this.reserve(real.length)
    const { pointBytes } = this.#group.code
    let next = this.#room
    this.#double(Uint32Array.from(real), next)
    this.#room += real.length * pointBytes
    this.#left -= real.length
    return references.map((reference) => {
      if (reference === INFINITY) return INFINITY
      const double = next
      next += pointBytes
      return double
    })
  }

  /** Room for pairs, and for those that make groups whole. */
  #allocatePairs(count: number): Address {
    return this.#engine.allocate(2 * (count + this.#lanes) * REFERENCE_BYTES)
  }

  /**
   * Adds pairs into the room.
   *
   * @param pairs - From {@link PointSums.#allocatePairs}.
   * @param areFar - Whether their points lie anywhere in memory.
   * @returns Addresses of the results that are the point at infinity.
   */
  #add(pairs: Address, count: number, areFar = false): Set<number> {
    const vanished = new Set<number>()
    const most = (GROUPS_AT_ONCE / WAYS) * this.#lanes
    for (let from = 0; from < count; from += most) {
      const part = Math.min(most, count - from)
      this.#addPart(pairs + 2 * from * REFERENCE_BYTES, part, vanished, areFar)
      this.#room += part * this.#group.code.pointBytes
      this.#left -= part
    }
    return vanished
  }

  #addPart(pairs: Address, count: number, vanished: Set<number>, areFar: boolean): void {
    const groups = Math.ceil(count / this.#lanes) * WAYS
    const padded = (groups * this.#lanes) / WAYS
    const references = this.#engine.words(pairs, 2 * padded)
    // Groups are always whole: what is computed twice is written where the next results go.
    for (let i = 2 * count; i < 2 * padded; i++) references[i] = references[i - 2] as number
    const [work, exceptions] = [this.#work, this.#exceptions]
    // Points of a bucket lie anywhere. An addition has to wait for each of its own; here none does.
    if (areFar) this.#function('fetch')(pairs, 2 * padded, work)
    const found = this.#function('add')(pairs, this.#room, groups, work, exceptions)
    if (found === 0) return
    const numbers = this.#engine.words(exceptions, found).slice()
    this.#settle(numbers, this.#engine.words(pairs, 2 * count).slice(), vanished)
  }

  /** Pairs with the same x: the same point twice, or one and its opposite. */
  #settle(exceptions: Uint32Array, pairs: Uint32Array, vanished: Set<number>): void {
    const { pointBytes } = this.#group.code
    const engine = this.#engine
    const [doubled, places]: [number[], number[]] = [[], []]
    for (const pair of exceptions) {
      // Beyond the last pair it is repeated.
      const [a, b] = [pairs[2 * pair], pairs[2 * pair + 1]]
      if (a === undefined || b === undefined) continue
      const to = this.#room + pair * pointBytes
      if (this.#haveSameHeight(a, b)) {
        doubled.push(a)
        places.push(to)
      } else vanished.add(to)
    }
    if (doubled.length === 0) return
    // Whole groups are written, so not where results of other pairs are already.
    engine.temporarily(() => {
      const room = engine.allocate((doubled.length + this.#lanes) * pointBytes)
      this.#double(Uint32Array.from(doubled), room)
      places.forEach((to, i) => {
        engine.bytes(to, pointBytes).set(engine.bytes(room + i * pointBytes, pointBytes))
      })
    })
  }

  #haveSameHeight(a: number, b: number): boolean {
    const { fq } = this.#engine.module
    const { components, code } = this.#group
    // One point twice is written alike, nearly always, so the rest may take its time.
    if (this.#isWrittenAlike(a, b)) return (a & 1) === (b & 1)
    const heights = [a, b].map((reference) => {
      const start = (reference & ~1) + code.pointBytes / 2
      const values = Array.from({ length: components }, (_, i) =>
        fq.valueOf(this.#engine.bytes(start + i * fq.elementBytes, fq.elementBytes)),
      )
      return values.map((value) =>
        (reference & 1) === 1 ? (fq.modulus - value) % fq.modulus : value,
      )
    })
    return heights[0]?.every((value, i) => value === heights[1]?.[i]) === true
  }

  #isWrittenAlike(a: number, b: number): boolean {
    const { pointBytes } = this.#group.code
    const [first, second] = [a, b].map((reference) =>
      this.#engine.words(reference & ~1, pointBytes / 4),
    )
    return first?.every((word, i) => word === second?.[i]) === true
  }

  #double(references: Uint32Array, to: number): void {
    const groups = Math.ceil(references.length / this.#lanes) * WAYS
    if (groups > GROUPS_AT_ONCE) throw new TypeError('too many points to double at once')
    this.#engine.temporarily(() => {
      const padded = (groups * this.#lanes) / WAYS
      const address = this.#engine.allocate(padded * REFERENCE_BYTES)
      const list = this.#engine.words(address, padded)
      list.set(references)
      list.fill(references.at(-1) ?? INFINITY, references.length)
      this.#function('double')(address, to, groups, this.#work)
    })
  }

  #function(name: 'add' | 'double' | 'fetch'): (...operands: number[]) => number {
    const found = this.#engine.call[`${this.#group.name}_${name}`]
    if (found === undefined) throw new TypeError(`the module has no ${name}`)
    return found
  }
}

function dropReferences(
  references: Uint32Array,
  counts: Uint32Array,
  dropped: ReadonlySet<number>,
): void {
  let [from, to] = [0, 0]
  counts.forEach((count, list) => {
    const start = to
    for (let i = 0; i < count; i++) {
      const reference = references[from++] as number
      if (!dropped.has(reference)) references[to++] = reference
    }
    counts[list] = to - start
  })
}
