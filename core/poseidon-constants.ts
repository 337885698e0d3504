import { FIELD_ORDER, invertAll } from './field.ts'

/**
 * The constants of one width of Poseidon over the BN254 scalar field, as circomlib uses them.
 * They are not stored: the reference script of the Poseidon authors (`generate_parameters_grain.sage`,
 * `1 0 254 <width> 8 <partial rounds>`) defines them as the output of a small generator, run here.
 */
export interface PoseidonConstants {
  /** One vector of `width` elements a round. */
  readonly roundConstants: readonly (readonly bigint[])[]
  /** The MDS matrix: rows of `width` elements. */
  readonly matrix: readonly (readonly bigint[])[]
}

/** Rounds with an S-box on every element, half of them before the partial rounds, half after. */
export const FULL_ROUNDS = 8

/** Rounds with one S-box, for 1 to 16 inputs (https://eprint.iacr.org/2019/458, rounded up by circomlib). */
export const PARTIAL_ROUNDS: readonly number[] = [
  56, 57, 56, 60, 60, 63, 64, 63, 60, 66, 60, 65, 70, 60, 64, 68,
]

const ELEMENT_BITS = 254
const DISCARDED_BITS = 160
const WORD_BITS = 16
/** Taken at once: with the 7 that can be left over and the 8 of a word they fit 32 bits. */
const PART_BITS = 24

/**
 * @param width - Inputs plus one.
 * @param partialRounds - From {@link PARTIAL_ROUNDS}.
 */
export function poseidonConstants(width: number, partialRounds: number): PoseidonConstants {
  const next = grainElements(width, partialRounds)
  const nextBelowOrder = (): bigint => {
    let candidate = next()
    while (candidate >= FIELD_ORDER) candidate = next()
    return candidate
  }
  const roundConstants = Array.from({ length: FULL_ROUNDS + partialRounds }, () =>
    Array.from({ length: width }, nextBelowOrder),
  )
  const points = Array.from({ length: 2 * width }, () => next() % FIELD_ORDER)
  return { roundConstants, matrix: cauchyMatrix(points.slice(0, width), points.slice(width)) }
}

/** Element (i, j) is 1 / (x_i + y_j): every square part of such a matrix is invertible. */
function cauchyMatrix(xs: readonly bigint[], ys: readonly bigint[]): bigint[][] {
  const inverses = invertAll(xs.flatMap((x) => ys.map((y) => (x + y) % FIELD_ORDER)))
  return xs.map((_, i) => inverses.slice(i * ys.length, (i + 1) * ys.length))
}

/** What is left of each byte in self-shrinking mode, behind a 1 that tells how many bits it is. */
const SHRUNK = Uint8Array.from({ length: 256 }, (_, byte) => {
  let kept = 1
  for (const shift of [6, 4, 2, 0]) {
    const pair = (byte >> shift) & 3
    if (pair >= 2) kept = (kept << 1) | (pair & 1)
  }
  return kept
})

/**
 * The Grain LFSR in self-shrinking mode, of every two bits the second counts if the first is 1, by
 * elements: their highest bit comes first.
 */
function grainElements(width: number, partialRounds: number): () => bigint {
  const nextWord = grainWords(width, partialRounds)
  for (let i = 0; i < DISCARDED_BITS / WORD_BITS; i++) nextWord()
  let [held, count] = [0, 0]
  const keep = (byte: number): void => {
    const kept = SHRUNK[byte] ?? 1
    const bits = 31 - Math.clz32(kept)
    held = (held << bits) | (kept & ((1 << bits) - 1))
    count += bits
  }
  const take = (bits: number): bigint => {
    while (count < bits) {
      const word = nextWord()
      keep(word >> 8)
      keep(word & 0xff)
    }
    count -= bits
    const taken = held >>> count
    held &= (1 << count) - 1
    return BigInt(taken)
  }
  return () => {
    let element = take(ELEMENT_BITS % PART_BITS)
    for (let i = 0; i < Math.floor(ELEMENT_BITS / PART_BITS); i++)
      element = (element << BigInt(PART_BITS)) | take(PART_BITS)
    return element
  }
}

/**
 * The register of 80 bits, started with what is being generated: prime field, S-box x^5, sizes,
 * then ones; oldest bit first. The next bit is the sum of six, of which the newest is 18 bits back, so
 * 16 bits can be made at once.
 */
function grainWords(width: number, partialRounds: number): () => number {
  const start =
    binary(1, 2) +
    binary(0, 4) +
    binary(ELEMENT_BITS, 12) +
    binary(width, 12) +
    binary(FULL_ROUNDS, 10) +
    binary(partialRounds, 10) +
    '1'.repeat(30)
  let [a = 0, b = 0, c = 0, d = 0, e = 0] = Array.from({ length: 5 }, (_, i) =>
    Number.parseInt(start.slice(i * WORD_BITS, (i + 1) * WORD_BITS), 2),
  )
  return () => {
    const [ab, bc] = [(a << WORD_BITS) | b, (b << WORD_BITS) | c]
    const [cd, de] = [(c << WORD_BITS) | d, (d << WORD_BITS) | e]
    // The taps 0, 13, 23, 38, 51 and 62: the first is a, the second begins at bit 13 of ab, and so on.
    const sum = a ^ (ab >>> 3) ^ (bc >>> 9) ^ (cd >>> 10) ^ (de >>> 13) ^ (de >>> 2)
    ;[a, b, c, d, e] = [b, c, d, e, sum & 0xffff]
    return e
  }
}

function binary(value: number, length: number): string {
  return value.toString(2).padStart(length, '0')
}
