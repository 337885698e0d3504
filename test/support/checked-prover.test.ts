import { describe, expect, test } from 'vitest'
import { enrolmentInputs } from '../../client/witness.ts'
import { enrolmentNonce, holderCommitment, issuerScope } from '../../core/enrolment.ts'
import { verifyGroth16 } from '../../core/groth16.ts'
import { checkedProver } from './checked-prover.ts'
import { verdictOf } from './refusal.ts'
import { keys, prover } from './tools.ts'

// Tests that stand on this prover stand on this.

const inputs = (commitment = holderCommitment(5n, 7n)) =>
  enrolmentInputs({
    secret: 5n,
    blinding: 7n,
    commitment,
    issuerScope: issuerScope('https://registry.example'),
    nonce: enrolmentNonce('n-1'),
  })

describe('the prover of the tests', () => {
  test('proves what the real one proves: the same signals, and a proof that verifies', async () => {
    const real = await prover.prove('enrolment', inputs())
    const checked = await checkedProver.prove('enrolment', inputs())
    expect(checked.publicSignals).toEqual(real.publicSignals)
    expect(verifyGroth16(keys.enrolment.key, checked.publicSignals, checked.proof)).toBe(true)
  })

  test('does not prove what is not so', async () => {
    expect(await verdictOf(() => checkedProver.prove('enrolment', inputs(6n)))).toBe(
      'PROVING_FAILED',
    )
  })
})
