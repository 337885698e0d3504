import { beforeAll, describe, expect, test } from 'vitest'
import type { Members } from '../../independent/json.ts'
import { hasOnly, malformedTexts } from '../../support/malformed.ts'
import { ADULT } from '../../support/world.ts'
import { MARK, tryBodies, tryTexts, tryTokens } from '../malformed-requests.ts'
import type { Operation, Service } from '../malformed-requests.ts'
import { databaseKinds } from './databases.ts'
import { TOKENS, issueTo, startTestService, tokenForm } from './service-world.ts'
import type { TestService } from './service-world.ts'

// What operators send to an issuer, changed in every way.

const PERSON = `${MARK}-1`
/** Has no credential. */
const NEWCOMER = `${MARK}-9`
const HEADER = 'subject,birthDate,region,householdSize,isStudent,personId'
const ROW = `${PERSON},1990-05-17,DE-BY,3,false,${MARK}`

const isDay = (value: unknown): boolean =>
  value === undefined ||
  (typeof value === 'string' &&
    /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(value) &&
    !Number.isNaN(Date.parse(value)))

/** By docs/formats.md: below 2^64, and as a number only where it is exact. */
const isCount = (value: unknown): boolean =>
  typeof value === 'string'
    ? /^(0|[1-9][0-9]{0,19})$/.test(value) && BigInt(value) < 2n ** 64n
    : Number.isSafeInteger(value) && (value as number) >= 0 && !Object.is(value, -0)

/** Attributes as `person/1` has them. */
function isAdult(value: unknown): boolean {
  if (!(value instanceof Map)) return false
  const attributes = value as Members
  const isString = (name: string): boolean => {
    const text = attributes.get(name)
    return (
      typeof text === 'string' &&
      text.isWellFormed() &&
      Buffer.byteLength(text.normalize('NFC')) <= 1024
    )
  }
  return (
    attributes.size === Object.keys(ADULT).length &&
    hasOnly(attributes, ...Object.keys(ADULT)) &&
    attributes.get('birthDate') === ADULT['birthDate'] &&
    isString('region') &&
    isString('personId') &&
    typeof attributes.get('isStudent') === 'boolean' &&
    isCount(attributes.get('householdSize'))
  )
}

const isRecord = (members: Members): boolean =>
  hasOnly(members, 'attributes', 'validFrom', 'validUntil') &&
  isAdult(members.get('attributes')) &&
  isDay(members.get('validFrom')) &&
  isDay(members.get('validUntil'))

const isOf =
  (...names: string[]) =>
  (members: Members): boolean =>
    hasOnly(members, ...names) &&
    members.get('subject') === (names.includes('subject') ? PERSON : undefined) &&
    members.get('configuration') === 'person-1'

const isRevocation = (members: Members): boolean =>
  hasOnly(members, 'subject', 'configuration') &&
  members.get('subject') === PERSON &&
  (!members.has('configuration') || members.get('configuration') === 'person-1')

describe.each(databaseKinds())('a malformed body at an issuer with %s', (_, newDatabase) => {
  let issuer: TestService
  let service: Service

  beforeAll(async () => {
    issuer = await startTestService({ config: { log: 'info' }, database: await newDatabase() })
    service = { url: issuer.address, log: issuer.log }
    expect((await issueTo(issuer, PERSON)).status).toBe(200)
    const path = `/v1/people/${NEWCOMER}/person-1`
    await issuer.send('PUT', path, { token: TOKENS['registrar']!, body: { attributes: ADULT } })
    return () => issuer.close()
  })

  const as = (
    role: string,
    path: string,
    method = 'POST',
    type = 'application/json',
  ): Operation => ({
    method,
    path,
    headers: { 'content-type': type, authorization: `Bearer ${TOKENS[role]!}` },
  })

  test('about a person is refused with a code', async () => {
    const json = {
      attributes: { ...ADULT, personId: MARK },
      validFrom: '2026-01-01',
      validUntil: '2027-01-01',
    }
    const operation = as('registrar', `/v1/people/${PERSON}/person-1`, 'PUT')
    expect(await tryBodies(service, operation, { json, isGood: isRecord }, 300)).toBeGreaterThan(
      200,
    )
  })

  test('of many people is refused with a code', async () => {
    const operation = as('registrar', '/v1/people/person-1', 'POST', 'text/csv')
    const table = `${HEADER}\n${ROW}\n"${MARK}-2",1980-01-01,"DE-BW",1,true,"a ""b"", c"\n`
    expect(await tryTexts(service, operation, table, undefined, 300)).toBeGreaterThan(150)
  })

  test('for an offer is refused with a code', async () => {
    const json = { subject: PERSON, configuration: 'person-1' }
    const body = { json, isGood: isOf('subject', 'configuration') }
    expect(await tryBodies(service, as('registrar', '/v1/offers'), body, 150)).toBeGreaterThan(100)
  })

  test('for a recovery is refused with a code', async () => {
    const json = { configuration: 'person-1' }
    // Of somebody without a secret to lose: nothing changes, so that one is like the next.
    const operation = { ...as('recoverer', `/v1/people/${NEWCOMER}/recovery`), answer: 409 }
    const body = { json, isGood: isOf('configuration') }
    expect(await tryBodies(service, operation, body, 150)).toBeGreaterThan(100)
  })

  test('for a revocation is refused with a code', async () => {
    const json = { subject: PERSON, configuration: 'person-1' }
    const operation = as('revoker', '/v1/revocations')
    const body = { json, isGood: isRevocation }
    expect(await tryBodies(service, operation, body, 150)).toBeGreaterThan(80)
  })

  test('for a revocation by number is refused with a code', async () => {
    const json = { number: '7', configuration: 'person-1', key: 'A'.repeat(22) }
    const isGood = (members: Members): boolean =>
      hasOnly(members, 'number', 'configuration', 'key') &&
      members.get('configuration') === 'person-1' &&
      (!members.has('key') || members.get('key') === json.key) &&
      ['7', '1'].includes(String(members.get('number'))) &&
      typeof members.get('number') === 'string'
    // Nothing has this number.
    const operation = { ...as('revoker', '/v1/revocations'), answer: 404 }
    expect(await tryBodies(service, operation, { json, isGood }, 150)).toBeGreaterThan(80)
  })

  test('of a wallet at the token endpoint is refused with a code', async () => {
    const form = String(tokenForm('A'.repeat(43), '123456'))
    const bodies = [
      ...[...malformedTexts(form, 1, 150)].map(({ bytes }) => bytes),
      ...['\0', 'A\0', '\ufffd', 'x'.repeat(501)].map((text) => tokenForm(text, text)),
    ]
    for (const body of bodies) {
      const answer = await fetch(`${service.url}/token`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body,
      })
      expect([400, 413]).toContain(answer.status)
      expect(Object.keys((await answer.json()) as object)).toContain('error')
    }
  })

  test('where none is read changes nothing', async () => {
    const operation = as('publisher', '/v1/epochs')
    expect(await tryTexts(service, operation, '{}', () => true, 10)).toBe(0)
  })

  test('does not count, whatever its token is like', async () => {
    const json = { subject: PERSON, configuration: 'person-1' }
    expect(await tryTokens(service, as('registrar', '/v1/offers'), json, 150)).toBeGreaterThan(40)
  })
})
