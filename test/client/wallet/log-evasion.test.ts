import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createWalletHttp } from '../../../client/http.ts'
import { memoryStore } from '../../../client/storage/memory-store.ts'
import { Vault } from '../../../client/storage/vault.ts'
import { Keep } from '../../../client/wallet/keep.ts'
import { followIssuer, noteLists } from '../../../client/wallet/watch.ts'
import type { WatchTools } from '../../../client/wallet/watch.ts'
import { askWitnesses, compareWitness, judgeListed } from '../../../client/wallet/witnesses.ts'
import { utf8 } from '../../../core/bytes.ts'
import { credentialToJson } from '../../../core/credential.ts'
import { EMPTY_LOG, frontierAt, leafHash, logRoot } from '../../../core/log.ts'
import type { LogHash } from '../../../core/log.ts'
import { readOldStatus, signStatus } from '../../../core/status.ts'
import { LOG_TILE, documentHash, tileToJson } from '../../../core/status-log.ts'
import type { SignedTrustList } from '../../../core/trust-list.ts'
import { signWitness } from '../../../core/witness-log.ts'
import type { SeenDocument, WitnessedIssuer } from '../../../core/witness-log.ts'
import { ISSUER, Story, castOf } from '../../../scripts/assure/linking/log-world.ts'
import { verdictOf } from '../../support/refusal.ts'
import { NOW, PERSON } from '../../support/world.ts'
import { json, text } from '../fake-services.ts'

// An issuer that has told a second story and tries to keep the wallet from ever comparing it, and a
// witness that floods.

const WITNESS = 'https://witness.example'
const HOUR = 3_600

let cast: Awaited<ReturnType<typeof castOf>>
let keep: Keep
let tools: WatchTools
let story: Story
let tile: (number: number) => unknown
let said: readonly WitnessedIssuer[]
/** What a witness has at its address. */
let newest: readonly SeenDocument[]
let sent: string[]
let now: number

beforeAll(async () => {
  cast = await castOf()
})

beforeEach(async () => {
  const vault = await Vault.open(memoryStore(), { cost: { N: 2, r: 8, p: 1 } })
  await vault.create('a passphrase', [])
  keep = new Keep(vault)
  story = new Story()
  sent = []
  said = []
  newest = []
  now = NOW
  tile = (number) => story.tile(number)
  const http = createWalletHttp({ fetch: answer })
  tools = { http, clock: () => now, exclusively: (_, work) => work(), witnesses: [] }
  const { held, signer } = cast
  const value = {
    credential: credentialToJson(held.credential),
    blinding: String(held.blinding),
    schema: PERSON,
    receivedAt: NOW,
    origin: { jwk: signer.jwk },
  }
  await keep.write([{ kind: 'credential', id: 'card', value }])
  await publish(5)
  await follow()
})

async function answer(url: string): Promise<Response> {
  sent.push(url)
  const { origin, pathname } = new URL(url)
  if (origin === ISSUER) return json(tile(Number(pathname.split('/').at(-1))))
  if (pathname.endsWith('zerocard-trust')) return json({ jwk: cast.witnessJwk })
  if (pathname === '/log/newest') return json({ documents: newest })
  if (!pathname.endsWith('zerocard-log')) throw new TypeError('nothing is there')
  const statement = { witness: origin, issuedAt: now, issuers: said }
  return text(await signWitness(statement, cast.witnessKey.privateKey), 'application/jwt')
}

async function publish(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await story.publish(cast.signer, now, BigInt(i))
}

const issuer = () => ({ issuer: ISSUER, jwk: cast.signer.jwk })
const follow = (document = story.newest) => followIssuer(keep, tools, issuer(), document)
const forks = () => keep.all('fork').length
const made = (count: number): LogHash[] =>
  Array.from({ length: count }, (_, i) => leafHash(utf8(`made up ${String(i)}`)))

/** A document of another story. */
function forged(epoch: number, log = made(1)[0]!): Promise<string> {
  const keys = [
    { key: cast.signer.key, schema: PERSON.id, schemaHash: 1n, revocationRoot: 5n, revoked: 1 },
  ]
  const times = { issuedAt: now, expiresAt: now + 168 * HOUR }
  return signStatus({ issuer: ISSUER, epoch, ...times, log, keys }, cast.signer.privateKey)
}

/** What is in the way of an answer under a list with this document. */
async function asked(document: string) {
  const listed = { ...issuer(), schemas: [PERSON.id], status: document }
  const statuses = [await readOldStatus(document, listed)]
  const list = { operator: 'https://shop.example', issuers: [listed], statuses }
  const shown = list as unknown as SignedTrustList
  await noteLists(keep, tools, [shown], now)
  return judgeListed(keep, shown, ISSUER, now)
}

describe('a document of a second story', () => {
  test('is not forgotten when the log leaps over many epochs', async () => {
    expect(await asked(await forged(7))).toBeUndefined()
    await publish(2)
    const size = 22 * LOG_TILE
    const leaves = [...story.documents.map(documentHash), ...made(size - story.epoch)]
    const bases = [EMPTY_LOG]
    for (let i = 0; i < 22; i++) {
      const part = leaves.slice(i * LOG_TILE, (i + 1) * LOG_TILE)
      bases.push(frontierAt({ base: bases[i]!, leaves: part }, (i + 1) * LOG_TILE))
    }
    tile = (number) =>
      tileToJson({
        base: bases[number]!,
        leaves: leaves.slice(number * LOG_TILE, (number + 1) * LOG_TILE),
      })
    await follow(await forged(size + 1, logRoot(bases[22]!)))
    expect(forks()).toBe(1)
  })

  test('is not forgotten when the log leaps too far to be read', async () => {
    const told = await forged(7)
    expect(await asked(told)).toBeUndefined()
    sent = []
    expect(await verdictOf(async () => follow(await forged(2 ** 30)))).toBe('STATUS_INVALID')
    expect(sent).toEqual([])
    expect(keep.all('log')[0]![1].waiting[0]).toBe(told)
  })

  test('is not forgotten for many signatures of one honest document', async () => {
    expect(await asked(await forged(7))).toBeUndefined()
    await publish(3)
    const status = await readOldStatus(story.newest, issuer())
    for (let i = 0; i < 40; i++) await asked(await signStatus(status, cast.signer.privateKey))
    await follow()
    expect(forks()).toBe(1)
  })

  test('of an epoch far ahead ends the answers once the log has passed it in time', async () => {
    const far = await forged(1_000_000)
    expect(await asked(far)).toBeUndefined()
    now += HOUR
    await publish(1)
    await follow()
    expect(await asked(far)).toBe('LOG_UNWITNESSED')
    expect(await asked(story.newest)).toBe('LOG_UNWITNESSED')
  })

  test('of an epoch that the wallet no longer knows is not answered under', async () => {
    await publish(2 * LOG_TILE)
    await follow()
    expect(await asked(await forged(3))).toBe('LOG_UNWITNESSED')
    expect(await asked(story.newest)).toBeUndefined()
    expect(await asked(story.documents.at(-20)!)).toBeUndefined()
  })
})

test('a wallet that begins to follow a log asks for the same parts, whatever it has met', async () => {
  await publish(3 * LOG_TILE)
  const parts = []
  for (const met of [3, 300, 600]) {
    for (const [id] of keep.all('log')) await keep.write([{ kind: 'log', id, value: undefined }])
    expect(await asked(story.documents[met]!)).toBeUndefined()
    sent = []
    await follow()
    parts.push(sent)
  }
  expect(parts[0]).toHaveLength(4)
  expect(parts).toEqual([parts[0], parts[0], parts[0]])
})

test('documents that are met before the log comes to them are no obstacle', async () => {
  for (let i = 0; i < 40; i++) {
    now += HOUR
    await publish(2)
    expect(await asked(story.newest)).toBeUndefined()
  }
  await follow()
  expect(await asked(story.newest)).toBeUndefined()
  expect(forks()).toBe(0)
})

test('a witness that names an issuer again and again is asked once and kept once', async () => {
  tools = { ...tools, witnesses: [WITNESS] }
  const documents = [{ epoch: 5, hash: made(1)[0]!, seenAt: NOW }]
  const [[id]] = keep.all('log') as [[string, unknown]]
  const key = id.split(' ')[1]!
  const twins = Array.from({ length: 50 }, () => ({ issuer: ISSUER, key, documents }))
  const others = made(50).map((other) => ({ issuer: ISSUER, key: other, documents }))
  said = [...twins, ...others]
  const document = await forged(3)
  newest = Array.from({ length: 50 }, () => ({ issuer: ISSUER, key, document }))
  await askWitnesses(keep, tools)
  sent = []
  await compareWitness(keep, tools, WITNESS)
  await compareWitness(keep, tools, WITNESS)
  expect(sent).toEqual([`${WITNESS}/log/newest`])
  expect(keep.get('witness', WITNESS)!.issuers).toHaveLength(8)
  expect(forks()).toBe(1)
})

test('what a witness has of issuers that the wallet has no card of is not kept', async () => {
  tools = { ...tools, witnesses: [WITNESS] }
  const [[id]] = keep.all('log') as [[string, unknown]]
  const [, key = ''] = id.split(' ')
  newest = [
    { issuer: 'https://other.example', key, document: await forged(3) },
    { issuer: ISSUER, key: made(1)[0]!, document: await forged(3) },
    { issuer: ISSUER, key, document: 'not.a.document' },
  ]
  await compareWitness(keep, tools, WITNESS)
  expect([forks(), keep.all('log').length]).toEqual([0, 1])
})
