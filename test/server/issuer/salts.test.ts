import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { checkCredential, issuerSigner } from '../../../core/credential.ts'
import { generatePrivateKey, publicKeyOf } from '../../../core/eddsa.ts'
import { isPhotograph } from '../../../core/photograph.ts'
import { parseSchema } from '../../../core/schema.ts'
import { Issuer, IssuerStore } from '../../../server/index.ts'
import type { Application } from '../../../server/index.ts'
import { photographText } from '../../support/photograph.ts'
import { verdictOf } from '../../support/refusal.ts'
import { keys as circuitKeys } from '../../support/tools.ts'
import { NOW, TODAY } from '../../support/world.ts'

// Pictures are signed with something that whoever handed them in could not know.

const NAME = 'https://registry.example'
const SCHEMA = parseSchema({
  id: 'photo-id/1',
  title: 'Photo identity',
  attributes: [
    { name: 'photograph', type: 'text', title: 'photograph' },
    { name: 'region', type: 'text', title: 'region' },
  ],
})
const privateKey = generatePrivateKey()
const signer = issuerSigner(NAME, privateKey, publicKeyOf(privateKey))

const open = (): Promise<IssuerStore> => IssuerStore.open('sqlite::memory:', NAME)

function issuerOn(store: IssuerStore): Issuer {
  return new Issuer({
    issuer: NAME,
    keys: [{ schema: SCHEMA, signer }],
    store,
    enrolmentKey: circuitKeys.enrolment.key,
    verifyProof: () => true,
  })
}

function wish(commitment: bigint, photograph = photographText()): Application {
  return {
    subject: 'P1',
    schema: 'photo-id/1',
    attributes: { photograph, region: 'DE-BY' },
    validFrom: TODAY,
    validUntil: TODAY + 365,
    request: { commitment, tag: 5n, proof: 'proof' },
    nonce: 'n',
  }
}

const grant = async (issuer: Issuer, application: Application) =>
  issuer.issue(await issuer.check(application), NOW)

const saltIn = (attributes: Application['attributes']): string =>
  /;salt=([^;]*);/.exec(String(attributes['photograph']))?.[1] ?? ''

describe('a picture in a credential', () => {
  test('is the one of the register with a salt, another for each credential', async () => {
    const issuer = issuerOn(await open())
    const salts = new Set<string>()
    for (let i = 1n; i <= 8n; i++) {
      const credential = await grant(issuer, wish(i))
      checkCredential(credential, SCHEMA)
      const { photograph = '', region } = credential.attributes
      expect(isPhotograph(photograph)).toBe(true)
      expect(String(photograph).replace(/;salt=[^;]*/, '')).toBe(photographText())
      expect(region).toBe('DE-BY')
      salts.add(saltIn(credential.attributes))
    }
    expect([salts.size, [...salts].every((salt) => salt.length === 22)]).toEqual([8, true])
  })

  test('is the same when the same request is answered again, also by another process', async () => {
    const store = await open()
    const first = await grant(issuerOn(store), wish(7n))
    expect(await grant(issuerOn(store), wish(7n))).toEqual(first)
    const elsewhere = await grant(issuerOn(await open()), wish(7n))
    expect(saltIn(elsewhere.attributes)).not.toBe(saltIn(first.attributes))
  })

  test('is signed as soon as the database is there again', async () => {
    const store = await open()
    const issuer = issuerOn(store)
    const { query } = store.database
    await sql`ALTER TABLE issuer_settings RENAME TO away`.execute(query)
    await expect(issuer.check(wish(7n))).rejects.toThrow('issuer_settings')
    await sql`ALTER TABLE away RENAME TO issuer_settings`.execute(query)
    expect(saltIn((await grant(issuer, wish(7n))).attributes)).toHaveLength(22)
  })

  test('is not replaced under a request that was answered', async () => {
    const issuer = issuerOn(await open())
    await grant(issuer, wish(7n))
    const other = wish(7n, photographText().replace('iVBO', 'iVBP'))
    expect(await verdictOf(() => grant(issuer, other))).toBe('ENROLMENT_INVALID')
  })

  test('that cannot be salted is not signed', async () => {
    const issuer = issuerOn(await open())
    expect(await verdictOf(() => grant(issuer, wish(7n, 'data:image/png')))).toBe(
      'ATTRIBUTE_INVALID',
    )
    const long = `data:image/png;base64,${'A'.repeat(980)}`
    expect(await verdictOf(() => grant(issuer, wish(8n, long)))).toBe('ATTRIBUTE_INVALID')
  })
})
