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
/** Bits of the register, oldest first, whose sum is the next bit. */
const TAPS = [0, 13, 23, 38, 51, 62]

/**
 * @param width - Inputs plus one.
 * @param partialRounds - From {@link PARTIAL_ROUNDS}.
 */
export function poseidonConstants(width: number, partialRounds: number): PoseidonConstants {
  const nextBit = grainBits(width, partialRounds)
  const roundConstants = Array.from({ length: FULL_ROUNDS + partialRounds }, () =>
    Array.from({ length: width }, () => elementBelowOrder(nextBit)),
  )
  const points = Array.from({ length: 2 * width }, () => element(nextBit) % FIELD_ORDER)
  return { roundConstants, matrix: cauchyMatrix(points.slice(0, width), points.slice(width)) }
}

/** Element (i, j) is 1 / (x_i + y_j): every square part of such a matrix is invertible. */
function cauchyMatrix(xs: readonly bigint[], ys: readonly bigint[]): bigint[][] {
  const inverses = invertAll(xs.flatMap((x) => ys.map((y) => (x + y) % FIELD_ORDER)))
  return xs.map((_, i) => inverses.slice(i * ys.length, (i + 1) * ys.length))
}

function elementBelowOrder(nextBit: () => number): bigint {
  let candidate = element(nextBit)
  while (candidate >= FIELD_ORDER) candidate = element(nextBit)
  return candidate
}

function element(nextBit: () => number): bigint {
  let binary = '0b'
  for (let i = 0; i < ELEMENT_BITS; i++) binary += nextBit() === 1 ? '1' : '0'
  return BigInt(binary)
}

/** The Grain LFSR in self-shrinking mode: of every two bits the second counts if the first is 1. */
function grainBits(width: number, partialRounds: number): () => number {
  const nextWord = grainWords(width, partialRounds)
  for (let i = 0; i < DISCARDED_BITS / WORD_BITS; i++) nextWord()
  let word = 0
  let left = 0
  const nextPair = (): number => {
    if (left === 0) word = nextWord()
    left = (left || WORD_BITS) - 2
    return (word >> left) & 3
  }
  return () => {
    let pair = nextPair()
    while (pair < 2) pair = nextPair()
    return pair & 1
  }
}

/**
 * The register of 80 bits, started with what is being generated: prime field, S-box x^5, sizes,
 * then ones. Its newest tap is 18 bits back, so 16 bits can be made at once.
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
  const words = Array.from({ length: start.length / WORD_BITS }, (_, i) =>
    Number.parseInt(start.slice(i * WORD_BITS, (i + 1) * WORD_BITS), 2),
  )
  const bitsFrom = (index: number): number => {
    const at = Math.floor(index / WORD_BITS)
    const both = ((words[at] ?? 0) << WORD_BITS) | (words[at + 1] ?? 0)
    return both >>> (WORD_BITS - (index % WORD_BITS))
  }
  return () => {
    const taps = TAPS.reduce((sum, tap) => sum ^ bitsFrom(tap), 0) & 0xffff
    words.shift()
    words.push(taps)
    return taps
  }
}

function binary(value: number, length: number): string {
  return value.toString(2).padStart(length, '0')
}
