import { bn254 } from '@noble/curves/bn254.js'
import { fromBase64url, toBase64url } from '../../core/bytes.ts'
import {
  enrolmentSignals,
  enrolmentTag,
  holderCommitment,
  issuerScope,
} from '../../core/enrolment.ts'
import { FIELD_ORDER, fieldToBytes } from '../../core/field.ts'
import { CURVE_FIELD_ORDER } from '../../core/curve.ts'
import { forgeProof, rerandomise, shiftC } from '../../test/support/forgery.ts'
import { invalid, seedField, valid } from './kit.ts'
import type { Group, Kit, Vector } from './kit.ts'
import { keyJson, vectorKey } from './keys.ts'

const NOTES = {
  Honest: { bugType: 'BASIC', description: 'A proof of these signals.' },
  Rerandomised: {
    bugType: 'MALLEABILITY',
    description: 'Anybody can make this proof of the first: nothing may be keyed on proof bytes.',
  },
  OtherSignals: { bugType: 'AUTH_BYPASS', description: 'A proof of other signals.' },
  SignalCount: {
    bugType: 'AUTH_BYPASS',
    description: 'Fewer or more signals than the key has; missing ones would count as 0.',
  },
  NotCanonical: {
    bugType: 'MALLEABILITY',
    description:
      'A number that is equal to a valid one modulo r or q, or a bit that means nothing.',
  },
  Infinity: { bugType: 'MISSING_STEP', description: 'The identity of a group as a point.' },
  OffCurve: { bugType: 'MISSING_STEP', description: 'An x without a point of the curve.' },
  Subgroup: {
    bugType: 'MISSING_STEP',
    description: 'B on the twist, but outside the subgroup of order r.',
  },
  Altered: { bugType: 'BASIC', description: 'Another point than the proof’s.' },
  OtherKey: { bugType: 'AUTH_BYPASS', description: 'A proof under another key.' },
  WrongForm: { bugType: 'PARSER', description: 'Another length or another text.' },
  OtherRequest: {
    bugType: 'AUTH_BYPASS',
    description: 'An enrolment proof for another issuer, nonce, commitment or tag.',
  },
  Zero: { bugType: 'MISSING_STEP', description: 'Commits to nothing.' },
} as const

const G1 = bn254.G1.Point
const { Fp2 } = bn254.fields

export function proofsKit(): Kit {
  return {
    name: 'proofs',
    algorithm: 'Groth16 over BN254',
    header: [
      'Proofs under the public development keys, whose trapdoor everybody knows: they were made',
      'from it, without witnesses. A verifier that is tested must accept these keys for the test.',
    ],
    notes: NOTES,
    groups: [proofGroup(), pointsGroup(), enrolmentGroup(), otherIssuerGroup()],
  }
}

const KEY = vectorKey('eligibility-1')
const SIGNALS = Array.from({ length: KEY.publicSignals }, (_, i) =>
  seedField(`signal ${String(i)}`),
)

function proofGroup(): Group {
  return {
    type: 'Groth16Verify',
    parameters: { key: keyJson('eligibility-1') },
    tests: [...honest(), ...otherSignals(), ...alteredPoints(), ...forms()],
  }
}

function honest(): Vector[] {
  const proof = forgeProof(KEY, SIGNALS)
  const zeros = SIGNALS.map(() => 0n)
  const large = SIGNALS.map(() => FIELD_ORDER - 1n)
  return [
    good('these signals', SIGNALS, proof),
    good('zeros', zeros, forgeProof(KEY, zeros)),
    good('the largest', large, forgeProof(KEY, large)),
    ...[2n, 3n, FIELD_ORDER - 1n, seedField('factor')].map((factor) =>
      good('A / k, k B', SIGNALS, rerandomise(proof, factor), 'Rerandomised'),
    ),
    good('another proof of the same', SIGNALS, forgeProof(KEY, SIGNALS, 11n, 13n), 'Rerandomised'),
  ]
}

function otherSignals(): Vector[] {
  const proof = forgeProof(KEY, SIGNALS)
  const withOne = (at: number, value: bigint): bigint[] =>
    SIGNALS.map((same, i) => (i === at ? value : same))
  const ended = [...SIGNALS.slice(0, -1), 0n]
  return [
    ...SIGNALS.map((signal, i) =>
      bad(
        `signal ${String(i)} + 1`,
        withOne(i, (signal + 1n) % FIELD_ORDER),
        proof,
        'OtherSignals',
      ),
    ),
    bad(
      'two exchanged',
      [SIGNALS[1] ?? 0n, SIGNALS[0] ?? 0n, ...SIGNALS.slice(2)],
      proof,
      'OtherSignals',
    ),
    bad(
      'negated',
      SIGNALS.map((signal) => FIELD_ORDER - signal),
      proof,
      'OtherSignals',
    ),
    bad('the last is missing', SIGNALS.slice(0, -1), proof, 'SignalCount'),
    bad('a last 0 is missing', ended.slice(0, -1), forgeProof(KEY, ended), 'SignalCount'),
    bad('one more', [...SIGNALS, 0n], proof, 'SignalCount'),
    bad(
      'none',
      [],
      forgeProof(
        KEY,
        SIGNALS.map(() => 0n),
      ),
      'SignalCount',
    ),
    ...[0, 5, SIGNALS.length - 1].map((i) =>
      bad(
        `signal ${String(i)} + r`,
        withOne(i, (SIGNALS[i] ?? 0n) + FIELD_ORDER),
        proof,
        'NotCanonical',
      ),
    ),
    invalid(
      'a leading zero',
      { signals: SIGNALS.map((signal) => `0${String(signal)}`), proof },
      'NotCanonical',
    ),
    invalid(
      'numbers',
      {
        signals: SIGNALS.map(() => 0),
        proof: forgeProof(
          KEY,
          SIGNALS.map(() => 0n),
        ),
      },
      'WrongForm',
    ),
    bad(
      'under the key of another circuit',
      SIGNALS,
      forgeProof(vectorKey('enrolment'), SIGNALS.slice(0, 4)),
      'OtherKey',
    ),
  ]
}

function alteredPoints(): Vector[] {
  const proof = forgeProof(KEY, SIGNALS)
  const bytes = fromBase64url(proof)
  const [a, b, c] = [bytes.slice(0, 32), bytes.slice(32, 96), bytes.slice(96)]
  const parts = (...points: readonly Uint8Array[]): string =>
    toBase64url(Uint8Array.from(points.flatMap((point) => [...point])))
  const flipped = (at: number, bit: number): string =>
    toBase64url(bytes.map((byte, i) => (i === at ? byte ^ bit : byte)))
  const zero = (length: number): Uint8Array => new Uint8Array(length)
  const swapped = [...b.slice(32), ...b.slice(0, 32)]
  const sign = Uint8Array.of((b[0] ?? 0) & 0x80, ...zero(31))
  const both = Uint8Array.from(swapped, (byte, i) => byte | (sign[i] ?? 0))
  return [
    ...[
      ['-A', flipped(0, 0x80)],
      ['-B', flipped(32, 0x80)],
      ['-C', flipped(96, 0x80)],
      ['C + G', shiftC(proof, 1n)],
      ['C - G', shiftC(proof, -1n)],
      ['A and C exchanged', parts(c, b, a)],
      ['A as C', parts(a, b, a)],
      [
        'A of another proof',
        parts(fromBase64url(forgeProof(KEY, SIGNALS, 11n)).slice(0, 32), b, c),
      ],
    ].map(([comment = '', text]) => invalid(comment, inputs(SIGNALS, text), 'Altered')),
    good(
      '-A and -B',
      SIGNALS,
      toBase64url(bytes.map((byte, i) => (i === 0 || i === 32 ? byte ^ 0x80 : byte))),
      'Rerandomised',
    ),
    ...[0, 32, 96].map((at) =>
      bad('a bit that means nothing', SIGNALS, flipped(at, 0x40), 'NotCanonical'),
    ),
    ...[0x40, 0x80].map((bit) =>
      bad('a bit of the second half of B', SIGNALS, flipped(64, bit), 'NotCanonical'),
    ),
    ...largeCoordinates(),
    bad('A.x = q', SIGNALS, parts(bytes32(CURVE_FIELD_ORDER), b, c), 'NotCanonical'),
    bad('A is nothing', SIGNALS, parts(zero(32), b, c), 'Infinity'),
    bad('B is nothing', SIGNALS, parts(a, zero(64), c), 'Infinity'),
    bad('C is nothing', SIGNALS, parts(a, b, zero(32)), 'Infinity'),
    bad('all are nothing', SIGNALS, parts(zero(128)), 'Infinity'),
    ...[0x40, 0xc0].map((flag) =>
      bad('flagged as nothing', SIGNALS, parts(Uint8Array.of(flag, ...zero(31)), b, c), 'Infinity'),
    ),
    bad('A.x has no y', SIGNALS, parts(bytes32(offCurveX()), b, c), 'OffCurve'),
    bad('C.x has no y', SIGNALS, parts(a, b, bytes32(offCurveX())), 'OffCurve'),
    bad('halves of B.x exchanged', SIGNALS, parts(a, both, c), 'OffCurve'),
    ...outsideSubgroup(6).map((point) =>
      bad('B outside the subgroup', SIGNALS, parts(a, point, c), 'Subgroup'),
    ),
    ...cofactorProofs(),
  ]
}

/** Proofs with a coordinate so small that q more still has 254 bits. */
function largeCoordinates(): Vector[] {
  const vectors: Vector[] = []
  for (let a = 2n; vectors.length < 4; a++) {
    const bytes = fromBase64url(forgeProof(KEY, SIGNALS, a, 7n))
    for (const [name, at] of [
      ['A', 0],
      ['C', 96],
    ] as const) {
      const changed = plusQ(bytes.slice(at, at + 32))
      if (changed === undefined) continue
      const whole = bytes.map((byte, i) => changed[i - at] ?? byte)
      vectors.push(bad(`${name}.x + q`, SIGNALS, toBase64url(whole), 'NotCanonical'))
    }
  }
  return vectors
}

/** Whether there are three points at all, whatever they prove. */
function pointsGroup(): Group {
  const proof = forgeProof(KEY, SIGNALS)
  const bytes = fromBase64url(proof)
  const withB = (point: Uint8Array): string =>
    toBase64url(bytes.map((byte, i) => (i >= 32 && i < 96 ? (point[i - 32] ?? 0) : byte)))
  const one = valid('three points', { proof }, null, 'Honest')
  const nothing = invalid('B is nothing', { proof: withB(new Uint8Array(64)) }, 'Infinity')
  const outside = outsideSubgroup(12).map((point) =>
    invalid('B outside the subgroup', { proof: withB(point) }, 'Subgroup'),
  )
  return { type: 'Groth16Points', tests: [one, nothing, ...outside] }
}

/** The equation itself may hold: B plus a point of the cofactor's order has the same pairings. */
function cofactorProofs(): Vector[] {
  const bytes = fromBase64url(forgeProof(KEY, SIGNALS))
  const { x, y } = decompress(bytes.slice(32, 96))
  const B = bn254.G2.Point.fromAffine({ x, y })
  return outsideSubgroup(3).map((point) => {
    const outside = bn254.G2.Point.fromAffine(decompress(point))
    const cofactorPart = outside.multiplyUnsafe(FIELD_ORDER - 1n).add(outside)
    const shifted = compress(B.add(cofactorPart).toAffine())
    const proof = Uint8Array.from([...bytes.slice(0, 32), ...shifted, ...bytes.slice(96)])
    return bad('B with a part outside the subgroup', SIGNALS, toBase64url(proof), 'Subgroup')
  })
}

function forms(): Vector[] {
  const proof = forgeProof(KEY, SIGNALS)
  const bytes = fromBase64url(proof)
  const texts: readonly (readonly [string, unknown])[] = [
    ['127 bytes', toBase64url(bytes.slice(0, 127))],
    ['129 bytes', toBase64url(Uint8Array.of(...bytes, 0))],
    ['trailing text', `${proof}AAAA`],
    ['padded', `${proof}=`],
    ['nothing', ''],
    ['base64', proof.replaceAll('-', '+').replaceAll('_', '/').replace(/^./, '+')],
    ['in hexadecimal', Buffer.from(bytes).toString('hex')],
    ['two proofs', proof + proof],
    ['a JSON proof', { pi_a: ['1', '2', '1'] }],
    ['nobody', null],
  ]
  return texts.map(([comment, text]) => invalid(comment, inputs(SIGNALS, text), 'WrongForm'))
}

function enrolmentGroup(): Group {
  const key = vectorKey('enrolment')
  const [issuer, nonce] = ['https://registry.example', 'c-nonce-1']
  const [secret, blinding] = [seedField('secret'), seedField('blinding')]
  const request = {
    commitment: holderCommitment(secret, blinding),
    tag: enrolmentTag(secret, issuerScope(issuer)),
  }
  const proofFor = (who: string, when: string, what = request): string =>
    forgeProof(key, enrolmentSignals(what, who, when))
  const test = (what: typeof request, proof: string): Vector['inputs'] => ({
    commitment: String(what.commitment),
    tag: String(what.tag),
    proof,
  })
  const proof = proofFor(issuer, nonce)
  const swapped = { commitment: request.tag, tag: request.commitment }
  const none = { ...request, commitment: 0n }
  const nameless = { ...request, tag: 0n }
  return {
    type: 'Enrolment',
    parameters: { key: keyJson('enrolment'), issuer, nonce },
    tests: [
      valid('for this issuer and nonce', test(request, proof), null, 'Honest'),
      valid('re-randomised', test(request, rerandomise(proof, 5n)), null, 'Rerandomised'),
      ...[
        ['for another nonce', proofFor(issuer, 'c-nonce-2')],
        ['for no nonce', proofFor(issuer, '')],
        ['for another issuer', proofFor('https://mint.example', nonce)],
        ['issuer and nonce exchanged', proofFor(nonce, issuer)],
      ].map(([comment = '', text = '']) => invalid(comment, test(request, text), 'OtherRequest')),
      invalid('another commitment', test({ ...request, commitment: 5n }, proof), 'OtherRequest'),
      invalid('another tag', test({ ...request, tag: 5n }, proof), 'OtherRequest'),
      invalid('commitment and tag exchanged', test(swapped, proof), 'OtherRequest'),
      invalid('commitment 0', test(none, proofFor(issuer, nonce, none)), 'Zero'),
      invalid('tag 0', test(nameless, proofFor(issuer, nonce, nameless)), 'Zero'),
      invalid(
        'commitment + r',
        test({ ...request, commitment: request.commitment + FIELD_ORDER }, proof),
        'NotCanonical',
      ),
      invalid('the proof of a presentation', test(request, forgeProof(KEY, SIGNALS)), 'OtherKey'),
      invalid('no proof', test(request, ''), 'WrongForm'),
    ],
  }
}

/** Two issuers see different tags of one person, and neither can use the other's. */
function otherIssuerGroup(): Group {
  const key = vectorKey('enrolment')
  const [issuer, nonce] = ['https://mint.example', 'c-nonce-1']
  const secret = seedField('secret')
  const commitment = holderCommitment(secret, seedField('blinding'))
  const requestAt = (where: string) => ({
    commitment,
    tag: enrolmentTag(secret, issuerScope(where)),
  })
  const own = requestAt(issuer)
  const other = requestAt('https://registry.example')
  const inputsOf = ({ tag }: { readonly tag: bigint }, proof: string): Vector['inputs'] => ({
    commitment: String(commitment),
    tag: String(tag),
    proof,
  })
  return {
    type: 'Enrolment',
    parameters: { key: keyJson('enrolment'), issuer, nonce },
    tests: [
      valid(
        'the tag here',
        inputsOf(own, forgeProof(key, enrolmentSignals(own, issuer, nonce))),
        null,
        'Honest',
      ),
      invalid(
        'request and proof of another issuer',
        inputsOf(
          other,
          forgeProof(key, enrolmentSignals(other, 'https://registry.example', nonce)),
        ),
        'OtherRequest',
      ),
    ],
  }
}

function good(comment: string, signals: readonly bigint[], proof: string, flag = 'Honest'): Vector {
  return valid(comment, inputs(signals, proof), null, flag)
}

function bad(comment: string, signals: readonly bigint[], proof: string, flag: string): Vector {
  return invalid(comment, inputs(signals, proof), flag)
}

function inputs(signals: readonly bigint[], proof: unknown): Vector['inputs'] {
  return { signals: signals.map(String), proof }
}

function bytes32(value: bigint): Uint8Array {
  const hex = value.toString(16).padStart(64, '0')
  return Uint8Array.from({ length: 32 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16))
}

/** x + q where that still has 254 bits, with the same bit for y. */
function plusQ(bytes: Uint8Array): Uint8Array | undefined {
  const x = BigInt(`0x${Buffer.from(bytes).toString('hex')}`) & ((1n << 254n) - 1n)
  if (x + CURVE_FIELD_ORDER >= 1n << 254n) return undefined
  const sum = bytes32(x + CURVE_FIELD_ORDER)
  return sum.map((byte, i) => (i === 0 ? byte | ((bytes[0] ?? 0) & 0x80) : byte))
}

function offCurveX(): bigint {
  for (let x = 2n; ; x++) if (!isX(x)) return x
}

function isX(x: bigint): boolean {
  try {
    bn254.fields.Fp.sqrt((x ** 3n + 3n) % CURVE_FIELD_ORDER)
    return true
  } catch {
    return false
  }
}

/** Points of the twist, of which one in the order of its cofactor is in the subgroup. */
export function outsideSubgroup(count: number): Uint8Array[] {
  const found: Uint8Array[] = []
  for (let i = 1n; found.length < count; i++) {
    const bytes = Uint8Array.from([...bytes32(i), ...bytes32(3n)])
    try {
      decompress(bytes)
      found.push(bytes)
    } catch {
      continue
    }
  }
  return found
}

type Affine = Parameters<typeof bn254.G2.Point.fromAffine>[0]

function decompress(bytes: Uint8Array): Affine {
  const [im, re] = [bytes.slice(0, 32), bytes.slice(32)].map(
    (half) => BigInt(`0x${Buffer.from(half).toString('hex')}`) & ((1n << 254n) - 1n),
  )
  const x = Fp2.create({ c0: re ?? 0n, c1: im ?? 0n })
  const b = bn254.G2.Point.CURVE().b
  const y = Fp2.sqrt(Fp2.add(Fp2.mul(Fp2.sqr(x), x), b))
  return { x, y: isOdd(y.c0 === 0n ? y.c1 : y.c0) === (bytes[0] ?? 0) >= 0x80 ? y : Fp2.neg(y) }
}

/** As B is written in a proof, whatever point it is. */
export function compress({ x, y }: Affine): Uint8Array {
  const bytes = Uint8Array.from([...fieldBytes(x.c1), ...fieldBytes(x.c0)])
  bytes[0] = (bytes[0] ?? 0) | (isOdd(y.c0 === 0n ? y.c1 : y.c0) ? 0x80 : 0)
  return bytes
}

const isOdd = (value: bigint): boolean => (value & 1n) === 1n

const fieldBytes = bytes32

/** For checks that change proofs: the generator of G1. */
export const G1_GENERATOR = G1.BASE

export { fieldToBytes }
