import { createHash } from 'node:crypto'
import { bn254 } from '@noble/curves/bn254.js'
import { describe, expect, test } from 'vitest'
import { CURVE_FIELD_ORDER } from '../../core/curve.ts'
import {
  DEVELOPMENT_ALPHA,
  isDevelopmentKey,
  parseVerificationKey,
  verificationKeyId,
} from '../../core/groth16-key.ts'
import { refusal } from '../support/refusal.ts'

type Json = Record<string, unknown>

function g1(multiple: bigint): string[] {
  const { x, y } = bn254.G1.Point.BASE.multiply(multiple).toAffine()
  return [String(x), String(y), '1']
}

function g2(multiple: bigint): string[][] {
  const { x, y } = bn254.G2.Point.BASE.multiply(multiple).toAffine()
  return [
    [String(x.c0), String(x.c1)],
    [String(y.c0), String(y.c1)],
    ['1', '0'],
  ]
}

const honest: Json = {
  protocol: 'groth16',
  curve: 'bn128',
  nPublic: 2,
  vk_alpha_1: g1(3n),
  vk_beta_2: g2(5n),
  vk_gamma_2: g2(1n),
  vk_delta_2: g2(7n),
  IC: [g1(11n), g1(13n), g1(17n)],
}

/** All decimals below a value, outermost first. */
function decimals(value: unknown): string[] {
  return Array.isArray(value) ? value.flatMap(decimals) : [String(value)]
}

/** The value with the n-th decimal replaced. */
function withDecimal(value: unknown, index: number, replacement: unknown): unknown {
  let seen = -1
  const walk = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(walk)
    seen += 1
    return seen === index ? replacement : part
  }
  return walk(value)
}

test('a key is read and named by its points', () => {
  const key = parseVerificationKey({ ...honest, vk_alphabeta_12: [] })
  expect(key.publicSignals).toBe(2)
  const file = [honest['vk_alpha_1'], honest['vk_beta_2'], honest['vk_gamma_2']]
  const projective = [...file, honest['vk_delta_2'], ...(honest['IC'] as string[][])]
  const affine = projective.flatMap((point) =>
    Array.isArray(point) ? (point as unknown[]).slice(0, 2).flatMap(decimals) : [],
  )
  const hex = affine.map((decimal) => BigInt(decimal).toString(16).padStart(64, '0')).join('')
  const hash = createHash('sha256').update('zerocard/vkey/1').update('\0\0\0\x02')
  expect(verificationKeyId(key)).toBe(hash.update(hex, 'hex').digest('base64url'))
})

test('another point is another name', () => {
  const names = ['vk_alpha_1', 'vk_beta_2', 'vk_gamma_2', 'vk_delta_2', 'IC'].map((member) => {
    const other = { vk_alpha_1: g1(4n), IC: [g1(11n), g1(13n), g1(18n)] }[member] ?? g2(6n)
    return verificationKeyId(parseVerificationKey({ ...honest, [member]: other }))
  })
  expect(new Set([...names, verificationKeyId(parseVerificationKey(honest))]).size).toBe(6)
})

test('only a key with the alpha of the public seed is a development key', () => {
  expect(isDevelopmentKey(parseVerificationKey(honest))).toBe(false)
  const alpha = [...DEVELOPMENT_ALPHA.map(String), '1']
  expect(isDevelopmentKey(parseVerificationKey({ ...honest, vk_alpha_1: alpha }))).toBe(true)
})

describe('a key is refused', () => {
  const refused = (json: unknown): boolean =>
    refusal(() => parseVerificationKey(json)) === 'KEY_INVALID'

  test.each(Object.keys(honest))('without %s', (member) => {
    const { [member]: _, ...rest } = honest
    expect(refused(rest)).toBe(true)
  })

  test.each([
    ['no object', null],
    ['a text', '{}'],
    ['an unknown member', { ...honest, extra: 1 }],
    ['another protocol', { ...honest, protocol: 'plonk' }],
    ['another curve', { ...honest, curve: 'bls12381' }],
    ['another number of signals', { ...honest, nPublic: 3 }],
    ['a huge number of signals', { ...honest, nPublic: 1e9 }],
    ['a fraction of a signal', { ...honest, nPublic: 2.5 }],
    ['no signals', { ...honest, nPublic: 0, IC: [g1(11n)] }],
    ['a point too few', { ...honest, IC: [g1(11n), g1(13n)] }],
    ['the identity', { ...honest, vk_alpha_1: ['0', '1', '0'] }],
    ['zero as a point', { ...honest, vk_alpha_1: ['0', '0', '1'] }],
    ['a point of G1 in G2', { ...honest, vk_beta_2: g1(5n) }],
  ])('with %s', (_, json) => {
    expect(refused(json)).toBe(true)
  })

  test.each(['vk_alpha_1', 'vk_beta_2', 'vk_gamma_2', 'vk_delta_2', 'IC'])(
    'with any other coordinate in %s',
    (member) => {
      const found = decimals(honest[member])
      expect(found.length).toBeGreaterThan(2)
      found.forEach((decimal, index) => {
        const value = BigInt(decimal)
        const others = [
          value + 1n,
          value + CURVE_FIELD_ORDER,
          `0${decimal}`,
          `0x${value.toString(16)}`,
        ]
        for (const other of [
          ...others.map(String),
          ` ${decimal}`,
          '',
          '-1',
          Number(decimal),
          null,
        ]) {
          const json = { ...honest, [member]: withDecimal(honest[member], index, other) }
          expect(refused(json), `${member} ${index} ${String(other)}`).toBe(true)
        }
      })
    },
  )
})
