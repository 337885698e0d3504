import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { beforeAll, describe, expect, test } from 'vitest'
import { generateSigningKey, publicJwk } from '../../../core/jws.ts'
import { fetchResultKeys } from '../../../server/index.ts'
import { malformed, membersOf } from '../../support/malformed.ts'
import { verdictOf } from '../../support/refusal.ts'

// The keys of a verifier, as a site's server gets them.

const PART = ' '.repeat(65_536)
/** More than the buffers on the way hold. */
const MOST = 64 * 2 ** 20

let answer: RequestListener
let origin: string
let good: { readonly keys: readonly object[] }

beforeAll(async () => {
  const { publicKey } = await generateSigningKey()
  const { kty, crv, x, y } = await publicJwk(publicKey)
  good = { keys: [{ kty, crv, x, y, kid: 'k'.repeat(43) }] }
  const server: Server = createServer((request, response) => answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
  return async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

const says =
  (body: string | Uint8Array, status = 200): RequestListener =>
  (_, response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(body)

const verdict = (): Promise<string> => verdictOf(() => fetchResultKeys(origin))

describe('keys of results', () => {
  test('are read', async () => {
    answer = says(JSON.stringify(good))
    expect(await fetchResultKeys(origin)).toEqual(good.keys)
  })

  test('are refused in a malformed answer, or are the same', async () => {
    let refused = 0
    for (const { kind, bytes } of malformed(good, 1, 400)) {
      answer = says(bytes)
      const keys = await fetchResultKeys(origin).catch((error: unknown) => error)
      if (keys instanceof Error) {
        expect(keys, kind).toMatchObject({ name: 'ZerocardError', code: 'FETCH_FAILED' })
        refused++
      } else {
        expect(keys, kind).toEqual(good.keys)
        expect(membersOf(bytes), kind).toBeDefined()
      }
    }
    expect(refused).toBeGreaterThan(200)
  })

  test('are not waited for in an answer without an end, nor kept in memory', async () => {
    let written = 0
    answer = (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const more = (): void => {
        let hasRoom = true
        while (hasRoom && written < MOST) {
          written += PART.length
          hasRoom = response.write(PART)
        }
      }
      response.on('drain', more)
      more()
    }
    expect(await verdict()).toBe('FETCH_FAILED')
    expect(written).toBeLessThan(MOST)
  })

  test('are not looked for elsewhere, nor taken from a refusal', async () => {
    answer = (_, response) => void response.writeHead(302, { location: `${origin}/x` }).end()
    expect(await verdict()).toBe('FETCH_FAILED')
    answer = says(JSON.stringify(good), 404)
    expect(await verdict()).toBe('FETCH_FAILED')
  })
})
