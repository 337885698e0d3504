import { scryptAsync } from '@noble/hashes/scrypt.js'
import * as z from '../../core/zod.ts'
import { importSealingKey } from './seal.ts'

// From a passphrase to a key. The one file that knows the library's scrypt.

/** Parameters of scrypt (RFC 7914) as they are stored beside what they protect. */
export interface ScryptCost {
  readonly N: number
  readonly r: number
  readonly p: number
}

/** The share that is done, 0 to 1. */
export type StretchProgress = (fraction: number) => void

/**
 * 128 MiB for each guess: what the OWASP Password Storage Cheat Sheet names first for scrypt, and
 * what the issuer's keys are sealed with.
 */
export const PASSPHRASE_COST: ScryptCost = { N: 2 ** 17, r: 8, p: 1 }

/** Twice that. More would let a tampered file take the memory of the device. */
const MAX_N = 2 ** 18

export const SALT_BYTES = 32

/** Milliseconds in which the page can do nothing else: a frame of 60 in a second. */
const MAX_BLOCKING = 16

/**
 * What is accepted of a file: nothing cheaper than `least` or than what is written today, so that
 * nobody is talked into a weak key, and nothing that hangs the page.
 */
export function costJson(least: ScryptCost): z.ZodMiniType<ScryptCost> {
  const floor = Math.min(least.N, PASSPHRASE_COST.N)
  const isPowerOfTwo = z.refine<number>((N) => Number.isInteger(Math.log2(N)))
  return z.strictObject({
    N: z.int().check(z.minimum(floor), z.maximum(MAX_N), isPowerOfTwo),
    r: z.literal(PASSPHRASE_COST.r),
    p: z.literal(PASSPHRASE_COST.p),
  })
}

/**
 * The key behind a passphrase; some tenths of a second on a computer, a few seconds on a phone.
 * The page stays alive meanwhile.
 */
export async function stretch(
  passphrase: string,
  salt: Uint8Array,
  { N, r, p }: ScryptCost,
  progress?: StretchProgress,
): Promise<CryptoKey> {
  // Keyboards compose the same letters differently, and no passphrase is an error.
  const typed = new TextEncoder().encode(passphrase.normalize('NFKC'))
  const secret = await scryptAsync(typed, salt, {
    ...{ N, r, p, dkLen: 32, asyncTick: MAX_BLOCKING },
    ...(progress === undefined ? {} : { onProgress: progress }),
  })
  try {
    return await importSealingKey(Uint8Array.from(secret))
  } finally {
    secret.fill(0)
  }
}
