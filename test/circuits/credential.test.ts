import { describe, expect, test } from 'vitest'
import { issueCredential, issuerSigner } from '../../core/credential.ts'
import type { Credential, CredentialBody } from '../../core/credential.ts'
import { SUBGROUP_ORDER, publicKeyOf, verifyPoseidon } from '../../core/eddsa.ts'
import type { Point, Signature } from '../../core/eddsa.ts'
import { holderCommitment } from '../../core/enrolment.ts'
import { FIELD_ORDER } from '../../core/field.ts'
import { TAG, poseidon } from '../../core/hash.ts'
import { encodeAttributes, parseSchema, schemaHash } from '../../core/schema.ts'
import { addPoints, curvePoints, multiplyPoint } from '../support/circomlibjs.ts'
import { compileForTest, corruptions } from '../support/circuit.ts'

const circuit = compileForTest(
  ['credential', 'tags'],
  `template TestCredential() {
     signal input secret; input Credential(16) credential; signal input schema; signal input asOf;
     signal output attributes[16]; signal output revocationId;
     (attributes, revocationId) <== SignedCredential(16)(
       secret, credential, schema, InRange(20)(asOf)
     );
   }
   component main {public [schema, asOf]} = TestCredential();`,
)

const NUMBERS = [...Array(16).keys()]
const schema = parseSchema({
  id: 'numbers/1',
  title: 'Sixteen numbers',
  attributes: NUMBERS.map((i) => ({ name: `n${i}`, type: 'integer', title: `number ${i}` })),
})
const otherSchema = { ...schema, id: 'numbers/2' }
const privateKey = Uint8Array.from({ length: 32 }, (_, i) => i)
const signer = issuerSigner('registry.example', privateKey, publicKeyOf(privateKey))

const secret = 2n ** 252n + 5n
const blinding = 7n
const body: CredentialBody = {
  attributes: Object.fromEntries(NUMBERS.map((i) => [`n${i}`, 100 + i])),
  commitment: holderCommitment(secret, blinding),
  revocationId: 1_234_567n,
  validFrom: 46_000,
  validUntil: 46_365,
}
const issued = issueCredential(signer, schema, body)
const honest = inputsOf(issued)

describe('signed credential', () => {
  test('accepts what core issues, and gives the attributes on', async () => {
    const values = encodeAttributes(schema, issued.attributes)
    await circuit.expectPass(honest, {
      revocationId: issued.revocationId,
      ...Object.fromEntries(values.map((value, i) => [`attributes[${i}]`, value])),
    })
    await circuit.expectDetermined(honest)
  })

  test('refuses every corrupted input', async () => {
    for (const [name, inputs] of corruptions(honest)) {
      if (name !== 'asOf') await circuit.expectFail(inputs)
    }
  })

  test('is valid from its first to its last day', async () => {
    const { validFrom, validUntil } = body
    for (const day of [validFrom, validUntil])
      await circuit.expectPass({ ...honest, asOf: BigInt(day) })
    for (const day of [validFrom - 1, validUntil + 1, 0, 2 ** 20 - 1, 2 ** 20, -1]) {
      await circuit.expectFail({ ...honest, asOf: BigInt(day) })
    }
  })

  test('is valid to the last day there is, and on one day only if so issued', async () => {
    const last = 2 ** 20 - 1
    const single = inputsOf(
      issueCredential(signer, schema, { ...body, validFrom: last, validUntil: last }),
    )
    await circuit.expectPass({ ...single, asOf: BigInt(last) })
    await circuit.expectFail({ ...single, asOf: BigInt(last - 1) })
  })

  test('refuses the credential under another schema', async () => {
    await circuit.expectFail({ ...honest, schema: schemaHash(otherSchema) })
    const other = inputsOf(issueCredential(signer, otherSchema, body))
    await circuit.expectFail(other)
    await circuit.expectPass({ ...other, schema: schemaHash(otherSchema) })
  })
})

describe('a cheat with a credential', () => {
  test('cannot use the one of another holder', () => {
    circuit.expectCaught({ ...honest, secret: secret + 1n })
    const lie = { 'SignedCredential.commitment': body.commitment }
    circuit.expectCaught({ ...honest, secret: secret + 1n }, lie)
    circuit.expectCaught(changed({ 19: 8n }), lie)
  })

  test('cannot swap attributes', async () => {
    for (const [i, j] of [
      [0, 1],
      [0, 2],
      [1, 15],
    ] as const) {
      const [one, other] = [honest.credential[i]!, honest.credential[j]!]
      await circuit.expectFail(changed({ [i]: other, [j]: one }))
    }
    circuit.expectCaught(honest, { 'attributes[0]': 101n })
    circuit.expectCaught(honest, { 'SignedCredential.attributes[0]': 101n })
  })

  test.each([
    ['attribute 0 too large, 1 smaller', { 0: 2n ** 120n, 1: -1n }],
    ['attribute 0 negative, 1 larger', { 0: -(2n ** 120n), 1: 1n }],
    ['revocation number too large, first day earlier', { 16: 2n ** 40n, 17: -1n }],
    ['revocation number negative, first day later', { 16: -(2n ** 40n), 17: 1n }],
    ['first day too large, last day earlier', { 17: 2n ** 20n, 18: -1n }],
    ['first day negative, last day later', { 17: -(2n ** 20n), 18: 1n }],
    ['revocation number and last day', { 16: -(2n ** 60n), 18: 1n }],
  ])('cannot carry digits over in the packed message: %s', async (_, offsets) => {
    const inputs = changed(
      Object.fromEntries(
        Object.entries(offsets).map(([i, by]) => [i, honest.credential[Number(i)]! + by]),
      ),
    )
    expect(packed(inputs.credential)).toEqual(packed(honest.credential))
    await circuit.expectFail(inputs)
  })

  test('cannot choose the range it is in', () => {
    const wide = changed({ 0: honest.credential[0]! + 2n ** 120n, 1: honest.credential[1]! - 1n })
    circuit.expectCaught(wide, {}, 'InRange[0].Bits')
    circuit.expectCaught(wide, { 'SignedCredential.InRange[0].out': 100n })
  })

  test('cannot extend the validity', () => {
    const { validFrom, validUntil } = body
    const early = { ...honest, asOf: BigInt(validFrom - 1) }
    const late = { ...honest, asOf: BigInt(validUntil + 1) }
    circuit.expectCaught(early, { 'SignedCredential.ValidOn.hasBegun': 1n })
    circuit.expectCaught(late, { 'SignedCredential.ValidOn.hasNotEnded': 1n })
    circuit.expectCaught(late, { 'SignedCredential.validUntil': BigInt(validUntil + 1) })
    circuit.expectCaught(late, { 'SignedCredential.asOf': BigInt(validUntil) })
  })

  test('cannot hide the revocation number', () => {
    circuit.expectCaught(honest, { revocationId: 99n })
    circuit.expectCaught(honest, { 'SignedCredential.revocationId': 99n })
  })
})

describe('issuer signature', () => {
  const { r8, s } = issued.signature
  const order8 = multiplyPoint(curvePoints.generator, SUBGROUP_ORDER)
  const order4 = addPoints(order8, order8)
  const order2 = addPoints(order4, order4)
  const IDENTITY = { x: 0n, y: 1n }
  const OFF_CURVE = { x: 1n, y: 1n }

  const verdicts = async (key: Point, signature: Signature): Promise<boolean> => {
    const inputs = inputsOf({ ...issued, key, signature })
    const accepted = verifyPoseidon(key, messageOf(inputs.credential), signature)
    if (accepted) await circuit.expectPass(inputs)
    else await circuit.expectFail(inputs)
    return accepted
  }

  const altered: [string, Signature][] = [
    ['s + l', { r8, s: s + SUBGROUP_ORDER }],
    ['s + 2 l', { r8, s: s + 2n * SUBGROUP_ORDER }],
    ['s = l', { r8, s: SUBGROUP_ORDER }],
    ['s = l - 1', { r8, s: SUBGROUP_ORDER - 1n }],
    ['-s', { r8, s: SUBGROUP_ORDER - s }],
    ['s = 0', { r8, s: 0n }],
    ['R8 mirrored', { r8: { x: FIELD_ORDER - r8.x, y: r8.y }, s }],
    ['R8 = identity', { r8: IDENTITY, s }],
    ['R8 = (0, 0)', { r8: { x: 0n, y: 0n }, s }],
    ['R8 off the curve', { r8: OFF_CURVE, s }],
    ['R8 with a part of order 2', { r8: addPoints(r8, order2), s }],
    ['R8 with a part of order 8', { r8: addPoints(r8, order8), s }],
  ]
  test.each(altered)('with %s is refused, as core does', async (_, signature) => {
    expect(await verdicts(issued.key, signature)).toBe(false)
  })

  const keys: [string, Point][] = [
    ['another key', publicKeyOf(privateKey.with(0, 1))],
    ['the base point', curvePoints.base8],
    ['a key off the curve', OFF_CURVE],
    ['the key with a part of order 2', addPoints(issued.key, order2)],
  ]
  test.each(keys)('under %s is refused, as core does', async (_, key) => {
    expect(await verdicts(key, issued.signature)).toBe(false)
  })

  const lowOrder: [string, Point][] = [
    ['identity', IDENTITY],
    ['point of order 2', order2],
    ['point of order 4', order4],
    ['point of order 8', order8],
  ]
  test.each(lowOrder)('forged under the %s is refused', async (_, key) => {
    expect(await verdicts(key, { r8: multiplyPoint(curvePoints.base8, 5n), s: 5n })).toBe(false)
  })

  test('points off the curve break the equation of the curve', () => {
    const off = inputsOf({ ...issued, key: OFF_CURVE, signature: { r8: OFF_CURVE, s } })
    circuit.expectCaught(off, {}, 'IssuerSignature.BabyCheck.')
    circuit.expectCaught(off, {}, 'IssuerSignature.BabyCheck#2.')
  })

  test('s above the order of the subgroup is caught by its bound, which nothing turns off', () => {
    const large = inputsOf({ ...issued, signature: { r8, s: s + SUBGROUP_ORDER } })
    const verifier = 'SignedCredential.IssuerSignature.EdDSAPoseidonVerifier'
    circuit.expectCaught(large)
    circuit.expectCaught(large, { [`${verifier}.compConstant.out`]: 0n })
    circuit.expectCaught(large, { [`${verifier}.enabled`]: 0n })
  })

  test('a challenge read with the order of the field added is caught', () => {
    const { inputs, challenge } = signedForAlias()
    const bits = 'SignedCredential.IssuerSignature.EdDSAPoseidonVerifier.h2bits.out'
    const digits = [...Array(254).keys()].map((i): [string, bigint] => [
      `${bits}[${i}]`,
      ((challenge + FIELD_ORDER) >> BigInt(i)) & 1n,
    ])
    circuit.expectCaught(inputs, Object.fromEntries(digits), 'aliasCheck')
  })
})

/**
 * A credential whose signature holds for its challenge plus the order of the field, which has 254
 * digits as well: only the check for that stands between it and acceptance.
 */
function signedForAlias() {
  const scalar = 77n
  const key = multiplyPoint(curvePoints.base8, scalar)
  const message = messageOf(honest.credential)
  for (let nonce = 1n; ; nonce++) {
    const r8 = multiplyPoint(curvePoints.base8, nonce)
    const challenge = poseidon([r8.x, r8.y, key.x, key.y, message])
    if (challenge + FIELD_ORDER >= 2n ** 254n) continue
    const s = (nonce + 8n * (challenge + FIELD_ORDER) * scalar) % SUBGROUP_ORDER
    return { inputs: inputsOf({ ...issued, key, signature: { r8, s } }), challenge }
  }
}

/** The honest inputs with some elements of the credential replaced. */
function changed(elements: Readonly<Record<number, bigint>>) {
  return { ...honest, credential: honest.credential.map((value, i) => elements[i] ?? value) }
}

/** In the order of circuits/buses.circom. */
function inputsOf({ attributes, revocationId, validFrom, validUntil, key, signature }: Credential) {
  const credential = [
    ...encodeAttributes(schema, attributes),
    revocationId,
    BigInt(validFrom),
    BigInt(validUntil),
    blinding,
    key.x,
    key.y,
    signature.r8.x,
    signature.r8.y,
    signature.s,
  ]
  return { secret, credential, schema: schemaHash(schema), asOf: 46_100n }
}

/** What is hashed for attributes, dates and revocation number, with no check of their ranges. */
function packed(credential: readonly bigint[]): bigint[] {
  const [revocationId, from, until] = credential.slice(16, 19) as [bigint, bigint, bigint]
  const pairs = [...Array(8).keys()].map(
    (i) => credential[2 * i]! + credential[2 * i + 1]! * 2n ** 120n,
  )
  return [revocationId + 2n ** 40n * from + 2n ** 60n * until, ...pairs]
}

function messageOf(credential: readonly bigint[]): bigint {
  const holder = holderCommitment(secret, credential[19]!)
  return poseidon([TAG.credential, schemaHash(schema), holder, ...packed(credential)])
}
