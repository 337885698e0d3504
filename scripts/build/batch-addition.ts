import type { Bn128, Group } from './bn128.ts'

/**
 * Adds many pairs of affine points at once. The slow part of an affine addition is an inversion,
 * and a batch shares one: 6 multiplications a pair instead of the 11 of Jacobian coordinates.
 *
 * Points are addresses in the memory of `curve`. None may be the identity.
 */
export class BatchAddition {
  readonly #group: Group
  readonly #capacity: number
  readonly #sums: Int32Array
  readonly #addends: Int32Array
  readonly #inverses: number
  readonly #slope: number
  readonly #x: number
  readonly #jacobian: number
  #count = 0

  /** @param capacity - The most pairs of one batch. */
  constructor(curve: Bn128, group: Group, capacity: number) {
    this.#group = group
    this.#capacity = capacity
    this.#sums = new Int32Array(capacity)
    this.#addends = new Int32Array(capacity)
    this.#inverses = curve.allocate(capacity * group.field.bytes)
    this.#slope = curve.allocate(group.field.bytes)
    this.#x = curve.allocate(group.field.bytes)
    this.#jacobian = curve.allocate(group.jacobianBytes)
  }

  /**
   * Puts `sum += addend`, or `sum -= addend`, on the list. A sum may be on it only once, and the
   * result must not be the identity.
   */
  push(sum: number, addend: number, isNegative = false): void {
    if (this.#count === this.#capacity) throw new TypeError('the batch is full')
    this.#sums[this.#count] = sum
    this.#addends[this.#count] = isNegative ? -addend : addend
    const { sub, bytes } = this.#group.field
    sub(addend, sum, this.#inverses + this.#count * bytes)
    this.#count += 1
  }

  /** Does what is on the list, and empties it. */
  run(): void {
    const { bytes, batchInverse } = this.#group.field
    const count = this.#count
    this.#count = 0
    batchInverse(this.#inverses, bytes, count, this.#inverses, bytes)
    for (let i = 0; i < count; i++) {
      const addend = this.#addends[i] ?? 0
      this.#add(this.#sums[i] ?? 0, Math.abs(addend), addend < 0, this.#inverses + i * bytes)
    }
  }

  /** @param inverse - Address of 1 / (x of addend - x of sum). */
  #add(sum: number, addend: number, isNegative: boolean, inverse: number): void {
    const { add, bytes, copy, isZero, mul, square, sub } = this.#group.field
    const slope = this.#slope
    const x = this.#x
    // Equal x: the two are equal, and the line through them is a tangent.
    if (isZero(inverse) === 1) {
      this.#addSlowly(sum, addend, isNegative)
      return
    }
    // For a negative addend this is minus the slope, which only the last product can tell.
    if (isNegative) add(addend + bytes, sum + bytes, slope)
    else sub(addend + bytes, sum + bytes, slope)
    mul(slope, inverse, slope)
    square(slope, x)
    sub(x, sum, x)
    sub(x, addend, x)
    if (isNegative) sub(x, sum, inverse)
    else sub(sum, x, inverse)
    mul(inverse, slope, inverse)
    sub(inverse, sum + bytes, sum + bytes)
    copy(x, sum)
  }

  #addSlowly(sum: number, addend: number, isNegative: boolean): void {
    const { addMixed, subMixed, toAffine, toJacobian } = this.#group
    toJacobian(sum, this.#jacobian)
    const combine = isNegative ? subMixed : addMixed
    combine(this.#jacobian, addend, this.#jacobian)
    toAffine(this.#jacobian, sum)
  }
}
