import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { fromBase64url, toBase64url } from '../../../core/bytes.ts'
import { ZerocardError } from '../../../core/errors.ts'
import { decodeProof } from '../../../core/groth16.ts'
import { CURVE_FIELD_ORDER } from '../../../core/groth16-key.ts'
import { startEngine } from '../../../server/pairing/engine.ts'
import { readProof } from '../../../server/pairing/proof-points.ts'
import { forgeProof } from '../../support/forgery.ts'
import { keys } from '../../support/tools.ts'
import { COFACTOR_PRIMES, G2, pointOfOrder, somePoints, withB } from './twist.ts'

// The server reads proofs with mcl, everybody else with noble: what one takes the other must take.

const { key } = keys.enrolment
const proof = forgeProof(key, [1n, 2n, 3n, 4n])
/** Where A, both halves of B, and C begin. */
const PLACES = [0, 32, 64, 96]

beforeAll(startEngine)

describe('the points of a proof', () => {
  test('are read', () => {
    expect(isRead(proof)).toBe(true)
  })

  test('are refused in a text of another length', () => {
    for (const length of [0, 1, 64, 96, 127, 129, 130, 160, 256]) {
      const bytes = new Uint8Array(length)
      bytes.set(fromBase64url(proof).subarray(0, length))
      expect(isRead(toBase64url(bytes)), String(length)).toBe(false)
    }
  })

  test.each([
    ['A', 0, 32],
    ['B', 32, 96],
    ['C', 96, 128],
  ])('are refused if %s is the identity, however it is marked', (_, start, end) => {
    for (const mark of [0, 0x40, 0x80, 0xc0]) {
      const bytes = fromBase64url(proof).fill(0, start, end)
      bytes[start] = mark
      expect(isRead(toBase64url(bytes)), String(mark)).toBe(false)
    }
  })

  test('are refused with coordinates that are not below the order, and with unknown marks', () => {
    for (const place of PLACES) {
      for (const value of [CURVE_FIELD_ORDER, CURVE_FIELD_ORDER + 1n, 2n ** 254n - 1n]) {
        expect(isRead(withCoordinate(place, value)), `${place} ${value}`).toBe(false)
      }
      const bytes = fromBase64url(proof)
      bytes[place] = (bytes[place] ?? 0) | 0x40
      expect(isRead(toBase64url(bytes)), String(place)).toBe(false)
    }
  })

  test('are refused if B is outside the subgroup, whatever its order', () => {
    const [start] = somePoints(1)
    for (const prime of COFACTOR_PRIMES) {
      const small = pointOfOrder(prime, start!)
      for (const point of [small, small.negate(), small.double(), small.add(G2.BASE)]) {
        expect(isRead(withB(proof, point)), String(prime)).toBe(false)
      }
    }
  })

  test('are taken or refused by both readers, whatever the bytes', () => {
    const coordinate = fc.oneof(
      fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
      fc.bigInt({ min: 0n, max: 300n }),
      fc.bigInt({ min: CURVE_FIELD_ORDER - 300n, max: CURVE_FIELD_ORDER + 300n }),
    )
    const change = fc.record({ place: fc.constantFrom(...PLACES), coordinate })
    const mark = fc.record({ place: fc.constantFrom(...PLACES), bits: fc.constantFrom(0x40, 0x80) })
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 2 }),
        fc.array(mark, { maxLength: 2 }),
        (...all) => {
          const bytes = fromBase64url(proof)
          for (const { place, coordinate: value } of all[0]) bytes.set(bytes32(value), place)
          for (const { place, bits } of all[1]) bytes[place] = (bytes[place] ?? 0) ^ bits
          isRead(toBase64url(bytes))
        },
      ),
      { numRuns: 150 },
    )
  })

  test('are taken or refused by both readers, whatever the text', () => {
    const text = fc.oneof(fc.string({ maxLength: 200 }), fc.base64String({ maxLength: 200 }))
    fc.assert(
      fc.property(text, fc.nat(171), (piece, at) => {
        isRead(proof.slice(0, at) + piece + proof.slice(at + piece.length))
      }),
      { numRuns: 150 },
    )
  })
})

/** After comparing the points with those that the portable engine reads. */
function isRead(text: string): boolean {
  const points = readProof(text)
  const found = points && [points.a, points.b, points.c].map((point) => point.getStr(10))
  expect(found, text).toEqual(decoded(text))
  return points !== undefined
}

/** The points as mcl writes them: 1, then the coordinates. */
function decoded(text: string): string[] | undefined {
  try {
    const { a, b, c } = decodeProof(text)
    const [pairs, { x, y }] = [[a, c].map((point) => point.toAffine()), b.toAffine()]
    const [first, last] = pairs.map((point) => `1 ${point.x} ${point.y}`)
    return [first!, `1 ${x.c0} ${x.c1} ${y.c0} ${y.c1}`, last!]
  } catch (error) {
    if (error instanceof ZerocardError) return undefined
    throw error
  }
}

function withCoordinate(place: number, value: bigint): string {
  const bytes = fromBase64url(proof)
  bytes.set(bytes32(value), place)
  return toBase64url(bytes)
}

function bytes32(value: bigint): Uint8Array {
  return Uint8Array.from(Buffer.from(value.toString(16).padStart(64, '0'), 'hex'))
}
