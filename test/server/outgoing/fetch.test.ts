import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'
import { createOutgoing } from '../../../server/outgoing/fetch.ts'
import type { OutgoingOptions } from '../../../server/outgoing/fetch.ts'
import { verdictOf } from '../../support/refusal.ts'

const TYPE = 'application/jwt'
const WANTED = { type: TYPE, maxBytes: 100 }

const servers: Server[] = []
afterEach(async () => {
  await Promise.all(
    servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))),
  )
})

async function serve(handle: RequestListener): Promise<string> {
  return listening(createServer(handle))
}

async function listening(server: Server): Promise<string> {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const answer =
  (body: string | Buffer, headers: Record<string, string> = {}, status = 200) =>
  (_request: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(status, { 'content-type': TYPE, ...headers }).end(body)
  }

const near = (options: Partial<OutgoingOptions> = {}) =>
  createOutgoing({ allowPrivate: true, timeout: 5_000, ...options })
const far = (options: Partial<OutgoingOptions> = {}) =>
  createOutgoing({ allowPrivate: false, timeout: 5_000, ...options })

const verdict = (url: string, options: Partial<OutgoingOptions> = {}) =>
  verdictOf(() => near(options).get(url, WANTED))

describe('a fetch', () => {
  test('gets a text of the expected type, with its entity tag', async () => {
    const url = await serve(answer('text', { etag: '"1"' }))
    expect(await near().get(url, WANTED)).toEqual({ text: 'text', etag: '"1"' })
    const parameters = await serve(answer('text', { 'content-type': `${TYPE}; charset=utf-8` }))
    expect(await near().get(parameters, WANTED)).toEqual({ text: 'text', etag: undefined })
  })

  test('asks for no compression and sends no more than it must', async () => {
    let headers: object = {}
    const url = await serve((request, response) => {
      ;({ headers } = request)
      answer('')(request, response)
    })
    await near().get(url, { ...WANTED, etag: '"1"' })
    expect(headers).toEqual({
      accept: TYPE,
      'accept-encoding': 'identity',
      connection: 'close',
      host: url.slice('http://'.length),
      'if-none-match': '"1"',
      'user-agent': 'zerocard',
    })
  })

  test('learns that nothing has changed, only where it asked', async () => {
    const url = await serve((_request, response) => void response.writeHead(304).end())
    expect(await near().get(url, { ...WANTED, etag: '"1"' })).toBe('unchanged')
    expect(await verdict(url)).toBe('FETCH_FAILED')
  })

  test.each([
    ['is an error', answer('', {}, 500)],
    ['has no content', answer('', {}, 204)],
    ['is part of one', answer('', {}, 206)],
    ['has another type', answer('', { 'content-type': 'text/html' })],
    ['has a longer type', answer('', { 'content-type': `${TYPE}+more` })],
    ['has no type', (_: unknown, response: ServerResponse) => void response.end('text')],
    ['is compressed', answer(gzipSync('text'), { 'content-encoding': 'gzip' })],
    ['says that it is compressed', answer('text', { 'content-encoding': 'br' })],
    ['is no UTF-8', answer(Buffer.from([0xff]))],
    ['says that it is too large', answer('x'.repeat(101))],
    [
      'is too large without saying so',
      (_: unknown, response: ServerResponse) => {
        response.writeHead(200, { 'content-type': TYPE })
        response.write('x'.repeat(100))
        setTimeout(() => response.end('x'), 20)
      },
    ],
    [
      'ends before its end',
      (_: unknown, response: ServerResponse) => {
        response.writeHead(200, { 'content-type': TYPE, 'content-length': '50' })
        response.write('x')
        setTimeout(() => response.destroy(), 20)
      },
    ],
    ['ends before it began', (_: unknown, response: ServerResponse) => void response.destroy()],
  ] as const)('fails if the answer %s', async (_, handle) => {
    expect(await verdict(await serve(handle))).toBe('FETCH_FAILED')
  })

  test('takes an answer of exactly the size that is allowed', async () => {
    expect(await verdict(await serve(answer('x'.repeat(100))))).toBe('accepted')
  })

  test.each([301, 302, 303, 307, 308])('does not follow a redirect with %i', async (status) => {
    let visits = 0
    const target = await serve((request, response) => {
      visits++
      answer('text')(request, response)
    })
    expect(await verdict(await serve(answer('', { location: target }, status)))).toBe(
      'FETCH_FAILED',
    )
    expect(visits).toBe(0)
  })

  test('fails if headers or body are too slow', async () => {
    const silent = await serve(() => undefined)
    expect(await verdict(silent, { timeout: 50 })).toBe('FETCH_FAILED')
    const dripping = await serve((_, response) => {
      response.writeHead(200, { 'content-type': TYPE })
      const drip = setInterval(() => response.write('x'), 10)
      response.on('close', () => clearInterval(drip))
    })
    expect(await verdict(dripping, { timeout: 100 })).toBe('FETCH_FAILED')
  })

  test('fails if names resolve, or connections stand, too slowly', async () => {
    const lookup = () => new Promise<never>(() => undefined)
    expect(await verdict('http://slow.example', { lookup, timeout: 50 })).toBe('FETCH_FAILED')
    // It accepts the connection, and says nothing of TLS.
    const mute = await listening(
      createTcpServer((socket) => socket.on('error', () => undefined).resume()),
    )
    const start = performance.now()
    const url = mute.replace('http:', 'https:')
    expect(await verdict(url, { connectTimeout: 50 })).toBe('FETCH_FAILED')
    expect(performance.now() - start).toBeLessThan(3_000)
  })

  test('ends at once when its service does', async () => {
    const ending = new AbortController()
    const silent = await serve(() => ending.abort())
    expect(await verdict(silent, { signal: ending.signal })).toBe('FETCH_FAILED')
    expect(await verdict(silent, { signal: ending.signal })).toBe('FETCH_FAILED')
  })

  test('fails where nobody listens', async () => {
    expect(await verdict('http://127.0.0.1:1')).toBe('FETCH_FAILED')
  })

  test('tells nothing that came from there, and no path', async () => {
    const url = await serve(answer('secret-body', { 'x-a': 'secret-header' }, 500))
    const error: unknown = await near()
      .get(`${url}/secret-path?secret-query`, WANTED)
      .catch((cause: unknown) => cause)
    expect(String(error)).toContain(url)
    expect(String(error)).not.toContain('secret')
    const noHttp = await listening(createTcpServer((socket) => socket.end('secret-body').resume()))
    const other: unknown = await near()
      .get(noHttp, WANTED)
      .catch((cause: unknown) => cause)
    expect(other).toMatchObject({ code: 'FETCH_FAILED' })
    expect((other as Error).cause).toBeUndefined()
    expect(String(other)).not.toContain('secret')
  })
})

describe('an address', () => {
  test.each([
    'https://127.0.0.1',
    'https://localhost',
    'https://2130706433',
    'https://0x7f.1',
    'https://0177.0.0.1',
    'https://127.1',
    'https://10.0.0.1',
    'https://169.254.169.254',
    'https://0.0.0.0',
    'https://[::1]',
    'https://[::]',
    'https://[::ffff:127.0.0.1]',
    'https://[::ffff:7f00:1]',
    'https://[64:ff9b::7f00:1]',
    'https://[2002:7f00:1::]',
    'https://[fe80::1]',
    'http://8.8.8.8',
    'ftp://8.8.8.8',
    'file:///etc/passwd',
    'data:application/jwt,x',
    'https://user@8.8.8.8',
    'https://:word@8.8.8.8',
    'no URL',
  ])('%s is refused', async (url) => {
    expect(await verdictOf(() => far().get(url, WANTED))).toBe('ADDRESS_REFUSED')
    expect(await verdictOf(() => far().post(url, '{}', {}))).toBe('ADDRESS_REFUSED')
  })

  test.each([
    'http://169.254.169.254',
    'http://[::ffff:127.0.0.1]',
    'http://0.0.0.0',
    'http://[::]',
  ])('%s is refused even where private ones are allowed', async (url) =>
    expect(await verdict(url)).toBe('ADDRESS_REFUSED'),
  )

  test('is refused if one of several that a name has is', async () => {
    const lookup = () =>
      Promise.resolve([
        { address: '8.8.8.8', family: 4 },
        { address: '10.0.0.1', family: 4 },
      ])
    const url = 'https://both.example'
    expect(await verdictOf(() => far({ lookup }).get(url, WANTED))).toBe('ADDRESS_REFUSED')
  })

  test('is a failure if a name has none', async () => {
    const url = 'https://none.example'
    const none = { lookup: () => Promise.resolve([]) }
    expect(await verdictOf(() => far(none).get(url, WANTED))).toBe('FETCH_FAILED')
    const unknown = { lookup: () => Promise.reject(new Error('ENOTFOUND')) }
    expect(await verdictOf(() => far(unknown).get(url, WANTED))).toBe('FETCH_FAILED')
  })

  test('is looked up once, and the connection goes to what was checked', async () => {
    const hosts: (string | undefined)[] = []
    const url = await serve((request, response) => {
      hosts.push(request.headers.host)
      answer('text')(request, response)
    })
    const names: string[] = []
    // Whoever asked a second time would be sent elsewhere.
    const lookup = (name: string) => {
      names.push(name)
      return Promise.resolve([{ address: names.length === 1 ? '127.0.0.1' : '0.0.0.0', family: 4 }])
    }
    const { port } = new URL(url)
    const fetched = await near({ lookup }).get(`http://rebinding.example:${port}`, WANTED)
    expect(fetched).toMatchObject({ text: 'text' })
    expect(names).toEqual(['rebinding.example'])
    expect(hosts).toEqual([`rebinding.example:${port}`])
  })
})

describe('a post', () => {
  test('sends a body with its headers and tells the status', async () => {
    let got = ''
    const url = await serve((request, response) => {
      request.setEncoding('utf8').on('data', (text: string) => (got += text))
      request.on('end', () => {
        got += ` ${request.headers['content-type'] ?? ''} ${String(request.headers['x-a'])}`
        response.writeHead(202).end('x'.repeat(1_000))
      })
    })
    expect(await near().post(url, '{"a":"ä"}', { 'x-a': 'b' })).toBe(202)
    expect(got).toBe('{"a":"ä"} application/json b')
  })

  test('does not wait for a body that never ends, nor follow a redirect', async () => {
    const endless = await serve((_, response) => {
      response.writeHead(200)
      const drip = setInterval(() => response.write('x'), 5)
      response.on('close', () => clearInterval(drip))
    })
    expect(await near().post(endless, '{}', {})).toBe(200)
    const redirect = await serve(answer('', { location: endless }, 307))
    expect(await near().post(redirect, '{}', {})).toBe(307)
  })
})
