import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import { openDatabase } from '../../server/storage/database.ts'
import { VERIFIER_COMPONENT } from '../../server/verifier/tables.ts'
import type { VerifierTables } from '../../server/verifier/tables.ts'
import { Shop, writeConfig } from '../server/verifier/shop.ts'
import type { Answer as ShopAnswer, Created } from '../server/verifier/shop.ts'
import { expectSuccess, outcomeOf } from './lane.ts'
import type { Attempt, Lane, Ground } from './lane.ts'

// Presenting, cut at any step: the nonce, the name and the result go together.

/** @param listing - Of the issuer that the verifiers trust. */
export function verifierLanes(ground: Ground, listing: object): Promise<Lane[]> {
  return Promise.all([
    verifierLane('a use that counts once', ground, listing, presentOnce),
    verifierLane('a holder who returns', ground, listing, presentAgain),
  ])
}

/** Waits until a verifier that is new has looked at its issuer. */
export async function untilReady(address: string): Promise<void> {
  const shop = Shop.attach(address)
  await vi.waitFor(async () => {
    expect((await shop.call('GET', '/readyz')).status).toBe(200)
  }, PATIENCE)
}

const PATIENCE = { timeout: 30_000, interval: 20 }

async function verifierLane(
  name: string,
  { folder, newDatabase }: Ground,
  listing: object,
  present: (shop: Shop, pseudonym: bigint) => Promise<Attempt>,
): Promise<Lane> {
  const own = mkdtempSync(join(folder, 'verifier-'))
  const database = await newDatabase()
  let pseudonyms = 0n
  return {
    name,
    service: { kind: 'verifier', configPath: writeConfig(own, listing, { database }) },
    database,
    begin: untilReady,
    prepare: async (address) => {
      const { perform, check } = await present(Shop.attach(address), ++pseudonyms)
      return {
        perform,
        check: async (again, answer) => {
          await check(again, answer)
          await expectSound(database)
        },
      }
    },
  }
}

async function presentOnce(shop: Shop, pseudonym: bigint): Promise<Attempt> {
  const session = await shop.create('once')
  const submit = await submission(shop, session, pseudonym)
  return {
    perform: () => submit(shop),
    check: async (address, answer) => {
      expectSuccess(answer)
      const restarted = Shop.attach(address)
      await expectOneSuccess(restarted, session, submit, answer)
      // Whichever of the two attempts was accepted: the name is used up.
      const other = await restarted.create('once')
      const second = await submission(restarted, other, pseudonym)
      expect(outcomeOf(await second(restarted))).toBe('PSEUDONYM_USED')
      expect(await statusOf(restarted, other)).toBe('pending')
    },
  }
}

async function presentAgain(shop: Shop): Promise<Attempt> {
  const known = 1n
  const first = await shop.create('login')
  expect((await (await submission(shop, first, known))(shop)).status).toBe(200)
  const session = await shop.create('login')
  const submit = await submission(shop, session, known)
  return {
    perform: () => submit(shop),
    check: async (address, answer) => {
      expectSuccess(answer)
      const restarted = Shop.attach(address)
      await expectOneSuccess(restarted, session, submit, answer)
      expect((await restarted.view(session)).json).toMatchObject({ isReturning: true })
    },
  }
}

/** A presentation for a session, to be sent as often as one likes. */
async function submission(
  shop: Shop,
  session: Created,
  pseudonym: bigint,
): Promise<(shop: Shop) => Promise<ShopAnswer>> {
  const request = await shop.fetchRequest(session)
  const presentation = await shop.present(request, { pseudonym })
  return (at) => at.answer(request, presentation)
}

async function expectOneSuccess(
  shop: Shop,
  session: Created,
  submit: (shop: Shop) => Promise<ShopAnswer>,
  answer: object | undefined,
): Promise<void> {
  const status = await statusOf(shop, session)
  expect(['pending', 'verified']).toContain(status)
  if (answer !== undefined) expect(status).toBe('verified')
  expect(outcomeOf(await submit(shop))).toBe(status === 'verified' ? 'NONCE_USED' : 200)
  expect(await statusOf(shop, session)).toBe('verified')
  expect(outcomeOf(await submit(shop))).toBe('NONCE_USED')
}

async function statusOf(shop: Shop, session: Created): Promise<unknown> {
  return (await shop.view(session)).json['status']
}

/** Looks into the database: each success under a policy of one use has its name, and each name one. */
async function expectSound(url: string): Promise<void> {
  const database = await openDatabase<VerifierTables>(url, VERIFIER_COMPONENT)
  const { query } = database
  const verified = await query
    .selectFrom('verifier_sessions')
    .select(['policy', 'pseudonym', 'answered_at', 'encryption_key'])
    .where('status', '=', 'verified')
    .execute()
  const uses = await query.selectFrom('verifier_uses').select('pseudonym').execute()
  await database.close()
  const names = verified.map(({ pseudonym }) => pseudonym)
  expect(new Set(names)).toEqual(new Set(uses.map(({ pseudonym }) => pseudonym)))
  const once = verified.filter(({ policy }) => policy.startsWith('once@'))
  expect(new Set(once.map(({ pseudonym }) => pseudonym)).size).toBe(once.length)
  for (const { answered_at: at, encryption_key: key } of verified) {
    expect([typeof at, key]).toEqual(['number', null])
  }
}
