import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { BanList } from '../../../server/verifier/bans.ts'
import type { Ban } from '../../../server/verifier/bans.ts'
import { FOREVER, countSessions, deleteSession, sweep } from '../../../server/verifier/retention.ts'
import { VerifierStore } from '../../../server/verifier/store.ts'
import type { Settlement } from '../../../server/verifier/settlement.ts'
import type { Session } from '../../../server/verifier/session.ts'
import { VERIFIER_COMPONENT } from '../../../server/verifier/tables.ts'
import type { DeliveryRow, VerifierTables } from '../../../server/verifier/tables.ts'
import { openDatabase } from '../../../server/storage/database.ts'
import type { Database } from '../../../server/storage/database.ts'
import { createPostgresDatabase } from '../../support/postgres.ts'
import { verdictOf } from '../../support/refusal.ts'

// One suite for both kinds of database.

const folder = mkdtempSync(join(tmpdir(), 'zerocard-stores-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let files = 0

const LARGE = 2n ** 253n
const POLICY = { id: 'p@1', hash: 'h', policy: '{}', schemas: '[]' }
const RETENTION = { sessions: 100, uses: FOREVER, trustRoots: 50 } as const

function session(id: string, change: Partial<Session> = {}): Session {
  return {
    id,
    nonce: `n-${id}`,
    audience: 'https://a.example',
    policy: 'p@1',
    policyHash: 'h',
    flow: 'cross-device',
    createdAt: 1,
    expiresAt: 20,
    status: 'pending',
    attempts: 0,
    ...change,
  }
}

function settlement(
  sessionId: string,
  pseudonym?: bigint,
  isRepeatable = false,
  scope = LARGE,
): Settlement {
  const settled = { sessionId, now: 7, asOf: 46_000 }
  return pseudonym === undefined
    ? settled
    : { ...settled, name: { scope, pseudonym, isRepeatable } }
}

function ban(id: string, change: Partial<Ban> = {}): Ban {
  const name = { scope: LARGE, pseudonym: 3n }
  return { id, policy: 'p@1', ...name, reason: 'spam', createdAt: 1, ...change }
}

function delivery(id: string): DeliveryRow {
  const times = { attempts: 0, next_at: 7, created_at: 7, done_at: null }
  return { id, target: 'https://hook.example', body: '{}', ...times }
}

describe.each([
  ['SQLite', () => Promise.resolve(`sqlite:${join(folder, `${String(++files)}.sqlite`)}`)],
  ['PostgreSQL', () => createPostgresDatabase(inject('postgresUrl'))],
])("a verifier's memory in %s", (_, newUrl) => {
  let url: string
  let database: Database<VerifierTables>
  let store: VerifierStore

  beforeAll(async () => {
    url = await newUrl()
    database = await openDatabase<VerifierTables>(url, VERIFIER_COMPONENT)
    store = new VerifierStore(database)
    return () => store.close()
  })
  beforeEach(async () => {
    for (const table of Object.keys(TABLES)) {
      await database.query.deleteFrom(table as keyof VerifierTables).execute()
    }
    await store.putPolicy(POLICY)
  })

  const add = async (...ids: readonly string[]): Promise<void> => {
    for (const id of ids) await store.addSession(session(id))
  }
  const deliveries = async (): Promise<string[]> =>
    (await database.query.selectFrom('verifier_deliveries').select('id').execute()).map(
      ({ id }) => id,
    )

  test('forgets the roots of a list that is configured differently, and of no other', async () => {
    const roots = async (): Promise<number[]> =>
      Promise.all(['a', 'b'].map(async (list) => (await store.trustRoots(list)).length))
    await store.useTrustSource('a', 'one')
    await store.useTrustSource('b', 'one')
    await store.addTrustRoot('a', { root: 1n, madeAt: 7 })
    await store.addTrustRoot('b', { root: 1n, madeAt: 7 })
    await store.useTrustSource('a', 'one')
    expect(await roots()).toEqual([1, 1])
    await store.useTrustSource('a', 'two')
    expect(await roots()).toEqual([0, 1])
  })

  test('gives back a session, and what its answer was', async () => {
    const whole = session('a', {
      tokenHash: 't',
      flow: 'same-device',
      returnTo: 'https://a.example/done',
      resultKey: 'k',
      encryptionKey: 'e',
    })
    await store.addSession(whole)
    expect(await store.findSession('a')).toEqual(whole)
    const settled = { ...settlement('a', LARGE), result: 'sealed', responseCodeHash: 'c' }
    expect(await store.settle(settled)).toBe('accepted')
    const { encryptionKey: _key, ...kept } = whole
    expect(await store.findSession('a')).toEqual({
      ...kept,
      status: 'verified',
      answeredAt: 7,
      asOf: 46_000,
      pseudonym: LARGE,
      isReturning: false,
      result: 'sealed',
      responseCodeHash: 'c',
    })
    expect(await store.findSession('b')).toBeUndefined()
  })

  test('keeps a policy that was asked, and lets one be replaced that was not', async () => {
    const other = { ...POLICY, hash: 'other', policy: '{"other":true}' }
    await store.putPolicy(other)
    expect(await store.findPolicy('p@1')).toEqual({ ...other, used_at: null })
    expect(await verdictOf(() => store.addSession(session('a')))).toBe('CONFLICT')
    await store.addSession(session('a', { policyHash: 'other' }))
    expect(await verdictOf(() => store.putPolicy(POLICY))).toBe('CONFLICT')
    // Titles of its schemas may change: they are not in the hash.
    await store.putPolicy({ ...other, schemas: '["titles"]' })
    expect(await store.findPolicy('p@1')).toEqual({ ...other, schemas: '["titles"]', used_at: 1 })
  })

  test('consumes a nonce once', async () => {
    await add('a')
    const outcomes = await Promise.all([1, 2, 3].map(() => store.settle(settlement('a'))))
    expect(outcomes.sort()).toEqual(['accepted', 'nonce-used', 'nonce-used'])
    expect(await store.settle(settlement('unknown'))).toBe('nonce-used')
  })

  test('accepts a name once in a scope, and leaves the nonce of the refused one', async () => {
    await add('a', 'b', 'c')
    expect(await store.settle(settlement('a', 3n))).toBe('accepted')
    expect(await store.settle(settlement('b', 3n))).toBe('pseudonym-used')
    expect(await store.settle(settlement('b', 4n))).toBe('accepted')
    expect(await store.settle(settlement('c', 3n, false, 1n))).toBe('accepted')
  })

  test('leaves a name unused if the nonce was used', async () => {
    await add('a', 'b')
    await store.settle(settlement('a', 3n))
    expect(await store.settle(settlement('a', 4n))).toBe('nonce-used')
    expect(await store.settle(settlement('b', 4n))).toBe('accepted')
  })

  test('welcomes a name again where it may come back', async () => {
    await add('a', 'b')
    expect(await store.judgeName({ scope: LARGE, pseudonym: 3n }, 7)).toBe('fresh')
    expect(await store.settle(settlement('a', 3n, true))).toBe('accepted')
    expect(await store.judgeName({ scope: LARGE, pseudonym: 3n }, 7)).toBe('used')
    expect(await store.settle(settlement('b', 3n, true))).toBe('returning')
    expect((await store.findSession('b'))?.isReturning).toBe(true)
    expect(await store.settle(settlement('b', 3n, true))).toBe('nonce-used')
  })

  test('accepts one of 200 answers with one name that meet, from two processes', async () => {
    const other = await VerifierStore.open(url)
    const ids = Array.from({ length: 200 }, (_unused, i) => `race-${i}`)
    await database.query.transaction().execute(async (transaction) => {
      const rows = ids.map((id) => ({ ...ROW, id }))
      for (let at = 0; at < rows.length; at += 40) {
        await transaction
          .insertInto('verifier_sessions')
          .values(rows.slice(at, at + 40))
          .execute()
      }
    })
    const outcomes = await Promise.all(
      ids.map((id, i) => (i % 2 === 0 ? store : other).settle(settlement(id, 9n))),
    )
    await other.close()
    expect(outcomes.filter((outcome) => outcome === 'accepted')).toHaveLength(1)
    expect(outcomes.filter((outcome) => outcome === 'pseudonym-used')).toHaveLength(199)
    const open = (await store.findSessions(ids)).filter(({ status }) => status === 'pending')
    expect(open).toHaveLength(199)
  })

  test('refuses a banned name before anything else, until the ban ends or is lifted', async () => {
    const bans = new BanList(database)
    await add('a', 'b')
    await bans.ban(ban('x', { until: 8 }))
    expect(await store.settle(settlement('a', 3n, true))).toBe('pseudonym-banned')
    expect((await store.findSession('a'))?.status).toBe('pending')
    expect(await store.judgeName({ scope: LARGE, pseudonym: 3n }, 7)).toBe('banned')
    expect(await store.judgeName({ scope: LARGE, pseudonym: 3n }, 8)).toBe('fresh')
    expect(await store.judgeName({ scope: 1n, pseudonym: 3n }, 7)).toBe('fresh')
    expect(await bans.lift('x')).toBe(true)
    expect(await bans.lift('x')).toBe(false)
    expect(await store.settle(settlement('a', 3n, true))).toBe('accepted')
    await bans.ban(ban('y'))
    expect(await store.settle(settlement('b', 3n, true))).toBe('pseudonym-banned')
  })

  test('has one ban of a name, with the newest end and reason', async () => {
    const bans = new BanList(database)
    expect(await bans.ban(ban('x', { until: 8 }))).toEqual(ban('x', { until: 8 }))
    expect(await bans.ban(ban('y', { reason: 'worse' }))).toEqual(ban('x', { reason: 'worse' }))
    await bans.ban(ban('z', { pseudonym: 4n, until: 8 }))
    expect((await bans.list(7)).map(({ id }) => id)).toEqual(['x', 'z'])
    expect((await bans.list(7, 'x')).map(({ id }) => id)).toEqual(['z'])
    expect((await bans.list(8)).map(({ id }) => id)).toEqual(['x'])
  })

  test('ends a session with the third refusal, and tells it once', async () => {
    await add('a')
    const refuse = (): Promise<boolean> =>
      store.countAttempt({
        sessionId: 'a',
        now: 5,
        error: 'PROOF_INVALID',
        deliveries: [delivery('d')],
      })
    expect([await refuse(), await refuse()]).toEqual([false, false])
    expect(await store.findSession('a')).toMatchObject({ status: 'pending', attempts: 2 })
    expect(await deliveries()).toEqual([])
    expect([await refuse(), await refuse()]).toEqual([true, false])
    expect(await store.findSession('a')).toMatchObject({
      status: 'rejected',
      attempts: 3,
      error: 'PROOF_INVALID',
      answeredAt: 5,
    })
    expect(await deliveries()).toEqual(['d'])
    expect(await store.settle(settlement('a'))).toBe('nonce-used')
  })

  test('writes messages with the acceptance, and none with a refusal', async () => {
    await add('a', 'b')
    await store.settle({ ...settlement('a', 3n), deliveries: [delivery('one')] })
    await store.settle({ ...settlement('b', 3n), deliveries: [delivery('two')] })
    expect(await deliveries()).toEqual(['one'])
    const ending = { sessionId: 'b', now: 7, error: 'access_denied' }
    expect(await store.reject({ ...ending, deliveries: [delivery('three')] })).toBe(true)
    expect(await store.reject({ ...ending, deliveries: [delivery('four')] })).toBe(false)
    expect((await deliveries()).sort()).toEqual(['one', 'three'])
  })

  test('keeps the roots of a list, newest first, each with its latest time', async () => {
    await store.addTrustRoot('l', { root: 1n, madeAt: 30 })
    await store.addTrustRoot('l', { root: LARGE, madeAt: 20 })
    await store.addTrustRoot('l', { root: LARGE, madeAt: 40 })
    await store.addTrustRoot('l', { root: LARGE, madeAt: 10 })
    expect(await store.trustRoots('l')).toEqual([
      { root: LARGE, madeAt: 40 },
      { root: 1n, madeAt: 30 },
    ])
    expect(await store.trustRoots('m')).toEqual([])
    expect(await store.trustRootsOf([])).toEqual({})
  })

  test('keeps the first key of a name, whoever brings it', async () => {
    const other = await VerifierStore.open(url)
    const [one, two] = await Promise.all([
      store.keepKey('request', { x: 1 }, 1),
      other.keepKey('request', { x: 2 }, 1),
    ])
    await other.close()
    expect(one).toEqual(two)
  })

  test('ends what nobody answered, once, with a message', async () => {
    await add('a', 'b')
    await store.settle(settlement('a'))
    const announce = ({ id }: { id: string }): DeliveryRow[] => [delivery(`expired-${id}`)]
    await sweep(database, RETENTION, 19, announce)
    expect(await deliveries()).toEqual([])
    await sweep(database, RETENTION, 20, announce)
    await sweep(database, RETENTION, 21, announce)
    expect(await deliveries()).toEqual(['expired-b'])
    expect(await store.findSession('b')).toMatchObject({ status: 'expired' })
    expect(await store.findSession('a')).toMatchObject({ status: 'verified' })
  })

  test('forgets what was kept long enough, and keeps the counts', async () => {
    await add('verified', 'unanswered', 'deleted')
    await store.settle({ ...settlement('verified', 3n), deliveries: [delivery('sent')] })
    await database.query.updateTable('verifier_deliveries').set({ done_at: 7 }).execute()
    await store.addTrustRoot('l', { root: 1n, madeAt: 10 })
    await new BanList(database).ban(ban('x', { until: 60 }))
    expect(await deleteSession(database, 'deleted')).toBe(true)
    expect(await deleteSession(database, 'deleted')).toBe(false)
    const counts = await countSessions(database)
    await sweep(database, { ...RETENTION, uses: 100 }, 106)
    expect(await store.findSession('verified')).toBeDefined()
    await sweep(database, { ...RETENTION, uses: 100 }, 107)
    expect(await store.findSession('verified')).toBeUndefined()
    expect(await store.findSession('unanswered')).toBeDefined()
    await Promise.all([sweep(database, RETENTION, 120), sweep(database, RETENTION, 120)])
    for (const table of ['sessions', 'uses', 'bans', 'trust_roots', 'deliveries'] as const) {
      const rows = await database.query.selectFrom(`verifier_${table}`).selectAll().execute()
      expect(rows, table).toEqual([])
    }
    const day = { day: '1970-01-01', policy: 'p@1' }
    expect(counts).toEqual([
      { ...day, outcome: 'pending', sessions: 2 },
      { ...day, outcome: 'verified', sessions: 1 },
    ])
    expect(await countSessions(database)).toEqual([
      { ...day, outcome: 'expired', sessions: 1 },
      { ...day, outcome: 'pending', sessions: 1 },
      { ...day, outcome: 'verified', sessions: 1 },
    ])
  })

  test('keeps used names for ever, unless told otherwise', async () => {
    await add('a', 'b')
    await store.settle(settlement('a', 3n))
    await sweep(database, RETENTION, 10 ** 9)
    expect(await store.judgeName({ scope: LARGE, pseudonym: 3n }, 7)).toBe('used')
    await sweep(database, { ...RETENTION, uses: 10 }, 10 ** 9)
    expect(await store.judgeName({ scope: LARGE, pseudonym: 3n }, 7)).toBe('fresh')
  })
})

const TABLES: Record<keyof VerifierTables, true> = {
  verifier_policies: true,
  verifier_sessions: true,
  verifier_uses: true,
  verifier_bans: true,
  verifier_trust_roots: true,
  verifier_keys: true,
  verifier_deliveries: true,
  verifier_counts: true,
  verifier_trust_sources: true,
}

const ROW = {
  token_hash: null,
  nonce: 'n',
  audience: 'a',
  policy: 'p@1',
  policy_hash: 'h',
  flow: 'direct',
  return_to: null,
  created_at: 1,
  expires_at: 20,
  answered_at: null,
  ends_at: 20,
  status: 'pending',
  attempts: 0,
  error: null,
  response_code_hash: null,
  as_of: null,
  pseudonym: null,
  is_returning: null,
  result: null,
  result_key: null,
  encryption_key: null,
}
