import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fieldText } from '../../../core/presentation.ts'
import { openTrustList } from '../../../core/trust-list.ts'
import type { PublicJwk } from '../../../core/jws.ts'
import { hashToken } from '../../../server/http/access.ts'
import type { RunningService } from '../../../server/http/listen.ts'
import { startTrustService, trustDatabaseUrl } from '../../../server/trust/index.ts'
import { verdictOf } from '../../support/refusal.ts'
import { NOW } from '../../support/world.ts'
import { StatusServer } from './town.ts'

const BASE = 'https://trust.example'
const TOKEN = 'zct_publisher'
const MONITOR_TOKEN = 'zct_monitor'
const DAY = 86_400

const folder = mkdtempSync(join(tmpdir(), 'zerocard-test-'))
let registry: StatusServer
let service: RunningService
let now = NOW

const writeConfig = (changes: object = {}): string => {
  const path = join(folder, 'trust.json')
  const config = {
    baseUrl: BASE,
    listen: '127.0.0.1:0',
    database: 'sqlite:trust.sqlite',
    log: 'silent',
    displayName: 'Trust office',
    tokens: [
      { name: 'publisher', roles: ['publisher'], sha256: hashToken(TOKEN) },
      { name: 'monitor', roles: ['monitor'], sha256: hashToken(MONITOR_TOKEN) },
    ],
    trust: { registries: { issuers: [registry.entry] } },
    allowPrivateAddresses: true,
    ...changes,
  }
  writeFileSync(path, JSON.stringify(config))
  return path
}

const start = (changes: object = {}, environment = {}) =>
  startTrustService({ configPath: writeConfig(changes), environment, clock: () => now })

beforeAll(async () => {
  registry = await StatusServer.start()
  await registry.publish(1, NOW)
  service = await start()
  return async () => {
    await service.close()
    await registry.close()
  }
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${service.address}${path}`, { headers })

const refresh = (token?: string) =>
  fetch(`${service.address}/v1/refresh`, {
    method: 'POST',
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  })

interface Operator {
  readonly jwk: PublicJwk
  readonly lists: readonly { url: string; root: string; issuers: string[]; missing: string[] }[]
}

const operator = async () => (await (await get('/.well-known/zerocard-trust')).json()) as Operator

describe('a trust service', () => {
  test('refreshes for a publisher and for nobody else', async () => {
    expect((await refresh()).status).toBe(401)
    expect((await refresh('zct_other')).status).toBe(401)
    expect((await refresh(MONITOR_TOKEN)).status).toBe(403)
    const answer = await refresh(TOKEN)
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({ sources: [{ source: registry.origin }] })
    expect((await get('/readyz')).status).toBe(200)
    const figures = await get('/metrics', { authorization: `Bearer ${MONITOR_TOKEN}` })
    expect(await figures.text()).toContain('zerocard_trust_lists_current 1')
  })

  test('tells who keeps which lists with which key, and they open with it', async () => {
    const { jwk, lists } = await operator()
    expect(lists).toMatchObject([
      {
        name: 'registries',
        url: `${BASE}/trust/registries`,
        expiresAt: NOW + DAY,
        issuers: [registry.origin],
        missing: [],
      },
    ])
    const answer = await get('/trust/registries')
    expect(answer.headers.get('content-type')).toMatch(/^application\/jwt/)
    const list = await openTrustList(await answer.text(), { operator: BASE, jwk }, NOW)
    expect(String(list.root)).toBe(lists[0]!.root)
  })

  test('lets every page read its lists and keep them while they are good', async () => {
    const newest = await get('/trust/registries')
    expect(newest.headers.get('access-control-allow-origin')).toBe('*')
    expect(newest.headers.get('cache-control')).toBe('public, max-age=60')
    const etag = newest.headers.get('etag')!
    const again = await get('/trust/registries', { 'if-none-match': `"x", W/${etag}` })
    expect([again.status, await again.text()]).toEqual([304, ''])
    expect((await get('/trust/registries', { 'if-none-match': '"x"' })).status).toBe(200)
    const root = BigInt((await operator()).lists[0]!.root)
    const byRoot = await get(`/trust/registries/${fieldText(root)}`)
    expect(byRoot.headers.get('cache-control')).toContain('immutable')
    expect(await byRoot.text()).toBe(await newest.text())
  })

  test.each([
    ['/trust/others', 404],
    [`/trust/registries/${fieldText(5n)}`, 404],
    ['/trust/registries/5', 400],
    [`/trust/registries/${'_'.repeat(43)}`, 400],
  ])('answers %s with %i', async (path, status) => {
    expect((await get(path)).status).toBe(status)
  })

  test('offers no list that is out of date, and keeps the old one by its root', async () => {
    const root = BigInt((await operator()).lists[0]!.root)
    now = NOW + DAY
    expect((await get('/trust/registries')).status).toBe(503)
    expect((await get('/readyz')).status).toBe(503)
    expect((await operator()).lists).toMatchObject([{ missing: [registry.origin] }])
    expect((await get(`/trust/registries/${fieldText(root)}`)).status).toBe(200)
    await registry.publish(2, now)
    await refresh(TOKEN)
    expect((await get('/trust/registries')).status).toBe(200)
    now = NOW
  })

  test('describes all of its routes', async () => {
    const { paths } = (await (await get('/openapi.json')).json()) as { paths: object }
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining(['/trust/{list}', '/trust/{list}/{root}', '/v1/refresh']),
    )
    expect((await get('/docs')).headers.get('content-type')).toMatch(/^text\/html/)
  })
})

describe('the configuration of a trust service', () => {
  const verdict = (changes: object, environment = {}) =>
    verdictOf(async () =>
      (await start({ database: 'sqlite::memory:', ...changes }, environment)).close(),
    )

  test('is accepted in its usual forms', async () => {
    expect(await verdict({})).toBe('accepted')
    const { jwk } = registry
    const source = { from: 'https://other.example/trust/registries', operator: BASE, jwk }
    expect(await verdict({ trust: { 'https://other.example/x': source } })).toBe('accepted')
  })

  test.each([
    ['no issuer', () => ({ trust: { registries: { issuers: [] } } })],
    ['an issuer twice', () => ({ trust: { r: { issuers: [registry.entry, registry.entry] } } })],
    ['a list name of another form', () => ({ trust: { 'A b': { issuers: [registry.entry] } } })],
    [
      'an issuer that is no origin',
      () => ({ trust: { r: { issuers: [{ ...registry.entry, issuer: 'https://x.example/' }] } } }),
    ],
    [
      'a password in an address',
      () => ({
        trust: { r: { from: 'https://a:b@x.example/', operator: BASE, jwk: registry.jwk } },
      }),
    ],
    [
      'a private key',
      () => ({
        trust: { r: { issuers: [{ ...registry.entry, jwk: { ...registry.jwk, d: 'x' } }] } },
      }),
    ],
    ['plain http without the permission', () => ({ allowPrivateAddresses: false })],
    [
      'a role that is not known',
      () => ({ tokens: [{ name: 'a', roles: ['x'], sha256: '0'.repeat(64) }] }),
    ],
    ['a time without a unit', () => ({ trustOptions: { refreshEvery: '5' } })],
  ])('is refused with %s', async (_, changes) => {
    expect(await verdict(changes())).toBe('CONFIG_INVALID')
  })

  test('is refused in production without https, tokens or a state that lasts', async () => {
    const production = { ZEROCARD_ENV: 'production' }
    const lasting = { database: 'sqlite:production.sqlite' }
    const http = { baseUrl: 'http://trust.example' }
    expect(await verdict(lasting, production)).toBe('accepted')
    expect(await verdict({}, production)).toBe('CONFIG_INVALID')
    expect(await verdict({ ...lasting, tokens: [] }, production)).toBe('CONFIG_INVALID')
    expect(await verdict({ ...lasting, ...http }, production)).toBe('CONFIG_INVALID')
  })

  test('says where lists are kept: in a file beside the service’s own, or in its PostgreSQL', () => {
    const url = (database: string, trustDatabase?: string) =>
      trustDatabaseUrl('/etc/zerocard/v.json', { database, trustDatabase })
    expect(url('sqlite:v.sqlite')).toBe('sqlite:/etc/zerocard/v-trust.sqlite')
    expect(url('sqlite:/data/v')).toBe('sqlite:/data/v-trust')
    expect(url('sqlite:v.sqlite', 'sqlite:t.sqlite')).toBe('sqlite:/etc/zerocard/t.sqlite')
    expect(url('sqlite::memory:')).toBe('sqlite::memory:')
    expect(url('postgres://h/d')).toBe('postgres://h/d')
  })
})
