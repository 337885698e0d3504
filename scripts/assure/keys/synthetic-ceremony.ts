import { G1, G2, g1Coordinates, g2Coordinates } from '../../../core/bn254.ts'
import type { G1Point } from '../../../core/bn254.ts'
import { beaconSecret } from '../../../core/ceremony/chain.ts'
import { transcriptHash } from '../../../core/ceremony/contribution.ts'
import type { Beacon, Contribution } from '../../../core/ceremony/contribution.ts'
import { Sampler } from '../../../core/ceremony/sampler.ts'
import type { Transcript } from '../../../core/ceremony/transcript.ts'
import { FIELD_ORDER } from '../../../core/field.ts'
import type { VerificationKey } from '../../../core/groth16-key.ts'
import type { Trapdoor } from '../../build/trapdoor.ts'

// A ceremony without powers of tau and without proving keys: points that fit together, from secrets
// that whoever calls this knows. Its keys pass the gate of production, which is how far a transcript
// alone can vouch for a key, and proofs under them are forged by the secrets.

export interface SyntheticOptions {
  readonly circuit: string
  readonly publicSignals: number
  /** What alpha and beta are made from. */
  readonly seed: number
  /** What contributors multiplied delta by; the beacon comes after them. */
  readonly secrets: readonly bigint[]
  readonly beacon?: Beacon | undefined
  readonly minimumContributions?: number
  /** A contributor, by its place from 0 on, who does not follow the rules. */
  readonly cheat?: Cheat
}

/** `discards`: puts its own delta in place of that of all before. `lies`: proves another secret. */
export interface Cheat {
  readonly at: number
  readonly how: 'discards' | 'lies'
}

export interface SyntheticCeremony {
  readonly circuit: string
  readonly key: VerificationKey
  readonly transcript: Transcript
  readonly trapdoor: Omit<Trapdoor, 'tau'>
}

export const SYNTHETIC_BEACON: Beacon = { value: new Uint8Array(32).fill(0xab), iterations: 10 }

/** Equal options give equal ceremonies. */
export function syntheticCeremony(options: SyntheticOptions): SyntheticCeremony {
  const { circuit, publicSignals, seed, secrets, minimumContributions = 3 } = options
  const beacon = 'beacon' in options ? options.beacon : SYNTHETIC_BEACON
  const sampler = new Sampler(new Uint8Array(32).fill(seed))
  const [alpha, beta] = [sampler.scalar(), sampler.scalar()]
  const circuitHash = new Uint8Array(64).fill(seed)
  const { contributions, delta } = contribute(circuitHash, secrets, beacon, options.cheat)
  return {
    circuit,
    key: {
      publicSignals,
      alpha: g1Coordinates(G1.BASE.multiplyUnsafe(alpha)),
      beta: g2Coordinates(G2.BASE.multiplyUnsafe(beta)),
      gamma: g2Coordinates(G2.BASE),
      delta: g2Coordinates(G2.BASE.multiplyUnsafe(delta)),
      inputs: Array.from({ length: publicSignals + 1 }, () => g1Coordinates(sampler.g1())),
    },
    transcript: {
      ceremony: 'synthetic',
      circuit,
      r1cs: '0'.repeat(64),
      powersOfTau: '0'.repeat(128),
      genesis: '0'.repeat(64),
      minimumContributions,
      beacon: { source: 'made up', at: 0, iterations: SYNTHETIC_BEACON.iterations },
      circuitHash,
      contributions,
    },
    trapdoor: { alpha, beta, delta },
  }
}

function contribute(
  circuitHash: Uint8Array,
  secrets: readonly bigint[],
  beacon: Beacon | undefined,
  cheat: Cheat | undefined,
): { readonly contributions: readonly Contribution[]; readonly delta: bigint } {
  const contributions: Contribution[] = []
  let delta = 1n
  const add = (x: bigint, s: G1Point, more: Pick<Contribution, 'name' | 'beacon'>): void => {
    const how = cheat?.at === contributions.length ? cheat.how : undefined
    delta = how === 'discards' ? x : (delta * x) % FIELD_ORDER
    const start = g1Coordinates(s)
    const end = g1Coordinates(s.multiplyUnsafe(how === 'lies' ? x + 1n : x))
    const transcript = transcriptHash(circuitHash, contributions, start, end)
    const spx = g2Coordinates(new Sampler(transcript).g2().multiplyUnsafe(x))
    const points = { delta: multipleOfBase(delta), s: start, sx: end, spx }
    contributions.push({ ...points, transcript, ...more })
  }
  for (const [i, x] of secrets.entries()) {
    add(x, G1.BASE.multiplyUnsafe(BigInt(i + 2)), { name: `contributor ${String(i + 1)}` })
  }
  if (beacon !== undefined) {
    const { x, s } = beaconSecret(beacon)
    add(x, s, { name: 'beacon', beacon })
  }
  return { contributions, delta }
}

function multipleOfBase(scalar: bigint): Contribution['delta'] {
  return g1Coordinates(G1.BASE.multiplyUnsafe(scalar))
}
