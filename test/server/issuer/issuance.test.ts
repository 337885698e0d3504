import { beforeAll, describe, expect, inject, test } from 'vitest'
import { checkCredential, parseCredential } from '../../../core/credential.ts'
import { createPostgresDatabase } from '../../support/postgres.ts'
import { ADULT, NOW, PERSON, TODAY } from '../../support/world.ts'
import { databaseKinds } from './databases.ts'
import {
  GRANT,
  ISSUER,
  TOKENS,
  accessFor,
  codeOf,
  freshNonce,
  issueTo,
  offerTo,
  proofJwt,
  requestCredential,
  startTestService,
  tokenForm,
} from './service-world.ts'
import type { Answer, ProofParts, TestService } from './service-world.ts'

let service: TestService
let people = 0
let numbers = 100n

/** A person and numbers that no other test here has. */
const newPerson = (): string => `P-${String(++people)}`
const newNumbers = (): { commitment: bigint; tag: bigint } => ({
  commitment: ++numbers,
  tag: 1_000_000n + numbers,
})

beforeAll(async () => {
  service = await startTestService()
  return () => service.close()
})

const expectRefused = (answer: Answer, error: string, status = 400): void => {
  expect(answer.json).toMatchObject({ error })
  expect(answer.status).toBe(status)
  expect(answer.headers.get('cache-control')).toBe('no-store')
}

describe('issuance', () => {
  test('leads from an offer to a credential that verifies', async () => {
    const subject = newPerson()
    const { id, txCode, link, qr, expiresAt } = await offerTo(service, subject)
    expect(txCode).toMatch(/^[0-9]{6}$/)
    expect(expiresAt).toBe(NOW + 3600)
    const uri = encodeURIComponent(`${ISSUER}/offers/${id}`)
    expect(link).toBe(`openid-credential-offer://?credential_offer_uri=${uri}`)
    expect(qr).toBe(`${ISSUER}/offers/${id}/qr.svg`)

    const offer = await service.send('GET', `/offers/${id}`)
    expect(offer.json).toMatchObject({
      credential_issuer: ISSUER,
      credential_configuration_ids: ['person-1'],
      grants: { [GRANT]: { tx_code: { input_mode: 'numeric', length: 6 } } },
    })
    const code = await codeOf(service, id)
    const token = await service.send('POST', '/token', { body: tokenForm(code, txCode) })
    expect(token.json).toMatchObject({ token_type: 'Bearer', expires_in: 600 })
    expect(token.headers.get('cache-control')).toBe('no-store')

    const answer = await requestCredential(service, token.json.access_token, newNumbers())
    expect(answer.status).toBe(200)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    const credential = parseCredential(answer.json.credentials[0]!.credential)
    checkCredential(credential, PERSON)
    expect(credential).toMatchObject({ issuer: ISSUER, attributes: ADULT, validFrom: TODAY })
    const { json } = await service.send('GET', '/.well-known/zerocard-issuer')
    expect(json.keys).toContainEqual({
      schema: 'person/1',
      key: { x: String(credential.key.x), y: String(credential.key.y) },
    })
  })

  test('describes itself, for wallets of other origins', async () => {
    const metadata = await service.send('GET', '/.well-known/openid-credential-issuer')
    expect(metadata.headers.get('access-control-allow-origin')).toBe('*')
    expect(metadata.json).toMatchObject({
      credential_issuer: ISSUER,
      credential_endpoint: `${ISSUER}/credential`,
      nonce_endpoint: `${ISSUER}/nonce`,
      display: [{ name: 'Civil registry' }],
      credential_configurations_supported: { 'person-1': { format: 'dc+zkp' } },
    })
    const server = await service.send('GET', '/.well-known/oauth-authorization-server')
    expect(server.json).toMatchObject({ issuer: ISSUER, token_endpoint: `${ISSUER}/token` })
  })

  test('shows an offer as a QR code while it is open', async () => {
    const { id, txCode } = await offerTo(service, newPerson())
    const picture = await service.send('GET', `/offers/${id}/qr.svg`)
    expect(picture.headers.get('content-type')).toContain('image/svg+xml')
    expect(picture.text).toMatch(/^<svg /)
    const code = await codeOf(service, id)
    await service.send('POST', '/token', { body: tokenForm(code, txCode) })
    expect((await service.send('GET', `/offers/${id}/qr.svg`)).status).toBe(404)
    expect((await service.send('GET', `/offers/${id}`)).status).toBe(404)
    expect((await service.send('GET', `/offers/${'A'.repeat(43)}`)).status).toBe(404)
  })

  test('gives the same credential again for the same commitment and token', async () => {
    const token = await accessFor(service, newPerson())
    const own = newNumbers()
    const first = await requestCredential(service, token, own)
    const second = await requestCredential(service, token, own)
    expect(second.status).toBe(200)
    expect(second.json).toEqual(first.json)
    expectRefused(
      await requestCredential(service, token, { ...own, commitment: newNumbers().commitment }),
      'credential_request_denied',
    )
  })

  test('gives it to many that ask at once, and records it once', async () => {
    const subject = newPerson()
    const token = await accessFor(service, subject)
    const own = newNumbers()
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => requestCredential(service, token, own)),
    )
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    const { json } = await service.send('GET', `/v1/people/${subject}`, {
      token: TOKENS['registrar']!,
    })
    expect(json.credentials).toHaveLength(1)
  })

  test('gives a person a second credential for the same secret, and for no other', async () => {
    const subject = newPerson()
    const own = newNumbers()
    expect((await issueTo(service, subject, own)).status).toBe(200)
    const { commitment, tag } = newNumbers()
    expectRefused(await issueTo(service, subject, { commitment, tag }), 'credential_request_denied')
    expectRefused(
      await issueTo(service, newPerson(), { commitment, tag: own.tag }),
      'credential_request_denied',
    )
    expect((await issueTo(service, subject, { commitment, tag: own.tag })).status).toBe(200)
  })
})

describe('the token endpoint refuses', () => {
  const form = (members: Readonly<Record<string, string>>) =>
    service.send('POST', '/token', { body: new URLSearchParams(members) })

  test.each<[string, string, Readonly<Record<string, string>>]>([
    ['no grant type', 'invalid_request', { 'pre-authorized_code': 'x', tx_code: '000000' }],
    [
      'another grant type',
      'unsupported_grant_type',
      { grant_type: 'authorization_code', code: 'x' },
    ],
    ['no code', 'invalid_request', { grant_type: GRANT, tx_code: '000000' }],
    ['no transaction code', 'invalid_request', { grant_type: GRANT, 'pre-authorized_code': 'x' }],
    [
      'an unknown code',
      'invalid_grant',
      { grant_type: GRANT, 'pre-authorized_code': 'x', tx_code: '000000' },
    ],
  ])('%s with %s', async (_, error, members) => {
    expectRefused(await form(members), error)
  })

  test('a body of another type', async () => {
    const answer = await service.send('POST', '/token', { body: { grant_type: GRANT } })
    expectRefused(answer, 'invalid_request', 415)
  })

  test('a wrong transaction code in the words of a wrong code, and after five the right one', async () => {
    const { id, txCode } = await offerTo(service, newPerson())
    const code = await codeOf(service, id)
    const wrong = txCode === '000000' ? '000001' : '000000'
    const unknown = await service.send('POST', '/token', { body: tokenForm('x', txCode) })
    for (let i = 0; i < 5; i++) {
      const answer = await service.send('POST', '/token', { body: tokenForm(code, wrong) })
      expectRefused(answer, 'invalid_grant')
      expect(answer.text).toBe(unknown.text)
    }
    expectRefused(
      await service.send('POST', '/token', { body: tokenForm(code, txCode) }),
      'invalid_grant',
    )
  })

  test('a code that was used', async () => {
    const { id, txCode } = await offerTo(service, newPerson())
    const code = await codeOf(service, id)
    const body = tokenForm(code, txCode)
    expect((await service.send('POST', '/token', { body })).status).toBe(200)
    expectRefused(await service.send('POST', '/token', { body }), 'invalid_grant')
  })

  test('nothing for a member it does not know', async () => {
    const { id, txCode } = await offerTo(service, newPerson())
    const body = tokenForm(await codeOf(service, id), txCode)
    body.set('client_id', 'a wallet')
    expect((await service.send('POST', '/token', { body })).status).toBe(200)
  })
})

describe('the credential endpoint refuses', () => {
  let token: string
  beforeAll(async () => {
    token = await accessFor(service, newPerson())
  })
  const own = newNumbers()
  const ask = (body: unknown, bearer = token) =>
    service.send('POST', '/credential', { token: bearer, body })
  const person = { credential_configuration_id: 'person-1' }

  test('a request without a token, or with one that is not known', async () => {
    const body = { ...person, proofs: { jwt: [await proofJwt(service, own)] } }
    const none = await service.send('POST', '/credential', { body })
    expectRefused(none, 'invalid_token', 401)
    expect(none.headers.get('www-authenticate')).toBe('Bearer')
    expectRefused(await ask(body, 'x'.repeat(43)), 'invalid_token', 401)
  })

  test('what is no credential request', async () => {
    for (const body of [{}, [], { proofs: { jwt: ['x'] } }, 'text']) {
      expectRefused(
        await ask(body),
        typeof body === 'string' ? 'invalid_request' : 'invalid_credential_request',
      )
    }
    const identifier = { credential_identifier: 'person-1', proofs: { jwt: ['x'] } }
    expectRefused(await ask(identifier), 'invalid_credential_request')
  })

  test('a configuration it does not know, or that was not offered', async () => {
    const proofs = { jwt: [await proofJwt(service, own)] }
    expectRefused(
      await ask({ credential_configuration_id: 'person-2', proofs }),
      'unknown_credential_configuration',
    )
    expectRefused(
      await ask({ credential_configuration_id: 'income-1', proofs }),
      'credential_request_denied',
    )
  })

  test('a wish for an encrypted answer', async () => {
    const proofs = { jwt: [await proofJwt(service, own)] }
    expectRefused(
      await ask({ ...person, proofs, credential_response_encryption: { enc: 'A256GCM' } }),
      'invalid_encryption_parameters',
    )
  })

  test('no proof, several, or proofs of another type', async () => {
    const jwt = await proofJwt(service, own)
    for (const proofs of [undefined, {}, { jwt: [] }, { jwt: [jwt, jwt] }, { di_vp: [{}] }]) {
      expectRefused(await ask({ ...person, proofs }), 'invalid_proof')
    }
  })

  test.each<[string, string, ProofParts]>([
    ['of another type', 'invalid_proof', { header: { typ: 'jwt' } }],
    ['without its key', 'invalid_proof', { header: { jwk: undefined } }],
    ['with a private key', 'invalid_proof', { header: { jwk: 'private' } }],
    ['that names its key otherwise', 'invalid_proof', { header: { kid: 'did:example:1' } }],
    ['for another issuer', 'invalid_proof', { payload: { aud: 'https://tax.example' } }],
    ['from long ago', 'invalid_proof', { payload: { iat: NOW - 301 } }],
    ['from the future', 'invalid_proof', { payload: { iat: NOW + 301 } }],
    ['without a time', 'invalid_proof', { payload: { iat: undefined } }],
    ['without a nonce', 'invalid_proof', { payload: { nonce: undefined } }],
    ['without a commitment', 'invalid_proof', { payload: { zerocard: undefined } }],
    [
      'with more of ours than there is',
      'invalid_proof',
      { payload: { zerocard: { commitment: '1', tag: '2', proof: 'good', more: 1 } } },
    ],
    [
      'with a number that is not canonical',
      'invalid_proof',
      { payload: { zerocard: { commitment: '01', tag: '2', proof: 'good' } } },
    ],
    ['whose enrolment proof does not hold', 'invalid_proof', { proof: 'bad' }],
    ['with a commitment of zero', 'invalid_proof', { commitment: 0n }],
    ['with a nonce that is not ours', 'invalid_nonce', { nonce: 'A'.repeat(50) }],
  ])('a proof %s with %s', async (_, error, parts) => {
    const isPrivate = parts.header?.['jwk'] === 'private'
    const jwk = { kty: 'EC', crv: 'P-256', x: 'A'.repeat(43), y: 'A'.repeat(43), d: 'A' }
    const header = isPrivate ? { header: { jwk } } : {}
    expectRefused(await requestCredential(service, token, { ...own, ...parts, ...header }), error)
  })

  test('a proof that was changed on the way', async () => {
    const jwt = await proofJwt(service, own)
    const [header, payload, signature] = jwt.split('.')
    const other = (await proofJwt(service, { ...own, tag: 4n })).split('.')[1]
    expectRefused(
      await ask({ ...person, proofs: { jwt: [`${header}.${other}.${signature}`] } }),
      'invalid_proof',
    )
    const none = Buffer.from('{"alg":"none"}').toString('base64url')
    expectRefused(
      await ask({ ...person, proofs: { jwt: [`${none}.${payload}.`] } }),
      'invalid_proof',
    )
  })

  test('a nonce a second time, also at once', async () => {
    const bearer = await accessFor(service, newPerson())
    const [nonce, mine] = [await freshNonce(service), newNumbers()]
    const answers = await Promise.all(
      [1, 2, 3].map(() => requestCredential(service, bearer, { ...mine, nonce })),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400])
    for (const answer of answers.filter(({ status }) => status === 400)) {
      expectRefused(answer, 'invalid_nonce')
    }
    expectRefused(await requestCredential(service, bearer, { ...mine, nonce }), 'invalid_nonce')
  })

  test('a nonce whose proof was refused is still good', async () => {
    const bearer = await accessFor(service, newPerson())
    const [nonce, mine] = [await freshNonce(service), newNumbers()]
    expectRefused(
      await requestCredential(service, bearer, { ...mine, nonce, proof: 'bad' }),
      'invalid_proof',
    )
    expect((await requestCredential(service, bearer, { ...mine, nonce })).status).toBe(200)
  })

  test('a nonce and a token that have expired', async () => {
    const late = await startTestService({ clock: { now: NOW } })
    const bearer = await accessFor(late, 'P1')
    const nonce = await freshNonce(late)
    late.clock.now = NOW + 300
    expectRefused(await requestCredential(late, bearer, { nonce }), 'invalid_nonce')
    late.clock.now = NOW + 600
    expectRefused(await requestCredential(late, bearer), 'invalid_token', 401)
    await late.close()
  })
})

test('two processes on one PostgreSQL issue as one, and a restart keeps everything', async () => {
  const database = await createPostgresDatabase(inject('postgresUrl'))
  const [one, two] = await Promise.all([
    startTestService({ database }),
    startTestService({ database }),
  ])
  const described = async (of: TestService): Promise<string> =>
    (await of.send('GET', '/.well-known/zerocard-issuer')).text
  expect(await described(one)).toBe(await described(two))
  const token = await accessFor(one, 'P1')
  const [nonce, other] = [await freshNonce(one), await freshNonce(two)]
  const first = await requestCredential(two, token, { nonce })
  expect(first.status).toBe(200)
  expectRefused(await requestCredential(one, token, { nonce }), 'invalid_nonce')
  await Promise.all([one.close(), two.close()])
  const three = await startTestService({ database })
  const again = await requestCredential(three, token, { nonce: other })
  expect(again.text).toBe(first.text)
  await three.close()
})

test.each(databaseKinds())(
  'of offers that are made to one person at once one is open, in %s',
  async (_, newUrl) => {
    const own = await startTestService({ database: await newUrl() })
    await offerTo(own, 'P1')
    const body = { subject: 'P1', configuration: 'person-1' }
    const offers = await Promise.all(
      Array.from({ length: 8 }, () =>
        own.send('POST', '/v1/offers', { token: TOKENS['registrar']!, body }),
      ),
    )
    expect(offers.map(({ status }) => status)).toEqual(offers.map(() => 201))
    const { json } = await own.send('GET', '/v1/statistics', { token: TOKENS['auditor']! })
    expect(json).toMatchObject({ openOffers: 1 })
    await own.close()
  },
)

test.each(databaseKinds())(
  'of a recovery and of offers to the same person at once one offer is open, in %s',
  async (_, newUrl) => {
    const own = await startTestService({ database: await newUrl() })
    for (let i = 1n; i <= 5n; i++) {
      const subject = `P${String(i)}`
      expect((await issueTo(own, subject, { commitment: i, tag: i })).status).toBe(200)
      const offer = () =>
        own.send('POST', '/v1/offers', {
          token: TOKENS['registrar']!,
          body: { subject, configuration: 'person-1' },
        })
      const recovery = own.send('POST', `/v1/people/${subject}/recovery`, {
        token: TOKENS['recoverer']!,
        body: { configuration: 'person-1' },
      })
      const answers = await Promise.all([offer(), recovery, offer(), offer(), offer()])
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201))
      const { json } = await own.send('GET', '/v1/statistics', { token: TOKENS['auditor']! })
      expect(json).toMatchObject({ openOffers: Number(i) })
    }
    await own.close()
  },
)

test.each(databaseKinds())('no number of a part of the log is too large for %s', async (_, url) => {
  const own = await startTestService({ database: await url() })
  for (const tile of ['1', '999999', '1000000', '8388607', '8388608', '9999999']) {
    expect([400, 404]).toContain((await own.send('GET', `/status/log/${tile}`)).status)
  }
  expect(own.log.filter((line) => line.includes('failed'))).toEqual([])
  await own.close()
})
