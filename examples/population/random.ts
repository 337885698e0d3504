/** A source of repeatable chance: the same seed gives the same draws on every machine. */
export interface Random {
  /** At least 0, below 1. */
  readonly fraction: () => number
  /** An integer from `low` to `high`, both included. */
  readonly integer: (low: number, high: number) => number
  /** True with this probability. */
  readonly chance: (probability: number) => boolean
  readonly pick: <T>(items: readonly T[]) => T
  /** One of the items, each as likely as its weight. */
  readonly weighted: <T extends { readonly weight: number }>(items: readonly T[]) => T
  /** Normally distributed: mean 0, standard deviation 1. */
  readonly normal: () => number
}

export type Xoshiro128State = readonly [number, number, number, number]

/**
 * xoshiro128** 1.1 by David Blackman and Sebastiano Vigna, 2018, placed in the public domain (CC0):
 * https://prng.di.unimi.it/xoshiro128starstar.c. Good for populations, not for secrets.
 *
 * @param state - Four 32-bit words, not all 0.
 * @returns A function that gives the next 32-bit word.
 */
export function xoshiro128(state: Xoshiro128State): () => number {
  let [a, b, c, d] = state
  return () => {
    const word = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = rotateLeft(d, 11)
    return word
  }
}

export function createRandom(seed: number): Random {
  const word = xoshiro128([mix(seed, 1), mix(seed, 2), mix(seed, 3), mix(seed, 4) | 1])
  const fraction = (): number => word() / 2 ** 32
  const integer = (low: number, high: number): number =>
    low + Math.floor(fraction() * (high - low + 1))
  return {
    fraction,
    integer,
    chance: (probability) => fraction() < probability,
    pick: (items) => at(items, integer(0, items.length - 1)),
    weighted: (items) => pickWeighted(items, fraction()),
    normal: () => Math.sqrt(-2 * Math.log(1 - fraction())) * Math.cos(2 * Math.PI * fraction()),
  }
}

/** Spreads a seed over a word with the finaliser of MurmurHash3 (Austin Appleby, public domain). */
function mix(seed: number, index: number): number {
  let word = (seed + Math.imul(index, 0x9e3779b9)) | 0
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35)
  return (word ^ (word >>> 16)) >>> 0
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}

function pickWeighted<T extends { readonly weight: number }>(
  items: readonly T[],
  fraction: number,
): T {
  const total = items.reduce((sum, { weight }) => sum + weight, 0)
  let left = fraction * total
  for (const item of items) {
    left -= item.weight
    if (left < 0) return item
  }
  return at(items, items.length - 1)
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index]
  if (item === undefined) throw new TypeError('nothing to pick from')
  return item
}
