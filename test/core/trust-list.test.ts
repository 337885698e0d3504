import { beforeAll, describe, expect, test } from 'vitest'
import { generateSigningKey, publicJwk, signJws } from '../../core/jws.ts'
import type { PublicJwk } from '../../core/jws.ts'
import { trustToJson } from '../../core/trust.ts'
import type { TrustList } from '../../core/trust.ts'
import {
  MAX_TRUST_LIST_BYTES,
  TRUST_LIST_TYP,
  openTrustList,
  signTrustList,
} from '../../core/trust-list.ts'
import { verdictOf } from '../support/refusal.ts'
import { NOW, PERSON, TestIssuer, trustIn } from '../support/world.ts'

const OPERATOR = 'https://trust.example'
const CLAIMS = { iss: OPERATOR, iat: NOW, exp: NOW + 3_600 }

let key: CryptoKeyPair
let jwk: PublicJwk
let trust: TrustList
let signed: string

beforeAll(async () => {
  key = await generateSigningKey()
  jwk = await publicJwk(key.publicKey)
  trust = await trustIn('registries', await TestIssuer.create('https://registry.example', PERSON))
  signed = await signTrustList(trust, CLAIMS, key.privateKey)
})

const opened = (text: string, now = NOW, expected: object = {}) =>
  verdictOf(() => openTrustList(text, { operator: OPERATOR, jwk, ...expected }, now))

const openedPayload = async (payload: object, typ = TRUST_LIST_TYP) =>
  opened(await signJws({ typ }, payload, key.privateKey))

describe('a signed trust list', () => {
  test('is opened with all that was signed', async () => {
    const list = await openTrustList(signed, { operator: OPERATOR, jwk, name: 'registries' }, NOW)
    expect(list).toMatchObject({
      name: 'registries',
      root: trust.root,
      leaves: trust.leaves,
      issuers: trust.issuers,
      operator: OPERATOR,
      issuedAt: NOW,
      expiresAt: NOW + 3_600,
    })
    expect(list.path(0)).toEqual(trust.path(0))
  })

  test('is refused with another signature, operator or name', async () => {
    const other = await generateSigningKey()
    expect(await opened(await signTrustList(trust, CLAIMS, other.privateKey))).toBe('TRUST_INVALID')
    const [header, payload, signature] = signed.split('.')
    expect(await opened(`${header!}.${payload!}x.${signature!}`)).toBe('TRUST_INVALID')
    expect(await opened(signed, NOW, { operator: 'https://other.example' })).toBe('TRUST_INVALID')
    expect(await opened(signed, NOW, { name: 'others' })).toBe('TRUST_INVALID')
    expect(await opened(signed, NOW, { name: 'registries' })).toBe('accepted')
  })

  test('is refused outside its time', async () => {
    expect(await opened(signed, NOW + 3_599)).toBe('accepted')
    expect(await opened(signed, NOW + 3_600)).toBe('TRUST_INVALID')
    expect(await opened(signed, NOW - 300)).toBe('accepted')
    expect(await opened(signed, NOW - 301)).toBe('TRUST_INVALID')
  })

  test('is refused if it is another kind of document or too large to read', async () => {
    const list = trustToJson(trust)
    expect(await openedPayload({ ...CLAIMS, list })).toBe('accepted')
    expect(await openedPayload({ ...CLAIMS, list }, 'zerocard-status+jwt')).toBe('TRUST_INVALID')
    expect(await openedPayload({ ...CLAIMS, list, more: 1 })).toBe('TRUST_INVALID')
    expect(await openedPayload({ ...CLAIMS })).toBe('TRUST_INVALID')
    expect(await opened('x'.repeat(MAX_TRUST_LIST_BYTES + 1))).toBe('TRUST_INVALID')
    expect(await opened('x')).toBe('TRUST_INVALID')
  })

  test('is refused with another root, or an issuer that did not sign what it says', async () => {
    const list = trustToJson(trust)
    expect(await openedPayload({ ...CLAIMS, list: { ...list, root: '1' } })).toBe('TRUST_INVALID')
    const issuers = trust.issuers.map((issuer) => ({ ...issuer, jwk }))
    expect(await openedPayload({ ...CLAIMS, list: { ...list, issuers } })).toBe('STATUS_INVALID')
  })
})
