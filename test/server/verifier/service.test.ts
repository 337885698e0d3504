import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { fieldText } from '../../../core/presentation.ts'
import { ConfigProblems } from '../../../server/config.ts'
import { openVerifierService, startVerifierService } from '../../../server/verifier/service.ts'
import { syntheticCeremony } from '../../../scripts/assure/keys/synthetic-ceremony.ts'
import { createPostgresDatabase } from '../../support/postgres.ts'
import { verdictOf } from '../../support/refusal.ts'
import { acceptedKeys, keys } from '../../support/tools.ts'
import { NOW, PERSON, TestIssuer, policyOf } from '../../support/world.ts'
import {
  POLICIES,
  PROOF,
  ROLES,
  SECRET_REGION,
  Shop,
  startIssuer,
  tokenOf,
  writeConfig,
} from './shop.ts'
import type { Answer, Created } from './shop.ts'

// A verifier as a whole: who may call, what it keeps, how it starts and what it refuses to start with.

const folder = mkdtempSync(join(tmpdir(), 'zerocard-service-'))
afterAll(() => rmSync(folder, { recursive: true }))

let shop: Shop
let listing: object
beforeAll(async () => {
  const { status: _, ...facts } = await (
    await TestIssuer.create('http://127.0.0.1:9', PERSON)
  ).listing()
  listing = facts
  shop = await Shop.open()
  return () => shop.close()
})

const refused = ({ status, json }: Answer): [number, unknown] => [status, json['code']]

async function prove(at: Shop, session: Created, pseudonym?: bigint): Promise<Answer> {
  const request = await at.fetchRequest(session)
  const changes = pseudonym === undefined ? {} : { pseudonym }
  return at.answer(request, await at.present(request, changes))
}

describe('every route', () => {
  test('is open to all or to its roles, as listed here', async () => {
    const service = await openVerifierService({
      configPath: writeConfig(folder, listing, { database: 'sqlite::memory:' }),
      environment: {},
      keys: acceptedKeys,
      clock: () => NOW,
      verifyProof: () => true,
      destination: { write: () => undefined },
    })
    const { routes } = service
    await service.close()
    const open = routes.filter(({ access }) => access === 'anyone')
    expect(open.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
      'get /.well-known/did.json',
      'get /.well-known/zerocard-log',
      'get /.well-known/zerocard-trust',
      'get /docs',
      'get /livez',
      'get /log/documents/:hash',
      'get /log/forks',
      'get /log/newest',
      'get /oid4vp/request/:id',
      'get /openapi.json',
      'get /readyz',
      'get /trust/:list',
      'get /trust/:list/:root',
      'get /v1/codes/:code',
      'get /v1/policies',
      'get /v1/policies/:id',
      'get /v1/result-keys',
      'get /v1/sessions/:id/qr.svg',
      'post /oid4vp/request/:id',
      'post /oid4vp/response/:id',
      // To pages of origins that are listed, and to nobody else.
      'post /v1/page-sessions',
    ])
    const own = routes.filter(({ access }) => access === 'bearer')
    expect(own.map(({ method, path }) => `${method} ${path}`)).toEqual([
      // A clerk brings what a wallet has shown.
      'post /v1/sessions/:id/presentation',
      'get /v1/sessions/:id',
      'get /v1/sessions/:id/events',
      'delete /v1/sessions/:id',
      'get /v1/sessions/:id/result',
    ])
    const guarded = routes.filter(({ access }) => typeof access !== 'string')
    expect(guarded.length).toBeGreaterThanOrEqual(6)
    for (const { method, path, access } of guarded) {
      const call = (token?: string): Promise<Answer> =>
        shop.call(
          method.toUpperCase(),
          path.replace(':id', 'x'.repeat(32)),
          token === undefined ? {} : { token },
        )
      expect(refused(await call()), path).toEqual([401, 'UNAUTHORIZED'])
      expect(refused(await call('zct_wrong')), path).toEqual([401, 'UNAUTHORIZED'])
      for (const role of ROLES.filter((one) => !access.includes(one))) {
        expect(refused(await call(tokenOf(role))), `${path} ${role}`).toEqual([403, 'FORBIDDEN'])
      }
      const allowed = await call(tokenOf(access[0] as (typeof ROLES)[number]))
      expect([401, 403], path).not.toContain(allowed.status)
    }
  })

  test('is described for programs and for people', async () => {
    const { json } = await shop.call('GET', '/openapi.json')
    expect(json['openapi']).toBe('3.1.0')
    expect(Object.keys(json['paths'] as object)).toContain('/v1/sessions/{id}/events')
    const page = await shop.call('GET', '/docs')
    expect(page.headers.get('content-security-policy')).toMatch("default-src 'none'")
    expect(page.text).toContain('/v1/sessions/{id}/events')
    expect(page.text).not.toMatch(/<script/i)
  })
})

test('policies are there to read, with what they say in words', async () => {
  const { json } = await shop.call('GET', '/v1/policies')
  const policies = json['policies'] as { id: string; sentence: string }[]
  expect(policies.map(({ id }) => id).sort()).toEqual(
    Object.values(POLICIES)
      .map(({ id }) => id)
      .sort(),
  )
  const one = await shop.call('GET', '/v1/policies/plain@1')
  expect(one.json).toEqual(policies.find(({ id }) => id === 'plain@1'))
  expect(one.json['sentence']).toContain('You are 18 or older')
  // The list names one issuer, so that a yes tells who it was.
  expect(one.json['sentence']).toContain('names only one issuer')
  expect(refused(await shop.call('GET', '/v1/policies/other@1'))).toEqual([404, 'NOT_FOUND'])
})

test('an issuer that a list names for other credentials hides nobody', async () => {
  const [one, other] = [await startIssuer(), await startIssuer()]
  const issuers = [await one.listing(), { ...(await other.listing()), schemas: ['income/1'] }]
  const own = await Shop.open({ trust: { registries: { issuers } } })
  const { json } = await own.call('GET', '/v1/policies/plain@1')
  expect(json['sentence']).toContain('names only one issuer')
  for (const { close } of [own, one, other]) await close()
})

describe('a ban', () => {
  const token = tokenOf('moderator')
  const ban = (body: object): Promise<Answer> => shop.call('POST', '/v1/bans', { token, body })

  test('refuses a name in the scope of its policy, until it is lifted', async () => {
    const first = await shop.create('login')
    await prove(shop, first, 500n)
    const { pseudonym } = (await shop.view(first)).json
    const banned = await ban({ policy: 'login@1', pseudonym, reason: 'spam' })
    expect(banned.status).toBe(201)
    const { id } = banned.json
    expect((await shop.call('GET', '/v1/bans', { token })).json).toEqual({
      bans: [{ id, policy: 'login@1', pseudonym, reason: 'spam', createdAt: NOW }],
    })
    const session = await shop.create('login')
    const calls = shop.judge.calls
    expect(refused(await prove(shop, session, 500n))).toEqual([403, 'PSEUDONYM_BANNED'])
    expect(shop.judge.calls).toBe(calls)
    expect((await prove(shop, session, 501n)).status).toBe(200)
    expect((await prove(shop, await shop.create('once'), 500n)).status).toBe(200)
    const lift = (): Promise<Answer> => shop.call('DELETE', `/v1/bans/${String(id)}`, { token })
    expect((await lift()).status).toBe(204)
    expect(refused(await lift())).toEqual([404, 'NOT_FOUND'])
    expect((await prove(shop, await shop.create('login'), 500n)).status).toBe(200)
  })

  test.each([
    ['of a policy without names', { policy: 'plain@1' }, 400, 'INPUT_INVALID'],
    ['of an unknown policy', { policy: 'other@1' }, 404, 'NOT_FOUND'],
    ['of what is no name', { pseudonym: '_'.repeat(43) }, 400, 'INPUT_INVALID'],
    ['that has ended', { until: NOW }, 400, 'INPUT_INVALID'],
    ['of a person', { subject: 'P-1' }, 400, 'INPUT_INVALID'],
  ])('%s is refused', async (_, change, status, code) => {
    const answer = await ban({ policy: 'login@1', pseudonym: fieldText(1n), ...change })
    expect(refused(answer)).toEqual([status, code])
  })
})

test('figures tell outcomes, and no more', async () => {
  const other = await Shop.open()
  await prove(other, await other.create('plain'))
  other.judge.verify = () => false
  await prove(other, await other.create('plain'))
  const { text } = await other.call('GET', '/metrics', { token: tokenOf('monitor') })
  expect(text).toContain('zerocard_verifications_total{outcome="accepted"} 1')
  expect(text).toContain('zerocard_verifications_total{outcome="PROOF_INVALID"} 1')
  expect(text).toContain('zerocard_open_sessions 1')
  expect(text).toMatch(/zerocard_trust_age_seconds \d+/)
  const { json } = await other.call('GET', '/v1/statistics', { token: tokenOf('auditor') })
  expect(json['sessions']).toEqual([
    { day: '2026-11-22', policy: 'plain@1', outcome: 'pending', sessions: 1 },
    { day: '2026-11-22', policy: 'plain@1', outcome: 'verified', sessions: 1 },
  ])
  await other.close()
})

test('a run leaves no attribute, proof, token, code or address in database and log', async () => {
  const other = await Shop.open()
  const session = await other.create('photo', 'same-device')
  const request = await other.fetchRequest(session)
  const presentation = await other.present(request)
  const { json } = await other.answer(request, presentation)
  const code = new URL(String(json['redirect_uri'])).hash.slice('#responseCode='.length)
  const { json: view } = await other.view(session, code)
  expect(view['disclosed']).toEqual({ 'person.region': SECRET_REGION })
  await other.answer(request, presentation)
  await other.call('GET', `/v1/sessions/${session.id}`, { token: 'wrong' })
  const [header = '', payload = '', signature = ''] = presentation.split('.')
  const secrets = { header, payload, signature, PROOF, code, SECRET_REGION, token: session.token }
  const database = other.databaseBytes()
  const log = other.log.join('')
  for (const [name, secret] of Object.entries(secrets)) {
    expect(database.includes(secret), `${name} in the database`).toBe(false)
    expect(log.includes(secret), `${name} in the log`).toBe(false)
  }
  for (const text of [tokenOf('site'), session.id, 'responseCode']) {
    expect(log.includes(text), text).toBe(false)
  }
  const lines = other.log.map((line) => JSON.parse(line) as Record<string, unknown>)
  const members = lines.filter(({ msg }) => msg === 'request').flatMap(Object.keys)
  expect(Array.from(new Set(members)).sort()).toEqual([
    'caller',
    'code',
    'level',
    'method',
    'ms',
    'msg',
    'requestId',
    'route',
    'service',
    'status',
    'time',
  ])
  expect(database.includes(tokenOf('site'))).toBe(false)
  // The search finds what is there.
  expect(database).toContain(session.id)
  expect(log).toContain('/oid4vp/response/:id')
  await other.close()
})

test('webhooks say that a session has ended, and how', async () => {
  const bodies: string[] = []
  const hook = createServer((request, response) => {
    let body = ''
    request.on('data', (part: Buffer) => (body += part.toString()))
    request.on('end', () => {
      bodies.push(body)
      response.end()
    })
  })
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/hook`
  const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
  const other = await Shop.open(
    { webhooks: [{ url, events: ['session.verified'] }] },
    { environment: { ZEROCARD_WEBHOOK_SECRET: secret } },
  )
  const session = await other.create('photo')
  await prove(other, session)
  const refusing = await other.create('plain')
  const request = await other.fetchRequest(refusing)
  await other.post(request, { error: 'access_denied', state: refusing.id })
  await expect.poll(() => bodies.length).toBe(1)
  expect(JSON.parse(bodies[0]!)).toEqual({
    type: 'session.verified',
    timestamp: new Date(NOW * 1000).toISOString(),
    data: { session: session.id, policy: 'photo@1', flow: 'cross-device', status: 'verified' },
  })
  await other.close()
  hook.closeAllConnections()
  await new Promise((resolve) => hook.close(resolve))
})

test('two processes on one PostgreSQL are one verifier', async () => {
  const database = await createPostgresDatabase(inject('postgresUrl'))
  const [one, other] = [await Shop.open({ database }), await Shop.open({ database })]
  const session = await one.create('photo')
  const request = await other.fetchRequest(session)
  expect((await other.answer(request, await one.present(request))).status).toBe(200)
  expect((await one.view(session)).json).toMatchObject({
    status: 'verified',
    disclosed: { 'person.region': SECRET_REGION },
  })
  const [a, b] = [await one.create('once'), await other.create('once')]
  const outcomes = await Promise.all([prove(one, a, 1n), prove(other, b, 1n)])
  expect(outcomes.map(({ status }) => status).sort()).toEqual([200, 409])
  await one.close()
  await other.close()
})

describe('the configuration', () => {
  const start = async (
    changes: Readonly<Record<string, unknown>>,
    environment: Readonly<Record<string, string>> = {},
    accepted = acceptedKeys,
  ): Promise<void> => {
    const service = await startVerifierService({
      configPath: writeConfig(folder, listing, { database: 'sqlite::memory:', ...changes }),
      environment,
      keys: accepted,
      clock: () => NOW,
      verifyProof: () => true,
      destination: { write: () => undefined },
    })
    await service.close()
  }
  const problems = async (...given: Parameters<typeof start>): Promise<readonly string[]> => {
    try {
      await start(...given)
      return []
    } catch (error) {
      if (error instanceof ConfigProblems) return error.problems
      throw error
    }
  }

  test.each<[string, Record<string, unknown>, RegExp]>([
    ['an unknown member', { unknown: 1 }, /unknown member unknown/],
    ['no name', { displayName: '' }, /^displayName/],
    ['a path', { baseUrl: 'https://shop.example/path' }, /^baseUrl/],
    ['another response mode', { responseMode: 'fragment' }, /^responseMode/],
    ['a lifetime in words', { sessionLifetime: 'long' }, /^sessionLifetime/],
    ['a return path', { returnOrigins: ['https://a.example/'] }, /^returnOrigins/],
    [
      'a path back with a query',
      { pageOrigins: [{ origin: 'https://a.example', returnPaths: ['/shop?x=1'] }] },
      /^pageOrigins/,
    ],
    [
      'a path back to another host',
      { pageOrigins: [{ origin: 'https://a.example', returnPaths: ['//b.example'] }] },
      /^pageOrigins/,
    ],
    ['a name that nobody sees', { displayName: '\u3164' }, /^displayName/],
    ['a script for a wallet', { walletLink: 'javascript:1' }, /^walletLink/],
    ['an unknown role', { tokens: [token('boss')] }, /^tokens\.0\.roles: no role boss/],
    ['no policy', { policies: [] }, /^policies/],
    ['a policy that is missing', { policies: ['none.json'] }, /^none\.json: cannot be read/],
    ['a policy that is none', { policies: ['schema.json'] }, /schema\.json: policy/],
    ['a list that is missing', { trust: {} }, /^trust: no list registries/],
    ['a hook without http', { webhooks: [{ url: 'ftp://a.example' }] }, /^webhooks/],
    ['a retention of nothing', { retention: { sessions: '0s' } }, /^retention\.sessions/],
  ])('with %s is refused by name', async (_, changes, message) => {
    expect((await problems(changes)).join('\n')).toMatch(message)
  })

  test('of production has https, tokens, a lasting state and keys that nobody can forge under', async () => {
    const production = { ZEROCARD_ENV: 'production' }
    expect(await problems({ baseUrl: 'http://127.0.0.1', tokens: [] }, production)).toEqual([
      expect.stringMatching(/^baseUrl/),
      expect.stringMatching(/^tokens/),
      expect.stringMatching(/^database/),
    ])
    const lasting = { database: 'sqlite:production.sqlite' }
    expect(await verdictOf(() => start(lasting, production))).toBe('KEY_FORGEABLE')
    const { publicSignals } = keys['eligibility-1'].key
    const ceremony = { circuit: 'eligibility-1', publicSignals, seed: 1, secrets: [3n, 5n, 7n] }
    const sound = syntheticCeremony(ceremony)
    const startWith = (changes: object): Promise<string> =>
      verdictOf(() => start(lasting, production, new Map([['id', { ...sound, ...changes }]])))
    expect(await startWith({})).toBe('accepted')
    expect(await startWith({ transcript: undefined })).toBe('KEY_FORGEABLE')
    expect(await startWith({ key: { ...sound.key, alpha: [1n, 2n] } })).toBe('KEY_FORGEABLE')
    expect(await verdictOf(() => start({}, { ZEROCARD_ENV: 'prod' }))).toBe('CONFIG_INVALID')
  })

  test('with webhooks needs their secret', async () => {
    const webhooks = [{ url: 'https://hook.example' }]
    expect(await verdictOf(() => start({ webhooks }))).toBe('CONFIG_INVALID')
  })

  test('may change a policy until it was asked, and never after', async () => {
    const other = await Shop.open()
    await other.create('plain')
    const restart = async (name: string): Promise<void> => {
      const path = join(other.folder, `policy-${name}.json`)
      const before = readFileSync(path, 'utf8')
      const changed = { id: `${name}@1`, where: { age: 'person.birthDate', atLeast: 21 } }
      writeFileSync(path, JSON.stringify(policyOf(changed)))
      const service = await startVerifierService({
        configPath: join(other.folder, 'verifier.json'),
        environment: {},
        keys: acceptedKeys,
        clock: () => NOW,
        verifyProof: () => true,
        destination: { write: () => undefined },
      }).finally(() => writeFileSync(path, before))
      await service.close()
    }
    expect(await verdictOf(() => restart('photo'))).toBe('accepted')
    expect(await verdictOf(() => restart('plain'))).toBe('CONFLICT')
    await other.close()
  })
})

function token(role: string): object {
  return { name: 'x', roles: [role], sha256: 'a'.repeat(64) }
}
