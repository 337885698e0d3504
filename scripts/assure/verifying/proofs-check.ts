import { fromBase64url, toBase64url } from '../../../core/bytes.ts'
import { FIELD_ORDER, invert } from '../../../core/field.ts'
import {
  createBatchVerifier,
  createPairingVerifier,
  createPointReader,
} from '../../../server/pairing.ts'
import { forgeProof, shiftC } from '../../../test/support/forgery.ts'
import type { Slip } from '../../../test/independent/refused.ts'
import { DEVELOPMENT_SEED, deriveTrapdoor } from '../../build/trapdoor.ts'
import type { Check, Json } from '../check.ts'
import { hasPoints, verdictOf, verdictOfSnarkjs } from './proof-judges.ts'
import { PAIRED, mutantOf, subjectOf } from './proof-mutants.ts'
import type { Mutant, Subject } from './proof-mutants.ts'
import { Random } from './random.ts'

type Input =
  | { readonly kind: 'compare' | 'pairings'; readonly seed: number; readonly proofs: number }
  | { readonly kind: 'slips' }

interface Result {
  readonly [name: string]: Json
  readonly proofs: number
  readonly paired: number
  readonly byEngines: number
  readonly valid: number
  readonly bySnarkjs: number
  readonly faults: readonly string[]
  readonly seen: readonly (readonly [string, boolean])[]
}

const COUNTED = ['proofs', 'byEngines', 'paired', 'valid', 'bySnarkjs'] as const
const NOTHING: Result = {
  ...{ proofs: 0, byEngines: 0, paired: 0, valid: 0, bySnarkjs: 0 },
  faults: [],
  seen: [],
}

const UNITS = 40
const PROOFS_A_UNIT = 520
/** Proofs with good points only, without the slow libraries. */
const PAIRINGS_A_UNIT = 360
/** snarkjs takes tens of milliseconds, and threads. */
const ONE_IN_SNARKJS = 12
const BATCH = 64

/** Mistakes of a verifier that some mutant has to show. */
const SEEN_SLIPS: readonly Slip[] = [
  'coordinates reduced',
  'signals reduced',
  'signal count unchecked',
  'infinity accepted',
]

export const proofsCheck: Check<Input, Result> = {
  id: 'verifying.proofs',
  claim:
    'Two verifiers of proofs on two pairing libraries, and snarkjs on a sample, agree on every ' +
    'mutated proof; and a proof holds exactly for the signals it was made for.',
  method:
    'Valid proofs are made from the trapdoor of the development keys, for random public signals ' +
    'of all circuits, and changed: bits, signs, coordinates, points and their multiples, other ' +
    'signals, other keys, re-randomised ones (which stay valid), proofs forged for signals that ' +
    'differ a little. The server’s verifier, by both of its engines (ours and mcl), alone and in ' +
    'batches, and the second one (noble-curves) judge each. More proofs whose points are all good, so ' +
    'that nothing but the equation can refuse them, are judged by the two engines alone.',
  threats: ['T7', 'T8', 'T9'],
  plan: (scope) => [
    ...Array.from({ length: scope === 'whole' ? UNITS : 1 }, (_, i) => ({
      name: `compare-${i}`,
      input: {
        kind: 'compare' as const,
        seed: 1_000 + i,
        proofs: scope === 'whole' ? PROOFS_A_UNIT : 60,
      },
    })),
    ...Array.from({ length: scope === 'whole' ? UNITS : 1 }, (_, i) => ({
      name: `pairings-${i}`,
      input: {
        kind: 'pairings' as const,
        seed: 2_000 + i,
        proofs: scope === 'whole' ? PAIRINGS_A_UNIT : 20,
      },
    })),
    { name: 'slips', input: { kind: 'slips' as const } },
  ],
  run: (input, work) => {
    if (input.kind === 'slips') return seenSlips()
    const judge = input.kind === 'compare' ? compare : compareEngines
    return judge(input.seed, input.proofs, (share) => work.progress(share))
  },
  conclude: (results, scope) => {
    const sum = (name: (typeof COUNTED)[number]): number =>
      results.reduce((total, result) => total + result[name], 0)
    const aims = scope === 'whole' ? [20_000, 20_000, 5_000, 500, 500] : [50, 20, 10, 2, 0]
    const words = [
      'mutated proofs that both verifiers agree on',
      'mutated proofs with three good points, judged by both engines of the server',
      'of them, also by the second verifier',
      'of these, valid: re-randomised, or made for the signals',
      'of these, also judged by snarkjs',
    ]
    return {
      figures: COUNTED.map((name, i) => ({
        name: words[i] ?? name,
        value: sum(name),
        aim: { atLeast: aims[i] ?? 0 },
      })),
      faults: results.flatMap(({ faults }) => faults),
      seeded: results.flatMap(({ seen }) =>
        seen.map(([fault, wasSeen]) => ({ fault: `a second verifier with "${fault}"`, wasSeen })),
      ),
      notes: [],
    }
  },
}

/** What is judged, and by what of the server. */
async function standFor(seed: number) {
  const random = new Random(seed)
  return {
    random,
    subject: subjectOf(random),
    verify: await createPairingVerifier(['fused']),
    verifyByLibrary: await createPairingVerifier(['library']),
    hasServerPoints: await createPointReader(['fused']),
  }
}

async function compare(
  seed: number,
  count: number,
  progress: (share: number) => void,
): Promise<Result> {
  const { random, subject, verify, verifyByLibrary, hasServerPoints } = await standFor(seed)
  const verifyAll = await createBatchVerifier()
  const faults: string[] = []
  const judged: {
    readonly proof: string
    readonly signals: readonly bigint[]
    verdict: boolean
  }[] = []
  let [paired, valid, bySnarkjs] = [0, 0, 0]
  for (let i = 0; i < count; i++) {
    const mutant = mutantOf(subject, random)
    const { kind, signals, proof } = mutant
    const verdict = await verify(subject.key, signals, proof)
    const second = verdictOf(subject.other, signals, proof)
    const others = [second, await verifyByLibrary(subject.key, signals, proof), mutant.isValid]
    if (others.some((other) => other !== verdict)) {
      const [byNoble, byMcl] = others
      faults.push(
        `${kind} (seed ${seed}, ${i}): ${verdict} by the server, ${byMcl} by mcl, ${byNoble} by noble`,
      )
    }
    judged.push({ proof, signals, verdict })
    const isPaired = hasServerPoints(proof) && hasPoints(proof)
    if (verdict) valid++
    if (!isPaired) continue
    paired++
    if (paired % ONE_IN_SNARKJS !== 0) continue
    bySnarkjs++
    if ((await verdictOfSnarkjs(subject.circuit, signals, proof)) !== verdict) {
      faults.push(`${kind} (seed ${seed}, ${i}): snarkjs says otherwise`)
    }
    progress(i / count)
  }
  const batch = judged.slice(-BATCH)
  const key = subject.key
  const verdicts = verifyAll(
    batch.map(({ proof, signals: publicSignals }) => ({ key, publicSignals, proof })),
  )
  if (batch.some(({ verdict }, i) => verdict !== verdicts[i])) {
    faults.push(`seed ${seed}: a batch has other verdicts than its proofs`)
  }
  return { ...NOTHING, proofs: count, byEngines: paired, paired, valid, bySnarkjs, faults }
}

/** Proofs that only their equation can tell from good ones. */
async function compareEngines(
  seed: number,
  count: number,
  progress: (share: number) => void,
): Promise<Result> {
  const { random, subject, verify, verifyByLibrary, hasServerPoints } = await standFor(seed)
  const faults: string[] = []
  let byEngines = 0
  for (let i = 0; i < count; i++) {
    const { kind, signals, proof, isValid } = random.pick(PAIRED)(subject, random)
    if (!hasServerPoints(proof)) continue
    byEngines++
    const own = await verify(subject.key, signals, proof)
    const other = await verifyByLibrary(subject.key, signals, proof)
    if (own !== isValid || other !== isValid) {
      faults.push(`${kind} (seed ${seed}, ${i}): ${own} by the server, ${other} by mcl`)
    }
    progress(i / count)
  }
  return { ...NOTHING, byEngines, faults }
}

/** Each mistake makes the second verifier accept what the first does not. */
async function seenSlips(): Promise<Result> {
  const random = new Random(7)
  const subject = subjectOf(random)
  const verify = await createPairingVerifier()
  const seen = SEEN_SLIPS.map((slip): [string, boolean] => {
    const shown = shownBy(slip, subject).some(
      ({ signals, proof }) =>
        verdictOf(subject.other, signals, proof, slip) &&
        !isAccepted(verify, subject, signals, proof),
    )
    return [slip, shown]
  })
  return { ...NOTHING, seen }
}

function isAccepted(
  verify: Awaited<ReturnType<typeof createPairingVerifier>>,
  { key }: Subject,
  signals: readonly bigint[],
  proof: string,
): boolean {
  try {
    return verify(key, signals, proof) === true
  } catch (error) {
    // Signals are the verifier's own: wrong ones are a wrong call.
    if (error instanceof TypeError) return false
    throw error
  }
}

function shownBy(slip: Slip, subject: Subject): readonly Pick<Mutant, 'signals' | 'proof'>[] {
  const { key, signals, proof } = subject
  const ended = [...signals.slice(0, -1), 0n]
  switch (slip) {
    case 'signals reduced':
      return [{ signals: signals.map((signal) => signal + FIELD_ORDER), proof }]
    case 'signal count unchecked':
      return [{ signals: ended.slice(0, -1), proof: forgeProof(key, ended) }]
    case 'coordinates reduced':
      return Array.from({ length: 60 }, (_, i) => forgeProof(key, signals, BigInt(i + 2), 7n))
        .flatMap(plusQ)
        .map((text) => ({ signals, proof: text }))
    default:
      return [{ signals, proof: withoutPoints(subject) }]
  }
}

const CURVE_ORDER = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47n

/** A.x + q where that has no more than 254 bits. */
function plusQ(proof: string): string[] {
  const bytes = fromBase64url(proof)
  const sign = (bytes[0] ?? 0) & 0x80
  const x = BigInt(`0x${Buffer.from(bytes.slice(0, 32)).toString('hex')}`) & ((1n << 254n) - 1n)
  const hex = (x + CURVE_ORDER).toString(16).padStart(64, '0')
  if (x + CURVE_ORDER >= 1n << 254n) return []
  bytes.set(Buffer.from(hex, 'hex'))
  bytes[0] = (bytes[0] ?? 0) | sign
  return [toBase64url(bytes)]
}

/** With A the identity the equation holds for C = -(alpha beta + X) / delta. */
function withoutPoints({ proof }: Subject): string {
  const { delta } = deriveTrapdoor(DEVELOPMENT_SEED)
  // The generators' multiples behind A and B of every proof that is made without others.
  const bytes = fromBase64url(shiftC(proof, -35n * invert(delta)))
  return toBase64url(bytes.fill(0, 0, 32))
}
