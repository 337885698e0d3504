import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { checkFork, documentHash } from '../../../core/status-log.ts'
import { openWitness, parseNewest } from '../../../core/witness-log.ts'
import * as z from '../../../core/zod.ts'
import { createLogger } from '../../../server/http/log.ts'
import { startTrustKeeper, trustConfigShape } from '../../../server/trust/index.ts'
import type { TrustKeeper } from '../../../server/trust/index.ts'
import { openDatabase } from '../../../server/storage/database.ts'
import { TRUST_COMPONENT } from '../../../server/trust/tables.ts'
import type { TrustTables } from '../../../server/trust/tables.ts'
import { createPostgresDatabase } from '../../support/postgres.ts'
import { verdictOf } from '../../support/refusal.ts'
import { TestLog } from '../../support/test-log.ts'
import { NOW } from '../../support/world.ts'
import { StatusServer } from './town.ts'

const OPERATOR = 'https://trust.example'

const folder = mkdtempSync(join(tmpdir(), 'zerocard-test-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

let files = 0
let registry: StatusServer
let keepers: TrustKeeper[]
let log: string

beforeEach(async () => {
  registry = await StatusServer.start()
  keepers = []
  log = ''
  await registry.publish(1, NOW)
})

afterEach(async () => {
  await Promise.all(keepers.map((keeper) => keeper.close()))
  await registry.close()
})

async function keep(databaseUrl: string): Promise<TrustKeeper> {
  const config = z.strictObject(trustConfigShape).parse({
    trust: { registries: { issuers: [registry.entry] } },
    allowPrivateAddresses: true,
  })
  const keeper = await startTrustKeeper({
    config,
    databaseUrl,
    operator: OPERATOR,
    clock: () => NOW,
    logger: createLogger('test', 'info', { write: (line: string) => void (log += line) }),
  })
  keepers.push(keeper)
  return keeper
}

const look = async (keeper: TrustKeeper) => (await keeper.refresh()).map(({ outcome }) => outcome)
const seenBy = async (keeper: TrustKeeper) => {
  const text = await keeper.seen.statement(NOW, 0)
  const said = await openWitness(text, { witness: OPERATOR, jwk: keeper.jwk }, NOW)
  return said.issuers[0]!.documents.map(({ epoch }) => epoch)
}

describe.each([
  ['SQLite', () => Promise.resolve(`sqlite:${join(folder, `${++files}.sqlite`)}`)],
  ['PostgreSQL', () => createPostgresDatabase(inject('postgresUrl'))],
])('a witness with %s', (_, newUrl) => {
  test('follows an issuer’s log, over documents that it did not see', async () => {
    const url = await newUrl()
    const keeper = await keep(url)
    await look(keeper)
    for (const epoch of [2, 3, 7]) {
      await registry.revokeAndPublish(epoch, NOW)
      expect(await look(keeper)).toEqual(['new'])
    }
    expect(await seenBy(keeper)).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(await keeper.seen.forks()).toEqual([])
    const hash = documentHash(registry.text!)
    expect(await keeper.seen.document(hash)).toBe(registry.text)
    expect(await keeper.seen.document('A'.repeat(43))).toBeUndefined()
    await keeper.close()
    keepers = []
    const next = await keep(url)
    await registry.revokeAndPublish(9, NOW)
    await look(next)
    expect(await seenBy(next)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
    const newest = parseNewest(JSON.parse(await next.seen.newest(NOW, 0)))
    expect(newest.map(({ issuer, document }) => [issuer, document])).toEqual([
      [registry.origin, registry.text],
    ])
  })

  test.each([
    ['the next document', 4],
    ['a later one', 6],
  ])('refuses %s of another past, and keeps the evidence', async (_what, epoch) => {
    const keeper = await keep(await newUrl())
    await look(keeper)
    for (const one of [2, 3]) {
      await registry.revokeAndPublish(one, NOW)
      await look(keeper)
    }
    const { root } = (await keeper.newest('registries'))!
    registry.log = new TestLog()
    await registry.revokeAndPublish(epoch, NOW)
    expect(await look(keeper)).toEqual(['fork'])
    expect((await keeper.newest('registries'))!.root).toBe(root)
    expect(await seenBy(keeper)).toEqual([1, 2, 3])
    expect(log).toContain('shows another one to others')
    const [evidence] = await keeper.seen.forks()
    expect((await checkFork(evidence)).epochs).toEqual([3, epoch])
    expect(await keeper.seen.document(documentHash(registry.text!))).toBe(registry.text)
  })

  test('refuses a second document of an epoch, and one that was left out since', async () => {
    const keeper = await keep(await newUrl())
    await look(keeper)
    const before = registry.log.copy()
    await registry.revokeAndPublish(2, NOW)
    await look(keeper)
    registry.log = before
    await registry.revokeAndPublish(2, NOW + 1)
    expect(await look(keeper)).toEqual(['equivocation'])
    await registry.revokeAndPublish(5, NOW)
    expect(await look(keeper)).toEqual(['fork'])
    const [evidence] = await keeper.seen.forks()
    expect((await checkFork(evidence)).evidence.because.kind).toBe('same-epoch')
  })

  test('goes on from a document that an older program has kept', async () => {
    const url = await newUrl()
    const keeper = await keep(url)
    await look(keeper)
    await keeper.close()
    keepers = []
    const database = await openDatabase<TrustTables>(url, TRUST_COMPONENT)
    await database.query.updateTable('trust_documents').set({ document: 'of.before.x' }).execute()
    await database.close()
    const next = await keep(url)
    expect(await look(next)).not.toContain('new')
    await registry.revokeAndPublish(2, NOW)
    expect(await look(next)).toEqual(['new'])
    expect(await seenBy(next)).toEqual([1, 2])
  })

  test('takes no document whose log it is not shown', async () => {
    const keeper = await keep(await newUrl())
    await look(keeper)
    const { log: truth } = registry
    await registry.revokeAndPublish(4, NOW)
    registry.log = new TestLog()
    expect(await look(keeper)).toEqual(['invalid'])
    registry.log = truth
    expect(await look(keeper)).toEqual(['new'])
  })

  test('says what it has seen with its own key, and nobody else can', async () => {
    const keeper = await keep(await newUrl())
    await look(keeper)
    const text = await keeper.seen.statement(NOW, 0)
    const opened = (witness: string, jwk = keeper.jwk, now = NOW, said = text) =>
      verdictOf(() => openWitness(said, { witness, jwk }, now))
    expect(await opened(OPERATOR)).toBe('accepted')
    expect(await opened('https://other.example')).toBe('TRUST_INVALID')
    expect(await opened(OPERATOR, registry.jwk)).toBe('TRUST_INVALID')
    expect(await opened(OPERATOR, keeper.jwk, NOW - 301)).toBe('TRUST_INVALID')
    const list = (await keeper.newest('registries'))!.jws
    expect(await opened(OPERATOR, keeper.jwk, NOW, list)).toBe('TRUST_INVALID')
  })
})
