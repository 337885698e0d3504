import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { Metrics } from '../../../server/http/metrics.ts'
import { allRoutes } from '../../../server/issuer/service.ts'
import type { OpenIssuer } from '../../../server/issuer/open-issuer.ts'
import { syntheticCeremony } from '../../../scripts/assure/keys/synthetic-ceremony.ts'
import { newFolder } from '../../support/folders.ts'
import { verdictOf } from '../../support/refusal.ts'
import { keys } from '../../support/tools.ts'
import { ADULT } from '../../support/world.ts'
import {
  PASSPHRASE,
  TOKENS,
  codeOf,
  freshNonce,
  offerTo,
  requestCredential,
  startTestService,
  tokenForm,
} from './service-world.ts'
import type { TestService, TestServiceOptions } from './service-world.ts'

/** Every route anyone may call. A new one is added here on purpose or not at all. */
const OPEN_ROUTES = [
  'get /.well-known/openid-credential-issuer',
  'get /.well-known/oauth-authorization-server',
  'get /.well-known/zerocard-issuer',
  'get /status',
  'get /status/epochs',
  'get /status/epochs/:epoch',
  'get /status/log/:tile',
  'get /status/sets/:root',
  'get /status/shards/:root/:prefix',
  'get /status/statistics',
  'get /offers/:id',
  'get /offers/:id/qr.svg',
  'post /token',
  'post /nonce',
  'get /livez',
  'get /readyz',
  'get /openapi.json',
  'get /docs',
]

/** Routes are data: to list them, nothing behind them is needed. */
const routes = allRoutes(
  { store: { database: {} }, config: {} } as unknown as OpenIssuer,
  { ready: () => Promise.resolve(), isEnding: () => false },
  new Metrics(),
)

describe('access', () => {
  let service: TestService
  beforeAll(async () => {
    service = await startTestService()
    return () => service.close()
  })

  test('is open to anyone exactly where it is meant to be', () => {
    const open = routes.filter(({ access }) => access === 'anyone')
    expect(open.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(OPEN_ROUTES.sort())
    const bearer = routes.filter(({ access }) => access === 'bearer')
    expect(bearer.map(({ path }) => path)).toEqual(['/credential'])
  })

  const guarded = routes.flatMap(({ method, path, access }) =>
    typeof access === 'string' ? [] : [[method, path, access] as const],
  )

  test.each(guarded)('to %s %s needs the token of the right role', async (method, path, roles) => {
    const url = path.replace(/:[a-z]+/g, 'person-1')
    const call = async (token?: string): Promise<number> =>
      (await service.send(method.toUpperCase(), url, token === undefined ? {} : { token })).status
    expect(await call()).toBe(401)
    expect(await call('zct_wrong')).toBe(401)
    for (const [role, token] of Object.entries(TOKENS)) {
      const isRight = roles.includes(role)
      if (isRight) expect([401, 403]).not.toContain(await call(token))
      else expect(await call(token)).toBe(403)
    }
  })

  test('is described for programs and for people', async () => {
    const { json } = await service.send('GET', '/openapi.json')
    expect(json.openapi).toBe('3.1.0')
    expect(json.paths['/v1/people/{configuration}']!.post.requestBody).toHaveProperty([
      'content',
      'text/csv',
    ])
    expect((await service.send('GET', '/docs')).text).toContain('/v1/revocations')
  })
})

describe('a service starts', () => {
  const start = (options: TestServiceOptions) =>
    verdictOf(async () => (await startTestService(options)).close())
  const production = { ZEROCARD_ENV: 'production', ZEROCARD_KEY_PASSPHRASE: PASSPHRASE }
  const { publicSignals } = keys.enrolment.key
  const sound = syntheticCeremony({
    circuit: 'enrolment',
    publicSignals,
    seed: 1,
    secrets: [3n, 5n, 7n],
  })

  test.each<[string, string, TestServiceOptions]>([
    ['without a passphrase', 'CONFIG_INVALID', { environment: {} }],
    [
      'with an unknown role',
      'CONFIG_INVALID',
      { config: { tokens: [{ name: 'a', roles: ['king'], sha256: '0'.repeat(64) }] } },
    ],
    ['with an unknown member', 'CONFIG_INVALID', { config: { displayname: 'x' } }],
    ['without schemas', 'CONFIG_INVALID', { config: { schemas: [] } }],
    ['with a schema that is not there', 'CONFIG_INVALID', { config: { schemas: ['none.json'] } }],
    [
      'with a schema twice',
      'CONFIG_INVALID',
      { config: { schemas: ['person-1.json', 'person-1.json'] } },
    ],
    [
      'with documents that end too early',
      'CONFIG_INVALID',
      { config: { publishEvery: '2h', validFor: '2h' } },
    ],
    ['with a wallet that is none', 'CONFIG_INVALID', { config: { walletLink: 'javascript:x' } }],
    [
      'with a witness without a key',
      'CONFIG_INVALID',
      { config: { witness: { origin: 'https://witness.example' } } },
    ],
    [
      'in production without https',
      'CONFIG_INVALID',
      { environment: production, config: { baseUrl: 'http://registry.example' } },
    ],
    [
      'in production without tokens',
      'CONFIG_INVALID',
      { environment: production, config: { tokens: [] } },
    ],
    ['in production with a development key', 'KEY_FORGEABLE', { environment: production }],
    [
      'in production with a key without a transcript',
      'KEY_FORGEABLE',
      { environment: production, enrolment: { key: sound.key } },
    ],
    [
      'in production with a key of the transcript of another',
      'KEY_FORGEABLE',
      {
        environment: production,
        enrolment: { key: keys.enrolment.key, transcript: sound.transcript },
      },
    ],
  ])('never %s (%s)', async (_, code, options) => {
    expect(await start(options)).toBe(code)
  })

  test('in production with an enrolment key whose transcript verifies', async () => {
    expect(await start({ environment: production, enrolment: sound })).toBe('accepted')
  })

  test('again with its own passphrase, name and schemas, and not with others', async () => {
    const folder = newFolder()
    expect(await start({ folder })).toBe('accepted')
    expect(await start({ folder, environment: { ZEROCARD_KEY_PASSPHRASE: 'another' } })).toBe(
      'CONFIG_INVALID',
    )
    expect(await start({ folder, config: { baseUrl: 'https://tax.example' } })).toBe(
      'DATABASE_INVALID',
    )
    expect(await start({ folder, config: { schemas: ['person-1.json'] } })).toBe('accepted')
    expect(await start({ folder })).toBe('accepted')
  })

  test('and leads offers to the configured wallet', async () => {
    const times = { publishEvery: '10m', validFor: '20m' }
    const config = { walletLink: 'https://wallet.example/offer', ...times }
    const service = await startTestService({ config })
    expect(service.log.some((line) => /publishEvery|validFor/.test(line))).toBe(false)
    const { id, link } = await offerTo(service, 'P1')
    const uri = encodeURIComponent(`https://registry.example/offers/${id}`)
    expect(link).toBe(`https://wallet.example/offer?credential_offer_uri=${uri}`)
    await service.close()
  })
})

test('neither log nor database give away a code, a token or a nonce, the log nobody at all', async () => {
  const folder = newFolder()
  const config = { log: 'debug', publishEvery: '9m', validFor: '18m' }
  const service = await startTestService({ folder, config })
  expect(service.log.some((line) => line.includes('publishEvery is so short'))).toBe(true)
  expect(service.log.some((line) => line.includes('validFor is so short'))).toBe(true)
  const subject = 'Subject-4711'
  const { id, txCode } = await offerTo(service, subject)
  const code = await codeOf(service, id)
  const wrong = txCode === '000000' ? '000001' : '000000'
  await service.send('POST', '/token', { body: tokenForm(code, wrong) })
  const { json } = await service.send('POST', '/token', { body: tokenForm(code, txCode) })
  const token = json.access_token
  const nonce = await freshNonce(service)
  const [commitment, tag] = [77_123_456_789n, 88_123_456_789n]
  await requestCredential(service, token, { commitment, tag: 1n, proof: 'bad' })
  const issued = await requestCredential(service, token, { commitment, tag, nonce })
  expect(issued.status).toBe(200)
  const { revocationId } = issued.json.credentials[0]!.credential
  await service.send('GET', `/v1/people/${subject}`, { token: TOKENS['registrar']! })
  await service.send('POST', '/v1/revocations', {
    token: TOKENS['revoker']!,
    body: { subject },
  })
  await service.close()

  const database = readdirSync(folder)
    .filter((name) => name.startsWith('state.sqlite'))
    .map((name) => readFileSync(join(folder, name)).toString('latin1'))
    .join()
  // Ids of requests are random hex, in which six digits stand by chance.
  const log = service.log.join().replaceAll(/"requestId":"[0-9a-f-]{36}"/g, '')
  const secrets = [id, code, token, PASSPHRASE, ...Object.values(TOKENS)]
  for (const secret of secrets) {
    expect(database).not.toContain(secret)
    expect(log).not.toContain(secret)
  }
  const personal = [subject, txCode, nonce, ADULT.birthDate, String(commitment), String(tag)]
  for (const text of [...personal, revocationId, 'personId', '127.0.0.1']) {
    expect(log).not.toContain(text)
  }
  // The search would find what is there.
  expect(database).toContain(subject)
  expect(log).toContain('/credential')
})
