import { beforeEach, describe, expect, test } from 'vitest'
import type { CredentialView } from '../../../client/wallet/types.ts'
import type { Wallet } from '../../../client/wallet/wallet.ts'
import type { Schema } from '../../../core/schema.ts'
import { verdictOf } from '../../support/refusal.ts'
import { PERSON, TestIssuer } from '../../support/world.ts'
import { ISSUER } from '../fake-issuer.ts'
import { POLICY } from '../fake-verifier.ts'
import { WalletWorld } from './wallet-world.ts'

// Whose words a person reads, where several issuers use one schema.

const CAFE = 'https://cafe.example'

const renamed = (title: string, birthDate: string): Schema => ({
  ...PERSON,
  title,
  attributes: PERSON.attributes.map((attribute) =>
    attribute.name === 'birthDate' ? { ...attribute, title: birthDate } : attribute,
  ),
})
const COFFEE = renamed('Coffee card', 'day you joined the coffee club')

let world: WalletWorld
let wallet: Wallet

beforeEach(async () => {
  world = await WalletWorld.create()
  wallet = await world.withCredential()
  world.verifier.meta = { policy: { ...POLICY, disclose: ['person.birthDate'] } }
})

/** Takes a card from the same machine under another name. */
async function takeFromCafe(schema: Schema): Promise<CredentialView> {
  const moved = (document: unknown): Record<string, unknown> =>
    JSON.parse(JSON.stringify(document).replaceAll(ISSUER, CAFE)) as Record<string, unknown>
  const { issuer, network } = world.issuer
  const before = { ...world.issuer.changes }
  const cafe = await TestIssuer.create(CAFE, schema)
  const { x, y } = cafe.signer.key
  const keys = [{ schema: schema.id, key: { x: String(x), y: String(y) } }]
  world.issuer.signedBy = cafe
  world.issuer.code = 'code-2'
  const document = (json: unknown) => ({ ...moved(json), jwk: cafe.jwk, keys, schemas: [schema] })
  Object.assign(world.issuer.changes, { offer: moved, metadata: moved, server: moved, document })
  for (const [url, page] of [...network.pages]) network.pages.set(url.replace(ISSUER, CAFE), page)
  const link = world.issuer.link.replace(encodeURIComponent(ISSUER), encodeURIComponent(CAFE))
  try {
    return await wallet.takeOffer(await wallet.readOffer(link), '123456')
  } finally {
    for (const name of ['offer', 'metadata', 'server'] as const) {
      // The fake answers under its own name again.
      world.issuer.changes[name] = (json) => json
    }
    Object.assign(world.issuer.changes, before)
    world.issuer.signedBy = issuer
  }
}

async function takeFromRegistry(schema: Schema = PERSON): Promise<CredentialView> {
  const { document } = world.issuer.changes
  world.issuer.changes.document = (json) => ({
    ...(document?.(json) as Record<string, unknown>),
    schemas: [schema],
  })
  world.issuer.code = 'code-3'
  return wallet.takeOffer(await wallet.readOffer(world.issuer.link), '123456')
}

const shown = async () =>
  (await wallet.readRequest(world.verifier.link, 'en')).disclosed.map(({ title }) => title)

describe('the words of a question', () => {
  test('are those of the issuer that came first', async () => {
    world.now += 60
    expect(await takeFromCafe(COFFEE)).toMatchObject({ title: 'Coffee card' })
    expect(await shown()).toEqual(['date of birth'])
  })

  test('stay so when the first card is replaced by a later one of the same issuer', async () => {
    world.now += 60
    await takeFromCafe(COFFEE)
    world.now += 60
    await takeFromRegistry(renamed('Person', 'birthday'))
    expect(await shown()).toEqual(['birthday'])
    const [first] = wallet.state.credentials
    await wallet.removeCredential(first?.id ?? '')
    expect(await shown()).toEqual(['birthday'])
  })

  test('are the other’s once no card of the first is left', async () => {
    world.now += 60
    await takeFromCafe(COFFEE)
    await wallet.removeCredential(wallet.state.credentials[0]?.id ?? '')
    expect(await shown()).not.toEqual(['date of birth'])
  })
})

test('a card of another schema with a known name is not taken, and changes nothing', async () => {
  const attributes = PERSON.attributes.map((attribute) =>
    attribute.name === 'householdSize' ? { ...attribute, unit: 'people' } : attribute,
  )
  const other = { ...PERSON, attributes }
  expect(await verdictOf(() => takeFromCafe(other))).toBe('SCHEMA_INVALID')
  expect(wallet.state.credentials).toHaveLength(1)
  expect(await shown()).toEqual(['date of birth'])
})
