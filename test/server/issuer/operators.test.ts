import { beforeAll, describe, expect, test } from 'vitest'
import { checkCredential, parseCredential } from '../../../core/credential.ts'
import { openStatus } from '../../../core/status.ts'
import type { StatusDocument } from '../../../core/status.ts'
import { fieldText } from '../../../core/presentation.ts'
import {
  REVOCATION_SHAPE,
  openSet,
  parseShard,
  proveFromShard,
  shardPrefix,
} from '../../../core/sorted-set.ts'
import { newFolder } from '../../support/folders.ts'
import { ADULT, NOW, PERSON } from '../../support/world.ts'
import {
  ISSUER,
  TOKENS,
  accessFor,
  issueTo,
  requestCredential,
  startTestService,
} from './service-world.ts'
import type { Answer, TestService } from './service-world.ts'

const DAY = 86_400
const HEADER = 'subject,birthDate,region,householdSize,isStudent,personId'

let service: TestService
beforeAll(async () => {
  service = await startTestService()
  return () => service.close()
})

const as = (role: string, method: string, path: string, body?: unknown, on = service) =>
  on.send(method, path, { token: TOKENS[role]!, ...(body === undefined ? {} : { body }) })
const table = (text: string, path = '/v1/people/person-1') =>
  service.send('POST', path, { token: TOKENS['registrar']!, type: 'text/csv', body: text })
const numberIn = (answer: Answer): bigint =>
  parseCredential(answer.json.credentials[0]!.credential).revocationId

async function statusOf(on: TestService): Promise<StatusDocument> {
  const { jwk } = (await on.send('GET', '/.well-known/zerocard-issuer')).json
  const { text } = await on.send('GET', '/status')
  return openStatus(text, { issuer: ISSUER, jwk }, on.clock.now)
}

/** Whether a number is revoked, as a holder would find out; a part of the set says the same. */
async function isRevoked(on: TestService, answer: Answer): Promise<boolean> {
  const credential = parseCredential(answer.json.credentials[0]!.credential)
  const { keys } = await statusOf(on)
  const { revocationRoot } = keys.find(({ key }) => key.x === credential.key.x)!
  const prefix = shardPrefix(REVOCATION_SHAPE, credential.revocationId)
  const path = `/status/shards/${fieldText(revocationRoot)}/${prefix}`
  const shard = parseShard((await on.send('GET', path)).json)
  const part = proveFromShard(REVOCATION_SHAPE, revocationRoot, shard, credential.revocationId)
  const { json: set } = await on.send('GET', `/status/sets/${fieldText(revocationRoot)}`)
  const proof = openSet(REVOCATION_SHAPE, revocationRoot, set)(credential.revocationId)
  expect(proof).toEqual(part)
  return proof.found
}

describe('people', () => {
  test('are registered, changed and shown', async () => {
    const put = (body: unknown) => as('registrar', 'PUT', '/v1/people/A-1/person-1', body)
    expect((await put({ attributes: ADULT, validUntil: '2027-01-01' })).status).toBe(200)
    expect((await put({ attributes: { ...ADULT, householdSize: 4 } })).status).toBe(200)
    const { json } = await as('registrar', 'GET', '/v1/people/A-1')
    expect(json).toEqual({
      subject: 'A-1',
      records: [
        {
          configuration: 'person-1',
          attributes: { ...ADULT, householdSize: 4 },
          updatedAt: NOW,
        },
      ],
      credentials: [],
    })
  })

  test.each<[string, number, string, string, unknown]>([
    ['an attribute that is missing', 400, 'ATTRIBUTE_INVALID', 'A-2/person-1', { attributes: {} }],
    ['another configuration', 404, 'NOT_FOUND', 'A-2/person-2', { attributes: ADULT }],
    ['an unknown member', 400, 'INPUT_INVALID', 'A-2/person-1', { attributes: ADULT, more: 1 }],
    [
      'a day that does not exist',
      400,
      'INPUT_INVALID',
      'A-2/person-1',
      { attributes: ADULT, validFrom: '2026-02-30' },
    ],
    [
      'days in the wrong order',
      400,
      'CREDENTIAL_INVALID',
      'A-2/person-1',
      { attributes: ADULT, validFrom: '2026-02-02', validUntil: '2026-02-01' },
    ],
    ['a subject with a slash', 400, 'INPUT_INVALID', 'A%2F2/person-1', { attributes: ADULT }],
  ])('are refused with %s', async (_, status, code, path, body) => {
    const answer = await as('registrar', 'PUT', `/v1/people/${path}`, body)
    expect(answer.json).toMatchObject({ status, code })
    expect((await as('registrar', 'GET', '/v1/people/A-2')).status).toBe(404)
  })

  test('come many at once', async () => {
    const rows = Array.from({ length: 1_100 }, (_, i) => `B-${i},1990-05-17,DE-BY,3,false,N${i}`)
    const answer = await table([HEADER, ...rows, ''].join('\r\n'))
    expect(answer.json).toEqual({ configuration: 'person-1', people: 1_100 })
    const { json } = await as('registrar', 'GET', '/v1/people/B-1099')
    expect(json.records[0]!.attributes).toMatchObject({ personId: 'N1099', householdSize: 3 })
  })

  test('come all or none, and every mistake is named by line and column', async () => {
    const lines = [
      HEADER,
      'C-1,1990-05-17,DE-BY,3,false,N',
      'C-2,1990-13-17,DE-BY,x,false,N',
      'C-1,1990-05-17,DE-BY,3,false,N',
      'C-4,1990-05-17',
    ]
    const { status, json } = await table(lines.join('\n'))
    expect([status, json.code]).toEqual([400, 'INPUT_INVALID'])
    expect(json.problems.map(({ line, column }) => [line, column])).toEqual([
      [3, 'birthDate'],
      [3, 'householdSize'],
      [5, undefined],
      [4, 'subject'],
    ])
    expect((await as('registrar', 'GET', '/v1/people/C-1')).status).toBe(404)
  })

  test.each<[string, number, string, string]>([
    ['a missing column', 400, 'INPUT_INVALID', 'subject,birthDate\nC-1,1990-05-17'],
    ['a column of the command line', 400, 'INPUT_INVALID', `${HEADER},nonce\n`],
    ['no header', 400, 'INPUT_INVALID', ''],
    ['a quote that is never closed', 400, 'INPUT_INVALID', `${HEADER}\n"C-1`],
  ])('are refused in a table with %s', async (_, status, code, text) => {
    expect((await table(text)).json).toMatchObject({ status, code })
  })

  test('are refused in a table of another type, or one that is too large', async () => {
    const json = await as('registrar', 'POST', '/v1/people/person-1', { a: 1 })
    expect(json.json).toMatchObject({ status: 415, code: 'MEDIA_TYPE' })
    const large = await table(`${HEADER}\n${'x'.repeat(16 * 1024 * 1024)}`)
    expect(large.json).toMatchObject({ status: 413, code: 'INPUT_TOO_LARGE' })
  })

  test('get an offer only for what is recorded of them', async () => {
    const offer = (subject: string, configuration: string) =>
      as('registrar', 'POST', '/v1/offers', { subject, configuration })
    await as('registrar', 'PUT', '/v1/people/A-3/person-1', { attributes: ADULT })
    expect((await offer('A-3', 'person-1')).status).toBe(201)
    expect((await offer('A-3', 'income-1')).status).toBe(404)
    expect((await offer('A-4', 'person-1')).status).toBe(404)
  })
})

describe('revocation', () => {
  test('by number and by person takes effect with the next epoch', async () => {
    const first = await issueTo(service, 'R-1', { commitment: 1n, tag: 1n })
    const second = await issueTo(service, 'R-2', { commitment: 2n, tag: 2n })
    const third = await issueTo(service, 'R-3', { commitment: 3n, tag: 3n })
    const number = String(numberIn(first))
    const one = await as('revoker', 'POST', '/v1/revocations', {
      number,
      configuration: 'person-1',
    })
    expect(one.json.revoked).toMatchObject([{ number, revokedAt: NOW }])
    const all = await as('revoker', 'POST', '/v1/revocations', { subject: 'R-2' })
    expect(all.json.revoked).toHaveLength(1)
    expect(await isRevoked(service, first)).toBe(false)
    const epoch = await as('publisher', 'POST', '/v1/epochs')
    expect([epoch.status, epoch.json.revoked]).toEqual([201, 2])
    expect(await isRevoked(service, first)).toBe(true)
    expect(await isRevoked(service, second)).toBe(true)
    expect(await isRevoked(service, third)).toBe(false)
  })

  test.each<[string, number, string, unknown]>([
    ['an unknown person', 404, 'NOT_FOUND', { subject: 'R-9' }],
    ['an unknown number', 404, 'NOT_FOUND', { number: '5', configuration: 'person-1' }],
    ['a number without its kind', 400, 'INPUT_INVALID', { number: '5' }],
    [
      'a number that none has',
      400,
      'INPUT_INVALID',
      { number: '1099511627776', configuration: 'person-1' },
    ],
    ['nobody', 400, 'INPUT_INVALID', {}],
  ])('refuses %s', async (_, status, code, body) => {
    const { json } = await as('revoker', 'POST', '/v1/revocations', body)
    expect(json).toMatchObject({ status, code })
  })

  test("of a person takes back the person's open offers", async () => {
    await issueTo(service, 'R-4', { commitment: 4n, tag: 4n })
    const token = await accessFor(service, 'R-4')
    await as('revoker', 'POST', '/v1/revocations', { subject: 'R-4' })
    const answer = await requestCredential(service, token, { commitment: 5n, tag: 4n })
    expect([answer.status, answer.json.error]).toEqual([401, 'invalid_token'])
  })
})

describe('recovery', () => {
  test('revokes everything, refuses the old secret and takes a new one, once in a while', async () => {
    const clock = { now: NOW }
    const own = await startTestService({ clock })
    const recovery = () =>
      as('recoverer', 'POST', '/v1/people/P1/recovery', { configuration: 'person-1' }, own)
    const old = await issueTo(own, 'P1', { commitment: 1n, tag: 1n })
    const waiting = await accessFor(own, 'P1')
    const recovered = await recovery()
    expect(recovered.status).toBe(201)
    expect(recovered.json).toMatchObject({ revoked: 1, expiresAt: NOW + 3600 })
    expect((await requestCredential(own, waiting, { commitment: 2n, tag: 1n })).status).toBe(401)

    await as('publisher', 'POST', '/v1/epochs', undefined, own)
    expect(await isRevoked(own, old)).toBe(true)
    const again = await issueTo(own, 'P1', { commitment: 3n, tag: 1n })
    expect([again.status, again.json.error]).toEqual([400, 'credential_request_denied'])
    expect((await issueTo(own, 'P1', { commitment: 4n, tag: 2n })).status).toBe(200)

    expect((await recovery()).json).toMatchObject({ status: 429, code: 'RECOVERY_LIMITED' })
    clock.now = NOW + 31 * DAY
    expect((await recovery()).status).toBe(201)
    await as('publisher', 'POST', '/v1/epochs', undefined, own)
    const { json } = await own.send('GET', '/status/statistics')
    expect(json).toEqual({
      epoch: 3,
      asOf: clock.now,
      months: [
        { month: '2026-11', issued: 2, revoked: 1, recovered: 1 },
        { month: '2026-12', issued: 0, revoked: 1, recovered: 1 },
      ],
    })
    const totals = await as('auditor', 'GET', '/v1/statistics', undefined, own)
    expect(totals.json).toEqual({
      people: 1,
      openOffers: 1,
      credentials: [{ configuration: 'person-1', issued: 2, revoked: 2 }],
    })
    await own.close()
  })

  test('is for people who have a secret', async () => {
    await as('registrar', 'PUT', '/v1/people/N-1/person-1', { attributes: ADULT })
    const of = (subject: string) =>
      as('recoverer', 'POST', `/v1/people/${subject}/recovery`, { configuration: 'person-1' })
    expect((await of('N-1')).json).toMatchObject({ status: 409, code: 'CONFLICT' })
    expect((await of('N-2')).json).toMatchObject({ status: 404, code: 'NOT_FOUND' })
  })
})

describe('keys', () => {
  test('are rotated: the old one is retired, what it signed stays good to its end', async () => {
    const clock = { now: NOW }
    const own = await startTestService({ clock, config: { credentialDays: 10 } })
    const published = async (): Promise<string[]> =>
      (await statusOf(own)).keys
        .filter(({ schema }) => schema === 'person/1')
        .map(({ key }) => String(key.x))
    const first = parseCredential(
      (await issueTo(own, 'P1', { commitment: 1n, tag: 1n })).json.credentials[0]!.credential,
    )
    const before = await statusOf(own)
    const rotated = await as('publisher', 'POST', '/v1/keys/person-1', undefined, own)
    expect(rotated.status).toBe(201)
    expect((await statusOf(own)).epoch).toBe(before.epoch + 1)
    const second = parseCredential(
      (await issueTo(own, 'P1', { commitment: 2n, tag: 1n })).json.credentials[0]!.credential,
    )
    checkCredential(second, PERSON)
    expect(second.key.x).not.toBe(first.key.x)
    expect((await published()).sort()).toEqual(
      [first, second].map(({ key }) => String(key.x)).sort(),
    )
    clock.now = NOW + 11 * DAY
    await as('publisher', 'POST', '/v1/epochs', undefined, own)
    expect(await published()).toEqual([String(second.key.x)])
    await own.close()
  })

  test('repeat what they signed after they are retired', async () => {
    const own = await startTestService()
    const token = await accessFor(own, 'P1')
    const first = await requestCredential(own, token, { commitment: 1n })
    await as('publisher', 'POST', '/v1/keys/person-1', undefined, own)
    expect((await requestCredential(own, token, { commitment: 1n })).text).toBe(first.text)
    await own.close()
  })

  test('are given up with everything they signed, and replaced', async () => {
    const own = await startTestService()
    const first = parseCredential(
      (await issueTo(own, 'P1', { commitment: 1n, tag: 1n })).json.credentials[0]!.credential,
    )
    const { json } = await as('publisher', 'GET', '/v1/keys', undefined, own)
    const { id } = json.keys.find(({ key }) => key.x === String(first.key.x))!
    const gone = await as('publisher', 'DELETE', `/v1/keys/${id}`, undefined, own)
    const states = gone.json.keys.map((key) => `${key.configuration} ${key.status}`)
    expect(states.sort()).toEqual(['income-1 active', 'person-1 active', 'person-1 revoked'])
    const { keys } = await statusOf(own)
    expect(keys).toHaveLength(2)
    expect(keys.map(({ key }) => key.x)).not.toContain(first.key.x)
    expect((await issueTo(own, 'P1', { commitment: 2n, tag: 1n })).status).toBe(200)
    const unknown = await as('publisher', 'DELETE', `/v1/keys/${'A'.repeat(22)}`, undefined, own)
    expect(unknown.status).toBe(404)
    await own.close()
  })
})

test('a nonce comes with the issuer’s time', async () => {
  const { json } = await service.send('POST', '/nonce')
  expect(json).toMatchObject({ zerocard_now: service.clock.now })
})

describe('what is published', () => {
  const newestRoot = async (): Promise<string> => {
    const [key] = (await statusOf(service)).keys
    return fieldText(key!.revocationRoot)
  }
  const setPath = async (): Promise<string> => `/status/sets/${await newestRoot()}`
  const shardPath = async (): Promise<string> => `/status/shards/${await newestRoot()}/63`

  test.each<[string, () => Promise<string> | string, string, string]>([
    ['the newest document', () => '/status', 'application/jwt', 'public, max-age=60'],
    ['the list of epochs', () => '/status/epochs', 'application/json', 'public, max-age=60'],
    ['statistics', () => '/status/statistics', 'application/json', 'public, max-age=60'],
    ['the log', () => '/status/log/0', 'application/json', 'public, max-age=60'],
    [
      'an epoch',
      () => '/status/epochs/1',
      'application/jwt',
      'public, max-age=31536000, immutable',
    ],
    ['a set', setPath, 'application/json', 'public, max-age=31536000, immutable'],
    ['a shard', shardPath, 'application/json', 'public, max-age=31536000, immutable'],
  ])('can be kept: %s', async (_, pathOf, type, caching) => {
    const path = await pathOf()
    const first = await service.send('GET', path)
    const etag = first.headers.get('etag')!
    expect(first.status).toBe(200)
    expect(etag).toMatch(/^"[A-Za-z0-9_-]{22}"$/)
    expect(first.headers.get('content-type')).toContain(type)
    expect(first.headers.get('cache-control')).toBe(caching)
    expect(first.headers.get('access-control-allow-origin')).toBe('*')
    for (const named of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await service.send('GET', path, { headers: { 'if-none-match': named } })
      expect([again.status, again.text, again.headers.get('etag')]).toEqual([304, '', etag])
    }
    const changed = await service.send('GET', path, { headers: { 'if-none-match': '"other"' } })
    expect([changed.status, changed.text]).toEqual([200, first.text])
  })

  test.each([
    ['/status/epochs/999999', 404],
    ['/status/log/1', 404],
    ['/status/log/01', 400],
    ['/status/log/-1', 400],
    ['/status/epochs/0', 400],
    ['/status/epochs/1.5', 400],
    [`/status/sets/${'A'.repeat(43)}`, 404],
    ['/status/sets/0', 400],
    [`/status/shards/${'A'.repeat(43)}/0`, 404],
    [`/status/shards/${'A'.repeat(43)}/64`, 400],
    [`/status/shards/${'_'.repeat(43)}/0`, 400],
    ['/status/shards/0/0', 400],
  ])('has nothing at %s', async (path, status) => {
    expect((await service.send('GET', path)).status).toBe(status)
  })

  test('is there from the start, is not made again without need, and is renewed in time', async () => {
    const folder = newFolder()
    const clock = { now: NOW }
    const epochAfterStart = async (): Promise<number> => {
      const own = await startTestService({ folder, clock })
      expect((await own.send('GET', '/readyz')).status).toBe(200)
      const { epoch } = await statusOf(own)
      await own.close()
      return epoch
    }
    expect(await epochAfterStart()).toBe(1)
    clock.now = NOW + 3599
    expect(await epochAfterStart()).toBe(1)
    clock.now = NOW + 3600
    expect(await epochAfterStart()).toBe(2)
  })

  test('is missed: without a valid document the service is not ready', async () => {
    const clock = { now: NOW }
    const own = await startTestService({ clock })
    clock.now = NOW + DAY
    expect((await own.send('GET', '/readyz')).json).toMatchObject({ status: 503 })
    expect((await own.send('GET', '/livez')).status).toBe(200)
    await as('publisher', 'POST', '/v1/epochs', undefined, own)
    expect((await own.send('GET', '/readyz')).status).toBe(200)
    await own.close()
  })

  test('shows in the figures', async () => {
    const own = await startTestService()
    await issueTo(own, 'P1')
    await own.send('POST', '/token', { body: new URLSearchParams({ grant_type: 'x' }) })
    own.clock.now = NOW + 7
    const { text } = await as('monitor', 'GET', '/metrics', undefined, own)
    expect(text).toContain('zerocard_credentials_issued_total{configuration="person-1"} 1')
    expect(text).toContain('zerocard_issuance_refused_total{error="unsupported_grant_type"} 1')
    expect(text).toContain('zerocard_status_age_seconds 7')
    await own.close()
  })
})
