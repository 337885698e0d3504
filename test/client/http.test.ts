import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'
import { createWalletHttp, requestJson } from '../../client/http.ts'
import type { Fetch, WalletHttpOptions } from '../../client/http.ts'
import { ERROR_CODES } from '../../core/errors.ts'
import { verdictOf } from '../support/refusal.ts'

const servers: Server[] = []

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

/** A service on this machine that answers as told; the address of its only page. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/page`
}

function walletHttp(options: Partial<WalletHttpOptions> = {}) {
  return createWalletHttp({ fetch, allowLoopback: true, ...options })
}

async function verdict(url: string, options: Partial<WalletHttpOptions> = {}) {
  const request = { url, types: ['application/json'], maxBytes: 1000 } as const
  return verdictOf(() => walletHttp(options).request(request))
}

function answering(status: number, type: string, body: string | Buffer): RequestListener {
  return (_, response) => {
    response.writeHead(status, type === '' ? {} : { 'content-type': type })
    response.end(body)
  }
}

describe('an answer is taken', () => {
  test('with the type that was asked for', async () => {
    const url = await serve(answering(200, 'application/json; charset=utf-8', '{"a":1}'))
    expect(await requestJson(walletHttp(), { url })).toEqual({ a: 1 })
  })

  test('if it is as long as allowed', async () => {
    const url = await serve(answering(200, 'application/json', 'x'.repeat(1000)))
    expect(await verdict(url)).toBe('accepted')
  })
})

describe('an answer is refused', () => {
  test('with another type, another character set or none', async () => {
    for (const type of ['text/html', 'application/json; charset=utf-16', 'application/jsonp', '']) {
      expect(await verdict(await serve(answering(200, type, '{}')))).toBe('FETCH_FAILED')
    }
  })

  test('if it is too long, whatever its headers say', async () => {
    const long = 'x'.repeat(1001)
    expect(await verdict(await serve(answering(200, 'application/json', long)))).toBe(
      'FETCH_FAILED',
    )
    const url = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
      response.end(gzipSync('x'.repeat(100_000)))
    })
    expect(await verdict(url)).toBe('FETCH_FAILED')
  })

  test('if it leads elsewhere', async () => {
    const target = await serve(answering(200, 'application/json', '{}'))
    for (const status of [301, 302, 303, 307, 308]) {
      const url = await serve((_, response) => {
        response.writeHead(status, { location: target }).end()
      })
      expect(await verdict(url)).toBe('FETCH_FAILED')
    }
  })

  test('if it was led elsewhere by a fetch that does not obey', async () => {
    const disobedient: Fetch = async (url, init) => fetch(url, { ...init, redirect: 'follow' })
    const target = await serve(answering(200, 'application/json', '{}'))
    const url = await serve((_, response) => {
      response.writeHead(302, { location: target }).end()
    })
    expect(await verdict(url, { fetch: disobedient })).toBe('FETCH_FAILED')
  })

  test('if it does not begin, or does not end, in time', async () => {
    const silent = await serve(() => undefined)
    const endless = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write('{')
    })
    for (const url of [silent, endless]) {
      expect(await verdict(url, { timeoutSeconds: 0.2 })).toBe('FETCH_FAILED')
    }
  })

  test('if nobody is there, or it is not UTF-8, or not JSON', async () => {
    const url = await serve(answering(200, 'application/json', Buffer.of(0x22, 0xff, 0x22)))
    expect(await verdict(url)).toBe('ENCODING_INVALID')
    expect(await verdict('http://127.0.0.1:1/')).toBe('FETCH_FAILED')
    const text = await serve(answering(200, 'application/json', 'no'))
    expect(await verdictOf(() => requestJson(walletHttp(), { url: text }))).toBe('FETCH_FAILED')
  })
})

describe('an address is refused', () => {
  const never: Fetch = () => Promise.reject(new TypeError('must not be called'))

  test('without https, except on this machine if that is allowed', async () => {
    for (const url of [
      'http://shop.example/',
      'http://127.0.0.1.shop.example/',
      'http://localhost.shop.example/',
      'http://192.168.0.1/',
      'ftp://shop.example/',
      'data:application/json,{}',
      'file:///etc/passwd',
      'shop.example',
    ]) {
      expect(await verdict(url, { fetch: never })).toBe('ADDRESS_REFUSED')
    }
    for (const url of ['http://localhost:3000/', 'http://127.0.0.1/', 'http://[::1]/']) {
      expect(await verdict(url, { fetch: never, allowLoopback: false })).toBe('ADDRESS_REFUSED')
      expect(walletHttp().address(url).href).toBe(url)
    }
  })

  test('with a name and a password', async () => {
    expect(await verdict('https://a:b@shop.example/', { fetch: never })).toBe('ADDRESS_REFUSED')
    expect(await verdict('https://shop.example@evil.example/', { fetch: never })).toBe(
      'ADDRESS_REFUSED',
    )
  })
})

describe('what a service refuses', () => {
  test('keeps its code if that is one of the list', async () => {
    const problem = JSON.stringify({ status: 409, code: 'PSEUDONYM_USED', detail: 'used' })
    const url = await serve(answering(409, 'application/problem+json', problem))
    expect(await verdict(url)).toBe('PSEUDONYM_USED')
    const oauth = JSON.stringify({ error: 'invalid_grant', code: 'OFFER_INVALID' })
    expect(await verdict(await serve(answering(400, 'application/json', oauth)))).toBe(
      'OFFER_INVALID',
    )
  })

  test('without a known code is a wrong request, or no answer at all', async () => {
    for (const code of ['NO_SUCH_CODE', '__proto__', 7, undefined]) {
      const oauth = JSON.stringify({ error: 'invalid_request', code })
      expect(await verdict(await serve(answering(400, 'application/json', oauth)))).toBe(
        'INPUT_INVALID',
      )
      expect(await verdict(await serve(answering(500, 'application/json', oauth)))).toBe(
        'FETCH_FAILED',
      )
    }
    for (const [type, body] of [
      ['text/html', '<p>Gone</p>'],
      ['application/json', '[]'],
      ['application/json', 'x'],
      ['application/json', `"${'x'.repeat(20_000)}"`],
    ] as const) {
      expect(await verdict(await serve(answering(404, type, body)))).toBe('FETCH_FAILED')
    }
  })

  test('says nothing of the wallet itself, of which no service knows', async () => {
    for (const code of ['LOCKED', 'STORAGE_FAILED', 'ABORTED', 'UNLOCK_FAILED', 'PROVING_FAILED']) {
      const oauth = JSON.stringify({ error: 'invalid_request', code })
      expect(await verdict(await serve(answering(400, 'application/json', oauth)))).toBe(
        'INPUT_INVALID',
      )
      const problem = JSON.stringify({ status: 400, code })
      expect(await verdict(await serve(answering(400, 'application/problem+json', problem)))).toBe(
        'FETCH_FAILED',
      )
    }
  })

  test('is said in our words, not in its own', async () => {
    const detail = 'Call 0900 123 now'
    const problem = JSON.stringify({ code: 'NOT_FOUND', detail, title: detail })
    const url = await serve(answering(404, 'application/problem+json', problem))
    const error: unknown = await walletHttp()
      .request({ url, types: ['application/json'] })
      .catch((thrown: unknown) => thrown)
    // The message names the origin, with a port that may have any four digits.
    expect(String(error)).not.toContain('0900 123')
  })

  test('can be any code of the list, and each is there once', () => {
    expect(new Set(ERROR_CODES).size).toBe(ERROR_CODES.length)
  })
})

describe('a request', () => {
  test('says nothing of where it comes from and who asks', async () => {
    const seen: (readonly [string, RequestInit])[] = []
    const spy: Fetch = (url, init) => {
      seen.push([url, init])
      return Promise.resolve(Response.json({}))
    }
    const http = walletHttp({ fetch: spy })
    await requestJson(http, { url: 'https://shop.example/a' })
    await requestJson(http, { url: 'https://shop.example/b', body: 'x', cache: 'default' })
    for (const [, init] of seen) {
      expect(init).toMatchObject({
        redirect: 'error',
        credentials: 'omit',
        referrerPolicy: 'no-referrer',
        headers: { accept: 'application/json', 'accept-language': '*' },
      })
    }
    expect(seen.map(([, { method, cache }]) => [method, cache])).toEqual([
      ['GET', 'no-store'],
      ['POST', 'default'],
    ])
  })
})
