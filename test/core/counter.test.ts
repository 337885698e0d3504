import { beforeAll, describe, expect, test } from 'vitest'
import encodeQR from 'qr'
import {
  MAX_CODE_BYTES,
  checkCounterQuestion,
  counterCode,
  readCounterQuestion,
  signCounterQuestion,
} from '../../core/counter.ts'
import type { CounterQuestion } from '../../core/counter.ts'
import { readCounterLink } from '../../client/counter-link.ts'
import { kindOf } from '../../client/wallet/links.ts'
import { toBase64url, utf8 } from '../../core/bytes.ts'
import { generateSigningKey, publicJwk, signJws } from '../../core/jws.ts'
import type { PublicJwk } from '../../core/jws.ts'
import { isPhotograph, needsSalt, saltText } from '../../core/photograph.ts'
import { schemaHash } from '../../core/schema.ts'
import { photographText, saltedPhotograph } from '../support/photograph.ts'
import { refusal, verdictOf } from '../support/refusal.ts'
import { NOW, PERSON, policyOf } from '../support/world.ts'

const SKEW = 300
const QUESTION: CounterQuestion = {
  audience: 'https://shop.example',
  name: 'Corner shop',
  nonce: 'n'.repeat(32),
  issuedAt: NOW,
  expiresAt: NOW + 300,
  policy: policyOf({ id: 'over-18@1', where: { age: 'person.birthDate', atLeast: 18 } }),
  schemas: new Map([['person/1', schemaHash(PERSON)]]),
  trust: new Map([['registries', 'https://shop.example/trust/registries']]),
  circuits: ['c'.repeat(43)],
}

let key: CryptoKey
let jwk: PublicJwk
let text: string
beforeAll(async () => {
  const pair = await generateSigningKey()
  key = pair.privateKey
  jwk = await publicJwk(pair.publicKey)
  text = await signCounterQuestion(QUESTION, key)
})

const read = (question: string, now = NOW) => readCounterQuestion(question, now, SKEW)

/** What a question becomes when members of its payload or header are others. */
const forged = async (payload: object, header: object = {}): Promise<string> => {
  const own = JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString()) as object
  const kid = 'did:web:shop.example#request'
  return signJws({ typ: 'zerocard-counter+jwt', kid, ...header }, { ...own, ...payload }, key)
}

describe('a question for a counter', () => {
  test('says everything that it was signed with', async () => {
    const { question, kid } = read(text)
    expect(kid).toBe('did:web:shop.example#request')
    expect(JSON.stringify(question.policy)).toBe(JSON.stringify(QUESTION.policy))
    expect({ ...question, policy: null }).toEqual({ ...QUESTION, policy: null })
    await checkCounterQuestion(text, jwk)
  })

  test('is believed only under the key that signed it, as it was signed', async () => {
    const other = await publicJwk((await generateSigningKey()).publicKey)
    expect(await verdictOf(() => checkCounterQuestion(text, other))).toBe('REQUEST_INVALID')
    const request = await forged({}, { typ: 'oauth-authz-req+jwt' })
    expect(await verdictOf(() => checkCounterQuestion(request, jwk))).toBe('REQUEST_INVALID')
  })

  test('with any one bit turned over is not believed', async () => {
    const bytes = utf8(text)
    for (let i = 0; i < bytes.length; i++) {
      const turned = Uint8Array.from(bytes, (byte, at) => (at === i ? byte ^ (1 << (i % 7)) : byte))
      const changed = new TextDecoder().decode(turned)
      expect(await verdictOf(() => checkCounterQuestion(changed, jwk)), String(i)).toBe(
        'REQUEST_INVALID',
      )
    }
  })

  test('is refused when it is over, from the future, or open for too long', async () => {
    expect(refusal(() => read(text, NOW + 300))).toBe('SESSION_EXPIRED')
    expect(refusal(() => read(text, NOW + 299))).toBeUndefined()
    expect(refusal(() => read(text, NOW - SKEW - 1))).toBe('REQUEST_INVALID')
    expect(refusal(() => read(text, NOW - SKEW))).toBeUndefined()
    const long = await forged({ exp: NOW + 3_601 })
    expect(refusal(() => read(long))).toBe('REQUEST_INVALID')
  })

  test.each([
    ['another host as its signer', {}, { kid: 'did:web:other.example#request' }],
    ['another key of its host', {}, { kid: 'did:web:shop.example#other' }],
    ['another algorithm in mind', {}, { jku: 'https://shop.example/keys' }],
    ['an unknown member', { extra: 1 }, {}],
    ['an audience that is no origin', { iss: 'https://shop.example/' }, {}],
    ['an audience that runs', { iss: 'javascript:1' }, {}],
    ['a name that hides', { name: 'Shop\u202e' }, {}],
    ['a short nonce', { nonce: 'n' }, {}],
    ['no schema', { schemas: {} }, {}],
    ['a schema that is no hash', { schemas: { 'person/1': '_'.repeat(43) } }, {}],
    ['a policy that is none', { policy: 'over-18@1' }, {}],
    ['no key', { circuits: [] }, {}],
  ])('is refused with %s', async (_what, payload, header) => {
    const question = await forged(payload, header)
    expect(refusal(() => read(question))).toBe('REQUEST_INVALID')
  })

  test('that does not fit into a code is not signed', async () => {
    const purpose = 'p'.repeat(1_900)
    const policy = policyOf({ id: 'long@1', where: { age: 'person.birthDate', atLeast: 18 } })
    const sign = () => signCounterQuestion({ ...QUESTION, policy: { ...policy, purpose } }, key)
    expect(await verdictOf(sign)).toBe('POLICY_TOO_LARGE')
    expect(refusal(() => read(`${text.slice(0, -86)}${'A'.repeat(2_700)}`))).toBe('REQUEST_INVALID')
  })
})

describe('the code of a question', () => {
  test('opens a wallet, which finds the question behind the #', () => {
    for (const link of [
      'https://wallet.example/#',
      'https://wallet.example/',
      'openid4vp://authorize',
    ]) {
      const code = counterCode(text, link)
      expect(kindOf(code)).toBe('counter')
      expect(readCounterLink(code)).toBe(text)
      expect(encodeQR(code, 'raw', { ecc: 'low' }).length).toBeLessThan(177)
    }
    expect(counterCode(text, 'openid4vp://authorize')).toBe(`zerocard-counter:${text}`)
    expect(new URL(counterCode(text, 'https://wallet.example/app#')).search).toBe('')
  })

  test('is no question in a query, of another scheme, or of more than a code holds', () => {
    for (const code of [
      `https://wallet.example/?counter=${text}`,
      `javascript:0#counter=${text}`,
      `https://wallet.example/#counter=${text}!`,
      'zerocard-counter:',
      `zerocard-counter:${text}${'A'.repeat(MAX_CODE_BYTES)}`,
    ]) {
      expect(
        refusal(() => readCounterLink(code)),
        code.slice(0, 30),
      ).toBe('REQUEST_INVALID')
    }
  })
})

describe('a photograph', () => {
  test('is shown as a picture only if its issuer has salted it', () => {
    expect(isPhotograph(saltedPhotograph())).toBe(true)
    expect(isPhotograph(photographText())).toBe(false)
    expect(isPhotograph(saltText(photographText(), 's'.repeat(22)))).toBe(true)
  })

  test('is no other type, no address, nothing longer and nothing that is no base64', () => {
    const good = saltedPhotograph()
    for (const text of [
      good.replace('png', 'svg+xml'),
      good.replace('data:', 'https:'),
      good.replace('image/png', 'text/html'),
      `${good.slice(0, -4)}A'>`,
      ` ${good}`,
      `${good}\n`,
      good.replace('base64,', `base64,${'AAAA'.repeat(256)}`),
      toBase64url(utf8(good)),
    ]) {
      expect(isPhotograph(text), text.slice(0, 60)).toBe(false)
    }
    expect(isPhotograph(7)).toBe(false)
  })

  test('needs a salt as soon as it begins like one', () => {
    expect([photographText(), 'DATA:IMAGE/x,', 'data:image/'].map(needsSalt)).toEqual([
      true,
      true,
      true,
    ])
    expect(['data:text/plain,', 'DE-BY', 5, true].map(needsSalt)).toEqual([
      false,
      false,
      false,
      false,
    ])
    expect(refusal(() => saltText('data:image/png', 's'.repeat(22)))).toBe('ATTRIBUTE_INVALID')
    expect(() => saltText('data:image/png,', 'short')).toThrow(TypeError)
  })
})
