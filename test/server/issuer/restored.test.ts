import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { generateSigningKey, publicJwk } from '../../../core/jws.ts'
import type { PublicJwk } from '../../../core/jws.ts'
import { documentHash } from '../../../core/status-log.ts'
import { signWitness } from '../../../core/witness-log.ts'
import { keyId } from '../../../server/trust/documents.ts'
import { newFolder } from '../../support/folders.ts'
import { NOW } from '../../support/world.ts'
import { ISSUER, TOKENS, startTestService } from './service-world.ts'
import type { TestService } from './service-world.ts'

// An issuer whose database was put back from a copy that is too old, and the witness that it asks.

let folder: string
let documents: string[]
let server: Server
let origin: string
let keys: CryptoKeyPair
/** Documents that the witness has seen; undefined: it does not answer. */
let seen: string[] | undefined
/** When the witness said so. */
let saidAt: number
let issuerJwk: PublicJwk
let services: TestService[]
let copies = 0

beforeAll(async () => {
  folder = newFolder()
  keys = await generateSigningKey()
  services = []
  documents = await history()
})

beforeEach(async () => {
  seen = undefined
  saidAt = NOW
  services = []
  server = createServer((_, response) => {
    void statement().then((text) => {
      if (text === undefined) return response.destroy()
      return response.writeHead(200, { 'content-type': 'application/jwt' }).end(text)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
})

afterEach(async () => {
  await Promise.all(services.map((service) => service.close()))
  server.closeAllConnections()
  server.close()
})

async function statement(): Promise<string | undefined> {
  if (seen === undefined) return undefined
  const key = await keyId(issuerJwk)
  const documents = seen.map((text, i) => ({
    epoch: i + 1,
    hash: documentHash(text),
    seenAt: NOW,
  }))
  const issuers = documents.length === 0 ? [] : [{ issuer: ISSUER, key, documents }]
  return signWitness({ witness: origin, issuedAt: saidAt, issuers }, keys.privateKey)
}

/** With a database of its own, as one was at the time. */
async function restored(from: 'first' | 'third', isGuarded = true): Promise<TestService> {
  const database = `copy-${String(++copies)}.sqlite`
  copyFileSync(join(folder, `${from}.sqlite`), join(folder, database))
  return start(database, isGuarded)
}

async function start(database: string, isGuarded = true): Promise<TestService> {
  const witness = { origin, jwk: await publicJwk(keys.publicKey) }
  const service = await startTestService({
    folder,
    database: `sqlite:${database}`,
    config: isGuarded ? { witness } : {},
  })
  services.push(service)
  return service
}

const status = async (service: TestService) => (await service.send('GET', '/status')).text
const publish = async (service: TestService) =>
  (await service.send('POST', '/v1/epochs', { token: TOKENS['publisher']! })).status
const isReady = async (service: TestService) =>
  (await service.send('GET', '/readyz')).status === 200

/** Three epochs, with a copy of the database as it was after the first and after the third. */
async function history(): Promise<string[]> {
  const first = await start('first.sqlite', false)
  const { json } = await first.send('GET', '/.well-known/zerocard-issuer')
  issuerJwk = json.jwk
  const published = [await status(first)]
  await first.close()
  copyFileSync(join(folder, 'first.sqlite'), join(folder, 'third.sqlite'))
  const service = await start('third.sqlite', false)
  for (let i = 0; i < 2; i++) {
    expect(await publish(service)).toBe(201)
    published.push(await status(service))
  }
  await service.close()
  return published
}

describe('an issuer with a witness', () => {
  test('publishes nothing from a database that lacks what the witness has seen', async () => {
    seen = documents
    const service = await restored('first')
    expect(await isReady(service)).toBe(false)
    expect([await publish(service), await status(service)]).toEqual([503, documents[0]])
    const rotated = await service.send('POST', '/v1/keys/person-1', {
      token: TOKENS['publisher']!,
    })
    expect(rotated.status).toBe(503)
    const token = TOKENS['publisher']!
    const { keys: before } = (await service.send('GET', '/v1/keys', { token })).json
    const path = `/v1/keys/${before[0]!.id}`
    expect((await service.send('DELETE', path, { token })).status).toBe(503)
    expect((await service.send('GET', '/v1/keys', { token })).json.keys).toEqual(before)
    const lines = service.log.filter((line) => line.includes('has seen epoch 3'))
    expect(lines).toHaveLength(1)
    expect(lines[0]!.trim().split('\n')).toHaveLength(1)
  })

  test('publishes nothing where the database has another document of an epoch', async () => {
    const [first = ''] = documents
    // Another word for an epoch that both have.
    seen = [first, first]
    const service = await restored('third')
    expect([await isReady(service), await publish(service)]).toEqual([false, 503])
  })

  test('goes on from a database that has all, also one that has more', async () => {
    for (const one of [documents, documents.slice(0, 2), []]) {
      seen = one
      const service = await restored('third')
      expect([await isReady(service), await publish(service)]).toEqual([true, 201])
    }
  })

  test('does not take for an answer what the witness has said long ago', async () => {
    // Kept by something in between, from before the second document.
    seen = documents.slice(0, 1)
    saidAt = NOW - 601
    const service = await restored('first')
    expect(await publish(service)).toBe(503)
    saidAt = NOW - 600
    expect(await publish(service)).toBe(201)
  })

  test('waits with the next document until the witness has answered', async () => {
    const service = await restored('third')
    expect([await isReady(service), await publish(service)]).toEqual([true, 503])
    seen = documents
    expect(await publish(service)).toBe(201)
    seen = undefined
    expect(await publish(service)).toBe(201)
  })
})
