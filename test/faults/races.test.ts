import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { toBase64url } from '../../core/bytes.ts'
import { generateSigningKey, publicJwk, readJws } from '../../core/jws.ts'
import { policyHash } from '../../core/policy/policy.ts'
import { signPresentation } from '../../core/presentation.ts'
import { ORIGIN, POLICIES, PROOF, Shop, startIssuer, writeConfig } from '../server/verifier/shop.ts'
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

const POLICY_HASH = toBase64url(policyHash(POLICIES.once))

describe.each([
  [
    'one SQLite file',
    () => Promise.resolve(`sqlite:${join(folder, randomUUID())}.sqlite`),
    isDeep ? 20 : 3,
  ],
  [
    'one PostgreSQL',
    () => createPostgresDatabase(inject('postgresUrl')),
    isDeep ? 100 : 10,
  ],
])('two verifiers on %s', (_, newDatabase, rounds) => {
  let shops: Shop[]
  let root: bigint
  beforeAll(async () => {
    const issuer = await startIssuer()
    const changes = { database: await newDatabase(), responseMode: 'direct_post' }
    const own = mkdtempSync(join(folder, 'verifier-'))
    const configPath = writeConfig(own, await issuer.listing(), changes)
    const processes = [FaultyProcess.spawn(), FaultyProcess.spawn()]
    const addresses = await Promise.all(
      processes.map((one) => one.start([{ kind: 'verifier', configPath }])),
    )
    shops = addresses.flat().map((address) => Shop.attach(address))
    await Promise.all(addresses.flat().map(untilReady))
    root = await shops[0]!.root()
    return async () => {
      await Promise.all(processes.map((one) => one.kill()))
      await issuer.close()
    }
  })

  /** Puts the question to one process, for an answer to the other. */
  const prepare = async (pseudonym: bigint, i: number): Promise<Submission> => {
    const session = await shops[i % 2]!.create('once')
    const presentation = await presentationFor(shops[i % 2]!, session, pseudonym, root)
    const form = { vp_token: JSON.stringify({ eligibility: [presentation] }), state: session.id }
    const uri = { response_uri: `${ORIGIN}/oid4vp/response/${session.id}` }
    return { session, submit: async (at) => outcomeOf(await shops[at % 2]!.post(uri, form)) }
  }

  test(`of ${SUBMISSIONS} presentations of one name, one counts`, async () => {
    for (let round = 1; round <= rounds; round++) {
      const all = Array.from({ length: SUBMISSIONS }, (_unused, i) => prepare(BigInt(round), i))
      const submissions = await Promise.all(all)
      const outcomes = await Promise.all(submissions.map(({ submit }, i) => submit(i >> 1)))
      expect(countsOf(outcomes)).toEqual({ 200: 1, PSEUDONYM_USED: SUBMISSIONS - 1 })
      const { session } = submissions[outcomes.indexOf(200)]!
      const views = await Promise.all(shops.map((shop) => shop.view(session)))
      expect(views.map(({ json }) => json['status'])).toEqual(['verified', 'verified'])
    }
  })

  test(`of ${SUBMISSIONS_OF_ONE} answers to one question, one counts`, async () => {
    const { submit } = await prepare(1_000_000n, 0)
    const outcomes = await Promise.all(
      Array.from({ length: SUBMISSIONS_OF_ONE }, (_unused, i) => submit(i)),
    )
    expect(countsOf(outcomes)).toEqual({ 200: 1, NONCE_USED: SUBMISSIONS_OF_ONE - 1 })
  })
})

interface Submission {
  readonly session: Created
  /** @param at - Which process. @returns 200, or the code of the refusal. */
  readonly submit: (at: number) => Promise<unknown>
}

/** With a key of its own and everything right but the proof, which is believed here. */
async function presentationFor(
  shop: Shop,
  { id }: Created,
  pseudonym: bigint,
  root: bigint,
): Promise<string> {
  const { text } = await shop.call('GET', `/oid4vp/request/${id}`)
  const { payload } = readJws(text, 'SIGNATURE_INVALID') as { payload: { nonce: string } }
  const { publicKey, privateKey } = await generateSigningKey()
  const claims = {
    audience: ORIGIN,
    nonce: payload.nonce,
    issuedAt: NOW,
    policy: POLICY_HASH,
    circuit: keys['eligibility-1'].id,
    asOf: TODAY,
    trustRoots: [root],
    pseudonym,
    proof: PROOF,
  }
  return signPresentation(claims, await publicJwk(publicKey), privateKey)
}

function countsOf(outcomes: readonly unknown[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const outcome of outcomes) counts[String(outcome)] = (counts[String(outcome)] ?? 0) + 1
  return counts
}
