import type { Credential, VerifiedPresentation } from '../../core/index.ts'
import type { Holder, PreparedProof } from '../../client/index.ts'
import type { CheckedApplication } from '../../server/index.ts'

// Checked by the compiler alone: each line below must be an error, or the compiler complains.

// @ts-expect-error nobody can claim facts that were not proven
export const claimed: VerifiedPresentation = {
  policy: 'over-18@1',
  audience: 'https://shop.example',
  asOf: 46_346,
  disclosed: {},
}

// @ts-expect-error an application has to be checked before a credential is issued for it
export const unchecked: CheckedApplication = {}

// @ts-expect-error a secret is a number of the field, not a text
export const holder: Holder = { secret: '12', credentials: [] }

export function tamper(credential: Credential, prepared: PreparedProof): void {
  // @ts-expect-error what was signed is not changed
  credential.validUntil = 0
  // @ts-expect-error what was proven is not changed
  prepared.audience = 'https://other.example'
}
