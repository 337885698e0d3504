import { describe, expect, test } from 'vitest'
import { verificationKeyId } from '../../../core/groth16-key.ts'
import { verifyPresentation } from '../../../core/verify.ts'
import type { AcceptedKeys } from '../../../core/verify.ts'
import { Verifier, VerifierStore } from '../../../server/index.ts'
import {
  expectationWith,
  presentFalsehood,
} from '../../../scripts/assure/keys/false-presentation.ts'
import { syntheticCeremony } from '../../../scripts/assure/keys/synthetic-ceremony.ts'
import type { SyntheticCeremony } from '../../../scripts/assure/keys/synthetic-ceremony.ts'
import { forgeWithTrapdoor } from '../../../scripts/ceremony/forgeries.ts'
import { verdictOf } from '../../support/refusal.ts'
import { keys } from '../../support/tools.ts'

const { publicSignals } = keys['eligibility-1'].key
const ceremonyOf = (seed: number): SyntheticCeremony =>
  syntheticCeremony({ circuit: 'eligibility-1', publicSignals, seed, secrets: [3n, 5n, 7n] })

/** What a verifier of production accepts. */
function accepting(...ceremonies: readonly SyntheticCeremony[]): AcceptedKeys {
  return new Map(ceremonies.map((ceremony) => [verificationKeyId(ceremony.key), ceremony]))
}

/** A proof under a key, which stands for an honest one: verifiers cannot tell the difference. */
async function proofUnder({ key, trapdoor }: SyntheticCeremony): Promise<string> {
  const { text } = await presentFalsehood(key, (key, signals) =>
    forgeWithTrapdoor(key, signals, trapdoor),
  )
  return text
}

describe('when keys are replaced (N47)', () => {
  const [before, after] = [ceremonyOf(1), ceremonyOf(2)]

  test('proofs under both are accepted for as long as both are, and then only under the new one', async () => {
    const [old, fresh] = [await proofUnder(before), await proofUnder(after)]
    const verdict = (text: string, accepted: AcceptedKeys): Promise<string> =>
      verdictOf(() => verifyPresentation(text, expectationWith(accepted)))
    const both = accepting(before, after)
    expect([await verdict(old, both), await verdict(fresh, both)]).toEqual(['accepted', 'accepted'])
    const one = accepting(after)
    expect([await verdict(old, one), await verdict(fresh, one)]).toEqual([
      'KEY_UNKNOWN',
      'accepted',
    ])
  })

  test('a proof under the old key is not one under the new key, whatever it is called', async () => {
    const old = await proofUnder(before)
    const disguised = new Map([
      [verificationKeyId(before.key), { circuit: 'eligibility-1', key: after.key }],
    ])
    expect(await verdictOf(() => verifyPresentation(old, expectationWith(disguised)))).toBe(
      'PROOF_INVALID',
    )
  })

  test('a verifier in production starts with both, and not if one has no transcript', async () => {
    const store = await VerifierStore.open('sqlite::memory:')
    const start = (accepted: AcceptedKeys) => (): Promise<Verifier> =>
      Promise.resolve().then(
        () => new Verifier({ store, keys: accepted, environment: 'production' }),
      )
    expect(await verdictOf(start(accepting(before, after)))).toBe('accepted')
    const bare = { ...before, transcript: undefined } as never
    expect(await verdictOf(start(accepting(bare, after)))).toBe('KEY_FORGEABLE')
  })
})
