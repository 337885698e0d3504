import { describe, expect, test } from 'vitest'
import {
  enrolmentNonce,
  enrolmentSignals,
  enrolmentTag,
  holderCommitment,
  issuerScope,
} from '../../core/enrolment.ts'
import { enrolmentInputs } from '../../client/witness.ts'
import { compileForTest, corruptions } from '../support/circuit.ts'

const circuit = compileForTest(
  ['enrolment'],
  'component main {public [commitment, issuerScope, nonce]} = Enrolment();',
)

const secret = 2n ** 250n + 5n
const blinding = 7n
const commitment = holderCommitment(secret, blinding)
const scope = issuerScope('registry.example')
const tag = enrolmentTag(secret, scope)
const honest = {
  ...enrolmentInputs({
    secret,
    blinding,
    commitment,
    issuerScope: scope,
    nonce: enrolmentNonce('n-1'),
  }),
}

describe('enrolment', () => {
  test('accepts an opened commitment and gives the tag that core computes', async () => {
    await circuit.expectPass(honest, { tag })
    await circuit.expectDetermined(honest)
  })

  test('has the public signals of core, in its order', async () => {
    const witness = await circuit.witness(honest)
    const signals = enrolmentSignals({ commitment, tag }, 'registry.example', 'n-1')
    expect(witness.slice(1, 5)).toEqual(signals)
    expect([circuit.r1cs.outputs, circuit.r1cs.publicInputs]).toEqual([1, 3])
  })

  test('the tag follows the secret, not the commitment, and is another for each issuer', async () => {
    const again = { ...honest, blinding: 8n, commitment: holderCommitment(secret, 8n) }
    await circuit.expectPass(again, { tag })
    const elsewhere = { ...honest, issuerScope: issuerScope('tax.example') }
    await circuit.expectPass(elsewhere, { tag: enrolmentTag(secret, issuerScope('tax.example')) })
    expect(enrolmentTag(secret, issuerScope('tax.example'))).not.toBe(tag)
  })

  test.each(['secret', 'blinding', 'commitment'])('refuses a corrupted %s', async (name) => {
    const corrupted = new Map(corruptions(honest)).get(name) ?? {}
    await circuit.expectFail(corrupted)
    circuit.expectCaught(corrupted)
  })

  test('refuses a commitment copied from somebody else', async () => {
    const copied = { ...honest, commitment: holderCommitment(99n, 98n) }
    await circuit.expectFail(copied)
    circuit.expectCaught(copied, { opened: copied.commitment })
    circuit.expectCaught(copied, { 'HolderCommitment.commitment': copied.commitment })
  })

  test('the tag cannot be one of another secret', () => {
    for (const claimed of [0n, enrolmentTag(99n, scope), enrolmentTag(secret, scope + 1n)]) {
      circuit.expectCaught(honest, { tag: claimed })
      circuit.expectCaught(honest, { 'Pseudonym.pseudonym': claimed })
    }
    circuit.expectCaught(honest, { 'Pseudonym.secret': 99n })
    circuit.expectCaught(honest, { 'HolderCommitment.secret': 99n })
  })

  test.each(['commitment', 'issuerScope', 'nonce'])('a proof is bound to its %s', (name) => {
    const wire = circuit.wire(name)
    const uses = circuit.r1cs.constraints.filter((sides) =>
      sides.some(({ wires }) => wires.includes(wire)),
    )
    expect(uses.length).toBeGreaterThan(0)
  })
})
