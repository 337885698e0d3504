import { SUBGROUP_ORDER, publicKeyOf, signPoseidon } from '../../../core/eddsa.ts'
import type { Point, Signature } from '../../../core/eddsa.ts'
import { holderCommitment } from '../../../core/enrolment.ts'
import { FIELD_ORDER, reduce } from '../../../core/field.ts'
import { TAG, poseidon } from '../../../core/hash.ts'
import { mainOf, packed, range } from './bench.ts'
import type { Bench, Inputs } from './bench.ts'

/** What an issuer signs, by the names of circuits/buses.circom. */
export interface SignedBody {
  readonly attributes: readonly bigint[]
  readonly revocationId: bigint
  readonly validFrom: bigint
  readonly validUntil: bigint
  readonly blinding: bigint
}

const PRIVATE_KEY = Uint8Array.from({ length: 32 }, (_, i) => i)

/** The field elements of a credential, in the order of circuits/buses.circom. */
export function flatCredential(body: SignedBody, key: Point, { r8, s }: Signature): bigint[] {
  const { attributes, revocationId, validFrom, validUntil, blinding } = body
  return [
    ...[...attributes, revocationId, validFrom, validUntil, blinding],
    ...[key.x, key.y, r8.x, r8.y, s],
  ]
}

/** The hash that an issuer signs. */
export function messageOf(secret: bigint, schema: bigint, body: SignedBody): bigint {
  const { attributes, revocationId, validFrom, validUntil, blinding } = body
  return poseidon([
    TAG.credential,
    schema,
    holderCommitment(secret, blinding),
    packed([
      [revocationId, 40],
      [validFrom, 20],
      [validUntil, 20],
    ]),
    ...range(8).map((i) => (attributes[2 * i] ?? 0n) + ((attributes[2 * i + 1] ?? 0n) << 120n)),
  ])
}

/** Puts a signature on a message, with another point than it would take if one is given. */
type Sign = (message: bigint, key: Point, r8?: Point) => Signature

/**
 * A verifier in the place of circomlib's that compiles faster and forgives nothing: whatever point
 * it is shown, only the other constraints can refuse it.
 */
export const EQUATION = `pragma circom 2.0.0;
template EdDSAPoseidonVerifier() {
  signal input enabled; signal input Ax; signal input Ay;
  signal input S; signal input R8x; signal input R8y; signal input M;
  enabled * (M + 3 * Ax + 5 * Ay + 7 * R8x + 11 * R8y - S) === 0;
}`

const SOME_POINT = publicKeyOf(new Uint8Array(32).fill(9))

/** What {@link EQUATION} accepts. */
export const signByEquation: Sign = (message, key, r8 = SOME_POINT) => ({
  r8,
  s: reduce(message + 3n * key.x + 5n * key.y + 7n * r8.x + 11n * r8.y),
})

const signWithKey: Sign = (message, _key, r8) => {
  const signature = signPoseidon(PRIVATE_KEY, message)
  return { ...signature, r8: r8 ?? signature.r8 }
}

/** With circomlib's verifier. */
export function credentialBench(): Bench {
  return { ...benchWith(signWithKey), name: 'credential' }
}

/** With an equation for a verifier. */
export function equationBench(): Bench {
  return {
    ...benchWith(signByEquation),
    name: 'credential-equation',
    library: { 'eddsaposeidon.circom': EQUATION },
  }
}

function benchWith(sign: Sign): Omit<Bench, 'name'> {
  const [secret, schema] = [2n ** 252n + 5n, 1_001n]
  const body: SignedBody = {
    attributes: range(16).map((i) => BigInt(100 + i)),
    revocationId: 1_234_567n,
    validFrom: 46_000n,
    validUntil: 46_365n,
    blinding: 7n,
  }
  const key = publicKeyOf(PRIVATE_KEY)
  const message = messageOf(secret, schema, body)
  const signedWith = (issuer: Point, r8?: Point): bigint[] =>
    flatCredential(body, issuer, sign(message, issuer, r8))
  const honest = { secret, credential: signedWith(key), schema, asOf: 46_100n }
  const element = (i: number): bigint => honest.credential[i] ?? 0n
  const changed = (elements: Readonly<Record<number, bigint>>): Inputs => ({
    ...honest,
    credential: honest.credential.map((value, i) => elements[i] ?? value),
  })
  const carried = (offsets: Readonly<Record<number, bigint>>): Inputs =>
    changed(
      Object.fromEntries(
        Object.entries(offsets).map(([i, by]) => [Number(i), element(Number(i)) + by]),
      ),
    )
  const outputs = {
    revocationId: body.revocationId,
    ...Object.fromEntries(body.attributes.map((value, i) => [`attributes[${String(i)}]`, value])),
  }
  const offCurve = [
    { x: 1n, y: 1n },
    { x: key.x, y: SOME_POINT.y },
    { x: SOME_POINT.x, y: key.y },
  ]
  return {
    main: mainOf(
      ['credential', 'tags'],
      `template TestCredential() {
         signal input secret; input Credential(16) credential; signal input schema;
         signal input asOf;
         signal output attributes[16]; signal output revocationId;
         (attributes, revocationId) <== SignedCredential(16)(
           secret, credential, schema, InRange(20)(asOf)
         );
       }
       component main {public [schema, asOf]} = TestCredential();`,
    ),
    accepted: [
      { inputs: honest, outputs },
      { inputs: { ...honest, asOf: body.validFrom }, outputs },
      { inputs: { ...honest, asOf: body.validUntil }, outputs },
    ],
    refused: [
      { ...honest, asOf: body.validFrom - 1n },
      { ...honest, asOf: body.validUntil + 1n },
      { ...honest, secret: secret + 1n },
      { ...honest, schema: schema + 1n },
      carried({ 0: 2n ** 120n, 1: -1n }),
      carried({ 14: 2n ** 120n, 15: -1n }),
      carried({ 16: 2n ** 40n, 17: -1n }),
      carried({ 17: 2n ** 20n, 18: -1n }),
      { ...carried({ 17: -(2n ** 20n), 18: 1n }), asOf: 1n },
      carried({ 16: -(2n ** 60n), 18: 1n }),
      ...body.attributes.map((value, i) => changed({ [i]: value + 1n })),
      ...[16, 17, 18, 19].map((i) => carried({ [i]: 1n })),
      ...[20, 21, 22, 23, 24].map((i) => carried({ [i]: 1n })),
      carried({ 24: SUBGROUP_ORDER }),
      changed({ 22: FIELD_ORDER - element(22) }),
      changed({ 22: 0n, 23: 1n, 24: 0n }),
      // Points of the smallest orders: the equation of the signature holds for the first.
      changed({ 20: 0n, 21: 1n, 22: 0n, 23: 1n, 24: 0n }),
      changed({ 20: 0n, 21: -1n, 22: 0n, 23: 1n, 24: 0n }),
      ...offCurve.map((point) => ({ ...honest, credential: signedWith(point) })),
      ...offCurve.map((point) => ({ ...honest, credential: signedWith(key, point) })),
    ],
  }
}
