import { Fr } from '../../core/bn254.ts'
import { FIELD_ORDER, invert } from '../../core/field.ts'
import type { Engine } from './engine.ts'

/** Not a square modulo r; snarkjs takes its roots of unity as powers of it. */
const NON_SQUARE = 5n
/** r - 1 is divisible by 2 so often. */
const TWO_ADICITY = 28

/** The root of unity of order 2^log that snarkjs takes. */
function rootOfUnity(log: number): bigint {
  let root = Fr.pow(NON_SQUARE, (FIELD_ORDER - 1n) >> BigInt(TWO_ADICITY))
  for (let i = log; i < TWO_ADICITY; i++) root = (root * root) % FIELD_ORDER
  return root
}

/**
 * Brings polynomials from their values at the n-th roots of unity to those at the same roots times a
 * primitive 2n-th one, where the quotient of a Groth16 proof is computed.
 */
export class CosetTransform {
  /** In which values lie; with two lanes, slot i has value i and value i + n/2. */
  readonly slots: number
  readonly #engine: Engine
  readonly #forward: readonly number[]
  readonly #inverse: readonly number[]
  readonly #scale: number

  /** @param log - Of the number of values, which is at least 4. */
  constructor(engine: Engine, log: number) {
    this.#engine = engine
    const { fr } = engine.module
    this.slots = 2 ** log / fr.lanes
    const root = rootOfUnity(log)
    this.#forward = this.#twiddles(root)
    this.#inverse = this.#twiddles(invert(root))
    this.#scale = this.#scales(log)
  }

  /** @param data - Address of as many slots. */
  run(data: number): void {
    const { call, module } = this.#engine
    // Layer k has blocks of slots >> k; the one across lanes comes before all of them, or after.
    const last = this.#inverse.length - 1
    if (module.fr.lanes === 2) call['fr_across_inverse']?.(data, this.slots, this.#across.inverse)
    for (let k = 0; k < last; k++) {
      call['fr_inverse']?.(data, this.slots, this.slots >> k, this.#inverse[k] as number)
    }
    call['fr_neighbours']?.(data, this.slots)
    call['fr_scale']?.(data, this.#scale, this.slots)
    call['fr_neighbours']?.(data, this.slots)
    for (let k = last - 1; k >= 0; k--) {
      call['fr_forward']?.(data, this.slots, this.slots >> k, this.#forward[k] as number)
    }
    if (module.fr.lanes === 2) call['fr_across_forward']?.(data, this.slots, this.#across.forward)
  }

  readonly #across = { inverse: 0, forward: 0 }

  /** For each layer, powers of the root that belongs to it, one behind the other. */
  #twiddles(root: bigint): number[] {
    const engine = this.#engine
    const { fr } = engine.module
    const { slotBytes } = fr
    // With two lanes the widest table belongs to the layer across them.
    const widest = fr.lanes === 2 ? this.slots : this.slots / 2
    const all = this.#powers(fr.slotOf(1n), root, widest)
    const tables = [all]
    for (let length = widest / 2; length >= 1; length /= 2) {
      const table = engine.allocate(length * slotBytes)
      const previous = tables.at(-1) as number
      const bytes = engine.bytes(
        0,
        Math.max(table + length * slotBytes, previous + 2 * length * slotBytes),
      )
      for (let i = 0; i < length; i++) {
        const from = previous + 2 * i * slotBytes
        bytes.copyWithin(table + i * slotBytes, from, from + slotBytes)
      }
      tables.push(table)
    }
    if (fr.lanes === 1) return tables
    const isForward = this.#across.forward === 0
    engine.call['fr_across_table']?.(all, all, widest)
    this.#across[isForward ? 'forward' : 'inverse'] = all
    return tables.slice(1)
  }

  /** By what the values of a polynomial, in the order in which layers leave them, are multiplied. */
  #scales(log: number): number {
    const engine = this.#engine
    const { fr } = engine.module
    const size = 2 ** log
    const shift = rootOfUnity(log + 1)
    const first = invert(BigInt(size))
    // Slot i has the coefficient whose number is i with its bits reversed, and with two lanes the
    // next one: the number of value i + n/2 is that of value i, plus 1.
    const start = fr.slotOf(first, (first * shift) % FIELD_ORDER)
    const ratio = fr.lanes === 2 ? (shift * shift) % FIELD_ORDER : shift
    const table = engine.allocate(this.slots * fr.slotBytes)
    engine.temporarily(() => {
      const powers = this.#powers(start, ratio, this.slots)
      const bits = Math.log2(this.slots)
      for (let i = 0; i < this.slots; i++) {
        const from = powers + reversed(i, bits) * fr.slotBytes
        engine.bytes(table + i * fr.slotBytes, fr.slotBytes).set(engine.bytes(from, fr.slotBytes))
      }
    })
    return table
  }

  #powers(start: Uint8Array, ratio: bigint, count: number): number {
    const engine = this.#engine
    const { fr } = engine.module
    const to = engine.allocate(count * fr.slotBytes)
    engine.temporarily(() => {
      const [first, factor] = [engine.allocate(fr.slotBytes), engine.allocate(fr.slotBytes)]
      engine.bytes(first, fr.slotBytes).set(start)
      engine.bytes(factor, fr.slotBytes).set(fr.slotOf(ratio))
      engine.call['fr_powers']?.(to, first, factor, count)
    })
    return to
  }
}

function reversed(index: number, bits: number): number {
  let result = 0
  for (let i = 0; i < bits; i++) result |= ((index >>> i) & 1) << (bits - 1 - i)
  return result
}
