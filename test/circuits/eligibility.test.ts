import { describe, expect, test } from 'vitest'
import type { HeldCredential } from '../../client/holder.ts'
import { WitnessProgram, witnessValues } from '../../client/witness-program.ts'
import { eligibilityInputs } from '../../client/witness.ts'
import type { CircuitInputs, SlotWitness } from '../../client/witness.ts'
import { pseudonym, scopeField } from '../../core/pseudonym.ts'
import { buildStatement } from '../../core/statement.ts'
import { verdictOf } from '../support/refusal.ts'
import { readArtifact } from '../support/tools.ts'
import {
  ADULT,
  INCOME,
  PERSON,
  SCHEMAS,
  TODAY,
  TestIssuer,
  policyOf,
  trustIn,
} from '../support/world.ts'

// How three slots hang together; what each slot proves by itself is tested template by template.

const SECRET = 0xa11cen
const MALLORY = 0xbadn
const AUDIENCE = 'https://shop.example'

const [registry, otherRegistry, tax] = await Promise.all([
  TestIssuer.create('https://registry.example', PERSON),
  TestIssuer.create('https://other.example', PERSON),
  TestIssuer.create('https://tax.example', INCOME),
])
const issuers = [registry, otherRegistry, tax]
const trust = {
  registries: await trustIn('registries', registry),
  everybody: await trustIn('everybody', ...issuers),
}
const program = await WitnessProgram.compile(readArtifact('eligibility-3', 'wasm'))

/** An adult of household 3, a guest of household 5, and the adult's income. */
const credentials = {
  adult: { schema: 'person/1', trust: 'registries' },
  guest: { schema: 'person/1', trust: 'everybody' },
  income: { schema: 'income/1', trust: 'everybody' },
}
// A policy with two credentials of one schema is refused; the circuit can tell them apart by slot.
const asked = policyOf({
  credentials: { ...credentials, guest: { ...credentials.guest, schema: 'guest/1' } },
  where: {
    all: [
      { attribute: 'adult.householdSize', eq: 3 },
      { attribute: 'guest.householdSize', eq: 5 },
      { attribute: 'income.annual', lt: 100 },
    ],
  },
  once: { scope: 'gift', per: 'credential', limit: 1 },
})
const policy = { ...asked, credentials }
const scope = scopeField({ scope: 'gift', shared: false }, AUDIENCE)
const statement = buildStatement(policy, {
  schemas: SCHEMAS,
  asOf: TODAY,
  trustRoots: {
    adult: trust.registries.root,
    guest: trust.everybody.root,
    income: trust.everybody.root,
  },
  audience: AUDIENCE,
  presenter: 99n,
})

const adult = registry.issue(SECRET, { ...ADULT, householdSize: 3 })
const guest = otherRegistry.issue(SECRET, { ...ADULT, householdSize: 5 })
const income = tax.issue(SECRET, { annual: 99 })
const honest = [slot(adult, 'registries'), slot(guest, 'everybody'), slot(income, 'everybody')]

describe('three credentials', () => {
  test('of one holder satisfy a policy over all of them', async () => {
    const witness = witnessValues(await program.run(inputsOf(honest)))
    expect(witness[1]).toBe(pseudonym(SECRET, adult.blinding, scope, 0n))
  })

  test.each([0, 1, 2])('are refused if number %i belongs to somebody else', async (number) => {
    const [issuer, attributes] = [
      [registry, { ...ADULT, householdSize: 3 }],
      [otherRegistry, { ...ADULT, householdSize: 5 }],
      [tax, { annual: 99 }],
    ][number] as [TestIssuer, Record<string, number>]
    const trustList = number === 0 ? 'registries' : 'everybody'
    const borrowed = honest.with(number, slot(issuer.issue(MALLORY, attributes), trustList))
    expect(await verdict(borrowed)).toBe('PROVING_FAILED')
    expect(await verdict(borrowed, MALLORY)).toBe('PROVING_FAILED')
  })

  test('are refused in another order, though two have one schema', async () => {
    const listed = [registry.issue(SECRET, { ...ADULT, householdSize: 5 }), adult]
    const [five, three] = listed.map((held) => slot(held, 'registries')) as [
      SlotWitness,
      SlotWitness,
    ]
    const everywhere = listed.map((held) => slot(held, 'everybody')) as [SlotWitness, SlotWitness]
    expect(await verdict([three, everywhere[0], honest[2]!])).toBe('accepted')
    expect(await verdict([five, everywhere[1], honest[2]!])).toBe('PROVING_FAILED')
    expect(await verdict([three, everywhere[1], honest[2]!])).toBe('PROVING_FAILED')
    expect(await verdict([honest[0]!, honest[2]!, honest[1]!])).toBe('PROVING_FAILED')
  })

  test('are each held against the trust list of their own slot', async () => {
    const elsewhere = otherRegistry.issue(SECRET, { ...ADULT, householdSize: 3 })
    expect(await verdict(honest.with(0, slot(elsewhere, 'everybody')))).toBe('PROVING_FAILED')
  })

  test.each([0, 1, 2])('are refused if number %i is revoked', async (number) => {
    const held = [adult, guest, income][number]!
    const issuer = [registry, otherRegistry, tax][number]!
    const { revocationId } = held.credential
    const revocation = issuer.revoked.insert(revocationId).prove(revocationId)
    expect(await verdict(honest.with(number, { ...honest[number]!, revocation }))).toBe(
      'PROVING_FAILED',
    )
  })

  test('are refused if only one of them satisfies the policy', async () => {
    const rich = slot(tax.issue(SECRET, { annual: 100 }), 'everybody')
    expect(await verdict(honest.with(2, rich))).toBe('PROVING_FAILED')
  })
})

function slot({ credential, blinding }: HeldCredential, name: keyof typeof trust): SlotWitness {
  const list = trust[name]
  const issuer = issuers.find(({ signer }) => signer.key.x === credential.key.x)!
  return {
    credential,
    blinding,
    schema: issuer.schema,
    revocation: issuer.revoked.prove(credential.revocationId),
    trustPath: list.path(list.leaves.findIndex(({ key }) => key.x === credential.key.x)),
  }
}

function inputsOf(slots: readonly SlotWitness[], secret = SECRET): CircuitInputs {
  return eligibilityInputs(statement, secret, 0, slots)
}

function verdict(slots: readonly SlotWitness[], secret = SECRET): Promise<string> {
  return verdictOf(() => program.run(inputsOf(slots, secret)))
}
