import { request } from 'node:http'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as z from '../../../core/zod.ts'
import { ZerocardError } from '../../../core/errors.ts'
import { hashToken } from '../../../server/http/access.ts'
import { DEFAULT_LIMITS } from '../../../server/http/limits.ts'
import { listen } from '../../../server/http/listen.ts'
import type { RunningService } from '../../../server/http/listen.ts'
import { createLogger } from '../../../server/http/log.ts'
import { Metrics } from '../../../server/http/metrics.ts'
import { OauthError } from '../../../server/http/oauth-error.ts'
import { openApiOf } from '../../../server/http/openapi.ts'
import { operationRoutes } from '../../../server/http/operation.ts'
import { route } from '../../../server/http/route.ts'
import type { Route } from '../../../server/http/route.ts'
import { createService } from '../../../server/http/service.ts'
import type { ServiceOptions } from '../../../server/http/service.ts'

const TOKEN = 'zct_right'
const OTHER = 'zct_other'
const answers = { 200: { description: 'Done' } }
const bodies: unknown[] = []

/** What ends each slow call that has begun. */
const releases: (() => void)[] = []

async function answerWhenReleased(): Promise<{ json: object }> {
  await new Promise<void>((resolve) => releases.push(resolve))
  return { json: { done: true } }
}

/** Waits until so many slow calls have begun. */
async function slowCalls(count: number): Promise<void> {
  await expect.poll(() => releases.length).toBe(count)
}

function release(): void {
  for (const resolve of releases.splice(0)) resolve()
}

const ROUTES: readonly Route[] = [
  route({
    method: 'post',
    path: '/echo/:id',
    access: 'anyone',
    summary: 'Says what it was told',
    shapes: {
      params: z.strictObject({ id: z.string().check(z.maxLength(10)) }),
      query: z.strictObject({ loud: z.optional(z.string()) }),
      body: z.strictObject({ word: z.string(), list: z.optional(z.array(z.unknown())) }),
    },
    bodyType: 'json',
    isCrossOrigin: true,
    answers,
    handle: ({ params, query, body }) => {
      bodies.push(body)
      return { json: { ...params, ...query, ...body } }
    },
  }),
  route({
    method: 'post',
    path: '/form',
    access: 'anyone',
    summary: 'Takes a form',
    shapes: { body: z.looseObject({ grant: z.string() }) },
    bodyType: 'form',
    errors: 'oauth',
    answers,
    handle: ({ body }) => {
      if (body.grant === 'bad') {
        throw new OauthError('invalid_grant', new ZerocardError('INPUT_INVALID', 'a "bad" grant'))
      }
      return { json: body }
    },
  }),
  route({
    method: 'get',
    path: '/secret',
    access: ['keeper'],
    summary: 'For keepers',
    shapes: {},
    answers,
    handle: ({ caller }) => ({ json: { name: caller?.name } }),
  }),
  route({
    method: 'get',
    path: '/slow-secret',
    access: ['keeper'],
    summary: 'For patient keepers',
    shapes: {},
    answers,
    handle: answerWhenReleased,
  }),
  route({
    method: 'get',
    path: '/own',
    access: 'bearer',
    summary: 'For whoever has something',
    shapes: {},
    answers,
    handle: ({ bearer }) => ({ json: { bearer } }),
  }),
  route({
    method: 'get',
    path: '/broken',
    access: 'anyone',
    summary: 'Has a bug',
    shapes: {},
    answers,
    handle: () => {
      throw new Error('inner-detail of the bug')
    },
  }),
  route({
    method: 'get',
    path: '/full',
    access: 'anyone',
    summary: 'Has too much to do',
    shapes: {},
    answers,
    handle: () => Promise.reject(new ZerocardError('OVERLOADED', 'come back later')),
  }),
  route({
    method: 'get',
    path: '/slow',
    access: 'anyone',
    summary: 'Takes its time',
    shapes: {},
    answers,
    handle: answerWhenReleased,
  }),
]

const lines: string[] = []
let isEnding = false
let isReady = true
let service: RunningService

function start(changes: Partial<ServiceOptions> = {}, patience?: number): Promise<RunningService> {
  const metrics = new Metrics()
  const health = {
    ready: () =>
      isReady ? Promise.resolve() : Promise.reject(new ZerocardError('UNAVAILABLE', 'not yet')),
    isEnding: () => isEnding,
  }
  const app = createService({
    routes: [...ROUTES, ...operationRoutes(health, metrics)],
    tokens: [
      { name: 'right', roles: ['keeper'], sha256: hashToken(TOKEN) },
      { name: 'other', roles: ['cook'], sha256: hashToken(OTHER) },
    ],
    logger: createLogger('test', 'info', { write: (line) => void lines.push(line) }),
    metrics,
    limits: { requestsPerMinute: 0, failuresPerMinute: 0 },
    trustProxy: false,
    isHttps: false,
    ...changes,
  })
  const address = { host: '127.0.0.1', port: 0, ...(patience === undefined ? {} : { patience }) }
  return listen(
    app,
    address,
    () => undefined,
    () => Promise.resolve(),
  )
}

beforeAll(async () => {
  service = await start()
})
afterAll(() => service.close())

const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(service.address + path, { headers })

const post = (
  path: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<Response> =>
  fetch(service.address + path, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  })

async function refusalOf(answer: Promise<Response>): Promise<[number, unknown]> {
  const response = await answer
  const { code } = (await response.json()) as { code: unknown }
  return [response.status, code]
}

describe('a request', () => {
  test('reaches its handler with what the shapes let through', async () => {
    const response = await post('/echo/a?loud=yes', '{"word":"hello"}')
    expect([response.status, await response.json()]).toEqual([
      200,
      { id: 'a', loud: 'yes', word: 'hello' },
    ])
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  })

  const deep = `{"word":"a","list":${'['.repeat(40)}${']'.repeat(40)}}`
  test.each([
    ['an unknown member', '{"word":"a","more":1}', 400, 'INPUT_INVALID'],
    ['a missing member', '{}', 400, 'INPUT_INVALID'],
    ['another type', '{"word":1}', 400, 'INPUT_INVALID'],
    ['a member twice', '{"word":"a","word":"b"}', 400, 'INPUT_INVALID'],
    ['a member twice, once escaped', '{"word":"a","\\u0077ord":"b"}', 400, 'INPUT_INVALID'],
    ['a member twice further down', '{"word":"a","list":[{"x":1,"x":2}]}', 400, 'INPUT_INVALID'],
    ['__proto__', '{"word":"a","__proto__":{"x":1}}', 400, 'INPUT_INVALID'],
    ['constructor', '{"word":"a","constructor":{"x":1}}', 400, 'INPUT_INVALID'],
    ['deep nesting', deep, 400, 'INPUT_INVALID'],
    ['100,000 levels', '['.repeat(16_000), 400, 'INPUT_INVALID'],
    ['no JSON', '{"word":', 400, 'INPUT_INVALID'],
    ['nothing', '', 400, 'INPUT_INVALID'],
    ['NUL bytes', '\0\0\0', 400, 'INPUT_INVALID'],
    ['an array', '["word"]', 400, 'INPUT_INVALID'],
    [
      '16 KiB and one byte',
      JSON.stringify({ word: 'a'.repeat(16_384 - 10) }),
      413,
      'INPUT_TOO_LARGE',
    ],
    ['10 MiB', `{"word":"${'a'.repeat(10 * 2 ** 20)}"}`, 413, 'INPUT_TOO_LARGE'],
  ])('with %s is refused before the handler', async (_, body, status, code) => {
    bodies.length = 0
    expect(await refusalOf(post('/echo/a', body))).toEqual([status, code])
    expect(bodies).toEqual([])
  })

  test('of exactly 16 KiB is read', async () => {
    const body = JSON.stringify({ word: 'a'.repeat(16_384 - 11) })
    expect(body).toHaveLength(16_384)
    expect((await post('/echo/a', body)).status).toBe(200)
  })

  test.each([
    ['another content type', { 'content-type': 'text/plain' }],
    ['a form where JSON is expected', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['a content type that only begins right', { 'content-type': 'application/jsonp' }],
  ])('with %s is refused', async (_, headers) => {
    expect(await refusalOf(post('/echo/a', '{"word":"a"}', headers))).toEqual([415, 'MEDIA_TYPE'])
  })

  test('that is compressed is refused, however small it is', async () => {
    const bomb = new Uint8Array(gzipSync(`{"word":"${'a'.repeat(5_000_000)}"}`))
    expect(bomb.length).toBeLessThan(16_384)
    const answer = post('/echo/a', bomb, { 'content-encoding': 'gzip' })
    expect(await refusalOf(answer)).toEqual([415, 'MEDIA_TYPE'])
  })

  test('that is no UTF-8 is refused', async () => {
    const bytes = new Uint8Array([...Buffer.from('{"word":"'), 0xc3, 0x28, ...Buffer.from('"}')])
    expect(await refusalOf(post('/echo/a', bytes))).toEqual([400, 'INPUT_INVALID'])
  })

  test('with a query member twice, or an unknown one, is refused', async () => {
    for (const query of ['?loud=a&loud=b', '?quiet=1']) {
      const answer = post(`/echo/a${query}`, '{"word":"a"}')
      expect(await refusalOf(answer)).toEqual([400, 'INPUT_INVALID'])
    }
  })

  test('for a path that is too long, unknown or malformed is refused', async () => {
    expect(await refusalOf(post('/echo/12345678901', '{"word":"a"}'))).toEqual([
      400,
      'INPUT_INVALID',
    ])
    expect(await refusalOf(get('/nowhere'))).toEqual([404, 'NOT_FOUND'])
    expect(await refusalOf(post('/echo/%E0%A4%A', '{"word":"a"}'))).toEqual([400, 'INPUT_INVALID'])
  })

  test('that does not arrive in time is given up', async () => {
    const impatient = await start({}, 200)
    const { port } = new URL(impatient.address)
    const socket = connect(Number(port), '127.0.0.1')
    socket.write('POST /form HTTP/1.1\r\nHost: a\r\nX: ')
    const answer = await new Promise<string>((resolve) => {
      let text = ''
      socket.on('data', (data) => (text += data.toString()))
      socket.once('close', () => {
        resolve(text)
      })
    })
    expect(answer).toMatch(/^HTTP\/1.1 408 /)
    await impatient.close()
  }, 20_000)
})

describe('a form', () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }

  test('is read, and may have more fields than are known where the shape says so', async () => {
    const response = await post('/form', 'grant=a&other=b%20c', form)
    expect(await response.json()).toEqual({ grant: 'a', other: 'b c' })
  })

  test('with a field twice is refused as OAuth does', async () => {
    const response = await post('/form', 'grant=a&grant=b', form)
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { error: 'invalid_request' },
    ])
  })

  test('is refused with the name the specification has for it, in plain ASCII', async () => {
    const response = await post('/form', 'grant=bad', form)
    expect(await response.json()).toEqual({
      error: 'invalid_grant',
      error_description: 'a ?bad? grant',
      code: 'INPUT_INVALID',
    })
  })
})

describe('an operator', () => {
  const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })

  test('with the role is let in', async () => {
    expect(await (await get('/secret', bearer(TOKEN))).json()).toEqual({ name: 'right' })
  })

  test.each([
    ['without a token', {}, 401, 'UNAUTHORIZED'],
    ['with a wrong token', bearer('zct_wrong'), 401, 'UNAUTHORIZED'],
    ['with the hash of the token', bearer(hashToken(TOKEN)), 401, 'UNAUTHORIZED'],
    ['with another scheme', { authorization: `Basic ${TOKEN}` }, 401, 'UNAUTHORIZED'],
    ['with an empty token', { authorization: 'Bearer ' }, 401, 'UNAUTHORIZED'],
    ["with another role's token", bearer(OTHER), 403, 'FORBIDDEN'],
  ])('%s is not', async (_, headers, status, code) => {
    expect(await refusalOf(get('/secret', headers))).toEqual([status, code])
  })

  test('is asked for a token at once, before any body is read', async () => {
    expect(await refusalOf(get('/metrics'))).toEqual([401, 'UNAUTHORIZED'])
    expect((await get('/secret')).headers.get('www-authenticate')).toBe('Bearer')
  })

  test('who guesses is stopped, and with the right token not let in either', async () => {
    const limited = await start({ limits: { ...DEFAULT_LIMITS, failuresPerMinute: 3 } })
    const ask = (token: string): Promise<Response> =>
      fetch(`${limited.address}/secret`, { headers: bearer(token) })
    for (let i = 0; i < 3; i++) expect((await ask(`zct_${String(i)}`)).status).toBe(401)
    expect(await refusalOf(ask('zct_3'))).toEqual([429, 'RATE_LIMITED'])
    expect(await refusalOf(ask(TOKEN))).toEqual([429, 'RATE_LIMITED'])
    expect((await fetch(`${limited.address}/livez`)).status).toBe(200)
    await limited.close()
  })

  test('with the right token is not limited by successes', async () => {
    const limited = await start({ limits: { ...DEFAULT_LIMITS, failuresPerMinute: 3 } })
    for (let i = 0; i < 10; i++) {
      const response = await fetch(`${limited.address}/secret`, { headers: bearer(TOKEN) })
      expect(response.status).toBe(200)
    }
    await limited.close()
  })
})

test('calls that take long are no failures while they last', async () => {
  const limited = await start({ limits: { ...DEFAULT_LIMITS, failuresPerMinute: 3 } })
  const headers = { authorization: `Bearer ${TOKEN}` }
  const slow = Array.from({ length: 5 }, () => fetch(`${limited.address}/slow-secret`, { headers }))
  await slowCalls(5)
  expect((await fetch(`${limited.address}/secret`, { headers })).status).toBe(200)
  release()
  expect((await Promise.all(slow)).map(({ status }) => status)).toEqual(Array(5).fill(200))
  await limited.close()
})

test('requests over the limit are refused until the minute is over', async () => {
  const limited = await start({ limits: { requestsPerMinute: 5, failuresPerMinute: 0 } })
  const statuses: number[] = []
  for (let i = 0; i < 7; i++) statuses.push((await fetch(`${limited.address}/livez`)).status)
  expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429])
  await limited.close()
})

describe('an answer', () => {
  test('to a bug of ours says nothing about it, and the log does', async () => {
    lines.length = 0
    const response = await get('/broken')
    const text = await response.text()
    expect(response.status).toBe(500)
    expect(text).not.toContain('inner-detail')
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    expect(lines.join('')).toContain('inner-detail')
    expect(lines.join('')).toContain(response.headers.get('x-request-id'))
  })

  test('from a service with too much to do says when to come back', async () => {
    const response = await get('/full')
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '2'])
  })

  test('has headers that keep browsers from making something else of it', async () => {
    const { headers } = await get('/own', { authorization: 'Bearer x' })
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(headers.get('x-powered-by')).toBeNull()
    expect(headers.get('access-control-allow-origin')).toBeNull()
    expect(headers.get('strict-transport-security')).toBeNull()
  })

  test('may be read by pages of other origins where the route says so, errors too', async () => {
    const preflight = await fetch(`${service.address}/echo/a`, { method: 'OPTIONS' })
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([
      204,
      '*',
    ])
    expect((await post('/echo/a', '{')).headers.get('access-control-allow-origin')).toBe('*')
    expect((await fetch(`${service.address}/secret`, { method: 'OPTIONS' })).status).not.toBe(204)
  })
})

test('the log names the route and never the path, the query, a token or an address', async () => {
  lines.length = 0
  await post('/echo/hidden?loud=hidden', '{"word":"hidden"}', { authorization: 'Bearer hidden' })
  await get('/hidden')
  const log = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  expect(log.map(({ route: name, status }) => [name, status])).toEqual([
    ['/echo/:id', 200],
    ['none', 404],
  ])
  expect(lines.join('')).not.toMatch(/hidden|127\.0\.0\.1/)
})

describe('a service that ends', () => {
  test('is not ready any more, finishes what is in flight, takes nothing new', async () => {
    const ending = await start()
    const slow = fetch(`${ending.address}/slow`)
    await slowCalls(1)
    const closed = ending.close()
    await expect(fetch(`${ending.address}/livez`)).rejects.toThrow()
    release()
    expect(await (await slow).json()).toEqual({ done: true })
    await closed
    await expect(fetch(`${ending.address}/livez`)).rejects.toThrow()
  })

  test('says so while it does', async () => {
    expect((await get('/readyz')).status).toBe(200)
    isReady = false
    expect(await refusalOf(get('/readyz'))).toEqual([503, 'UNAVAILABLE'])
    isReady = true
    isEnding = true
    expect(await refusalOf(get('/readyz'))).toEqual([503, 'UNAVAILABLE'])
    isEnding = false
    expect((await get('/livez')).status).toBe(200)
  })

  test('whose address is taken says so in one sentence', async () => {
    const { port } = new URL(service.address)
    const second = listen(
      () => undefined,
      { host: '127.0.0.1', port: Number(port) },
      () => undefined,
      () => Promise.resolve(),
    )
    await expect(second).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })
})

test('figures are told to monitors, by route', async () => {
  const monitored = await start({
    tokens: [{ name: 'eye', roles: ['monitor'], sha256: hashToken(TOKEN) }],
  })
  await fetch(`${monitored.address}/echo/secret-path`)
  const response = await fetch(`${monitored.address}/metrics`, {
    headers: { authorization: `Bearer ${TOKEN}` },
  })
  const text = await response.text()
  expect(text).toContain('zerocard_http_request_duration_seconds_count{method="GET",route="none"')
  expect(text).not.toContain('secret-path')
  await monitored.close()
})

test('the description has every route with its shapes and roles', () => {
  const document = openApiOf({ title: 'Test', version: '1', description: '' }, ROUTES)
  const paths = document['paths'] as Record<string, Record<string, Record<string, unknown>>>
  expect(Object.keys(paths)).toEqual([
    '/echo/{id}',
    '/form',
    '/secret',
    '/slow-secret',
    '/own',
    '/broken',
    '/full',
    '/slow',
  ])
  expect(paths['/secret']?.['get']).toMatchObject({
    'x-roles': ['keeper'],
    security: [{ bearer: [] }],
  })
  expect(paths['/echo/{id}']?.['post']).toMatchObject({
    parameters: [
      { name: 'id', in: 'path', required: true },
      { name: 'loud', in: 'query', required: false },
    ],
    requestBody: {
      content: {
        'application/json': { schema: { required: ['word'], additionalProperties: false } },
      },
    },
  })
})

test('a request with headers beyond all measure is refused', async () => {
  const { port } = new URL(service.address)
  const status = await new Promise((resolve, reject) => {
    const asked = request(
      { port: Number(port), host: '127.0.0.1', path: '/livez', headers: { x: 'a'.repeat(20_000) } },
      (response) => {
        response.resume()
        resolve(response.statusCode)
      },
    )
    asked.on('error', reject)
    asked.end()
  })
  expect(status).toBe(431)
})
