import { beforeAll, describe, expect, test } from 'vitest'
import { generateSigningKey, publicJwk } from '../../core/jws.ts'
import type { PublicJwk } from '../../core/jws.ts'
import { EMPTY_LOG, addLeaf, frontierAt, leafHash, logRoot } from '../../core/log.ts'
import type { LogWindow } from '../../core/log.ts'
import { readOldStatus, signStatus } from '../../core/status.ts'
import {
  LOG_TILE,
  checkFork,
  compareEpochs,
  compareStatus,
  continueLog,
  documentHash,
  forkEvidence,
  openLog,
  parseTile,
  readLog,
  shortened,
  tileToJson,
} from '../../core/status-log.ts'
import type { FollowedLog, Fork, SignedStatus } from '../../core/status-log.ts'
import { refusal, verdictOf } from '../support/refusal.ts'
import { NOW, PERSON, TestIssuer } from '../support/world.ts'

const ISSUER = 'https://registry.example'

let privateKey: CryptoKey
let from: { issuer: string; jwk: PublicJwk }
let key: { x: bigint; y: bigint }
/** Nine documents, and another eighth and ninth. */
let documents: SignedStatus[]
let others: SignedStatus[]

async function sign(epoch: number, log: string, root: number): Promise<SignedStatus> {
  const keys = [
    { key, schema: PERSON.id, schemaHash: 1n, revocationRoot: BigInt(root), revoked: 0 },
  ]
  const times = { issuedAt: NOW + epoch, expiresAt: NOW + 86_400 }
  const text = await signStatus({ issuer: ISSUER, epoch, ...times, log, keys }, privateKey)
  return { text, status: await readOldStatus(text, from) }
}

/** More documents of one log, with other revocations than the log of another number. */
async function grown(start: readonly SignedStatus[], to: number, root: number) {
  const all = [...start]
  while (all.length < to) all.push(await sign(all.length + 1, rootOf(all), root))
  return all
}

const leavesOf = (all: readonly SignedStatus[]) => all.map(({ text }) => documentHash(text))
const rootOf = (all: readonly SignedStatus[]) =>
  logRoot(frontierAt({ base: EMPTY_LOG, leaves: leavesOf(all) }, all.length))
/** The log up to a document, of which the first `from` are known by their roots alone. */
function logOf(all: readonly SignedStatus[], start = 0): FollowedLog {
  const base = frontierAt({ base: EMPTY_LOG, leaves: leavesOf(all) }, start)
  return { newest: all.at(-1)!, window: { base, leaves: leavesOf(all).slice(start) } }
}

beforeAll(async () => {
  const pair = await generateSigningKey()
  privateKey = pair.privateKey
  from = { issuer: ISSUER, jwk: await publicJwk(pair.publicKey) }
  key = (await TestIssuer.create(ISSUER, PERSON)).signer.key
  documents = await grown([], 9, 1)
  others = await grown(documents.slice(0, 7), 9, 2)
})

describe('a log that was followed', () => {
  test('knows its own documents, the next one, and those it cannot judge', () => {
    const log = logOf(documents.slice(0, 7), 3)
    for (const one of documents.slice(3, 7)) expect(compareStatus(log, one)).toBe('within')
    for (const one of documents.slice(0, 3)) expect(compareStatus(log, one)).toBe('before')
    expect(compareStatus(log, documents[7]!)).toBe('next')
    expect(compareStatus(log, others[7]!)).toBe('next')
    expect(compareStatus(log, documents[8]!)).toBe('later')
    const longer = continueLog(log, documents[7]!)
    expect(compareStatus(longer, documents[8]!)).toBe('next')
  })

  test('is opened from what is published, if it is what was signed', () => {
    const newest = documents[8]!
    const tile = parseTile(JSON.parse(JSON.stringify(tileToJson(logOf(documents).window))))
    expect(compareStatus(openLog(newest, [tile]), documents[4]!)).toBe('within')
    const changed = (change: Partial<LogWindow>) =>
      refusal(() => openLog(newest, [{ ...tile, ...change }]))
    expect(changed({})).toBeUndefined()
    expect(changed({ leaves: leavesOf(others) })).toBe('STATUS_INVALID')
    expect(changed({ leaves: tile.leaves.slice(0, 7) })).toBe('STATUS_INVALID')
    expect(changed({ leaves: [] })).toBe('STATUS_INVALID')
    expect(changed({ base: { size: 1, peaks: [tile.leaves[0]!] } })).toBe('STATUS_INVALID')
    expect(refusal(() => openLog(newest, [tile, tile]))).toBe('STATUS_INVALID')
    // Parts that begin elsewhere would hide what is before them, although the root is the signed one.
    const short = { base: frontierAt(tile, 8), leaves: [] }
    expect(logRoot(short.base)).toBe(newest.status.log)
    expect(refusal(() => openLog(newest, [short]))).toBe('STATUS_INVALID')
  })

  test('is not opened from a part after the one that ends before the document', async () => {
    const leaves = Array.from({ length: LOG_TILE }, (_, i) => leafHash(Uint8Array.of(i)))
    const whole = { base: EMPTY_LOG, leaves }
    const after = frontierAt(whole, LOG_TILE)
    const newest = await sign(LOG_TILE + 1, logRoot(after), 1)
    expect(openLog(newest, [whole]).window.base.size).toBe(0)
    const shifted = () => openLog(newest, [{ base: after, leaves: [] }])
    expect(refusal(shifted)).toBe('STATUS_INVALID')
  })

  test('is read part by part, from the one that has the oldest document', async () => {
    const count = 2 * LOG_TILE + 3
    const leaves = Array.from({ length: count }, (_, i) => leafHash(Uint8Array.of(i, i >> 8)))
    const whole = { base: EMPTY_LOG, leaves }
    const newest = await sign(count + 1, logRoot(frontierAt(whole, count)), 1)
    const readFrom = async (oldest: number, change: Partial<LogWindow> = {}) => {
      const asked: number[] = []
      const { window } = await readLog(newest, oldest, (tile) => {
        asked.push(tile)
        const start = tile * LOG_TILE
        const part = leaves.slice(start, start + LOG_TILE)
        return Promise.resolve({ base: frontierAt(whole, start), leaves: part, ...change })
      })
      return { asked, size: window.base.size }
    }
    expect(await readFrom(1)).toEqual({ asked: [0, 1, 2], size: 0 })
    expect(await readFrom(LOG_TILE + 1)).toEqual({ asked: [1, 2], size: LOG_TILE })
    // What comes after the document needs no part after it.
    expect(await readFrom(9 * LOG_TILE)).toEqual({ asked: [2], size: 2 * LOG_TILE })
    expect(await verdictOf(() => readFrom(1, { leaves: [] }))).toBe('STATUS_INVALID')
  })

  test('is not read over more than 400 parts, and not even asked for', async () => {
    const asked: number[] = []
    const read = async (parts: number) => {
      asked.length = 0
      const newest = await sign(parts * LOG_TILE + 1, 'A'.repeat(43), 1)
      return verdictOf(() =>
        readLog(newest, 1, (tile) => {
          asked.push(tile)
          return Promise.resolve({ base: EMPTY_LOG, leaves: [] })
        }),
      )
    }
    expect([await read(400), asked.length]).toEqual(['STATUS_INVALID', 400])
    expect([await read(401), asked.length]).toEqual(['STATUS_INVALID', 0])
  })

  test('that is not known leaves documents of one epoch to be compared', async () => {
    const [eighth, other, ninth] = [documents[7]!, others[7]!, documents[8]!]
    expect(compareEpochs(eighth, ninth)).toBe('later')
    expect(compareEpochs(ninth, eighth)).toBe('later')
    expect(compareEpochs(eighth, eighth)).toBe('within')
    const fork = compareEpochs(eighth, other) as Fork
    expect(fork.because).toEqual({ kind: 'same-epoch' })
    expect(await verdictOf(() => checkFork(forkEvidence(from, fork)))).toBe('accepted')
  })

  test('is published in parts of a size that nobody else has', () => {
    const good = { before: { size: 2, peaks: ['A'.repeat(43)] }, documents: [] }
    expect(parseTile(good).leaves).toEqual([])
    for (const bad of [
      { ...good, before: { size: 3, peaks: ['A'.repeat(43)] } },
      { ...good, before: { size: -1, peaks: [] } },
      { ...good, documents: ['A'.repeat(42) + 'B'] },
      { ...good, documents: Array.from({ length: LOG_TILE + 1 }, () => 'A'.repeat(43)) },
      { ...good, extra: 1 },
    ]) {
      expect(refusal(() => parseTile(bad))).toBe('STATUS_INVALID')
    }
  })

  test('is kept short, and still knows at least 256 documents', () => {
    const leaves = Array.from({ length: 3 * LOG_TILE + 5 }, (_, i) =>
      leafHash(Uint8Array.of(i, i >> 8)),
    )
    const whole = { base: EMPTY_LOG, leaves }
    const short = shortened(whole)
    expect(short.base.size).toBe(2 * LOG_TILE)
    expect(frontierAt(short, leaves.length)).toEqual(leaves.reduce(addLeaf, EMPTY_LOG))
    expect(shortened(short)).toBe(short)
  })

  test('takes a document with another signature for the same', async () => {
    const again = await signStatus(documents[3]!.status, privateKey)
    expect(again).not.toBe(documents[3]!.text)
    expect(documentHash(again)).toBe(documentHash(documents[3]!.text))
  })
})

describe('two documents that contradict each other', () => {
  const found = (log: FollowedLog, other: SignedStatus): Fork => {
    const fork = compareStatus(log, other)
    if (typeof fork === 'string') throw new TypeError(`nothing was found: ${fork}`)
    return fork
  }
  const evidence = (fork: Fork): Record<string, unknown> =>
    JSON.parse(JSON.stringify(forkEvidence(from, fork))) as Record<string, unknown>
  /** One of each kind. */
  async function forks(): Promise<Fork[]> {
    const stray = await sign(5, rootOf(others), 1)
    const withStray = [...documents.slice(0, 4), stray]
    const after = await grown(withStray, 9, 1)
    return [
      found(logOf(documents), others[8]!),
      found(logOf(documents, 2), others[7]!),
      found(logOf(after, 3), stray),
      found(logOf(documents.slice(0, 8), 4), others[8]!),
    ]
  }

  test('show it to everybody', async () => {
    const kinds = []
    for (const fork of await forks()) {
      const checked = await checkFork(evidence(fork))
      kinds.push([checked.evidence.because.kind, ...checked.epochs])
    }
    expect(kinds).toEqual([
      ['same-epoch', 9, 9],
      ['left-out', 8, 9],
      ['rewritten', 5, 9],
      ['not-continued', 8, 9],
    ])
  })

  test('do not do so once anything about them is changed', async () => {
    for (const fork of await forks()) {
      const good = evidence(fork)
      const because = good['because'] as Record<string, unknown>
      const judged = (change: object) => verdictOf(() => checkFork({ ...good, ...change }))
      expect(await judged({})).toBe('accepted')
      expect(await judged({ second: good['first'] })).toBe('INPUT_INVALID')
      expect(await judged({ first: documents[2]!.text, second: documents[6]!.text })).toBe(
        'INPUT_INVALID',
      )
      expect(await judged({ issuer: 'https://other.example' })).toBe('STATUS_INVALID')
      const stranger = await publicJwk((await generateSigningKey()).publicKey)
      expect(await judged({ jwk: stranger })).toBe('STATUS_INVALID')
      expect(await judged({ format: 'zerocard-fork/2' })).toBe('INPUT_INVALID')
      expect(await judged({ extra: 1 })).toBe('INPUT_INVALID')
      if (because['kind'] === 'same-epoch') continue
      for (const name of ['leaf', 'root', 'path', 'before']) {
        if (because[name] === undefined) continue
        const value = name === 'path' ? [leafHash(Uint8Array.of(1))] : leafHash(Uint8Array.of(1))
        const other = { ...because, [name]: name === 'before' ? EMPTY_LOG : value }
        expect(await judged({ because: other })).toBe('INPUT_INVALID')
      }
    }
  })

  test('cannot be made of one log', async () => {
    const [first, second] = [documents[3]!, documents[8]!]
    const window = logOf(documents).window
    const judged = (because: object) =>
      verdictOf(() =>
        checkFork({ ...evidence({ ...base, because: { kind: 'same-epoch' } }), because }),
      )
    const base = { first: first.text, second: second.text }
    expect(await judged({ kind: 'same-epoch' })).toBe('INPUT_INVALID')
    const leaf = documentHash(first.text)
    expect(await judged({ kind: 'left-out', leaf, path: [] })).toBe('INPUT_INVALID')
    expect(await judged({ kind: 'rewritten', root: first.status.log, path: [] })).toBe(
      'INPUT_INVALID',
    )
    expect(await judged({ kind: 'not-continued', before: frontierAt(window, 3) })).toBe(
      'INPUT_INVALID',
    )
  })
})
