import { toBase64url } from '../../core/bytes.ts'
import { parsePolicy, policyHash, pseudonymRule } from '../../core/policy/policy.ts'
import type { Policy } from '../../core/policy/policy.ts'
import { parseSchema } from '../../core/schema.ts'
import type { PresentationRequest } from '../openid4vp.ts'
import type { Change, DocumentOf } from './documents.ts'
import type { Keep } from './keep.ts'

// Policies that were answered: what proofs can be made ahead for.

/** What is asked, without who waits for the answer now. */
export type Asked = Pick<PresentationRequest, 'policy' | 'schemas' | 'audience' | 'trustUrls'>

/** Remembers a policy that was just answered; how many proofs are wanted stays as it was. */
export function planOf(keep: Keep, request: PresentationRequest, now: number): Change {
  const { verifier, policy, schemas, audience, trustUrls } = request
  const id = `${verifier.host}/${toBase64url(policyHash(policy))}`
  const value: DocumentOf<'plan'> = {
    host: verifier.host,
    policy,
    schemas: [...schemas.values()],
    audience,
    trustUrls: Object.fromEntries(trustUrls),
    wanted: keep.get('plan', id)?.wanted ?? (isWorthPreparing(policy) ? 1 : 0),
    lastAt: now,
  }
  return { kind: 'plan', id, value }
}

/** @throws ZerocardError with `POLICY_INVALID` or `SCHEMA_INVALID` for what cannot be read. */
export function askedIn(plan: DocumentOf<'plan'>): Asked {
  const schemas = new Map(
    plan.schemas.map((json) => {
      const schema = parseSchema(json)
      return [schema.id, schema] as const
    }),
  )
  return {
    policy: parsePolicy(plan.policy, schemas),
    schemas,
    audience: plan.audience,
    trustUrls: new Map(Object.entries(plan.trustUrls)),
  }
}

/**
 * Whether proofs for a policy can be made before anybody asks: not if each shows another credential's
 * code or a value, which the person is to see first.
 */
export function canPrepare(policy: Policy): boolean {
  return policy.disclose.length === 0 && pseudonymRule(policy)?.per !== 'credential'
}

/** What can be answered once is not asked again. */
function isWorthPreparing(policy: Policy): boolean {
  const rule = pseudonymRule(policy)
  return canPrepare(policy) && (rule === undefined || rule.isRepeatable || rule.limit > 1)
}
