import { expect } from 'vitest'
import { keyIdOf } from '../../server/issuer/issued.ts'
import {
  PASSPHRASE,
  TOKENS,
  accessFor,
  codeOf,
  offerTo,
  proofJwt,
  tokenForm,
} from '../server/issuer/service-world.ts'
import type { Answer, TestService } from '../server/issuer/service-world.ts'
import { NOW, TODAY } from '../support/world.ts'
import {
  deskAt,
  inDatabase,
  numbersOf,
  requestFor,
  requestWith,
  writeIssuerConfig,
} from './issuer-desk.ts'
import { expectSuccess, outcomeOf } from './lane.ts'
import type { Attempt, Ground, Lane } from './lane.ts'
import { Reader, isRevoked, publish } from './published.ts'
import { expectSound } from './register.ts'

// What an issuer does, cut at any step.

/** What an operation works with; `n` is another number each time. */
interface Scene {
  readonly desk: TestService
  readonly database: string
  readonly reader: Reader
  readonly n: bigint
}

const OPERATIONS = {
  'redeeming an offer': redeem,
  'issuing a credential': issue,
  "revoking a person's": revokePerson,
  'revoking a number': revokeNumber,
  'publishing an epoch': publishEpoch,
  'recovering from a loss': recover,
  'rotating a key': rotate,
}

export type IssuerOperation = keyof typeof OPERATIONS

export const ISSUER_OPERATIONS = Object.keys(OPERATIONS) as IssuerOperation[]

export function issuerLanes(
  { folder, newDatabase }: Ground,
  operations: readonly IssuerOperation[] = ISSUER_OPERATIONS,
): Promise<Lane[]> {
  return Promise.all(
    operations.map(async (name): Promise<Lane> => {
      const prepare = OPERATIONS[name]
      const database = await newDatabase()
      const reader = new Reader()
      let n = 0n
      return {
        name,
        service: {
          kind: 'issuer',
          configPath: writeIssuerConfig(folder, database),
          passphrase: PASSPHRASE,
        },
        database,
        ...(prepare === publishEpoch ? { begin: () => revokeMany(database) } : {}),
        prepare: async (address) => {
          const { perform, check } = await prepare({
            desk: deskAt(address),
            database,
            reader,
            n: ++n,
          })
          return {
            perform,
            check: async (again, answer) => {
              expectSuccess(answer)
              await check(again, answer)
              await reader.read(deskAt(again))
              await expectSound(database)
            },
          }
        },
      }
    }),
  )
}

async function redeem({ desk, database, n }: Scene): Promise<Attempt> {
  const subject = `p${n}`
  const { id, txCode } = await offerTo(desk, subject)
  const code = await codeOf(desk, id)
  const exchange = (at: TestService): Promise<Answer> =>
    at.send('POST', '/token', { body: tokenForm(code, txCode) })
  const isExchanged = async (): Promise<boolean> => {
    const { exchanged, tokens } = await inDatabase(database, async (query) => ({
      exchanged: await query
        .selectFrom('issuer_offers')
        .select('exchanged_at')
        .where('subject', '=', subject)
        .executeTakeFirstOrThrow(),
      tokens: await query
        .selectFrom('issuer_access_tokens')
        .innerJoin('issuer_offers', 'id_hash', 'offer_hash')
        .select('token_hash')
        .where('subject', '=', subject)
        .execute(),
    }))
    expect(tokens.length).toBe(exchanged.exchanged_at === null ? 0 : 1)
    return tokens.length === 1
  }
  return {
    perform: () => exchange(desk),
    check: async (address, answer) => {
      const restarted = deskAt(address)
      const wasExchanged = await isExchanged()
      if (answer !== undefined) expect(wasExchanged).toBe(true)
      // A try that was cut is not counted as a wrong one.
      expect(outcomeOf(await exchange(restarted))).toBe(wasExchanged ? 'OFFER_INVALID' : 200)
      expect(outcomeOf(await exchange(restarted))).toBe('OFFER_INVALID')
      expect(await isExchanged()).toBe(true)
      // Who has lost the token asks for another offer.
      const token = await accessFor(restarted, subject)
      const holder = { commitment: 1_000n + n, tag: n }
      expect(outcomeOf(await requestFor(restarted, token, holder))).toBe(200)
    },
  }
}

async function issue({ desk, n }: Scene): Promise<Attempt> {
  const subject = `p${n}`
  const holder = { commitment: 1_000n + n, tag: n }
  const token = await accessFor(desk, subject)
  const jwt = await proofJwt(desk, holder)
  return {
    perform: () => requestWith(desk, token, jwt),
    check: async (address, answer) => {
      const restarted = deskAt(address)
      const before = await numbersOf(restarted, subject)
      if (answer !== undefined) expect(before.length).toBe(1)
      // The nonce is spent with the credential or not at all.
      const repeated = await requestWith(restarted, token, jwt)
      expect(outcomeOf(repeated)).toBe(before.length === 1 ? 'NONCE_USED' : 200)
      const again = await requestFor(restarted, token, holder)
      expect(again.status).toBe(200)
      for (const earlier of [repeated, answer ?? again]) {
        if (earlier.status === 200) expect(again.json).toEqual(earlier.json)
      }
      const { revocationId } = again.json.credentials[0]!.credential
      const one = [{ number: revocationId, isRevoked: false }]
      expect([before, await numbersOf(restarted, subject)]).toEqual([
        before.length === 1 ? one : [],
        one,
      ])
      // Neither is the offer good for another commitment, nor the secret for another person.
      const second = { ...holder, commitment: 2_000n + n }
      expect(outcomeOf(await requestFor(restarted, token, second))).toBe('CONFLICT')
      const stranger = await accessFor(restarted, `stranger${n}`)
      const stolen = await requestFor(restarted, stranger, second)
      expect(stolen.json).toMatchObject({ error: 'credential_request_denied' })
      expect((await numbersOf(restarted, subject)).length).toBe(1)
    },
  }
}

async function revokePerson({ desk, n, reader }: Scene): Promise<Attempt> {
  const subject = `p${n}`
  const number = await issueTo(desk, subject, n)
  const offer = await offerTo(desk, subject)
  const revoke = (at: TestService): Promise<Answer> =>
    at.send('POST', '/v1/revocations', { token: TOKENS['revoker']!, body: { subject } })
  return {
    perform: () => revoke(desk),
    check: async (address, answer) => {
      const restarted = deskAt(address)
      const isDone = await isMarked(restarted, subject, number)
      if (answer !== undefined) expect(isDone).toBe(true)
      // With the credentials go the offers, or neither does.
      const { status } = await restarted.send('GET', `/offers/${offer.id}`)
      expect(status).toBe(isDone ? 404 : 200)
      const { json } = await revoke(restarted)
      expect(json.revoked).toHaveLength(isDone ? 0 : 1)
      await expectPublished(restarted, reader, number)
    },
  }
}

async function revokeNumber({ desk, n, reader }: Scene): Promise<Attempt> {
  const subject = `p${n}`
  const number = await issueTo(desk, subject, n)
  const body = { number: String(number), configuration: 'person-1' }
  const revoke = (at: TestService): Promise<Answer> =>
    at.send('POST', '/v1/revocations', { token: TOKENS['revoker']!, body })
  return {
    perform: () => revoke(desk),
    check: async (address, answer) => {
      const restarted = deskAt(address)
      const isDone = await isMarked(restarted, subject, number)
      if (answer !== undefined) expect(isDone).toBe(true)
      expect((await revoke(restarted)).json.revoked).toHaveLength(isDone ? 0 : 1)
      await expectPublished(restarted, reader, number)
    },
  }
}

/** Every epoch names a set that has not been published before. */
async function publishEpoch({ desk, database, reader, n }: Scene): Promise<Attempt> {
  const number = (n << 30n) + n
  await insertRevoked(database, [number])
  const before = await reader.read(desk)
  return {
    perform: () => desk.send('POST', '/v1/epochs', { token: TOKENS['publisher']! }),
    check: async (address, answer) => {
      const restarted = deskAt(address)
      const { epoch, keys } = await reader.read(restarted)
      const isDone = epoch > before.epoch
      expect(epoch).toBe(isDone ? before.epoch + 1 : before.epoch)
      if (answer !== undefined) expect([isDone, answer.json]).toMatchObject([true, { epoch }])
      expect(await isRevoked(restarted, keys, number)).toBe(isDone)
      if (!isDone) expect(await publish(restarted)).toBe(epoch + 1)
    },
  }
}

async function recover({ desk, database, n, reader }: Scene): Promise<Attempt> {
  const subject = `p${n}`
  const number = await issueTo(desk, subject, n)
  const old = await offerTo(desk, subject)
  const recovery = (at: TestService): Promise<Answer> =>
    at.send('POST', `/v1/people/${subject}/recovery`, {
      token: TOKENS['recoverer']!,
      body: { configuration: 'person-1' },
    })
  return {
    perform: () => recovery(desk),
    check: async (address, answer) => {
      const restarted = deskAt(address)
      const isDone = await isMarked(restarted, subject, number)
      if (answer !== undefined) expect(isDone).toBe(true)
      const facts = await recoveryFacts(database, subject)
      const isTagKept = !isDone
      expect(facts).toEqual({ recoveries: isDone ? 1 : 0, offers: 1, isTagKept })
      const { status } = await restarted.send('GET', `/offers/${old.id}`)
      expect(status).toBe(isDone ? 404 : 200)
      expect(outcomeOf(await recovery(restarted))).toBe(isDone ? 'RECOVERY_LIMITED' : 201)
      // Lost is lost: the old secret is good for nothing any more, another one is.
      const token = await accessFor(restarted, subject)
      const retired = await requestFor(restarted, token, { commitment: 2_000n + n, tag: n })
      expect(retired.json).toMatchObject({ error: 'credential_request_denied' })
      const holder = { commitment: 3_000n + n, tag: 10_000n + n }
      expect(outcomeOf(await requestFor(restarted, token, holder))).toBe(200)
      await expectPublished(restarted, reader, number)
    },
  }
}

async function rotate({ desk, n }: Scene): Promise<Attempt> {
  const list = async (at: TestService): Promise<Answer['json']['keys']> =>
    (await at.send('GET', '/v1/keys', { token: TOKENS['publisher']! })).json.keys
  // What the old key has signed stays good, so the old key stays published.
  await issueTo(desk, `p${n}`, n)
  const before = await list(desk)
  const holder = { commitment: 5_000n + n, tag: 5_000n + n }
  return {
    perform: () => desk.send('POST', '/v1/keys/person-1', { token: TOKENS['publisher']! }),
    check: async (address, answer) => {
      const restarted = deskAt(address)
      const keys = await list(restarted)
      const isDone = keys.length > before.length
      expect(keys.length).toBe(before.length + (isDone ? 1 : 0))
      if (answer !== undefined) expect(answer.json).toEqual({ keys })
      const active = keys.filter(({ status }) => status === 'active')
      expect(active).toHaveLength(1)
      // Whatever signs is published; at the next look if the service went on without having done so.
      const named = async (): Promise<string[]> => {
        const { keys: published } = await new Reader().read(restarted)
        const names = new Set(published.map(({ key }) => keyIdOf(key)))
        return keys.filter(({ id }) => names.has(id)).map(({ id }) => id)
      }
      await expect.poll(named).toEqual(keys.map(({ id }) => id))
      const token = await accessFor(restarted, `new${n}`)
      expect(outcomeOf(await requestFor(restarted, token, holder))).toBe(200)
    },
  }
}

/** @returns The revocation number of the new credential. */
async function issueTo(desk: TestService, subject: string, n: bigint): Promise<bigint> {
  const token = await accessFor(desk, subject)
  const { json } = await requestFor(desk, token, { commitment: 1_000n + n, tag: n })
  return BigInt(json.credentials[0]!.credential.revocationId)
}

async function isMarked(desk: TestService, subject: string, number: bigint): Promise<boolean> {
  const numbers = await numbersOf(desk, subject)
  return numbers.find((one) => one.number === String(number))!.isRevoked
}

/** What was revoked is in the next epoch. */
async function expectPublished(desk: TestService, reader: Reader, number: bigint): Promise<void> {
  const epoch = await publish(desk)
  const status = await reader.read(desk)
  expect(status.epoch).toBe(epoch)
  expect(await isRevoked(desk, status.keys, number)).toBe(true)
}

async function recoveryFacts(
  database: string,
  subject: string,
): Promise<{ recoveries: number; offers: number; isTagKept: boolean }> {
  return inDatabase(database, async (query) => {
    const recoveries = await query
      .selectFrom('issuer_recoveries')
      .select('id')
      .where('subject', '=', subject)
      .execute()
    const offers = await query
      .selectFrom('issuer_offers')
      .select('id_hash')
      .where('subject', '=', subject)
      .where('exchanged_at', 'is', null)
      .execute()
    const person = await query
      .selectFrom('issuer_people')
      .innerJoin('issuer_tags', 'issuer_tags.subject', 'issuer_people.subject')
      .select(['issuer_people.tag', 'retired_at'])
      .where('issuer_people.subject', '=', subject)
      .executeTakeFirstOrThrow()
    expect(person.tag === null).toBe(person.retired_at !== null)
    return {
      recoveries: recoveries.length,
      offers: offers.length,
      isTagKept: person.tag !== null,
    }
  })
}

/** More numbers than one shard holds, so that an epoch has many parts that could be missing. */
async function revokeMany(database: string): Promise<void> {
  const numbers = Array.from({ length: MANY }, (_, i) => BigInt(i) * SPACING + 1n)
  await insertRevoked(database, numbers)
}

const MANY = 130
/** Spread over all 2^40 numbers. */
const SPACING = (1n << 40n) / BigInt(MANY)

/** As if they had been issued and revoked. */
async function insertRevoked(database: string, numbers: readonly bigint[]): Promise<void> {
  await inDatabase(database, async (query) => {
    const key = await query
      .selectFrom('issuer_keys')
      .select(['id', 'schema'])
      .executeTakeFirstOrThrow()
    const rows = numbers.map((number) => ({
      commitment: `${number}`,
      subject: 'somebody',
      schema: key.schema,
      key_id: key.id,
      message: '0',
      revocation_id: Number(number),
      valid_from: TODAY,
      valid_until: TODAY,
      issued_at: NOW,
      revoked_at: NOW,
    }))
    await query.insertInto('issuer_credentials').values(rows).execute()
  })
}
