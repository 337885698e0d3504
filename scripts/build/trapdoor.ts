import { createHash } from 'node:crypto'
import { FIELD_ORDER, integerFromBytes } from '../../core/field.ts'
import { power } from './scalar-field.ts'

/** The secrets behind a proving key. gamma is always 1. Who knows them can prove anything. */
export interface Trapdoor {
  readonly tau: bigint
  readonly alpha: bigint
  readonly beta: bigint
  readonly delta: bigint
}

/**
 * What all development keys are made from. It is public on purpose: the keys can be made again on
 * any machine, bit by bit, and protect nothing.
 */
export const DEVELOPMENT_SEED = 'zerocard development keys: public, so anybody can forge proofs'

const DOMAIN = 'zerocard/development-trapdoor/1'

/** Larger than any domain a key is made for. */
const MAX_LOG2_DOMAIN = 28

/**
 * The trapdoor for a seed: for each secret, SHA-512 of domain, secret's name, attempt and seed,
 * modulo r. (512 bits, so that the remainder is as good as uniform.)
 */
export function deriveTrapdoor(seed: string): Trapdoor {
  return {
    tau: derive(seed, 'tau', isInDomain),
    alpha: derive(seed, 'alpha'),
    beta: derive(seed, 'beta'),
    delta: derive(seed, 'delta'),
  }
}

function derive(seed: string, label: string, isUnusable = (_: bigint) => false): bigint {
  for (let attempt = 0; ; attempt++) {
    const text = [DOMAIN, label, String(attempt), seed].join('\n')
    const secret = integerFromBytes(createHash('sha512').update(text).digest()) % FIELD_ORDER
    if (secret > 1n && !isUnusable(secret)) return secret
  }
}

/** At a point of the evaluation domain a Lagrange polynomial would be 0 / 0. */
function isInDomain(tau: bigint): boolean {
  return power(tau, 1n << BigInt(MAX_LOG2_DOMAIN)) === 1n
}
