import type { Policy } from '../../../core/policy/policy.ts'
import { PERSON, policyOf } from '../../../test/support/world.ts'
import type { VerifierName } from './town.ts'

// What the two verifiers ask. Both ask for an age, which tells nothing else; one recognises who
// comes again, the other has a value shown to it.

/** Lists change once a day in the audit. */
const FRESH = { freshness: '30d' }

export const POLICIES: Readonly<Record<VerifierName, readonly Policy[]>> = {
  shop: [
    policyOf({ id: 'wine@1', where: { age: 'person.birthDate', atLeast: 18 }, ...FRESH }),
    policyOf({ id: 'login@1', recognise: { scope: 'login' }, ...FRESH }),
  ],
  club: [
    policyOf({ id: 'night@1', where: { age: 'person.birthDate', atLeast: 18 }, ...FRESH }),
    policyOf({ id: 'region@1', disclose: ['person.region'], ...FRESH }),
  ],
}

/** The policy whose pseudonym the shop recognises. */
export const LOGIN = 'login@1'

/** One question of one verifier. */
export interface Question {
  readonly verifier: VerifierName
  /** Policy id. */
  readonly policy: string
}

export const QUESTIONS: readonly Question[] = (['shop', 'club'] as const).flatMap((verifier) =>
  POLICIES[verifier].map(({ id }) => ({ verifier, policy: id })),
)

/** Files that the configurations name, with their content. */
export function schemaTexts(): readonly (readonly [file: string, text: string])[] {
  const policies = Object.values(POLICIES).flat()
  return [
    ['person-1.json', JSON.stringify(PERSON)],
    ...policies.map(
      (policy) => [`${policy.id.split('@')[0] ?? ''}.json`, JSON.stringify(policy)] as const,
    ),
  ]
}
