import { createRandom } from '../../../../examples/population/random.ts'
import type { Random } from '../../../../examples/population/random.ts'
import { FIELD_ORDER } from '../../../../core/field.ts'

/** Repeatable draws of what credentials and statements are made of. */
export interface Chance extends Random {
  /** Below the limit. */
  readonly below: (limit: bigint) => bigint
  readonly field: () => bigint
  readonly bytes: (length: number) => Uint8Array
}

export function createChance(seed: number): Chance {
  const random = createRandom(seed)
  const bytes = (length: number): Uint8Array =>
    Uint8Array.from({ length }, () => random.integer(0, 255))
  // Eight bytes more than the largest limit has, so that no value is noticeably more likely.
  const wide = (): bigint => BigInt(`0x${Buffer.from(bytes(40)).toString('hex')}`)
  const below = (limit: bigint): bigint => wide() % limit
  return { ...random, bytes, below, field: () => below(FIELD_ORDER) }
}

/** The same draws of bytes for everything that has the same name. */
export function namedChance(name: string): Chance {
  let seed = 0
  for (const byte of Buffer.from(name)) seed = (Math.imul(seed, 31) + byte) | 0
  return createChance(seed)
}
