import { ZerocardError } from '../../core/errors.ts'
import { pseudonymRule } from '../../core/policy/policy.ts'
import type { OnceRule, Policy } from '../../core/policy/policy.ts'
import { scopeField } from '../../core/pseudonym.ts'
import { prepareProof } from '../../client/holder.ts'
import type { Holder, PreparedProof, ProofRequest, ProvingTools } from '../../client/holder.ts'
import type { ProofProgress } from '../../client/prover.ts'
import { selectCredentials } from '../../client/selection.ts'
import type { Wallet } from './wallet.ts'

export interface Proven {
  readonly prepared: PreparedProof
  /** Which of the numbered codes was shown, from 0; undefined if the policy has none. */
  readonly use?: number
}

/** Somebody about to prove, by now in seconds since 1970-01-01 UTC. */
export interface Proving {
  readonly wallet: Wallet
  readonly request: ProofRequest
  readonly tools: ProvingTools
  readonly progress: ProofProgress
  readonly now: number
}

/**
 * Proves with the first numbered code that was never shown, and marks it before the presentation
 * exists: the same code twice tells a verifier that the same holder came twice.
 *
 * @param wanted - A code to show even if it was shown before.
 * @throws ZerocardError with `USE_EXHAUSTED`, `USAGE` for a number the policy does not have, or
 *   the codes of `prepareProof`.
 */
export async function proveNextUse(proving: Proving, wanted: number | undefined): Promise<Proven> {
  const { wallet, request, tools, progress } = proving
  const rule = pseudonymRule(request.policy)
  if (rule !== undefined && !rule.isRepeatable) return proveNumbered(proving, rule, wanted)
  if (wanted !== undefined) {
    throw new ZerocardError('USAGE', `--use: ${request.policy.id} has no numbered codes`)
  }
  return { prepared: await prepareProof(holderOf(wallet), request, tools, progress) }
}

async function proveNumbered(
  { wallet, request, tools, progress, now }: Proving,
  rule: OnceRule,
  wanted: number | undefined,
): Promise<Proven> {
  const { policy, audience } = request
  const scope = scopeField(rule, audience)
  for (;;) {
    const holder = wanted === undefined ? withUnused(wallet, policy, scope, rule) : holderOf(wallet)
    const per = await countedPer(holder, request, rule, tools)
    const use = wanted ?? firstUnused(wallet.shownUses(scope, per), rule.limit, policy)
    const prepared = await prepareProof(holder, { ...request, use }, tools, progress)
    const isNew = wallet.markShown({ scope, per, use, policy: policy.id, audience, shownAt: now })
    // If another process of this holder took the number meanwhile, the next one is for this.
    if (isNew || wanted !== undefined) return { prepared, use }
  }
}

function holderOf(wallet: Wallet): Holder {
  return { secret: wallet.secret, credentials: wallet.credentials() }
}

/** What codes are counted by: 0 for the person, else the commitment of the credential they are of. */
async function countedPer(
  holder: Holder,
  request: ProofRequest,
  { per }: OnceRule,
  { revocations }: ProvingTools,
): Promise<bigint> {
  if (per === 'person') return 0n
  const [first = ''] = Object.keys(request.policy.credentials)
  const chosen = (await selectCredentials(holder, request, revocations))[first]
  if (chosen === undefined) throw new TypeError('no credential was chosen')
  return chosen.held.credential.commitment
}

/** Leaves out credentials whose codes are used up, so that another of the kind can serve. */
function withUnused(
  wallet: Wallet,
  policy: Policy,
  scope: bigint,
  { per, limit }: OnceRule,
): Holder {
  const holder = holderOf(wallet)
  if (per === 'person') return holder
  const [first] = Object.values(policy.credentials)
  const ofKind = holder.credentials.filter(({ credential }) => credential.schema === first?.schema)
  const usedUp = ofKind.filter(
    ({ credential: { commitment } }) => wallet.shownUses(scope, commitment).length >= limit,
  )
  if (usedUp.length > 0 && usedUp.length === ofKind.length) throw exhausted(policy, limit)
  return { ...holder, credentials: holder.credentials.filter((held) => !usedUp.includes(held)) }
}

function firstUnused(shown: readonly number[], limit: number, policy: Policy): number {
  for (let use = 0; use < limit; use++) if (!shown.includes(use)) return use
  throw exhausted(policy, limit)
}

function exhausted({ id }: Policy, limit: number): ZerocardError {
  const message = `${id} allows ${String(limit)}, and all have been shown; --use shows one again, and the verifier will see that`
  return new ZerocardError('USE_EXHAUSTED', message)
}
