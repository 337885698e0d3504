import { prepareProof, presentProof } from '../../client/index.ts'
import { g1Coordinates, g2Coordinates } from '../../core/bn254.ts'
import { decodeProof } from '../../core/groth16.ts'
import type { ProofCoordinates } from '../../core/groth16.ts'
import { verifyGroth16, verifyPresentation } from '../../core/index.ts'
import type { Expectation } from '../../core/index.ts'
import { createPairingVerifier } from '../../server/index.ts'
import { createBatchVerifier } from '../../server/pairing.ts'
import type { SubmittedProof } from '../../server/pairing.ts'
import { rerandomise } from '../../test/support/forgery.ts'
import { accepts } from '../ceremony/snarkjs.ts'
import { keyJson } from '../vectors/keys.ts'
import { perItem, timed } from './figure.ts'
import type { Figure } from './figure.ts'
import { createBenchWorld } from './world.ts'
import type { BenchWorld } from './world.ts'

const BATCH = 64
/** Until functions run as they do in a service, compiled for good. */
const WARM_UPS = 100
const NONCE = 'bench-nonce'

/** Whole presentations, with the memory of its policies that a service has; then proofs alone. */
export async function* verifying(): AsyncGenerator<Figure> {
  const world = await createBenchWorld()
  const text = await present(world)
  const engines = [
    ['verify.single.ms', await createPairingVerifier()],
    ['verify.portable.ms', verifyGroth16],
  ] as const
  for (const [name, verifyProof] of engines) {
    const expected = { ...expectation(world), memo: new Map(), verifyProof }
    yield await timed(name, 'ms', 20, () => verifyPresentation(text, expected), WARM_UPS)
  }
  yield* proofFigures(await submittedWith(text, world))
}

async function* proofFigures(submitted: SubmittedProof): AsyncGenerator<Figure> {
  const { key, publicSignals, proof } = submitted
  const alone = await createPairingVerifier()
  const single = (): Promise<void> => certain(alone(key, publicSignals, proof))
  yield await timed('verify.proof.ms', 'ms', 20, single, WARM_UPS)
  const [keyOfSnarkjs, coordinates] = [keyJson('eligibility-1'), coordinatesOf(proof)]
  const bySnarkjs = (): Promise<void> => certain(accepts(keyOfSnarkjs, publicSignals, coordinates))
  yield await timed('verify.snarkjs.ms', 'ms', 20, bySnarkjs, WARM_UPS)
  const verify = await createBatchVerifier()
  const batch = Array.from({ length: BATCH }, (_, i) => ({
    ...submitted,
    proof: rerandomise(proof, BigInt(i + 2)),
  }))
  const judge = (): Promise<void> => certain(verify(batch).every((isValid) => isValid))
  yield perItem(await timed('verify.batch64.ms-per-proof', 'ms', 10, judge, 10), BATCH)
}

/** A figure about proofs that were refused would be one of something else. */
async function certain(isValid: boolean | Promise<boolean>): Promise<void> {
  if (!(await isValid)) throw new TypeError('a proof that is valid was refused')
}

async function present(world: BenchWorld): Promise<string> {
  const { secret, credentials, requests, tools } = world
  const prepared = await prepareProof({ secret, credentials }, requests.one, tools)
  return presentProof(prepared, NONCE, world.now)
}

/** What a verifier hands to the engine when it judges a presentation. */
async function submittedWith(text: string, world: BenchWorld): Promise<SubmittedProof> {
  const submitted: SubmittedProof[] = []
  await verifyPresentation(text, {
    ...expectation(world),
    verifyProof: (key, publicSignals, proof) => submitted.push({ key, publicSignals, proof }) > 0,
  })
  return submitted[0] as SubmittedProof
}

function coordinatesOf(proof: string): ProofCoordinates {
  const { a, b, c } = decodeProof(proof)
  return { a: g1Coordinates(a), b: g2Coordinates(b), c: g1Coordinates(c) }
}

function expectation({ requests, tools, now }: BenchWorld): Expectation {
  const { policy, schemas, audience, trust } = requests.one
  const { id, key } = tools.keys['eligibility-1']
  return {
    policy,
    schemas,
    audience,
    nonce: NONCE,
    trust: Object.fromEntries(
      Object.entries(trust).map(([alias, { root }]) => [alias, [{ root, madeAt: now }]]),
    ),
    keys: new Map([[id, { circuit: 'eligibility-1', key }]]),
    now,
  }
}
