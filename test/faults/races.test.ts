import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { toBase64url } from '../../core/bytes.ts'
import { generateSigningKey, publicJwk } from '../../core/jws.ts'
import { policyHash } from '../../core/policy/policy.ts'
import { signPresentation } from '../../core/presentation.ts'
import { createCaller } from '../../scripts/bench/server/load.ts'
import { openDatabase } from '../../server/storage/database.ts'
import { VERIFIER_COMPONENT } from '../../server/verifier/tables.ts'
import type { VerifierTables } from '../../server/verifier/tables.ts'
import {
  ORIGIN,
  POLICIES,
  PROOF,
  Shop,
  startIssuer,
  tokenOf,
  writeConfig,
} from '../server/verifier/shop.ts'
import type { Created } from '../server/verifier/shop.ts'
import { createPostgresDatabase } from '../support/postgres.ts'
import { keys } from '../support/tools.ts'
import { NOW, TODAY } from '../support/world.ts'
import { FaultyProcess } from './faulty-process.ts'
import { outcomeOf } from './lane.ts'
import { untilReady } from './verifier-lanes.ts'

// Two processes, one database: whatever arrives at once, once is once.

const isDeep = process.env['ZEROCARD_DEEP'] === '1'
const SUBMISSIONS = 200
const SUBMISSIONS_OF_ONE = 50

const folder = mkdtempSync(join(tmpdir(), 'zerocard-races-'))
afterAll(() => rmSync(folder, { recursive: true }))

const databases: [string, () => Promise<string>, rounds: number][] = [
  [
    'one SQLite file',
    () => Promise.resolve(`sqlite:${join(folder, randomUUID())}.sqlite`),
    isDeep ? 20 : 2,
  ],
  ['one PostgreSQL', () => createPostgresDatabase(inject('postgresUrl')), isDeep ? 100 : 3],
]

describe.each(databases)('two verifiers on %s', (_, newDatabase, rounds) => {
  let database: string
  let pair: Pair
  beforeAll(async () => {
    database = await newDatabase()
    pair = await startPair(database)
    return () => pair.close()
  })

  test(`of ${SUBMISSIONS} presentations of one name, one counts`, async () => {
    for (let round = 1; round <= rounds; round++) {
      const sessions = await pair.ask('once', SUBMISSIONS)
      const presentations = await presentAll(database, 'once', sessions, BigInt(round), pair.root)
      // Half of them are answered by the other process than the one that asked.
      const outcomes = await Promise.all(
        sessions.map((session, i) => pair.submit(i >> 1, session, presentations[i]!)),
      )
      expect(countsOf(outcomes)).toEqual({ 200: 1, PSEUDONYM_USED: SUBMISSIONS - 1 })
      const accepted = sessions[outcomes.indexOf(200)]!
      expect(await pair.statuses(accepted)).toEqual(['verified', 'verified'])
    }
  })

  test.each([
    ['plain', ['200', 'NONCE_USED']],
    // Whoever comes in between may learn of the name first.
    ['once', ['200', 'NONCE_USED', 'PSEUDONYM_USED']],
  ] as const)(
    `of ${SUBMISSIONS_OF_ONE} answers to one question, one counts (%s)`,
    async (policy, possible) => {
      const [session] = await pair.ask(policy, 1)
      const [presentation] = await presentAll(database, policy, [session!], 1_000n, pair.root)
      const outcomes = await Promise.all(
        Array.from({ length: SUBMISSIONS_OF_ONE }, (_unused, i) =>
          pair.submit(i, session!, presentation!),
        ),
      )
      const counts = countsOf(outcomes)
      expect(counts['200']).toBe(1)
      expect(possible).toEqual(expect.arrayContaining(Object.keys(counts)))
      expect(await pair.statuses(session!)).toEqual(['verified', 'verified'])
    },
  )
})

type PolicyName = 'once' | 'plain'

/** Two processes; requests go to them in turn. */
interface Pair {
  readonly root: bigint
  readonly ask: (policy: PolicyName, count: number) => Promise<Created[]>
  /** @returns 200, or the code of the refusal. */
  readonly submit: (turn: number, session: Created, presentation: string) => Promise<unknown>
  /** As each of the processes sees the session. */
  readonly statuses: (session: Created) => Promise<unknown[]>
  readonly close: () => Promise<void>
}

async function startPair(database: string): Promise<Pair> {
  const issuer = await startIssuer()
  const own = mkdtempSync(join(folder, 'verifier-'))
  const changes = { database, responseMode: 'direct_post' }
  const configPath = writeConfig(own, await issuer.listing(), changes)
  const processes = [FaultyProcess.spawn(), FaultyProcess.spawn()]
  const addresses = await Promise.all(
    processes.map(async (one) => (await one.start([{ kind: 'verifier', configPath }]))[0]!),
  )
  await Promise.all(addresses.map(untilReady))
  const callers = addresses.map(createCaller)
  const shops = addresses.map((address) => Shop.attach(address))
  const call = async (turn: number, path: string, body: string, headers: Headers) => {
    const { status, text } = await callers[turn % 2]!.call(path, body, headers)
    return { status, json: JSON.parse(text) as object }
  }
  return {
    root: await shops[0]!.root(),
    ask: async (policy, count) => {
      const headers = { authorization: `Bearer ${tokenOf('site')}`, 'content-type': JSON_TYPE }
      const body = JSON.stringify({ policy: POLICIES[policy].id, flow: 'cross-device' })
      const made = Array.from({ length: count }, (_, i) => call(i, '/v1/sessions', body, headers))
      return (await Promise.all(made)).map(({ json }) => json as Created)
    },
    submit: async (turn, { id }, presentation) => {
      const token = JSON.stringify({ eligibility: [presentation] })
      const form = String(new URLSearchParams({ vp_token: token, state: id }))
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      return outcomeOf(await call(turn, `/oid4vp/response/${id}`, form, headers))
    },
    statuses: async (session) => {
      const views = await Promise.all(shops.map((shop) => shop.view(session)))
      return views.map(({ json }) => json['status'])
    },
    close: async () => {
      for (const { close } of callers) close()
      await Promise.all(processes.map((one) => one.kill()))
      await issuer.close()
    },
  }
}

type Headers = Readonly<Record<string, string>>

const JSON_TYPE = 'application/json'

/**
 * Presentations for sessions, each under a key of its own, with everything right but the proof,
 * which is believed here. Nonces come from the database, which spares a signature each.
 */
async function presentAll(
  url: string,
  policy: PolicyName,
  sessions: readonly Created[],
  pseudonym: bigint,
  root: bigint,
): Promise<string[]> {
  const database = await openDatabase<VerifierTables>(url, VERIFIER_COMPONENT)
  const ids = sessions.map(({ id }) => id)
  const rows = await database.query
    .selectFrom('verifier_sessions')
    .select(['id', 'nonce'])
    .where('id', 'in', ids)
    .execute()
  await database.close()
  const nonces = new Map(rows.map(({ id, nonce }) => [id, nonce]))
  const common = {
    audience: ORIGIN,
    issuedAt: NOW,
    policy: toBase64url(policyHash(POLICIES[policy])),
    circuit: keys['eligibility-1'].id,
    asOf: TODAY,
    trustRoots: [root],
    ...(policy === 'once' ? { pseudonym } : {}),
    proof: PROOF,
  }
  return Promise.all(
    ids.map(async (id) => {
      const { publicKey, privateKey } = await generateSigningKey()
      const claims = { ...common, nonce: nonces.get(id)! }
      return signPresentation(claims, await publicJwk(publicKey), privateKey)
    }),
  )
}

function countsOf(outcomes: readonly unknown[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const outcome of outcomes) counts[String(outcome)] = (counts[String(outcome)] ?? 0) + 1
  return counts
}
