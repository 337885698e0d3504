import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toBase64url } from '../../core/bytes.ts'
import { generateSigningKey, jwkThumbprint, publicJwk } from '../../core/jws.ts'
import { LOG_TILE, documentHash, forkEvidence } from '../../core/status-log.ts'
import { signWitness } from '../../core/witness-log.ts'
import { Terminal } from '../support/cli.ts'
import { TestLog } from '../support/test-log.ts'
import { PERSON, TestIssuer } from '../support/world.ts'

const terminal = new Terminal()
const pages = new Map<string, string>()
let server: Server
/** The issuer and its witness, at one address here. */
let origin: string
let issuer: TestIssuer

beforeAll(async () => {
  server = createServer((request, response) => {
    const page = pages.get(request.url ?? '')
    const isJwt = page?.startsWith('{') === false
    const type = isJwt ? 'application/jwt' : 'application/json'
    const status = page === undefined ? 404 : 200
    response.writeHead(status, { 'content-type': type }).end(page ?? '{ "code": "NOT_FOUND" }')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
  issuer = await TestIssuer.create(origin, PERSON)
})

afterAll(() => {
  server.close()
  terminal.remove()
})

/** @param seen - Documents that the witness has seen, by their epochs. */
async function serve(newest: string, seen: ReadonlyMap<number, string>): Promise<void> {
  const { privateKey, publicKey } = await generateSigningKey()
  const documents = [...seen].map(([epoch, text]) => ({
    epoch,
    hash: documentHash(text),
    seenAt: 1,
  }))
  const key = toBase64url(await jwkThumbprint(issuer.jwk))
  const said = { witness: origin, issuedAt: 1, issuers: [{ issuer: origin, key, documents }] }
  pages.set('/.well-known/zerocard-issuer', JSON.stringify({ jwk: issuer.jwk }))
  pages.set('/.well-known/zerocard-trust', JSON.stringify({ jwk: await publicJwk(publicKey) }))
  pages.set('/.well-known/zerocard-log', await signWitness(said, privateKey))
  pages.set('/status', newest)
  for (let tile = 0; tile * LOG_TILE < issuer.log.size; tile++) {
    pages.set(`/status/log/${String(tile)}`, JSON.stringify(issuer.log.tile(tile)))
  }
  for (const text of seen.values()) pages.set(`/log/documents/${documentHash(text)}`, text)
}

describe('zerocard log', () => {
  test('shows a log, compares it with a witness, and checks what they find', async () => {
    const now = Math.floor(Date.now() / 1000)
    const told: string[] = []
    for (const epoch of [1, 2, 3]) told.push((await issuer.listing(now, epoch)).status)
    const [, second = '', third = ''] = told
    await serve(
      third,
      new Map([
        [2, second],
        [3, third],
      ]),
    )
    const shown = await terminal.run(['log', 'show', origin, '--json'])
    expect(JSON.parse(shown.stdout)).toMatchObject({ epoch: 3, document: documentHash(third) })
    const same = await terminal.run(['log', 'compare', origin, origin, '--json'])
    expect([same.code, JSON.parse(same.stdout)]).toMatchObject([0, { same: 2, seen: 3 }])
    const other = (await issuer.listing(now + 1, 2)).status
    const unread = (await issuer.listing(now + 1, 3)).status
    await serve(
      third,
      new Map([
        [2, other],
        [3, unread],
      ]),
    )
    // It went by between two looks of the witness.
    pages.delete(`/log/documents/${documentHash(unread)}`)
    const out = terminal.path('evidence.json')
    const found = await terminal.run(['log', 'compare', origin, origin, '--out', out])
    expect([found.code, found.stdout]).toEqual([1, ''])
    expect(found.stderr).toMatch(
      /^zerocard: LOG_FORKED.*two stories.*\n$|^[^\n]*two stories[^\n]*\n$/,
    )
    const checked = await terminal.run(['log', 'check', out])
    expect([checked.code, checked.stdout]).toEqual([0, expect.stringContaining('two stories')])
    const evidence = JSON.parse(readFileSync(out, 'utf8')) as Record<string, unknown>
    const forged = terminal.json('forged.json', { ...evidence, first: evidence['second'] })
    const refused = await terminal.run(['log', 'check', forged])
    expect(refused.code).toBe(1)
    expect(refused.stderr.trim().split('\n')).toHaveLength(1)
  })

  test('compares what a witness has seen however far the issuer has leapt since', async () => {
    const now = Math.floor(Date.now() / 1000)
    issuer.log = new TestLog()
    const seen = (await issuer.listing(now, 2)).status
    issuer.log = new TestLog()
    const newest = (await issuer.listing(now, 4 * LOG_TILE)).status
    await serve(newest, new Map([[2, seen]]))
    const out = terminal.path('leap.json')
    const found = await terminal.run(['log', 'compare', origin, origin, '--out', out])
    expect([found.code, found.stdout]).toEqual([1, ''])
    expect(found.stderr).toContain('LOG_FORKED')
    expect((await terminal.run(['log', 'check', out])).code).toBe(0)
  })

  test('says of documents that it could not compare that nothing was compared', async () => {
    const now = Math.floor(Date.now() / 1000)
    issuer.log = new TestLog()
    const later = (await issuer.listing(now, 9)).status
    issuer.log = new TestLog()
    const shown = (await issuer.listing(now, 3)).status
    await serve(shown, new Map([[9, later]]))
    const { code, stdout, stderr } = await terminal.run(['log', 'compare', origin, origin])
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toContain('nothing was compared')
  })

  test('says whose key it goes by: anybody can sign two stories in the name of an issuer', async () => {
    const stranger = await TestIssuer.create(origin, PERSON)
    const now = Math.floor(Date.now() / 1000)
    const first = (await stranger.listing(now, 1)).status
    const second = (await stranger.listing(now + 1, 1)).status
    const because = { kind: 'same-epoch' } as const
    const evidence = forkEvidence(stranger, { first, second, because })
    const path = terminal.json('slander.json', evidence)
    const key = toBase64url(await jwkThumbprint(stranger.jwk))
    const { stdout } = await terminal.run(['log', 'check', path])
    expect(stdout).toContain(`if ${key} is its key`)
    expect(await terminal.ok(['log', 'check', path])).toMatchObject({ issuer: origin, key })
  })
})
