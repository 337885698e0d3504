import { ZerocardError } from '../../core/errors.ts'
import { toHex } from '../../core/bytes.ts'
import { fieldToBytes } from '../../core/field.ts'
import { pseudonymRule } from '../../core/policy/policy.ts'
import type { Policy } from '../../core/policy/policy.ts'
import { scopeField } from '../../core/pseudonym.ts'
import type { HeldCredential } from '../holder.ts'
import type { Change, DocumentOf } from './documents.ts'
import type { Keep } from './keep.ts'

// The numbered codes of policies that say "once". One shown twice tells a verifier that the same
// person came twice, so each is marked before it is shown.

/** A code about to be shown. */
export interface Use {
  /** Of the document that counts it. */
  readonly id: string
  /** Of the document for what one verifier says was used, where several share the scope. */
  readonly refusedId: string
  readonly number: number
}

type Uses = DocumentOf<'uses'>

/**
 * The credentials that still have a code for a policy, and the number of each one's next.
 *
 * @param credentials - Those of the policy's first kind: the others are not counted.
 * @returns Undefined if the policy counts nothing.
 * @throws ZerocardError with `USE_EXHAUSTED` if there is no code left.
 */
export function nextUses(
  keep: Keep,
  policy: Policy,
  audience: string,
  credentials: readonly HeldCredential[],
): ReadonlyMap<HeldCredential, Use> | undefined {
  const rule = pseudonymRule(policy)
  if (rule === undefined || rule.isRepeatable) return undefined
  const scope = toHex(fieldToBytes(scopeField(rule, audience)))
  const uses = new Map<HeldCredential, Use>()
  for (const held of credentials) {
    const per = rule.per === 'person' ? 'person' : String(held.credential.commitment)
    const id = `${scope}/${per}`
    // A stranger who knows the scope's name must not take a code away from those who share it.
    const refusedId = rule.shared ? `${id}/${audience}` : id
    const refused = rule.shared ? (keep.get('uses', refusedId)?.spent ?? []) : []
    const number = nextOf(keep.get('uses', id), rule.limit, refused)
    if (number !== undefined) uses.set(held, { id, refusedId, number })
  }
  if (credentials.length > 0 && uses.size === 0) {
    throw new ZerocardError('USE_EXHAUSTED', `${policy.id} allows ${rule.limit}, all used`)
  }
  return uses
}

/** A code is on its way: until the verifier's word is there, it may have been accepted or not. */
export function marked(keep: Keep, policy: Policy, { id, number }: Use): Change {
  const before = keep.get('uses', id) ?? { policy: policy.id, spent: [] }
  return { kind: 'uses', id, value: { ...before, unsure: number } }
}

/** The verifier has accepted it. */
export function spent(keep: Keep, policy: Policy, { id, number }: Use): Change {
  return spentIn(keep, policy, id, number)
}

/** The verifier says that it had accepted it before. */
export function refused(keep: Keep, policy: Policy, use: Use): readonly Change[] {
  const change = spentIn(keep, policy, use.refusedId, use.number)
  return use.refusedId === use.id ? [change] : [change, released(keep, use)]
}

function spentIn(keep: Keep, policy: Policy, id: string, number: number): Change {
  const before = keep.get('uses', id) ?? { policy: policy.id, spent: [] }
  const all = [...new Set([...before.spent, number])].sort((a, b) => a - b)
  return { kind: 'uses', id, value: { policy: before.policy, spent: all } }
}

/** The verifier has refused the answer: the code counts as never shown. */
export function released(keep: Keep, { id }: Use): Change {
  const before = keep.get('uses', id)
  if (before === undefined || before.spent.length === 0) {
    return { kind: 'uses', id, value: undefined }
  }
  return { kind: 'uses', id, value: { policy: before.policy, spent: before.spent } }
}

/** One whose fate is unknown is shown again: if it was accepted, the verifier says so. */
function nextOf(
  uses: Uses | undefined,
  limit: number,
  refused: readonly number[],
): number | undefined {
  // Another host that shares the scope may have had a higher limit.
  const { unsure, spent: known = [] } = uses ?? {}
  if (unsure !== undefined && unsure < limit && !refused.includes(unsure)) return unsure
  for (let number = 0; number < limit; number++) {
    if (!known.includes(number) && !refused.includes(number)) return number
  }
  return undefined
}
