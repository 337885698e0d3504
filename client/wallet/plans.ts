import { toBase64url } from '../../core/bytes.ts'
import { ZerocardError } from '../../core/errors.ts'
import { parsePolicy, policyHash, pseudonymRule } from '../../core/policy/policy.ts'
import type { Policy } from '../../core/policy/policy.ts'
import { parseSchema } from '../../core/schema.ts'
import type { AskedRequest } from '../openid4vp.ts'
import type { Change, DocumentOf } from './documents.ts'
import type { Keep } from './keep.ts'

// Policies that were answered: what proofs can be made ahead for.

/** What is asked, without who waits for the answer now. */
export type Asked = Pick<AskedRequest, 'policy' | 'schemas' | 'audience' | 'trustUrls'>

/** Hosts are contacted for what is planned: a policy that nobody answers any more is given up. */
const FORGET_AFTER = 60 * 86_400
const MAX_PLANS = 24

/**
 * Remembers a policy that was just answered, in place of older versions of it. Proofs are wanted from
 * the second answer on, unless the person has said otherwise.
 */
export function planChanges(keep: Keep, request: Planned, now: number): readonly Change[] {
  const { verifier, policy, schemas, audience, trustUrls } = request
  const id = `${verifier.host}/${toBase64url(policyHash(policy))}`
  const before = keep.get('plan', id)
  const answers = (before?.answers ?? 0) + 1
  const usual = answers > 1 && isWorthPreparing(request) ? 1 : 0
  const value: Plan = {
    host: verifier.host,
    policy,
    schemas: [...schemas.values()],
    audience,
    trustUrls: Object.fromEntries(trustUrls),
    wanted: before?.isChosen === true ? before.wanted : usual,
    ...(before?.isChosen === true ? { isChosen: true } : {}),
    answers,
    lastAt: now,
  }
  const others = keep.all('plan').filter(([other]) => other !== id)
  const older = others
    .filter(([, plan]) => plan.host === verifier.host && askedIn(plan)?.policy.id === policy.id)
    .map(([other]) => other)
  const rest = others.filter(([other]) => !older.includes(other))
  return [
    ...[...older, ...outdated(rest, now)].map((name): Change => ({
      kind: 'plan',
      id: name,
      value: undefined,
    })),
    { kind: 'plan', id, value },
  ]
}

type Plan = DocumentOf<'plan'>
type Planned = Asked & Pick<AskedRequest, 'verifier'>

/** Plans that were not used for long, or are too many. */
function outdated(plans: readonly (readonly [string, Plan])[], now: number): string[] {
  const newest = plans.toSorted(([, a], [, b]) => b.lastAt - a.lastAt)
  return newest
    .filter(([, { lastAt }], place) => now - lastAt > FORGET_AFTER || place >= MAX_PLANS - 1)
    .map(([id]) => id)
}

/** Reading a policy takes milliseconds, and it is looked at whenever something changes. */
const read = new WeakMap<Plan, Asked>()

/** What a plan asks, or undefined if it cannot be read: nothing is prepared for it then. */
export function askedIn(plan: Plan): Asked | undefined {
  const known = read.get(plan)
  if (known !== undefined) return known
  try {
    const asked = readPlan(plan)
    read.set(plan, asked)
    return asked
  } catch (error) {
    if (error instanceof ZerocardError) return undefined
    throw error
  }
}

function readPlan(plan: Plan): Asked {
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

/**
 * What can be answered once is not asked again. An address with a query could carry the name of a
 * visitor, and would be fetched again and again.
 */
function isWorthPreparing({ policy, trustUrls }: Asked): boolean {
  const rule = pseudonymRule(policy)
  const isPlain = [...trustUrls.values()].every((url) => new URL(url).search === '')
  return (
    isPlain && canPrepare(policy) && (rule === undefined || rule.isRepeatable || rule.limit > 1)
  )
}
