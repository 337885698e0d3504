import { ZerocardError } from '../../core/errors.ts'
import { COEFFICIENT_BYTES } from '../../core/iden3/zkey.ts'
import type { Engine } from './engine.ts'
import { ENTRY_BYTES } from './kernels/transform.ts'
import { SCALAR_BYTES } from './multiexp.ts'
import { wordsOf } from './proving-key.ts'
import type { ProvingKey } from './proving-key.ts'
import { CosetTransform } from './transform.ts'

/** The matrices of a key that rows are computed of: A and B. The values of C are their products. */
const MATRICES = 2

/** 32-bit words of a value, and of a coefficient with its place. */
const WORDS = SCALAR_BYTES / 4
const COEFFICIENT_WORDS = COEFFICIENT_BYTES / 4

/** What one thread keeps ready to compute the quotient A·B - C on the coset, in values. */
export class Quotient {
  readonly log: number
  readonly #engine: Engine
  readonly #wires: number
  readonly #transform: CosetTransform
  readonly #values: number
  readonly #entries: number
  readonly #ends: number

  constructor(engine: Engine, key: ProvingKey) {
    this.#engine = engine
    this.log = key.log
    this.#wires = key.wires
    this.#transform = new CosetTransform(engine, key.log)
    const { elementBytes, lanes } = engine.module.fr
    // The last element is read where a group of entries is not full, beside a coefficient of 0.
    this.#values = engine.allocate((key.wires + lanes) * elementBytes)
    const { entries, ends } = this.#makeRows(key)
    this.#entries = entries
    this.#ends = ends
  }

  /**
   * @param witness - Eight words for each wire.
   * @returns Address of an integer for each value of the domain, {@link SCALAR_BYTES} long, congruent
   *   to the value and below 2^255. Allocated: call it within `Engine.temporarily`.
   */
  compute(witness: Uint32Array): number {
    const engine = this.#engine
    const { call, module } = engine
    const { lanes, elementBytes, slotBytes } = module.fr
    const size = 2 ** this.log
    const result = engine.allocate(size * SCALAR_BYTES)
    const { slots } = this.#transform
    const groups = Math.ceil(this.#wires / lanes)
    engine.temporarily(() => {
      const plain = engine.allocate(groups * lanes * SCALAR_BYTES)
      engine.words(plain, witness.length).set(witness)
      call['fr_read']?.(this.#values, plain, groups)
    })
    engine.temporarily(() => {
      const rows = engine.allocate((MATRICES * size + 1) * elementBytes)
      call['fr_rows']?.(rows, this.#entries, this.#ends, MATRICES * size)
      const [a, b, c] = [0, 1, 2].map(() => engine.allocate(slots * slotBytes)) as [
        ...[number, number, number],
      ]
      for (const [i, to] of [a, b].entries()) {
        const from = rows + i * size * elementBytes
        call['fr_spread']?.(to, from, from + slots * elementBytes, slots)
      }
      call['fr_product']?.(c, a, b, slots)
      // What was read of the witness is needed no longer.
      engine.bytes(this.#values, groups * lanes * elementBytes).fill(0)
      for (const data of [a, b, c]) this.#transform.run(data)
      call['fr_quotient']?.(result, result + slots * SCALAR_BYTES, a, b, c, slots)
    })
    return result
  }

  /** Coefficients row by row, first of A, then of B, each with the address of its wire's value. */
  #makeRows({ coefficients, log, wires }: ProvingKey): {
    readonly entries: number
    readonly ends: number
  } {
    const engine = this.#engine
    const { lanes, elementBytes } = engine.module.fr
    const size = 2 ** log
    const coefficientWords = wordsOf(coefficients)
    const count = coefficients.length / COEFFICIENT_BYTES
    const rowOf = (i: number): number => {
      const at = i * COEFFICIENT_WORDS
      return (coefficientWords[at] as number) * size + (coefficientWords[at + 1] as number)
    }
    const starts = new Uint32Array(MATRICES * size + 1)
    for (let i = 0; i < count; i++) {
      assertPlace(coefficientWords, i * COEFFICIENT_WORDS, size, wires)
      const row = rowOf(i)
      starts[row + 1] = (starts[row + 1] ?? 0) + 1
    }
    // Rows are filled up to whole groups.
    for (let row = 0; row < MATRICES * size; row++) {
      const length = Math.ceil((starts[row + 1] ?? 0) / lanes) * lanes
      starts[row + 1] = (starts[row] ?? 0) + length
    }
    const total = starts[MATRICES * size] ?? 0
    const elements = this.#readCoefficients(coefficientWords, count)
    const entries = engine.allocate(total * ENTRY_BYTES)
    const ends = engine.allocate(4 * MATRICES * size)
    const words = engine.words(entries, 2 * total)
    const zero = elements + count * elementBytes
    for (let i = 0; i < total; i++) {
      words[2 * i] = zero
      words[2 * i + 1] = this.#values
    }
    const next = starts.slice()
    for (let i = 0; i < count; i++) {
      const row = rowOf(i)
      const at = next[row] as number
      next[row] = at + 1
      words[2 * at] = elements + i * elementBytes
      const wire = coefficientWords[i * COEFFICIENT_WORDS + 2] as number
      words[2 * at + 1] = this.#values + wire * elementBytes
    }
    const rowEnds = engine.words(ends, MATRICES * size)
    for (let row = 0; row < MATRICES * size; row++) {
      rowEnds[row] = entries + (starts[row + 1] as number) * ENTRY_BYTES
    }
    return { entries, ends }
  }

  /** Address of the coefficients as elements, and of a zero behind them. */
  #readCoefficients(from: Uint32Array, count: number): number {
    const engine = this.#engine
    const { lanes, elementBytes } = engine.module.fr
    const padded = Math.ceil((count + 1) / lanes) * lanes
    const elements = engine.allocate(padded * elementBytes)
    engine.temporarily(() => {
      const plain = engine.allocate(padded * SCALAR_BYTES)
      const words = engine.words(plain, padded * WORDS)
      for (let i = 0; i < count; i++) {
        const at = i * COEFFICIENT_WORDS + COEFFICIENT_WORDS - WORDS
        for (let k = 0; k < WORDS; k++) words[i * WORDS + k] = from[at + k] as number
      }
      words.fill(0, count * WORDS)
      engine.call['fr_read_twice']?.(elements, plain, padded / lanes)
    })
    return elements
  }
}

/** Matrix, row and wire of a coefficient. @throws ZerocardError with `ARTIFACT_INVALID`. */
function assertPlace(words: Uint32Array, at: number, rows: number, wires: number): void {
  const [matrix = 0, row = 0, wire = 0] = words.subarray(at, at + 3)
  if (matrix < MATRICES && row < rows && wire < wires) return
  throw new ZerocardError('ARTIFACT_INVALID', 'the proving key has a coefficient out of place')
}
