import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { fromBase64url, toBase64url } from '../../../core/bytes.ts'
import { ZerocardError } from '../../../core/errors.ts'
import { decodeProof } from '../../../core/groth16.ts'
import { CURVE_FIELD_ORDER } from '../../../core/curve.ts'
import { createPairingModule } from '../../../server/pairing/fused/module.ts'
import type { PairingKind } from '../../../server/pairing.ts'
import { PAIRING_KINDS } from '../../../server/pairing.ts'
import { forgeProof } from '../../support/forgery.ts'
import { keys } from '../../support/tools.ts'
import { startEngines } from './engines.ts'
import type { Engines } from './engines.ts'
import { COFACTOR_PRIMES, G2, pointOfOrder, somePoints, withB } from './twist.ts'

// The server reads proofs with engines of its own, everybody else with noble: what one takes the
// others must take.

const { key } = keys.enrolment
const proof = forgeProof(key, [1n, 2n, 3n, 4n])
/** Where A, both halves of B, and C begin. */
const PLACES = [0, 32, 64, 96]

let engines: Engines

beforeAll(async () => {
  engines = await startEngines()
})

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

/** After comparing the points of both engines with those that the portable one reads. */
function isRead(text: string): boolean {
  const expected = decoded(text)
  for (const kind of PAIRING_KINDS) {
    const [points] = engines[kind].readProofs([text])
    expect(points && COORDINATES[kind](points as never), `${kind}: ${text}`).toEqual(expected)
  }
  return expected !== undefined
}

interface Named<T> {
  readonly a: T
  readonly b: T
  readonly c: T
}

const { prime } = createPairingModule()

/** The coordinates of an engine's points. */
const COORDINATES: Record<PairingKind, (points: never) => bigint[]> = {
  fused: ({ a, b, c }: Named<Uint8Array>) => [a, b, c].flatMap((point) => affine(elements(point))),
  // mcl writes a point as 1 and its coordinates.
  library: ({ a, b, c }: Named<{ getStr: (radix: number) => string }>) =>
    [a, b, c].flatMap((point) => point.getStr(10).split(' ').slice(1).map(BigInt)),
}

function elements(point: Uint8Array): bigint[] {
  const { elementBytes } = prime
  return Array.from({ length: point.length / elementBytes }, (_, i) =>
    prime.valueOf(point.subarray(i * elementBytes, (i + 1) * elementBytes)),
  )
}

/** Without z, which has to be 1. */
function affine(coordinates: readonly bigint[]): bigint[] {
  const z = coordinates.slice((coordinates.length * 2) / 3)
  expect(z).toEqual(z.map((_, i) => (i === 0 ? 1n : 0n)))
  return coordinates.slice(0, -z.length)
}

/** The coordinates of the points, one after the other. */
function decoded(text: string): bigint[] | undefined {
  try {
    const { a, b, c } = decodeProof(text)
    const [pairs, { x, y }] = [[a, c].map((point) => point.toAffine()), b.toAffine()]
    const [first, last] = pairs.map((point) => [point.x, point.y])
    return [...first!, x.c0, x.c1, y.c0, y.c1, ...last!]
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
