import { createHash } from 'node:crypto'
import { connect } from 'node:net'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { artifactPlace, openArtifacts, readManifest } from '../../scripts/zerocard/artifacts.ts'
import { pageHeaders, startWalletServer } from '../../scripts/zerocard/wallet-serve.ts'
import { rangeOf } from '../../scripts/zerocard/wallet-serve-range.ts'
import type { RunningService } from '../../server/http/listen.ts'
import { Terminal } from '../support/cli.ts'
import { verdictOf } from '../support/refusal.ts'
import { readArtifact } from '../support/tools.ts'

// The server of the wallet's page: files, their headers, and nothing else.

const folder = mkdtempSync(join(tmpdir(), 'zerocard-wallet-'))
const web = join(folder, 'web')
const PAGE = `<!doctype html><title>Wallet</title>${'<p>text</p>'.repeat(100)}`
const ZKEY = '/artifacts/eligibility-1/eligibility-1.zkey'
const WASM = '/artifacts/eligibility-1/eligibility-1.wasm'
let server: RunningService

beforeAll(async () => {
  mkdirSync(join(web, 'icons'), { recursive: true })
  writeFileSync(join(folder, 'secret.txt'), 'secret')
  for (const [name, text] of [
    ['index.html', PAGE],
    ['wallet.js', 'void 0'],
    ['service-worker.js', 'void 0'],
    ['manifest.webmanifest', '{}'],
    ['chunk-2ES5RF6J.js', 'void 0'],
    ['icon-maskable.svg', '<svg/>'],
    ['icons/192.svg', '<svg/>'],
    ['wallet.key', 'secret'],
  ] as const) {
    writeFileSync(join(web, name), text)
  }
  const place = artifactPlace()
  const { manifest, manifestBytes } = await openArtifacts(place)
  const served = { web, place, manifest, manifestBytes }
  server = await startWalletServer({ host: 'localhost', port: 0, ...served })
  return () => server.close()
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

interface Got {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** Asks without the kindness of `fetch`, which tidies paths and unpacks bodies. */
function get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Got> {
  const { port } = new URL(server.address)
  return new Promise((resolve, reject) => {
    const asked = request({ host: 'localhost', port, path, method, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const { statusCode: status = 0, headers } = response
        resolve({ status, headers, body: Buffer.concat(chunks) })
      })
    })
    asked.on('error', reject)
    asked.end()
  })
}

describe('what is served', () => {
  test.each([
    ['/', 'text/html; charset=utf-8'],
    ['/index.html', 'text/html; charset=utf-8'],
    ['/wallet.js', 'text/javascript; charset=utf-8'],
    ['/manifest.webmanifest', 'application/manifest+json'],
    ['/icons/192.svg', 'image/svg+xml'],
    ['/artifacts/manifest.json', 'application/json'],
    ['/artifacts/eligibility-3/eligibility-3.vkey.json', 'application/json'],
    [WASM, 'application/wasm'],
  ])('%s as %s', async (path, type) => {
    const { status, headers } = await get(path)
    expect([status, headers['content-type']]).toEqual([200, type])
  })

  test('every file of a proof is the one that the manifest names', async () => {
    const { circuits } = readManifest(artifactPlace())
    const { body } = await get(ZKEY)
    const sha256 = createHash('sha256').update(body).digest('hex')
    expect(sha256).toBe(circuits['eligibility-1']?.files.zkey.sha256)
  })

  test.each([
    '/nothing',
    '/wallet.key',
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/icons/../../secret.txt',
    '/icons/..%2f..%2fsecret.txt',
    '/artifacts/eligibility-1/eligibility-1.r1cs',
    '/artifacts/../package.json',
    '/icons',
    '/icons/',
    '//wallet.js',
    '/wallet.js/',
    '/wallet%2ejs',
    '/__proto__',
    '/constructor',
  ])('%s is not there, in one line', async (path) => {
    const { status, headers, body } = await get(path)
    expect(status).toBe(404)
    expect(body.toString()).toMatch(/^[^\n]+\n$/)
    expect(headers['content-security-policy']).toContain("default-src 'none'")
  })

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])(
    'nothing is done by %s',
    async (method) => {
      const { status, headers } = await get('/', {}, method)
      expect([status, headers.allow]).toEqual([405, 'GET, HEAD'])
    },
  )

  test('HEAD says what GET would, without the content', async () => {
    for (const path of ['/', ZKEY, '/nothing']) {
      const [whole, head] = [await get(path), await get(path, {}, 'HEAD')]
      const named = (['content-type', 'content-length', 'etag', 'cache-control'] as const).map(
        (name) => head.headers[name],
      )
      expect([head.status, head.body.length]).toEqual([whole.status, 0])
      expect(named).toEqual([
        whole.headers['content-type'],
        whole.headers['content-length'],
        whole.headers.etag,
        whole.headers['cache-control'],
      ])
    }
  })

  test('no request sets a cookie, and garbage does not end the server', async () => {
    expect((await get('/')).headers['set-cookie']).toBeUndefined()
    const { port } = new URL(server.address)
    await new Promise((resolve) => {
      const socket = connect(Number(port), 'localhost')
      socket.on('close', resolve).on('error', () => undefined)
      socket.end('GET / HTTP/9.9\r\n\0\r\n\r\n')
      socket.resume()
    })
    expect((await get('/')).status).toBe(200)
  })
})

describe('headers', () => {
  test('the page may run its own files and speak to services, and nothing else', async () => {
    const { headers } = await get('/')
    expect(headers['content-security-policy']).toBe(
      "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' https: http://localhost:*; worker-src 'self'; style-src 'self'; img-src 'self' data: blob:; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    )
    expect(headers).toMatchObject({
      'cross-origin-opener-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    })
    expect(headers['permissions-policy']).toContain('camera=(self)')
    expect(headers['permissions-policy']).toContain('microphone=()')
  })

  test('services without https are for a wallet on this machine only', () => {
    const policyOf = (host: string): string => pageHeaders(host)['content-security-policy'] ?? ''
    for (const host of ['localhost', '127.0.0.1', '::1']) {
      expect(policyOf(host)).toContain('http://localhost:*')
    }
    for (const host of ['0.0.0.0', '::', '192.168.1.2', 'wallet.example']) {
      expect(policyOf(host)).not.toContain('http:')
    }
  })

  test('what has its content in its address is kept, everything else is asked for again', async () => {
    const { circuits } = readManifest(artifactPlace())
    const sha256 = circuits['eligibility-1']?.files.zkey.sha256 ?? ''
    const ageOf = async (path: string): Promise<unknown> =>
      (await get(path, { range: 'bytes=0-0' })).headers['cache-control']
    const lasting = 'public, max-age=31536000, immutable'
    expect(await ageOf('/chunk-2ES5RF6J.js')).toBe(lasting)
    expect(await ageOf(`${ZKEY}?sha256=${sha256}`)).toBe(lasting)
    for (const path of ['/', '/wallet.js', '/service-worker.js', '/icon-maskable.svg', ZKEY]) {
      expect(await ageOf(path)).toBe('no-cache')
    }
    expect(await ageOf(`${ZKEY}?sha256=${'0'.repeat(64)}`)).toBe('no-cache')
  })

  test('who has a file already gets no second one', async () => {
    const { headers } = await get('/')
    const etag = headers.etag ?? ''
    for (const known of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
      const again = await get('/', { 'if-none-match': known })
      expect([again.status, again.body.length, again.headers.etag]).toEqual([304, 0, etag])
    }
    expect((await get('/', { 'if-none-match': '"x"' })).status).toBe(200)
  })
})

describe('packed files', () => {
  test('are sent to who can unpack them, each with a tag of its own', async () => {
    const plain = await get('/')
    const br = await get('/', { 'accept-encoding': 'gzip, deflate, br' })
    const gzip = await get('/', { 'accept-encoding': 'gzip' })
    expect(plain.body.toString()).toBe(PAGE)
    expect(brotliDecompressSync(br.body).toString()).toBe(PAGE)
    expect(gunzipSync(gzip.body).toString()).toBe(PAGE)
    const all = [plain, br, gzip]
    expect(all.map(({ headers }) => headers['content-encoding'])).toEqual([undefined, 'br', 'gzip'])
    expect(new Set(all.map(({ headers }) => headers.etag)).size).toBe(3)
    expect(all.every(({ headers }) => headers.vary === 'accept-encoding')).toBe(true)
    expect(br.body.length).toBeLessThan(plain.body.length)
  })

  test('are not forced on anybody', async () => {
    for (const accepted of ['identity', 'br;q=0, gzip;q=0.0', '*;q=0', 'zstd']) {
      const { headers } = await get('/', { 'accept-encoding': accepted })
      expect(headers['content-encoding']).toBeUndefined()
    }
  })

  test('the key is sent as it is, since it does not get smaller', async () => {
    const { headers } = await get(ZKEY, { 'accept-encoding': 'br', range: 'bytes=0-9' })
    expect([headers['content-encoding'], headers.vary]).toEqual([undefined, undefined])
  })
})

describe('parts of a file', () => {
  const whole = readArtifact('eligibility-1', 'zkey')

  test('continue what was there before', async () => {
    const { headers } = await get(ZKEY, { range: 'bytes=0-99' })
    const rest = await get(ZKEY, { range: 'bytes=100-', 'if-range': headers.etag ?? '' })
    expect(rest.status).toBe(206)
    expect(rest.headers['content-range']).toBe(`bytes 100-${whole.length - 1}/${whole.length}`)
    expect(rest.body.equals(whole.subarray(100))).toBe(true)
  })

  test('of another content are not mixed in: the whole comes instead', async () => {
    for (const condition of ['"another"', 'W/"weak"', 'Sun, 22 Nov 2026 00:00:00 GMT']) {
      const { status, body } = await get('/', { range: 'bytes=5-9', 'if-range': condition })
      expect([status, body.toString()]).toEqual([200, PAGE])
    }
  })

  test('are parts of the plain file, whatever else the asker accepts', async () => {
    const { status, headers, body } = await get('/', {
      range: 'bytes=2-8',
      'accept-encoding': 'br',
    })
    expect([status, headers['content-encoding'], body.toString()]).toEqual([
      206,
      undefined,
      PAGE.slice(2, 9),
    ])
  })

  test('that are not there are refused with the size', async () => {
    const { status, headers } = await get('/', { range: `bytes=${PAGE.length}-` })
    expect([status, headers['content-range']]).toEqual([416, `bytes */${PAGE.length}`])
  })

  test.each([
    ['bytes=0-0', { first: 0, last: 0 }],
    ['bytes=90-', { first: 90, last: 99 }],
    ['bytes=90-1000', { first: 90, last: 99 }],
    ['bytes=-10', { first: 90, last: 99 }],
    ['bytes=-1000', { first: 0, last: 99 }],
    ['bytes=100-', 'none'],
    ['bytes=-0', 'none'],
    ['bytes=5-4', undefined],
    ['bytes=-', undefined],
    ['bytes=0-1,3-4', undefined],
    ['items=0-1', undefined],
    ['bytes=0x1-2', undefined],
    ['bytes=1e1-', undefined],
    [undefined, undefined],
  ])('%s of 100 bytes is %j', (header, expected) => {
    expect(rangeOf(header, 100)).toEqual(expected)
  })
})

describe('the command', () => {
  const terminal = new Terminal()
  afterAll(() => terminal.remove())

  test.each(['localhost', 'localhost:99999', ':80', 'a b:80'])(
    'refuses --listen %s',
    async (listen) => {
      const { code, stderr } = await terminal.run(['wallet', 'serve', '--listen', listen])
      expect([code, stderr]).toEqual([2, expect.stringContaining('USAGE')])
    },
  )

  test('serves no forgeable keys in production', async () => {
    const { code, stderr } = await terminal.run(['wallet', 'serve', '--listen', 'localhost:0'], {
      ZEROCARD_ENV: 'production',
    })
    expect([code, stderr]).toEqual([1, expect.stringContaining('KEY_FORGEABLE')])
  })
})

describe('witnesses', () => {
  const terminal = new Terminal()
  afterAll(() => terminal.remove())

  const options = () => ({
    ...{ host: 'localhost', port: 0, place: artifactPlace() },
    manifest: readManifest(artifactPlace()),
    manifestBytes: readFileSync(artifactPlace().manifest),
    witnesses: ['https://trust.example', 'http://localhost:4183'],
  })

  test('are named in the page, and the list of files names that page', async () => {
    const built = join(folder, 'built')
    mkdirSync(built)
    writeFileSync(join(built, 'index.html'), '<meta name="zerocard-witnesses" content="" />')
    const other = { bytes: 1, integrity: 'sha384-x', sha256: 'x' }
    const list = { files: { 'index.html': other, 'wallet.js': other } }
    writeFileSync(join(built, 'web-manifest.json'), JSON.stringify(list))
    const named = await startWalletServer({ ...options(), web: built })
    try {
      const page = await (await fetch(named.address)).text()
      expect(page).toBe(
        '<meta name="zerocard-witnesses" content="https://trust.example http://localhost:4183" />',
      )
      const hash = createHash('sha384').update(page).digest('base64')
      const { files } = (await (await fetch(`${named.address}/web-manifest.json`)).json()) as {
        files: object
      }
      expect(files).toMatchObject({
        'index.html': { bytes: page.length, integrity: `sha384-${hash}` },
        'wallet.js': other,
      })
    } finally {
      await named.close()
    }
  })

  test('are not left out of a page that has no place for them', async () => {
    const started = startWalletServer({ ...options(), web })
    expect(await verdictOf(() => started)).toBe('CONFIG_INVALID')
  })

  test.each(['trust.example', 'https://trust.example/', 'http://trust.example', 'x" onload="'])(
    '%s is no name of one',
    async (name) => {
      const listen = ['--listen', 'localhost:0']
      const { code, stderr } = await terminal.run([
        ...['wallet', 'serve', ...listen, '--witness', name],
      ])
      expect([code, stderr]).toEqual([2, expect.stringContaining('--witness')])
    },
  )
})
