import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  SUBGROUP_ORDER,
  assertPublicKey,
  generatePrivateKey,
  publicKeyOf,
  signPoseidon,
  verifyPoseidon,
} from '../../core/eddsa.ts'
import type { Point, Signature } from '../../core/eddsa.ts'
import { FIELD_ORDER } from '../../core/field.ts'
import { poseidon } from '../../core/hash.ts'
import {
  addPoints,
  curvePoints,
  isOnCurve,
  multiplyPoint,
  otherPublicKey,
  otherSign,
  otherVerify,
} from '../support/circomlibjs.ts'
import { refusal } from '../support/refusal.ts'

const IDENTITY: Point = { x: 0n, y: 1n }
const order8 = multiplyPoint(curvePoints.generator, SUBGROUP_ORDER)
const order4 = addPoints(order8, order8)
const order2 = addPoints(order4, order4)
const lowOrder = Array.from({ length: 8 }, (_, i) => multiplyPoint(order8, BigInt(i)))

const privateKey = Uint8Array.from({ length: 32 }, (_, i) => i)
const publicKey = publicKeyOf(privateKey)
const message = 1234567890123456789012345678901234567890n
const signature = signPoseidon(privateKey, message)

const keys = fc.uint8Array({ minLength: 32, maxLength: 32 })
const messages = fc.oneof(
  fc.bigInt({ min: 0n, max: FIELD_ORDER - 1n }),
  fc.constantFrom(0n, 1n, FIELD_ORDER - 1n),
)

describe('agreement with circomlibjs', () => {
  test('our signatures are accepted there', () => {
    fc.assert(
      fc.property(keys, messages, (key, signed) =>
        otherVerify(publicKeyOf(key), signed, signPoseidon(key, signed)),
      ),
      { numRuns: 10 },
    )
  })

  test('its signatures are accepted here', () => {
    fc.assert(
      fc.property(keys, messages, (key, signed) => {
        const otherKey = otherPublicKey(key)
        assertPublicKey(otherKey)
        expect(verifyPoseidon(otherKey, signed, otherSign(key, signed))).toBe(true)
      }),
      { numRuns: 10 },
    )
  })

  test('altered signatures get one verdict, a refusal', () => {
    const offset = fc.constantFrom(0n, 1n, -1n, 8n)
    const offsets = fc.tuple(offset, offset, offset, offset)
    fc.assert(
      fc.property(offsets, ([s, x, y, m]) => {
        fc.pre(s !== 0n || x !== 0n || y !== 0n || m !== 0n)
        const r8 = { x: signature.r8.x + x, y: signature.r8.y + y }
        const altered = { r8, s: signature.s + s }
        expect(verifyPoseidon(publicKey, message + m, altered)).toBe(false)
        expect(otherVerify(publicKey, message + m, altered)).toBe(false)
      }),
      // At random, R8 is nearly always off the curve: nothing else would be asked.
      { numRuns: 24, examples: [[[1n, 0n, 0n, 0n]], [[-1n, 0n, 0n, 0n]], [[0n, 0n, 0n, 1n]]] },
    )
  })

  test('the curve, the base point and the order are the same', () => {
    expect(curvePoints.subgroupOrder).toBe(SUBGROUP_ORDER)
    expect(isOnCurve(publicKey)).toBe(true)
    expect(multiplyPoint(publicKey, SUBGROUP_ORDER)).toEqual(IDENTITY)
    assertPublicKey(curvePoints.base8)
  })
})

describe('signing', () => {
  test('is deterministic and depends on key and message', () => {
    expect(signPoseidon(privateKey, message)).toEqual(signature)
    expect(signPoseidon(privateKey, message + 1n).r8).not.toEqual(signature.r8)
    expect(signPoseidon(generatePrivateKey(), message).r8).not.toEqual(signature.r8)
  })

  test('takes 32 bytes and a field element only', () => {
    expect(refusal(() => signPoseidon(privateKey.slice(1), message))).toBe('KEY_INVALID')
    expect(refusal(() => publicKeyOf(new Uint8Array(33)))).toBe('KEY_INVALID')
    expect(refusal(() => signPoseidon(privateKey, FIELD_ORDER))).toBe('FIELD_INVALID')
    expect(refusal(() => signPoseidon(privateKey, -1n))).toBe('FIELD_INVALID')
  })

  test('random keys differ and are valid', () => {
    const [first, second] = [generatePrivateKey(), generatePrivateKey()]
    expect(first).toHaveLength(32)
    expect(first).not.toEqual(second)
    assertPublicKey(publicKeyOf(first))
  })
})

describe('a signature is refused', () => {
  const { r8, s } = signature
  const offCurve = { x: 1n, y: 1n }
  const altered: [string, Signature][] = [
    ['s + l', { r8, s: s + SUBGROUP_ORDER }],
    ['s + 2 l', { r8, s: s + 2n * SUBGROUP_ORDER }],
    ['s - l', { r8, s: s - SUBGROUP_ORDER }],
    ['s = l', { r8, s: SUBGROUP_ORDER }],
    ['-s', { r8, s: SUBGROUP_ORDER - s }],
    ['s = 0', { r8, s: 0n }],
    ['R8 off the curve', { r8: offCurve, s }],
    ['R8 = (0, 0)', { r8: { x: 0n, y: 0n }, s }],
    ['R8 = identity', { r8: IDENTITY, s }],
    ['R8 mirrored', { r8: { x: FIELD_ORDER - r8.x, y: r8.y }, s }],
    ['R8 with x + r', { r8: { x: r8.x + FIELD_ORDER, y: r8.y }, s }],
    ['R8 with y + r', { r8: { x: r8.x, y: r8.y + FIELD_ORDER }, s }],
    ['R8 with a negative coordinate', { r8: { x: r8.x - FIELD_ORDER, y: r8.y }, s }],
    ...lowOrder
      .slice(1)
      .map((low, i): [string, Signature] => [
        `R8 plus low-order point ${String(i + 1)}`,
        { r8: addPoints(r8, low), s },
      ]),
  ]
  test.each(altered)('with %s', (_, other) => {
    expect(verifyPoseidon(publicKey, message, signature)).toBe(true)
    expect(verifyPoseidon(publicKey, message, other)).toBe(false)
  })

  test('for another message, also one of the same residue', () => {
    for (const other of [message + 1n, 0n, message + FIELD_ORDER, message - FIELD_ORDER]) {
      expect(verifyPoseidon(publicKey, other, signature)).toBe(false)
    }
  })

  test('under another key', () => {
    const others = [
      publicKeyOf(generatePrivateKey()),
      { x: FIELD_ORDER - publicKey.x, y: publicKey.y },
    ]
    const aliases = [
      { x: publicKey.x + FIELD_ORDER, y: publicKey.y },
      { x: publicKey.x, y: publicKey.y - FIELD_ORDER },
      { x: 1n, y: 1n },
      ...lowOrder.slice(1).map((low) => addPoints(publicKey, low)),
    ]
    for (const key of [...others, ...aliases]) {
      expect(verifyPoseidon(key, message, signature)).toBe(false)
    }
  })
})

describe('keys under which anybody can sign', () => {
  test('the points of the test have the orders they are named by', () => {
    expect(order2).toEqual({ x: 0n, y: FIELD_ORDER - 1n })
    expect(multiplyPoint(order4, 2n)).toEqual(order2)
    expect(multiplyPoint(order8, 4n)).toEqual(order2)
    expect(new Set(lowOrder.map(({ x, y }) => `${String(x)},${String(y)}`)).size).toBe(8)
  })

  test.each(lowOrder.map((key, i): [number, Point] => [i, key]))(
    'forgeries under low-order point %i are refused, though circomlibjs takes them',
    (_, key) => {
      const forged = { r8: multiplyPoint(curvePoints.base8, 5n), s: 5n }
      expect(otherVerify(key, message, forged)).toBe(true)
      expect(verifyPoseidon(key, message, forged)).toBe(false)
      expect(refusal(() => assertPublicKey(key))).toBe('KEY_INVALID')
    },
  )

  const refused: [string, Point][] = [
    ['off the curve', { x: 1n, y: 1n }],
    ['of zeros', { x: 0n, y: 0n }],
    ['with x + r', { x: publicKey.x + FIELD_ORDER, y: publicKey.y }],
    ['with y + r', { x: publicKey.x, y: publicKey.y + FIELD_ORDER }],
    ['with x - r', { x: publicKey.x - FIELD_ORDER, y: publicKey.y }],
    ['that is the identity with y + r', { x: 0n, y: 1n + FIELD_ORDER }],
    ['that generates the whole group', curvePoints.generator],
    ...lowOrder
      .slice(1)
      .map((low, i): [string, Point] => [
        `with low-order part ${String(i + 1)}`,
        addPoints(publicKey, low),
      ]),
  ]
  test.each(refused)('a key %s is refused', (_, key) => {
    expect(refusal(() => assertPublicKey(publicKey))).toBeUndefined()
    expect(refusal(() => assertPublicKey(key))).toBe('KEY_INVALID')
  })

  test('a key with a low-order part verifies as in the circuit: only the key check stops it', () => {
    const scalar = 77n
    const key = addPoints(multiplyPoint(curvePoints.base8, scalar), order2)
    const r8 = multiplyPoint(curvePoints.base8, 5n)
    const challenge = poseidon([r8.x, r8.y, key.x, key.y, message])
    const s = (5n + 8n * challenge * scalar) % SUBGROUP_ORDER
    expect(verifyPoseidon(key, message, { r8, s })).toBe(true)
    expect(refusal(() => assertPublicKey(key))).toBe('KEY_INVALID')
  })
})
