import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { utf8 } from '../../../core/bytes.ts'
import { generatePrivateKey, publicKeyOf } from '../../../core/eddsa.ts'
import { generateSigningKey, publicJwk } from '../../../core/jws.ts'
import type { PublicJwk } from '../../../core/jws.ts'
import { EMPTY_LOG, frontierAt, leafHash, logRoot } from '../../../core/log.ts'
import type { LogHash, LogWindow } from '../../../core/log.ts'
import { signStatus } from '../../../core/status.ts'
import { LOG_TILE, documentHash, tileToJson } from '../../../core/status-log.ts'
import { signTrustList } from '../../../core/trust-list.ts'
import { buildTrust } from '../../../core/trust.ts'
import {
  MAX_NEWEST_BYTES,
  MAX_WITNESS_BYTES,
  WITNESSED_DOCUMENTS,
  openWitness,
  parseNewest,
} from '../../../core/witness-log.ts'
import { createLogger } from '../../../server/http/log.ts'
import type { Outgoing } from '../../../server/outgoing/fetch.ts'
import { openDatabase } from '../../../server/storage/database.ts'
import type { Database } from '../../../server/storage/database.ts'
import { TrustDocuments, keyId } from '../../../server/trust/documents.ts'
import { readOperatorKey } from '../../../server/trust/operator-key.ts'
import type { OperatorKey } from '../../../server/trust/operator-key.ts'
import { SeenLog } from '../../../server/trust/seen.ts'
import { TrustSources } from '../../../server/trust/sources.ts'
import { TRUST_COMPONENT } from '../../../server/trust/tables.ts'
import type { TrustTables } from '../../../server/trust/tables.ts'
import { verdictOf } from '../../support/refusal.ts'
import { NOW, PERSON } from '../../support/world.ts'

// Issuers and operators of other lists that try to make a witness vouch for a second story.

const ISSUER = 'https://registry.example'
const OTHER = 'https://lists.example'
const WITNESS = 'https://witness.example'
const signer = publicKeyOf(generatePrivateKey())

let keys: CryptoKeyPair
let jwk: PublicJwk
let database: Database<TrustTables>
let documents: TrustDocuments
let witnessKey: OperatorKey
/** The public story, and what stands for its documents. */
let story: string[]
let leaves: LogHash[]

beforeAll(async () => {
  keys = await generateSigningKey()
  jwk = await publicJwk(keys.publicKey)
})

beforeEach(async () => {
  database = await openDatabase('sqlite::memory:', TRUST_COMPONENT)
  documents = new TrustDocuments(database)
  witnessKey = await readOperatorKey(database, NOW)
  story = []
  leaves = []
  while (story.length < 5) await next()
  for (const text of story) await documents.record(member(), text, NOW, tilesOf(leaves))
})

afterEach(() => database.close())

const member = () => ({ issuer: ISSUER, jwk, schemas: [PERSON.id] })
const chosen = () => ({ registries: { issuers: [member()] } })
const made = (count: number) =>
  Array.from({ length: count }, (_, i) => leafHash(utf8(`made up ${String(i)}`)))
const rootOf = (all: readonly LogHash[]) =>
  logRoot(frontierAt({ base: EMPTY_LOG, leaves: all }, all.length))

function sign(epoch: number, log: LogHash, revocationRoot = 1n, by = keys): Promise<string> {
  const key = { key: signer, schema: PERSON.id, schemaHash: 1n, revocationRoot, revoked: 0 }
  const times = { issuedAt: NOW, expiresAt: NOW + 3600 }
  return signStatus({ issuer: ISSUER, epoch, ...times, log, keys: [key] }, by.privateKey)
}

async function next(): Promise<string> {
  const text = await sign(story.length + 1, rootOf(leaves))
  story.push(text)
  leaves.push(documentHash(text))
  return text
}

function tilesOf(all: readonly LogHash[]): (tile: number) => Promise<LogWindow> {
  const tiles: LogWindow[] = []
  let base = EMPTY_LOG
  do {
    const part = { base, leaves: all.slice(base.size, base.size + LOG_TILE) }
    tiles.push(part)
    base = frontierAt(part, base.size + part.leaves.length)
  } while (base.size < all.length)
  return (tile) => Promise.resolve(tiles[tile]!)
}

async function said(lists: ConstructorParameters<typeof SeenLog>[3] = chosen()) {
  const seen = new SeenLog(database, WITNESS, witnessKey, lists)
  const text = await seen.statement(NOW, 0)
  return { text, ...(await openWitness(text, { witness: WITNESS, jwk: witnessKey.jwk }, NOW)) }
}

const namedEpochs = async () =>
  (await said()).issuers.flatMap((one) => one.documents.map(({ epoch }) => epoch))

const rows = async () =>
  (await database.query.selectFrom('trust_seen').select('hash').execute()).length

describe('an issuer that does not show what was seen before', () => {
  test('by a part of its log that begins elsewhere is not believed', async () => {
    const size = 6
    const base = frontierAt({ base: EMPTY_LOG, leaves: made(size) }, size)
    const text = await sign(size + 1, logRoot(base))
    const record = () =>
      documents.record(member(), text, NOW, () => Promise.resolve({ base, leaves: [] }))
    expect(await verdictOf(record)).toBe('STATUS_INVALID')
    expect(await namedEpochs()).toEqual([1, 2, 3, 4, 5])
  })

  test('by a leap over many epochs is found out, or not believed', async () => {
    const far = made(22 * LOG_TILE)
    const text = await sign(far.length + 1, rootOf(far))
    const { outcome } = await documents.record(member(), text, NOW, tilesOf(far))
    expect(outcome).toBe('fork')
    const unread = () => Promise.reject(new TypeError('a part was read'))
    const leap = await sign(2 ** 30, rootOf(far))
    expect(await verdictOf(() => documents.record(member(), leap, NOW, unread))).toBe(
      'STATUS_INVALID',
    )
    expect(await namedEpochs()).toEqual([1, 2, 3, 4, 5])
  })

  test('does not fill the database with what is refused', async () => {
    const before = await rows()
    const outcomes = new Set<string>()
    for (let i = 0; i < 20; i++) {
      const text = await sign(3 + (i % 3), rootOf(made(4)), BigInt(i + 7))
      outcomes.add((await documents.record(member(), text, NOW)).outcome)
    }
    expect([...outcomes].sort()).toEqual(['equivocation', 'fork'])
    expect(await rows()).toBe(before + 1)
    expect(await new SeenLog(database, WITNESS, witnessKey, chosen()).forks()).toHaveLength(1)
  })
})

describe('a list of another operator', () => {
  /** Looks at a list that has this document, and at the issuer, which shows its newest. */
  async function look(status: string, isOwn: boolean) {
    const other = await generateSigningKey()
    const trust = await buildTrust('others', [{ ...member(), status }], NOW)
    const claims = { iss: OTHER, iat: NOW, exp: NOW + 600 }
    const list = await signTrustList(trust, claims, other.privateKey)
    const outgoing: Outgoing = {
      get: (url) => {
        const tile = /\/status\/log\/([0-9]+)$/.exec(url)?.[1]
        if (url.startsWith(OTHER)) return Promise.resolve({ text: list, etag: undefined })
        if (tile === undefined) return Promise.resolve({ text: story.at(-1)!, etag: undefined })
        return tilesOf(leaves)(Number(tile)).then((window) => ({
          text: JSON.stringify(tileToJson(window)),
          etag: undefined,
        }))
      },
      post: () => Promise.reject(new TypeError('nothing is sent')),
    }
    const others = {
      from: `${OTHER}/trust/others`,
      operator: OTHER,
      jwk: await publicJwk(other.publicKey),
    }
    const lists = isOwn ? { others, ...chosen() } : { others }
    const logger = createLogger('test', 'silent')
    const reports = await new TrustSources(lists, database, outgoing, logger).refresh(NOW)
    return reports.map(({ outcome }) => outcome)
  }

  test('does not make a witness take what it has not followed', async () => {
    const forked = await sign(8, rootOf(made(7)))
    expect(await look(forked, true)).toEqual(['new', 'known'])
    expect(await namedEpochs()).toEqual([1, 2, 3, 4, 5])
    await next()
    expect((await look(story.at(-1)!, true))[0]).toBe('new')
    expect(await namedEpochs()).toEqual([1, 2, 3, 4, 5, 6])
  })

  test('has nothing that a witness speaks of, unless it chose the issuer, too', async () => {
    expect((await said({})).issuers).toEqual([])
    const forked = await sign(8, rootOf(made(7)))
    expect(await look(forked, false)).toEqual(['new'])
    // The followed log has ended: what is not in it is not named.
    expect(await namedEpochs()).toEqual([])
    for (let i = 0; i < 40; i++)
      await documents.record(member(), await sign(7, 'A'.repeat(43), BigInt(i)), NOW)
    expect(await namedEpochs()).toEqual([])
  })

  test('with the same words under another key does not hide the document', async () => {
    await database.query.deleteFrom('trust_seen').execute()
    const foreign = await generateSigningKey()
    const foreignJwk = await publicJwk(foreign.publicKey)
    const twin = await sign(1, rootOf([]), 1n, foreign)
    const own = await sign(1, rootOf([]))
    expect(documentHash(twin)).toBe(documentHash(own))
    for (const [text, key] of [
      [twin, await keyId(foreignJwk)],
      [own, await keyId(jwk)],
    ] as const) {
      await database.query
        .insertInto('trust_seen')
        .values({
          issuer: ISSUER,
          key,
          epoch: 1,
          hash: documentHash(text),
          document: text,
          seen_at: NOW,
          is_refused: 0,
        })
        .execute()
    }
    const seen = (of: PublicJwk) =>
      new SeenLog(database, WITNESS, witnessKey, {
        registries: { issuers: [{ ...member(), jwk: of }] },
      }).document(documentHash(own))
    expect(await seen(jwk)).toBe(own)
    expect(await seen(foreignJwk)).toBe(twin)
  })
})

test('the newest documents leave out the largest where all are too much to read', async () => {
  const key = await keyId(jwk)
  const log = JSON.stringify({ base: EMPTY_LOG, leaves: made(1) })
  const times = { issued_at: NOW, expires_at: NOW, fetched_at: NOW }
  const issuers = Array.from({ length: 70 }, (_, i) => ({
    ...member(),
    issuer: `https://issuer-${String(i)}.example`,
  }))
  for (const [i, { issuer }] of issuers.entries()) {
    // The first two have little to say, the last has shown no log.
    const document = 'a'.repeat(i < 2 ? 10 : 65_000)
    await database.query
      .insertInto('trust_documents')
      .values({ issuer, key, epoch: 1, document, log: i === 69 ? null : log, ...times })
      .execute()
  }
  const seen = new SeenLog(database, WITNESS, witnessKey, { registries: { issuers } })
  const text = await seen.newest(NOW, 60)
  expect(text.length).toBeLessThanOrEqual(MAX_NEWEST_BYTES)
  const named = parseNewest(JSON.parse(text)).map(({ issuer }) => issuer)
  expect(named).toHaveLength(66)
  expect(named.slice(0, 2)).toEqual(issuers.slice(0, 2).map(({ issuer }) => issuer))
  expect(named).not.toContain(issuers[69]!.issuer)
})

test('a statement about very many issuers names fewer documents, and can still be read', async () => {
  const issuers = Array.from({ length: 1_200 }, (_, i) => ({
    ...member(),
    issuer: `https://issuer-${String(i)}.example`,
  }))
  const key = await keyId(jwk)
  const all = made(WITNESSED_DOCUMENTS)
  const log = JSON.stringify({ base: EMPTY_LOG, leaves: all })
  const times = { issued_at: NOW, expires_at: NOW, fetched_at: NOW }
  await database.transact(async (transaction) => {
    for (const { issuer } of issuers) {
      await transaction
        .insertInto('trust_documents')
        .values({ issuer, key, epoch: all.length, document: '', log, ...times })
        .execute()
      const seen = all.map((hash, i) => ({ hash, epoch: i + 1 }))
      await transaction
        .insertInto('trust_seen')
        .values(
          seen.map((one) => ({ ...one, issuer, key, document: '', seen_at: NOW, is_refused: 0 })),
        )
        .execute()
    }
  })
  const { text, issuers: named } = await said({ registries: { issuers } })
  expect(text.length).toBeLessThan(MAX_WITNESS_BYTES)
  expect(named).toHaveLength(1_200)
  expect(named[0]!.documents.map(({ epoch }) => epoch)).toEqual(
    Array.from({ length: WITNESSED_DOCUMENTS / 2 }, (_, i) => i + 1 + WITNESSED_DOCUMENTS / 2),
  )
})
