import { invert } from '../../core/field.ts'
import { G1_BYTES } from '../../core/iden3/zkey.ts'
import type { Engine, Group } from './engine.ts'
import { SCALAR_BYTES, importPoints, multiply } from './multiexp.ts'
import type { AffinePoint, PointTable, Step } from './multiexp.ts'
import { wordsOf } from './proving-key.ts'
import type { ProvingKey } from './proving-key.ts'
import { Quotient } from './quotient.ts'

/** Words of 32 bits of a scalar. */
const WORDS = SCALAR_BYTES / 4

/**
 * The sums of which a proof consists:
 *
 * - `a`: alpha and each wire's A, in G1, over the scale;
 * - `b`: beta, each wire's B, and the shift times delta, all times the scale, in G2;
 * - `c`: each private wire's C, and the quotient, in G1;
 * - `d`: C of the last private wires, where the key has these apart; it belongs to `c`.
 */
export const SUM_NAMES = ['a', 'b', 'c', 'd'] as const
export type SumName = (typeof SUM_NAMES)[number]

/** Sums, and with `a` what belongs to the third point: the same, not over the scale, times the shift. */
export type Sums = Partial<Record<SumName | 'shifted', AffinePoint>>

/** Numbers that hide the witness in a proof, fresh for each: see `proofOf`. */
export interface Blinding {
  /** Not zero. */
  readonly scale: bigint
  readonly shift: bigint
}

/** What one thread keeps ready of a proving key, to compute one or more of the sums. */
export class ProofSums {
  readonly #engine: Engine
  readonly #a: Points | undefined
  readonly #b: Points | undefined
  readonly #d: { readonly points: Points; readonly firstWire: number } | undefined
  readonly #c: { readonly points: CPoints; readonly quotient: Quotient } | undefined

  constructor(engine: Engine, key: ProvingKey, names: readonly SumName[]) {
    this.#engine = engine
    const { g1, g2 } = engine.module
    const { alpha, beta2, delta2 } = key
    if (names.includes('a')) this.#a = readyPoints(engine, g1, [key.a], [alpha])
    if (names.includes('b')) this.#b = readyPoints(engine, g2, [key.b2], [beta2, delta2])
    if (names.includes('c')) {
      const firstPrivate = key.publicSignals + 1
      const points = readyPoints(engine, g1, [key.c, key.h], [])
      this.#c = { points: { ...points, firstPrivate }, quotient: new Quotient(engine, key) }
    }
    if (names.includes('d')) {
      const firstWire = key.wires - key.d.length / G1_BYTES
      this.#d = { points: readyPoints(engine, g1, [key.d], []), firstWire }
    }
  }

  /**
   * @param witness - Eight words for each wire.
   * @param step - See `multiply`.
   */
  compute(name: SumName, witness: Uint32Array, blinding: Blinding, step?: Step): Sums {
    const { scale, shift } = blinding
    switch (name) {
      case 'a': {
        const factors = [invert(scale), shift]
        const [a, shifted] = this.#sumAlike(this.#a, witness, [1n], factors, step)
        return { a, shifted }
      }
      case 'b': {
        const [b] = this.#sumAlike(this.#b, witness, [1n, shift], [scale], step)
        return { b }
      }
      case 'c':
        return { c: this.#sumC(witness, step) }
      case 'd':
        return { d: this.#sumD(witness, step) }
    }
  }

  /** A sum over all wires, and single points behind them. */
  #sumAlike(
    points: Points | undefined,
    witness: Uint32Array,
    singles: readonly bigint[],
    factors: readonly bigint[],
    step?: Step,
  ): AffinePoint[] {
    if (points === undefined) throw new TypeError('the sum was not made ready')
    return this.#engine.temporarily(() => {
      const scalars = this.#scalars(points)
      this.#gather(scalars, points.kept[0] ?? new Uint32Array(), witness)
      this.#put(scalars, points.table.count - points.padding - singles.length, singles)
      return multiply(this.#engine, points.table, scalars, factors, step)
    })
  }

  #sumC(witness: Uint32Array, step?: Step): AffinePoint {
    if (this.#c === undefined) throw new TypeError('c was not made ready')
    const { points, quotient } = this.#c
    const [privates, rows] = points.kept
    if (privates === undefined || rows === undefined) {
      throw new TypeError('a part of the key is missing')
    }
    const engine = this.#engine
    return engine.temporarily(() => {
      const scalars = this.#scalars(points)
      this.#gather(scalars, privates, witness.subarray(points.firstPrivate * WORDS))
      engine.temporarily(() => {
        const values = quotient.compute(witness)
        const to = scalars + privates.length * SCALAR_BYTES
        this.#gather(to, rows, engine.words(values, 2 ** quotient.log * WORDS))
      })
      return multiply(engine, points.table, scalars, [1n], step)[0]
    })
  }

  #sumD(witness: Uint32Array, step?: Step): AffinePoint {
    if (this.#d === undefined) throw new TypeError('d was not made ready')
    const { points, firstWire } = this.#d
    return this.#engine.temporarily(() => {
      const scalars = this.#scalars(points)
      const [kept = new Uint32Array()] = points.kept
      this.#gather(scalars, kept, witness.subarray(firstWire * WORDS))
      return multiply(this.#engine, points.table, scalars, [1n], step)[0]
    })
  }

  /** Room for scalars, where all that is padding is 0. */
  #scalars({ table, padding }: Points): number {
    const length = table.count * WORDS
    const address = this.#engine.allocate(4 * length)
    this.#engine.words(address, length).fill(0, length - padding * WORDS)
    return address
  }

  #gather(to: number, from: Uint32Array, values: Uint32Array): void {
    const words = this.#engine.words(to, from.length * WORDS)
    for (let i = 0; i < from.length; i++) {
      const start = (from[i] as number) * WORDS
      for (let k = 0; k < WORDS; k++) words[i * WORDS + k] = values[start + k] as number
    }
  }

  #put(scalars: number, index: number, values: readonly bigint[]): void {
    const words = this.#engine.words(scalars + index * SCALAR_BYTES, values.length * WORDS)
    values.forEach((value, i) => {
      for (let k = 0; k < WORDS; k++) {
        words[i * WORDS + k] = Number((value >> BigInt(32 * k)) & 0xffffffffn)
      }
    })
  }
}

interface Points {
  readonly table: PointTable
  /** Of each section, the numbers of the points that are not at infinity. */
  readonly kept: readonly Uint32Array[]
  /** Points at the end of the table that stand for nothing. */
  readonly padding: number
}

interface CPoints extends Points {
  /** The first wire that has a point in the section of C. */
  readonly firstPrivate: number
}

/** One table of sections of a key, without points at infinity, and of single points behind them. */
function readyPoints(
  engine: Engine,
  group: Group,
  sections: readonly Uint8Array[],
  single: readonly Uint8Array[],
): Points {
  const pointBytes = G1_BYTES * group.components
  const words = sections.map(wordsOf)
  const kept = words.map((section) => finitePoints(section, pointBytes / 4))
  const count = kept.reduce((sum, { length }) => sum + length, single.length)
  const all = new Uint32Array((count * pointBytes) / 4)
  let at = 0
  words.forEach((section, i) => {
    for (const index of kept[i] ?? []) {
      const from = (index * pointBytes) / 4
      for (let k = 0; k < pointBytes / 4; k++) all[at + k] = section[from + k] as number
      at += pointBytes / 4
    }
  })
  const bytes = new Uint8Array(all.buffer)
  single.forEach((point, i) => bytes.set(point, (count - single.length + i) * pointBytes))
  const table = importPoints(engine, group, bytes)
  return { table, kept, padding: table.count - count }
}

/** The numbers of the points that are not at infinity. */
export function finitePoints(section: Uint32Array, pointWords: number): Uint32Array {
  const kept: number[] = []
  for (let at = 0; at < section.length; at += pointWords) {
    let any = 0
    for (let k = 0; k < pointWords; k++) any |= section[at + k] as number
    if (any !== 0) kept.push(at / pointWords)
  }
  return Uint32Array.from(kept)
}
