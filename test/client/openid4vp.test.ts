import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  answerRequest,
  fetchRequest,
  fetchRequestTrust,
  prepareAnswer,
  readRequestLink,
  refuseRequest,
  requestSentence,
} from '../../client/openid4vp.ts'
import type { PresentationRequest } from '../../client/openid4vp.ts'
import { toBase64url } from '../../core/bytes.ts'
import { decryptJwe, generateEncryptionKey } from '../../core/jwe.ts'
import { generateSigningKey } from '../../core/jws.ts'
import { sentenceText } from '../../core/policy/sentence.ts'
import { parsePresentation } from '../../core/presentation.ts'
import { parseSchema } from '../../core/schema.ts'
import type { Schemas } from '../../core/statement.ts'
import type { TrustList } from '../../core/trust.ts'
import { verifyPresentation } from '../../core/verify.ts'
import { refusal, verdictOf } from '../support/refusal.ts'
import { acceptedKeys, keys } from '../support/tools.ts'
import {
  ADULT,
  INCOME,
  NOW,
  PERSON,
  SCHEMAS,
  TODAY,
  TestIssuer,
  holderOf,
  revocationsOf,
  trustIn,
} from '../support/world.ts'
import { FakeVerifier, POLICY, SHOP, linkOf } from './fake-verifier.ts'
import { json, stubTools, text } from './fake-services.ts'

const SECRET = 4_242n
const RESPONSE_URI = `${SHOP}/oid4vp/response/1`

let registry: TestIssuer
let trust: TrustList
let verifier: FakeVerifier

beforeAll(async () => {
  registry = await TestIssuer.create('https://registry.example', PERSON)
  trust = await trustIn('registries', registry)
})

beforeEach(async () => {
  verifier = await FakeVerifier.create(trust)
})

async function ask(link = verifier.link, schemas?: Schemas): Promise<PresentationRequest> {
  const knowledge = { keys, now: NOW, ...(schemas === undefined ? {} : { schemas }) }
  return fetchRequest(readRequestLink(link), knowledge, verifier.network.http())
}

async function verdict(link?: string) {
  return verdictOf(() => ask(link))
}

async function verdictWith(
  part: 'header' | 'payload' | 'query' | 'meta' | 'metadata' | 'did',
  change: Readonly<Record<string, unknown>>,
) {
  verifier = await FakeVerifier.create(trust)
  verifier[part] = change
  return verdict()
}

/** Prepares with a prover that does not prove: what is sent is what counts here. */
async function prepare(request: PresentationRequest, attributes = ADULT) {
  const holder = holderOf(SECRET, registry.issue(SECRET, attributes))
  const lists = await fetchRequestTrust(request, NOW, verifier.network.http())
  const tools = stubTools(revocationsOf(registry))
  return prepareAnswer(request, lists, { holder, tools, now: NOW })
}

async function answer(request: PresentationRequest) {
  return answerRequest(request, await prepare(request), NOW, verifier.network.http())
}

describe('the link of a request', () => {
  test('names the verifier by the host that it leads to', () => {
    const link = {
      verifier: SHOP,
      clientId: 'decentralized_identifier:did:web:shop.example',
      requestUri: `${SHOP}/oid4vp/request/1`,
    }
    expect(readRequestLink(verifier.link)).toEqual(link)
    expect(readRequestLink(linkOf({}, 'https://wallet.example/authorize'))).toEqual(link)
  })

  test('may lead to this machine, in development', () => {
    const local = {
      client_id: 'decentralized_identifier:did:web:localhost%3A3000',
      request_uri: 'http://localhost:3000/oid4vp/request/1',
    }
    expect(readRequestLink(linkOf(local)).verifier).toBe('http://localhost:3000')
  })

  test('is refused if it leads to another host than it names', () => {
    for (const change of [
      { request_uri: 'https://other.example/oid4vp/request/1' },
      { request_uri: 'https://shop.example:8443/oid4vp/request/1' },
      { request_uri: 'https://shop.example@other.example/' },
      { request_uri: 'http://shop.example/oid4vp/request/1' },
      { request_uri: 'data:text/plain,x' },
      { client_id: 'decentralized_identifier:did:web:shop.example:path' },
      { client_id: 'decentralized_identifier:did:web:SHOP.example' },
    ]) {
      expect(refusal(() => readRequestLink(linkOf(change)))).toBe('ADDRESS_REFUSED')
    }
  })

  test('is refused if it is something else', () => {
    for (const change of [
      { client_id: undefined },
      { request_uri: undefined },
      { request_uri_method: undefined },
      { request_uri_method: 'get' },
      { request_uri: '/oid4vp/request/1' },
      { client_id: 'redirect_uri:https://shop.example/' },
      { client_id: 'did:web:shop.example' },
    ]) {
      expect(refusal(() => readRequestLink(linkOf(change)))).toBe('REQUEST_INVALID')
    }
    for (const link of ['', linkOf({}, 'mdoc-openid4vp://'), `${linkOf({})}&client_id=x`]) {
      expect(refusal(() => readRequestLink(link))).toBe('REQUEST_INVALID')
    }
  })
})

describe('a request', () => {
  test('gives what a consent screen needs', async () => {
    const request = await ask()
    expect(request).toMatchObject({
      verifier: { host: 'shop.example', name: 'Shop' },
      audience: SHOP,
      nonce: 'n'.repeat(43),
      state: 'session-1',
      responseUri: RESPONSE_URI,
      expiresAt: NOW + 300,
      encryptionJwk: verifier.encryption.publicJwk,
    })
    expect(request.policy.id).toBe('over-18@1')
    expect(sentenceText(requestSentence(request, TODAY))).toContain('unless it names only one')
    const lists = await fetchRequestTrust(request, NOW, verifier.network.http())
    expect(sentenceText(requestSentence(request, TODAY, lists))).toContain('names only one issuer')
  })

  test('is asked for without a word about the holder', async () => {
    await ask()
    const [first, second, ...others] = verifier.network.sent
    expect(first!.method).toBe('POST')
    expect(first!.body).toMatch(/^wallet_nonce=[A-Za-z0-9_-]{22}$/)
    expect([second!.method, second!.url]).toEqual(['GET', `${SHOP}/.well-known/did.json`])
    expect(others).toEqual([])
    await ask()
    expect(verifier.network.sent[2]!.body).not.toBe(first!.body)
  })

  test('may have members of the specification that are not used here', async () => {
    expect(await verdictWith('payload', { iss: 'x', nbf: 1 })).toBe('accepted')
    expect(await verdictWith('metadata', { logo_uri: 'https://shop.example/logo.svg' })).toBe(
      'accepted',
    )
  })

  test('is said in the words of the wallet’s own schema', async () => {
    const attributes = PERSON.attributes.map((attribute) =>
      attribute.name === 'birthDate' ? { ...attribute, title: 'favourite day' } : attribute,
    )
    verifier.meta = { schemas: [{ ...PERSON, attributes }] }
    expect(sentenceText(requestSentence(await ask(), TODAY))).toContain('favourite day')
    const own = sentenceText(requestSentence(await ask(undefined, SCHEMAS), TODAY))
    expect(own).not.toContain('favourite day')
    const other = parseSchema({ ...PERSON, attributes: PERSON.attributes.slice(0, 2) })
    const known = new Map([[other.id, other]])
    // Refused only when credentials are chosen: see the wallet's own test.
    expect((await ask(undefined, known)).schemas.get(PERSON.id)).toMatchObject({ attributes })
  })
})

describe('a request is refused', () => {
  test('that is not signed by the verifier', async () => {
    verifier.signingKey = (await generateSigningKey()).privateKey
    expect(await verdict()).toBe('REQUEST_INVALID')
  })

  test('whose key is of somebody else, unknown or ambiguous', async () => {
    for (const kid of ['did:web:other.example#request', 'did:web:shop.example#other', 'request']) {
      expect(await verdictWith('header', { kid })).toBe('REQUEST_INVALID')
    }
    expect(await verdictWith('did', { id: 'did:web:other.example' })).toBe('REQUEST_INVALID')
    verifier = await FakeVerifier.create(trust)
    const [method] = verifier.didDocument()['verificationMethod'] as [object]
    verifier.did = { verificationMethod: [method, method] }
    expect(await verdict()).toBe('REQUEST_INVALID')
    const kid = 'did:web:other.example#request'
    verifier.did = { verificationMethod: [{ ...method, id: kid }] }
    verifier.header = { kid }
    expect(await verdict()).toBe('REQUEST_INVALID')
    const okp = { id: 'did:web:shop.example#request', publicKeyJwk: { kty: 'OKP', x: 'A' } }
    expect(await verdictWith('did', { verificationMethod: [okp] })).toBe('REQUEST_INVALID')
  })

  test('in another format of signature, or none', async () => {
    expect(await verdictWith('header', { typ: 'JWT' })).toBe('REQUEST_INVALID')
    expect(await verdictWith('header', { crit: ['b64'], b64: true })).toBe('REQUEST_INVALID')
    const url = `${SHOP}/oid4vp/request/1`
    const type = 'application/oauth-authz-req+jwt'
    const [none] = [toBase64url(new TextEncoder().encode('{"alg":"none"}'))]
    for (const body of ['', 'x', `${none}.e30.`, '{}']) {
      verifier.network.pages.set(url, () => text(body, type))
      expect(await verdict()).toBe('REQUEST_INVALID')
    }
    verifier.network.pages.set(url, () => json(verifier.payloadFor('x')))
    expect(await verdict()).toBe('FETCH_FAILED')
  })

  test('that is of another verifier than the link', async () => {
    const client_id = 'decentralized_identifier:did:web:other.example'
    expect(await verdictWith('payload', { client_id })).toBe('REQUEST_INVALID')
  })

  test('whose answer would go to another host', async () => {
    for (const response_uri of [
      'https://other.example/oid4vp/response/1',
      'https://shop.example:8443/',
      'http://shop.example/oid4vp/response/1',
      'https://shop.example@other.example/',
    ]) {
      expect(await verdictWith('payload', { response_uri })).toBe('ADDRESS_REFUSED')
    }
    const redirect_uri = `${SHOP}/done`
    expect(await verdictWith('payload', { redirect_uri })).toBe('REQUEST_INVALID')
  })

  test('that was not made for this wallet just now', async () => {
    expect(await verdictWith('payload', { wallet_nonce: 'other' })).toBe('REQUEST_INVALID')
    expect(await verdictWith('payload', { wallet_nonce: undefined })).toBe('REQUEST_INVALID')
    expect(await verdictWith('payload', { aud: 'https://other.example' })).toBe('REQUEST_INVALID')
  })

  test('that has expired, or is not of this time', async () => {
    expect(await verdictWith('payload', { exp: NOW })).toBe('SESSION_EXPIRED')
    expect(await verdictWith('payload', { exp: undefined })).toBe('REQUEST_INVALID')
    expect(await verdictWith('payload', { iat: NOW + 301 })).toBe('REQUEST_INVALID')
    expect(await verdictWith('payload', { iat: NOW + 300 })).toBe('accepted')
  })

  test('that asks in a way that is not answered', async () => {
    for (const change of [
      { response_mode: 'fragment' },
      { response_type: 'vp_token id_token' },
      { nonce: 'short' },
      { nonce: 'a b'.repeat(10) },
      { state: undefined },
      { transaction_data: ['e30'] },
    ]) {
      expect(await verdictWith('payload', change)).toBe('REQUEST_INVALID')
    }
  })

  test('that asks for more than one thing, or for something else', async () => {
    const query = verifier.credentialQuery()
    for (const dcql_query of [
      { credentials: [query, { ...query, id: 'second' }] },
      { credentials: [] },
      { credentials: [query], credential_sets: [{ options: [['eligibility']] }] },
      { credentials: [{ ...query, format: 'dc+sd-jwt' }] },
      { credentials: [{ ...query, id: 'other' }] },
      { credentials: [{ ...query, multiple: true }] },
    ]) {
      expect(await verdictWith('payload', { dcql_query })).toBe('REQUEST_INVALID')
    }
  })

  test('whose policy, schemas or lists cannot be used', async () => {
    const { where: _, ...simple } = POLICY
    const unknown = { ...simple, where: { age: 'person.birthdate', atLeast: 18 } }
    expect(await verdictWith('meta', { policy: unknown })).toBe('POLICY_INVALID')
    expect(await verdictWith('meta', { policy: 'over-18@1' })).toBe('POLICY_INVALID')
    expect(await verdictWith('meta', { schemas: [INCOME] })).toBe('POLICY_INVALID')
    expect(await verdictWith('meta', { schemas: [{}] })).toBe('SCHEMA_INVALID')
    expect(await verdictWith('meta', { schemas: [PERSON, INCOME] })).toBe('REQUEST_INVALID')
    expect(await verdictWith('meta', { trust: {} })).toBe('REQUEST_INVALID')
    const plain = { registries: 'http://lists.example/registries' }
    expect(await verdictWith('meta', { trust: plain })).toBe('ADDRESS_REFUSED')
    expect(await verdictWith('meta', { keys: 'https://shop.example/key.zkey' })).toBe(
      'REQUEST_INVALID',
    )
  })

  test('that takes no proofs under the wallet’s own keys', async () => {
    expect(await verdictWith('meta', { circuits: [keys.enrolment.id] })).toBe('KEY_UNKNOWN')
    expect(await verdictWith('meta', { circuits: ['https://shop.example/key'] })).toBe(
      'REQUEST_INVALID',
    )
  })

  test('whose answer could not be encrypted as it should be', async () => {
    const { publicJwk } = verifier.encryption
    for (const change of [
      { jwks: { keys: [] } },
      { jwks: undefined },
      { jwks: { keys: [{ ...publicJwk, alg: 'ECDH-ES+A256KW' }] } },
      { jwks: { keys: [{ ...publicJwk, crv: 'P-384' }] } },
      { jwks: { keys: [{ ...publicJwk, kid: undefined }] } },
      { encrypted_response_enc_values_supported: ['A128CBC-HS256'] },
      { encrypted_response_enc_values_supported: undefined },
    ]) {
      expect(await verdictWith('metadata', change)).toBe('REQUEST_INVALID')
    }
  })

  test('whose name is made to look like another', async () => {
    for (const client_name of ['', 'Shop\nyour bank', 'Shop\u202eknab', 'x'.repeat(201)]) {
      expect(await verdictWith('metadata', { client_name })).toBe('REQUEST_INVALID')
    }
  })

  test('that is too large', async () => {
    expect(await verdictWith('payload', { padding: 'x'.repeat(300_000) })).toBe('FETCH_FAILED')
  })
})

describe('a trust list is refused', () => {
  const url = `${SHOP}/trust/registries`

  async function listVerdict() {
    const request = await ask()
    return verdictOf(() => fetchRequestTrust(request, NOW, verifier.network.http()))
  }

  test('of another operator, another name or another key', async () => {
    expect(await listVerdict()).toBe('accepted')
    const foreign = await verifier.trustList(trust, 'https://other.example')
    verifier.network.pages.set(url, () => text(foreign, 'application/jwt'))
    expect(await listVerdict()).toBe('TRUST_INVALID')
    const renamed = await verifier.trustList(await trustIn('others', registry))
    verifier.network.pages.set(url, () => text(renamed, 'application/jwt'))
    expect(await listVerdict()).toBe('TRUST_INVALID')
    const other = await FakeVerifier.create(trust)
    const forged = await other.trustList(trust)
    verifier.network.pages.set(url, () => text(forged, 'application/jwt'))
    expect(await listVerdict()).toBe('TRUST_INVALID')
  })

  test('that is out of date', async () => {
    const request = await ask()
    const late = () => fetchRequestTrust(request, NOW + 3600, verifier.network.http())
    expect(await verdictOf(late)).toBe('TRUST_INVALID')
  })
})

describe('an answer', () => {
  test('is a presentation for this verifier and this nonce, encrypted, and nothing else', async () => {
    const request = await ask()
    expect(await answer(request)).toEqual({})
    const sent = verifier.network.sent.at(-1)!
    expect([sent.method, sent.url]).toEqual(['POST', RESPONSE_URI])
    const form = [...new URLSearchParams(sent.body)]
    expect(form.map(([name]) => name)).toEqual(['response'])
    const { privateJwk } = verifier.encryption
    const opened = await decryptJwe(form[0]![1], privateJwk, 'PRESENTATION_INVALID')
    const { vp_token, ...rest } = opened as { vp_token: { eligibility: [string] } }
    expect(rest).toEqual({ state: 'session-1' })
    expect(Object.keys(vp_token)).toEqual(['eligibility'])
    const proven = await verifyPresentation(vp_token.eligibility[0], {
      policy: request.policy,
      schemas: SCHEMAS,
      audience: SHOP,
      nonce: request.nonce,
      trust: { person: [{ root: trust.root, madeAt: NOW }] },
      keys: acceptedKeys,
      now: NOW,
      verifyProof: () => Promise.resolve(true),
    })
    expect(proven).toMatchObject({ policy: 'over-18@1', disclosed: {} })
  })

  test('repeats the time of the request, not of the device', async () => {
    for (const ahead of [-90, 0, 240]) {
      verifier.payload = { response_mode: 'direct_post', iat: NOW - 30 }
      const request = await ask()
      const prepared = await prepare(request)
      await answerRequest(request, prepared, NOW + ahead, verifier.network.http())
      const form = new URLSearchParams(verifier.network.sent.at(-1)!.body)
      const { eligibility } = JSON.parse(form.get('vp_token')!) as { eligibility: [string] }
      expect(parsePresentation(eligibility[0]).claims.issuedAt).toBe(NOW - 30)
    }
  })

  test('says nothing to anybody but the verifier and the operator of its list', async () => {
    await answer(await ask())
    expect(verifier.network.asked()).toEqual([
      `${SHOP}/oid4vp/request/1`,
      `${SHOP}/.well-known/did.json`,
      `${SHOP}/.well-known/zerocard-trust`,
      `${SHOP}/trust/registries`,
      RESPONSE_URI,
    ])
  })

  test('goes in the clear only if the verifier asks for that', async () => {
    verifier.payload = { response_mode: 'direct_post' }
    await answer(await ask())
    const form = new URLSearchParams(verifier.network.sent.at(-1)!.body)
    expect([...form.keys()]).toEqual(['vp_token', 'state'])
    const { eligibility } = JSON.parse(form.get('vp_token')!) as { eligibility: [string] }
    expect(parsePresentation(eligibility[0]).claims.audience).toBe(SHOP)
  })

  test('leads back where the verifier says', async () => {
    const redirect_uri = 'https://wine.example/done#responseCode=abc'
    verifier.reply = () => json({ redirect_uri })
    expect(await answer(await ask())).toEqual({ redirectUri: redirect_uri })
    verifier.reply = () => json({ redirect_uri: 'javascript:alert(1)' })
    expect(await verdictOf(async () => answer(await ask()))).toBe('ADDRESS_REFUSED')
  })

  test('that the verifier refuses has its code', async () => {
    verifier.reply = () => json({ error: 'invalid_request', code: 'PSEUDONYM_USED' }, 409)
    expect(await verdictOf(async () => answer(await ask()))).toBe('PSEUDONYM_USED')
  })

  test('is not sent when it is too late', async () => {
    const request = await ask()
    const prepared = await prepare(request)
    verifier.network.asked()
    const late = () => answerRequest(request, prepared, NOW + 300, verifier.network.http())
    expect(await verdictOf(late)).toBe('SESSION_EXPIRED')
    expect(verifier.network.asked()).toEqual([])
  })

  test('is not made of a proof for another policy or another verifier', async () => {
    const request = await ask()
    const prepared = await prepare(request)
    const http = verifier.network.http()
    for (const change of [{ audience: 'https://other.example' }, { policy: 'A'.repeat(43) }]) {
      await expect(answerRequest(request, { ...prepared, ...change }, NOW, http)).rejects.toThrow(
        TypeError,
      )
    }
  })

  test('is encrypted for nobody but the key of the signed request', async () => {
    await answer(await ask())
    const response = new URLSearchParams(verifier.network.sent.at(-1)!.body).get('response')!
    const { privateJwk } = await generateEncryptionKey('e1')
    expect(await verdictOf(() => decryptJwe(response, privateJwk, 'INPUT_INVALID'))).toBe(
      'INPUT_INVALID',
    )
  })
})

describe('a refusal', () => {
  test('is the same whether the holder cannot answer or does not want to', async () => {
    const request = await ask()
    const child = { ...ADULT, birthDate: '2020-05-17' }
    expect(await verdictOf(() => prepare(request, child))).toBe('POLICY_NOT_SATISFIED')
    verifier.network.asked()
    await refuseRequest(request, verifier.network.http())
    await refuseRequest(await ask(), verifier.network.http())
    const refusals = verifier.network.sent.filter(({ url }) => url === RESPONSE_URI)
    expect(refusals).toHaveLength(2)
    expect(refusals[0]).toEqual(refusals[1])
    expect(refusals[0]!.body).toBe('error=access_denied&state=session-1')
  })

  test('comes after nothing that tells of an attempt', async () => {
    const request = await ask()
    const child = { ...ADULT, birthDate: '2020-05-17' }
    expect(await verdictOf(() => prepare(request, child))).toBe('POLICY_NOT_SATISFIED')
    const tried = verifier.network.asked()
    await prepare(await ask())
    expect(verifier.network.asked()).toEqual(tried)
  })
})
