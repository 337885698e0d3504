import { fromBase64url, toBase64url } from '../../../core/bytes.ts'
import { FIELD_ORDER } from '../../../core/field.ts'
import { decodeProof, encodeProof } from '../../../core/groth16.ts'
import type { VerificationKey } from '../../../core/groth16-key.ts'
import type { CircuitName } from '../../../client/prover.ts'
import { forgeProof, rerandomise, shiftC } from '../../../test/support/forgery.ts'
import { readKey } from '../../../test/independent/groth16.ts'
import type { Key } from '../../../test/independent/groth16.ts'
import { asMaps } from '../../../test/independent/json.ts'
import { keyJson, vectorKey } from '../../vectors/keys.ts'
import { outsideSubgroup } from '../../vectors/proofs.ts'
import type { Random } from './random.ts'

// Proofs made from the trapdoor of the development keys, and what is changed in them.

export interface Subject {
  readonly circuit: CircuitName
  readonly key: VerificationKey
  readonly other: Key
  readonly signals: readonly bigint[]
  readonly proof: string
}

export interface Mutant {
  readonly kind: string
  readonly signals: readonly bigint[]
  readonly proof: string
  /** Known without judging. */
  readonly isValid: boolean
}

type Mutation = (subject: Subject, random: Random) => Mutant

const CIRCUITS: readonly CircuitName[] = ['eligibility-1', 'eligibility-3', 'enrolment']

/** Random signals of a random circuit, and a proof of them. */
export function subjectOf(random: Random): Subject {
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

/** Some have good points: those are the dear ones. */
export function mutantOf(subject: Subject, random: Random): Mutant {
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

/** Those whose points are good, so that nothing but the equation can tell. */
export const PAIRED: readonly Mutation[] = [
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
