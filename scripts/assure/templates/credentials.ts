import { SUBGROUP_ORDER, publicKeyOf, signPoseidon } from '../../../core/eddsa.ts'
import type { Point, Signature } from '../../../core/eddsa.ts'
import { holderCommitment } from '../../../core/enrolment.ts'
import { FIELD_ORDER } from '../../../core/field.ts'
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

/** A credential for the holder of `secret`, as core/credential.ts makes them. */
function issue(secret: bigint, schema: bigint, body: SignedBody): bigint[] {
  const signature = signPoseidon(PRIVATE_KEY, messageOf(secret, schema, body))
  return flatCredential(body, publicKeyOf(PRIVATE_KEY), signature)
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

export function credentialBench(): Bench {
  const [secret, schema] = [2n ** 252n + 5n, 1_001n]
  const body: SignedBody = {
    attributes: range(16).map((i) => BigInt(100 + i)),
    revocationId: 1_234_567n,
    validFrom: 46_000n,
    validUntil: 46_365n,
    blinding: 7n,
  }
  const honest = { secret, credential: issue(secret, schema, body), schema, asOf: 46_100n }
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
  const offCurve = signedOffCurve(secret, schema, body)
  return {
    name: 'credential',
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
      ...offCurve.map((credential) => ({ ...honest, credential })),
    ],
  }
}

/** Credentials with a key or a point off the curve, the rest as signed. */
function signedOffCurve(secret: bigint, schema: bigint, body: SignedBody): bigint[][] {
  const signature = signPoseidon(PRIVATE_KEY, messageOf(secret, schema, body))
  const off = { x: 1n, y: 1n }
  return [
    flatCredential(body, off, signature),
    flatCredential(body, publicKeyOf(PRIVATE_KEY), { ...signature, r8: off }),
  ]
}

/**
 * A verifier that accepts every signature, in the place of circomlib's: what then is refused, the
 * other constraints refuse. No signature is known for a point off the curve that only the check of
 * the curve refuses.
 */
export const ANY_SIGNATURE = `pragma circom 2.0.0;
template EdDSAPoseidonVerifier() {
  signal input enabled; signal input Ax; signal input Ay;
  signal input S; signal input R8x; signal input R8y; signal input M;
}`

export function curveBench(): Bench {
  const [key, r8] = [4, 5].map((byte) => publicKeyOf(new Uint8Array(32).fill(byte))) as [
    Point,
    Point,
  ]
  const off = { x: 1n, y: 1n }
  const inputsOf = (issuer: Point, point: Point): Inputs => ({
    message: 5n,
    issuer: [issuer.x, issuer.y],
    signature: [point.x, point.y, 6n],
  })
  return {
    name: 'curve',
    main: mainOf(['credential'], 'component main = IssuerSignature();'),
    library: { 'eddsaposeidon.circom': ANY_SIGNATURE },
    accepted: [{ inputs: inputsOf(key, r8), outputs: {} }],
    refused: [
      inputsOf(off, r8),
      inputsOf(key, off),
      inputsOf({ x: key.x, y: r8.y }, r8),
      inputsOf(key, { x: key.x, y: r8.y }),
      inputsOf({ x: key.y, y: key.y }, r8),
      inputsOf(key, { x: r8.x, y: r8.x }),
    ],
  }
}
