import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ADULT, NOW } from '../../support/world.ts'
import {
  TOKENS,
  accessFor,
  codeOf,
  freshNonce,
  offerTo,
  requestCredential,
  startTestService,
  tokenForm,
} from './service-world.ts'
import type { Answer, TestService } from './service-world.ts'

// Things that happen in another order than they should, or while something else happens.

let service: TestService
/** Runs while a proof is being judged. */
let meanwhile: () => Promise<unknown> = () => Promise.resolve()

beforeAll(async () => {
  service = await startTestService({
    verifyProof: async (_key, _signals, proof) => {
      const work = meanwhile
      meanwhile = () => Promise.resolve()
      await work()
      return proof === 'good'
    },
  })
})
afterAll(() => service.close())

const revoke = (subject: string): Promise<Answer> =>
  service.send('POST', '/v1/revocations', { token: TOKENS['revoker']!, body: { subject } })

const correct = (subject: string, birthDate: string): Promise<Answer> =>
  service.send('PUT', `/v1/people/${subject}/person-1`, {
    token: TOKENS['registrar']!,
    body: { attributes: { ...ADULT, birthDate } },
  })

const table = (text: string): Promise<Answer> =>
  service.send('POST', '/v1/people/person-1', {
    token: TOKENS['registrar']!,
    type: 'text/csv',
    body: text,
  })

describe('revoking a person', () => {
  test('takes back what was offered and not fetched yet', async () => {
    const token = await accessFor(service, 'R-1')
    expect((await revoke('R-1')).status).toBe(200)
    expect((await requestCredential(service, token, { commitment: 101n, tag: 101n })).status).toBe(
      401,
    )
  })

  test('also reaches a request that is being judged', async () => {
    const token = await accessFor(service, 'R-2')
    meanwhile = () => revoke('R-2')
    const answer = await requestCredential(service, token, { commitment: 102n, tag: 102n })
    expect(answer.status).not.toBe(200)
    const { text } = await service.send('GET', '/v1/people/R-2', { token: TOKENS['registrar']! })
    expect(text).not.toContain('"revocationId"')
  })

  test('whom nobody knows is refused', async () => {
    expect((await revoke('R-404')).status).toBe(404)
  })
})

test('what is corrected while a proof is judged is not signed as it was', async () => {
  const token = await accessFor(service, 'C-1')
  meanwhile = () => correct('C-1', '2015-05-17')
  const own = { commitment: 103n, tag: 103n }
  const answer = await requestCredential(service, token, own)
  expect([answer.status, answer.json.error]).toEqual([400, 'credential_request_denied'])
  const again = await requestCredential(service, token, own)
  expect([again.status, again.text.includes('2015-05-17')]).toEqual([200, true])
})

test('a second offer for a record takes the place of the first', async () => {
  const first = await offerTo(service, 'O-1')
  const code = await codeOf(service, first.id)
  const second = await offerTo(service, 'O-1')
  const refused = await service.send('POST', '/token', { body: tokenForm(code, first.txCode) })
  expect([refused.status, refused.json.error]).toEqual([400, 'invalid_grant'])
  expect((await service.send('GET', `/offers/${second.id}`)).status).toBe(200)
})

test('asking again for a credential takes a proof of the secret again', async () => {
  const token = await accessFor(service, 'S-1')
  const own = { commitment: 104n, tag: 104n }
  expect((await requestCredential(service, token, own)).status).toBe(200)
  const answer = await requestCredential(service, token, { ...own, proof: 'bad' })
  expect([answer.status, answer.json.error]).toEqual([400, 'invalid_proof'])
})

test('a revoked credential is not given out again', async () => {
  const own = { commitment: 105n, tag: 105n }
  expect((await requestCredential(service, await accessFor(service, 'S-2'), own)).status).toBe(200)
  await revoke('S-2')
  const answer = await requestCredential(service, await accessFor(service, 'S-2'), own)
  expect(answer.status).toBe(400)
  const fresh = { ...own, commitment: 106n }
  expect((await requestCredential(service, await accessFor(service, 'S-2'), fresh)).status).toBe(
    200,
  )
})

describe('a table that is made to take long', () => {
  test.each([
    ['very many columns', Array.from({ length: 400_000 }, (_, i) => `c${String(i)}`).join(',')],
    ['one very long field', `subject,birthDate\r\nA,"${'x'.repeat(6_000_000)}"`],
    ['a very long field without an end', `subject,birthDate\r\nA,"${'x'.repeat(6_000_000)}`],
    ['one person very often', `subject\r\n${'A\r\n'.repeat(120_000)}`],
  ])('with %s is refused', async (_, text) => {
    // Without the defences some of these take longer than a test may.
    expect((await table(text)).status).toBe(400)
  })
})

test('a clock that was ahead once does not end publishing', async () => {
  const own = await startTestService()
  const publish = (): Promise<Answer> =>
    own.send('POST', '/v1/epochs', { token: TOKENS['publisher']! })
  own.clock.now = NOW + 30 * 86_400
  expect((await publish()).status).toBeLessThan(300)
  own.clock.now = NOW
  expect((await own.send('GET', '/readyz')).status).toBe(503)
  expect((await publish()).status).toBeLessThan(300)
  expect((await own.send('GET', '/readyz')).status).toBe(200)
  const { payload } = JSON.parse(
    `{"payload":${Buffer.from((await own.send('GET', '/status')).text.split('.')[1] ?? '', 'base64url').toString()}}`,
  ) as { payload: { iat: number } }
  expect(payload.iat).toBe(NOW)
  await own.close()
})

test('a nonce is good for one credential, whoever asks', async () => {
  const nonce = await freshNonce(service)
  const [a, b] = [await accessFor(service, 'N-1'), await accessFor(service, 'N-2')]
  expect((await requestCredential(service, a, { commitment: 107n, tag: 107n, nonce })).status).toBe(
    200,
  )
  const second = await requestCredential(service, b, { commitment: 108n, tag: 108n, nonce })
  expect([second.status, second.json.error]).toEqual([400, 'invalid_nonce'])
})
