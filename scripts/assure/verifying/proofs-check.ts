import { createRequire } from 'node:module'
import { fromBase64url, toBase64url } from '../../../core/bytes.ts'
import { FIELD_ORDER, invert } from '../../../core/field.ts'
import { decodeProof, encodeProof } from '../../../core/groth16.ts'
import type { VerificationKey } from '../../../core/groth16-key.ts'
import type { CircuitName } from '../../../client/prover.ts'
import {
  createBatchVerifier,
  createPairingVerifier,
  createPointReader,
} from '../../../server/pairing.ts'
import { forgeProof, rerandomise, shiftC } from '../../../test/support/forgery.ts'
import { isProven, readKey, readProof } from '../../../test/independent/groth16.ts'
import type { Key } from '../../../test/independent/groth16.ts'
import { asMaps } from '../../../test/independent/json.ts'
import { Refused, withSlip } from '../../../test/independent/refused.ts'
import type { Slip } from '../../../test/independent/refused.ts'
import { DEVELOPMENT_SEED, deriveTrapdoor } from '../../build/trapdoor.ts'
import { keyJson, vectorKey } from '../../vectors/keys.ts'
import { outsideSubgroup } from '../../vectors/proofs.ts'
import type { Check, Json } from '../check.ts'
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

interface Subject {
  readonly circuit: CircuitName
  readonly key: VerificationKey
  readonly other: Key
  readonly signals: readonly bigint[]
  readonly proof: string
}

interface Mutant {
  readonly kind: string
  readonly signals: readonly bigint[]
  readonly proof: string
  /** Known without judging. */
  readonly isValid: boolean
}

type Mutation = (subject: Subject, random: Random) => Mutant

const CIRCUITS: readonly CircuitName[] = ['eligibility-1', 'eligibility-3', 'enrolment']

function subjectOf(random: Random): Subject {
  const circuit = random.pick(CIRCUITS)
  const key = vectorKey(circuit)
  const signals = Array.from({ length: key.publicSignals }, () => random.integer(FIELD_ORDER))
  return { circuit, key, other: otherKey(circuit), signals, proof: forgeProof(key, signals) }
}

const otherKeys = new Map<CircuitName, Key>()

function otherKey(circuit: CircuitName): Key {
  const known = otherKeys.get(circuit) ?? readKey(asMaps(keyJson(circuit)))
  otherKeys.set(circuit, known)
  return known
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

function verdictOf(key: Key, signals: readonly bigint[], proof: string, slip?: Slip): boolean {
  try {
    return withSlip(slip, () => isProven(key, signals, proof))
  } catch (error) {
    if (error instanceof Refused) return false
    throw error
  }
}

function hasPoints(proof: string): boolean {
  try {
    readProof(proof)
    return true
  } catch {
    return false
  }
}

/** Some have good points: those are the dear ones. */
function mutantOf(subject: Subject, random: Random): Mutant {
  return random.pick(random.below(100) < 27 ? PAIRED : BROKEN)(subject, random)
}

const bytesOf = ({ proof }: Subject): Uint8Array => fromBase64url(proof)

const wrong = (kind: string, { signals }: Subject, bytes: Uint8Array): Mutant => ({
  kind,
  signals,
  proof: toBase64url(bytes),
  isValid: false,
})

/** Small factors cost little and are as good. */
const factor = (random: Random): bigint => BigInt(2 + random.below(60_000))

const PAIRED: readonly Mutation[] = [
  (subject, random) => ({
    ...subject,
    kind: 're-randomised',
    proof: rerandomise(subject.proof, factor(random)),
    isValid: true,
  }),
  (subject, random) => ({
    ...subject,
    kind: 'made for the signals',
    proof: forgeProof(subject.key, subject.signals, factor(random), factor(random)),
    isValid: true,
  }),
  (subject, random) => ({
    ...subject,
    kind: 'C shifted',
    proof: shiftC(subject.proof, factor(random)),
    isValid: false,
  }),
  (subject, random) => ({ ...signsChanged(subject, 1 + random.below(7)), kind: 'signs' }),
  (subject, random) => ({ ...pointsMixed(subject, random), kind: 'points of another proof' }),
  (subject, random) => ({ ...signalChanged(subject, random), kind: 'a signal ± 1' }),
  (subject, random) => {
    const { signals } = signalChanged(subject, random)
    const proof = forgeProof(subject.key, signals)
    return { kind: 'made for other signals', signals: subject.signals, proof, isValid: false }
  },
  (subject, random) => ({ ...signalsExchanged(subject, random), kind: 'signals exchanged' }),
  (subject, random) => {
    const circuit = CIRCUITS[(CIRCUITS.indexOf(subject.circuit) + 1 + random.below(2)) % 3]
    const key = vectorKey(circuit ?? 'enrolment')
    const signals = Array.from({ length: key.publicSignals }, (_, i) => subject.signals[i] ?? 0n)
    const proof = forgeProof(key, signals, factor(random))
    return { kind: 'under another key', signals: subject.signals, proof, isValid: false }
  },
  (subject) => {
    const bytes = bytesOf(subject)
    const [a, c] = [bytes.slice(0, 32), bytes.slice(96)]
    return wrong(
      'A and C exchanged',
      subject,
      Uint8Array.from([...c, ...bytes.slice(32, 96), ...a]),
    )
  },
  (subject, random) => {
    const other = forgeProof(subject.key, subject.signals, factor(random), factor(random))
    const { a, b, c } = decodeProof(other)
    const [pa, pb, pc] = [a.double().toAffine(), b.double().toAffine(), c.double().toAffine()]
    const proof = encodeProof({
      a: [pa.x, pa.y],
      b: [
        [pb.x.c0, pb.x.c1],
        [pb.y.c0, pb.y.c1],
      ],
      c: [pc.x, pc.y],
    })
    return { kind: 'points doubled', signals: subject.signals, proof, isValid: false }
  },
]

const BROKEN: readonly Mutation[] = [
  (subject, random) => bitsFlipped(subject, random, 0, 32),
  (subject, random) => bitsFlipped(subject, random, 32, 96),
  (subject, random) => bitsFlipped(subject, random, 32, 96),
  (subject, random) => bitsFlipped(subject, random, 32, 96),
  (subject, random) => {
    const bytes = bytesOf(subject)
    const at = random.pick([0, 32, 64, 96])
    bytes.set(random.bytes(32), at)
    return wrong('a random coordinate', subject, bytes)
  },
  (subject, random) => {
    const bytes = bytesOf(subject)
    bytes.set(random.pick(strangers()), 32)
    return wrong('B outside the subgroup', subject, bytes)
  },
  (subject, random) => {
    const bytes = bytesOf(subject)
    const [at, length] = random.pick([
      [0, 32],
      [32, 64],
      [96, 32],
      [0, 128],
    ] as const)
    bytes.fill(0, at, at + length)
    return wrong('infinity', subject, bytes)
  },
  (subject, random) => {
    const bytes = bytesOf(subject)
    const at = random.pick([0, 32, 64, 96])
    bytes[at] = (bytes[at] ?? 0) | 0x40
    return wrong('a flag of another encoding', subject, bytes)
  },
  (subject, random) => {
    const bytes = bytesOf(subject)
    const length = random.pick([0, 1, 64, 96, 127, 129, 160, 256])
    const other = Uint8Array.from({ length }, (_, i) => bytes[i % 128] ?? 0)
    return wrong('another length', subject, other)
  },
  (subject, random) => wrong('random bytes', subject, random.bytes(128)),
  (subject, random) => {
    const bytes = bytesOf(subject)
    const low = 32 * random.below(4)
    return wrong(
      'rotated',
      subject,
      Uint8Array.from({ length: 128 }, (_, i) => bytes[(i + low + 1) % 128] ?? 0),
    )
  },
  (subject) => {
    const bytes = bytesOf(subject)
    const swapped = [...bytes.slice(64, 96), ...bytes.slice(32, 64)]
    bytes.set(swapped, 32)
    return wrong('halves of B exchanged', subject, bytes)
  },
  (subject, random) => {
    const signs = random.pick(['=', '==', ' ', '\n', 'A', '.', '\u0000'])
    return {
      kind: 'text behind it',
      signals: subject.signals,
      proof: subject.proof + signs,
      isValid: false,
    }
  },
]

let points: Uint8Array[] | undefined
const strangers = (): Uint8Array[] => (points ??= outsideSubgroup(24))

/** A bit of a coordinate: the point is another one, and seldom of the curve or the subgroup. */
function bitsFlipped(subject: Subject, random: Random, from: number, to: number): Mutant {
  const bytes = bytesOf(subject)
  for (let i = 0; i <= random.below(3); i++) {
    const at = from + random.below(to - from)
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8))
  }
  const isSame = toBase64url(bytes) === subject.proof
  return { ...wrong('bits', subject, bytes), isValid: isSame }
}

/** -A and -B together prove the same. */
function signsChanged(subject: Subject, signs: number): Omit<Mutant, 'kind'> {
  const bytes = bytesOf(subject)
  for (const [i, at] of [0, 32, 96].entries()) {
    if ((signs >> i) & 1) bytes[at] = (bytes[at] ?? 0) ^ 0x80
  }
  return { signals: subject.signals, proof: toBase64url(bytes), isValid: signs === 3 }
}

function pointsMixed(subject: Subject, random: Random): Omit<Mutant, 'kind'> {
  const bytes = bytesOf(subject)
  const other = fromBase64url(
    forgeProof(subject.key, subject.signals, factor(random), factor(random)),
  )
  const [from, to] = random.pick([
    [0, 32],
    [32, 96],
    [96, 128],
    [0, 96],
    [32, 128],
  ] as const)
  bytes.set(other.slice(from, to), from)
  return { signals: subject.signals, proof: toBase64url(bytes), isValid: false }
}

function signalChanged({ signals, proof }: Subject, random: Random): Omit<Mutant, 'kind'> {
  const at = random.below(signals.length)
  const step = random.pick([1n, FIELD_ORDER - 1n])
  return {
    signals: signals.map((signal, i) => (i === at ? (signal + step) % FIELD_ORDER : signal)),
    proof,
    isValid: false,
  }
}

function signalsExchanged({ signals, proof }: Subject, random: Random): Omit<Mutant, 'kind'> {
  const at = 1 + random.below(signals.length - 1)
  return {
    signals: signals.map(
      (signal, i) => (i === 0 ? signals[at] : i === at ? signals[0] : signal) ?? 0n,
    ),
    proof,
    isValid: false,
  }
}

interface Groth16 {
  readonly verify: (key: unknown, signals: readonly string[], proof: object) => Promise<boolean>
}

const require = createRequire(import.meta.url)

async function verdictOfSnarkjs(
  circuit: CircuitName,
  signals: readonly bigint[],
  text: string,
): Promise<boolean> {
  const { groth16 } = require('snarkjs') as { readonly groth16: Groth16 }
  const { a, b, c } = decodeProof(text)
  const [pa, pb, pc] = [a.toAffine(), b.toAffine(), c.toAffine()]
  const proof = {
    protocol: 'groth16',
    curve: 'bn128',
    pi_a: [String(pa.x), String(pa.y), '1'],
    pi_b: [
      [String(pb.x.c0), String(pb.x.c1)],
      [String(pb.y.c0), String(pb.y.c1)],
      ['1', '0'],
    ],
    pi_c: [String(pc.x), String(pc.y), '1'],
  }
  return groth16.verify(keyJson(circuit), signals.map(String), proof)
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
