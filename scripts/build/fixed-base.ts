import { BatchAddition } from './batch-addition.ts'
import { ELEMENT_BYTES } from '../../core/iden3/sections.ts'
import type { Bn128, Group } from './bn128.ts'

export type GroupName = 'g1' | 'g2'

/** Bits of a window: larger tables cost more to make than they save. */
const WINDOW_BITS: Readonly<Record<GroupName, number>> = { g1: 13, g2: 12 }

/** Scalars are below 2^254; one bit more takes the last carry. */
const SCALAR_BITS = 255

/** Points that are worked on at once. */
const BATCH = 1024

/**
 * Multiplies the generator of a group by many scalars.
 *
 * A scalar is cut into windows with signed digits; a table holds every positive multiple of the
 * generator that a digit of a window can stand for, so a product is one addition per window.
 */
export class FixedBase {
  readonly #curve: Bn128
  readonly #group: Group
  readonly #windowBits: number
  readonly #windows: number
  /** Digits go from -half to half. */
  readonly #half: number
  readonly #table: number
  readonly #sums: number
  readonly #addition: BatchAddition

  constructor(curve: Bn128, name: GroupName, windowBits = WINDOW_BITS[name]) {
    this.#curve = curve
    this.#group = curve[name]
    this.#windowBits = windowBits
    this.#windows = Math.ceil(SCALAR_BITS / windowBits)
    this.#half = 2 ** (windowBits - 1)
    this.#sums = curve.allocate(BATCH * this.#group.affineBytes)
    this.#addition = new BatchAddition(curve, this.#group, Math.max(BATCH, this.#half))
    this.#table = this.#makeTable()
  }

  /**
   * @param scalars - 32 little-endian bytes each, below the group's order.
   * @param points - Receives the products: affine, little-endian Montgomery, all zero for zero.
   */
  multiply(scalars: Uint8Array, points: Uint8Array): void {
    const { affineBytes } = this.#group
    const count = scalars.length / ELEMENT_BYTES
    for (let start = 0; start < count; start += BATCH) {
      const size = Math.min(BATCH, count - start)
      this.#multiplyBatch(
        scalars.subarray(start * ELEMENT_BYTES, (start + size) * ELEMENT_BYTES),
        size,
      )
      points.set(this.#curve.view(this.#sums, size * affineBytes), start * affineBytes)
    }
  }

  #multiplyBatch(scalars: Uint8Array, size: number): void {
    const { affineBytes } = this.#group
    const carries = new Uint8Array(size)
    const isStarted = new Uint8Array(size)
    this.#curve.view(this.#sums, size * affineBytes).fill(0)
    for (let window = 0; window < this.#windows; window++) {
      for (let i = 0; i < size; i++) {
        const bit = 8 * ELEMENT_BYTES * i + window * this.#windowBits
        const digit = this.#signedDigit(scalars, bit, carries, i)
        if (digit === 0) continue
        const sum = this.#sums + i * affineBytes
        const entry = this.#entry(window, Math.abs(digit))
        if (isStarted[i] === 1) this.#addition.push(sum, entry, digit < 0)
        else this.#start(sum, entry, digit < 0)
        isStarted[i] = 1
      }
      this.#addition.run()
    }
  }

  /** Takes the digit at `bit` and the carry from the window below, and leaves the next carry. */
  #signedDigit(scalars: Uint8Array, bit: number, carries: Uint8Array, index: number): number {
    const end = ELEMENT_BYTES * (index + 1)
    const digit = bitsAt(scalars, bit, this.#windowBits, end) + (carries[index] ?? 0)
    const carry = digit > this.#half ? 1 : 0
    carries[index] = carry
    return digit - 2 * this.#half * carry
  }

  #start(sum: number, entry: number, isNegative: boolean): void {
    const { bytes, copy, neg } = this.#group.field
    copy(entry, sum)
    if (isNegative) neg(entry + bytes, sum + bytes)
    else copy(entry + bytes, sum + bytes)
  }

  /** Address of `digit` times the base of the window; digits start at 1. */
  #entry(window: number, digit: number, table = this.#table): number {
    return table + (window * this.#half + digit - 1) * this.#group.affineBytes
  }

  #makeTable(): number {
    const table = this.#curve.allocate(this.#windows * this.#half * this.#group.affineBytes)
    this.#group.toAffine(this.#group.generator, table)
    for (let window = 0; window < this.#windows; window++) {
      // From the multiples 1 .. n come n + 1 .. 2n, by adding the n-th to each of them.
      for (let known = 1; known < this.#half; known *= 2) {
        for (let digit = 1; digit <= known; digit++) {
          const sum = this.#entry(window, known + digit, table)
          this.#start(sum, this.#entry(window, digit, table), false)
          this.#addition.push(sum, this.#entry(window, known, table))
        }
        this.#addition.run()
      }
      if (window + 1 === this.#windows) break
      // The next window's base is 2^windowBits, which is twice the last multiple, of this one's.
      const last = this.#entry(window, this.#half, table)
      const next = this.#entry(window + 1, 1, table)
      this.#start(next, last, false)
      this.#addition.push(next, last)
      this.#addition.run()
    }
    return table
  }
}

/** Up to 16 bits of a little-endian integer that ends before byte `end`, from bit `start` on. */
function bitsAt(bytes: Uint8Array, start: number, length: number, end: number): number {
  const first = start >> 3
  let word = bytes[first] ?? 0
  if (first + 1 < end) word |= (bytes[first + 1] ?? 0) << 8
  if (first + 2 < end) word |= (bytes[first + 2] ?? 0) << 16
  return (word >> (start & 7)) & ((1 << length) - 1)
}
