import { toBase64url } from '../../core/bytes.ts'
import { dayFromUnixSeconds } from '../../core/dates.ts'
import { ZerocardError } from '../../core/errors.ts'
import { policyShape } from '../../core/policy/compile.ts'
import { policyHash } from '../../core/policy/policy.ts'
import type { TrustList } from '../../core/trust.ts'
import { prepareProof } from '../holder.ts'
import type { PreparedProof, ProvingTools } from '../holder.ts'
import { ProofPool, isFor, readEntry } from '../pool/pool.ts'
import type { PoolPlan, ProofPurpose } from '../pool/pool.ts'
import { fetchTrustLists } from '../trust-lists.ts'
import type { Change, DocumentOf } from './documents.ts'
import type { WalletEnvironment } from './environment.ts'
import { holderOf, keptCredentials } from './holding.ts'
import type { Keep } from './keep.ts'
import { keptLists, keptRevocations, unasked } from './offline.ts'
import { askedIn, canPrepare } from './plans.ts'
import type { Asked } from './plans.ts'
import { choose } from './requests.ts'
import type { Choice } from './requests.ts'
import { provingTools } from './tools.ts'
import type { PreparedView } from './types.ts'

type TrustLists = Readonly<Record<string, TrustList>>

/** What a proof is to be made of. */
interface Plan extends PoolPlan {
  readonly asked: Asked
  readonly trust: TrustLists
  readonly choice: Choice
}

/** Proofs made ahead for policies that the person has answered before. */
export class ReadyProofs {
  readonly #keep: Keep
  readonly #environment: WalletEnvironment
  readonly #pool: ProofPool<Plan>
  #making = new AbortController()

  constructor(keep: Keep, environment: WalletEnvironment) {
    this.#keep = keep
    this.#environment = environment
    this.#pool = new ProofPool<Plan>({
      store: {
        load: async () => {
          await keep.load()
          return keep.all('proof')
        },
        write: (changes) =>
          keep.write(changes.map(({ name, entry }) => ({ kind: 'proof', id: name, value: entry }))),
      },
      prepare: (plan, oneTimeKey, signal) => this.#make(plan, { oneTimeKey }, signal),
      exclusively: (action) => environment.exclusively('zerocard/ready-proofs', action),
    })
  }

  /** Whether a proof for exactly this is ready, as far as this tab knows. */
  has(asked: Asked, trust: TrustLists, choice: Choice): boolean {
    const purpose = this.#purpose(asked, trust, choice)
    return this.#entries().some((entry) => isFor(entry, purpose))
  }

  /** Gives a proof out for good. @returns Undefined if there is none for exactly this. */
  take(asked: Asked, trust: TrustLists, choice: Choice): Promise<PreparedProof | undefined> {
    return this.#pool.take(this.#purpose(asked, trust, choice))
  }

  /** Somebody waits for a proof: those that nobody waits for are given up. */
  makeWay(): void {
    this.#making.abort()
    this.#making = new AbortController()
  }

  /**
   * Makes what is wanted and not there, from what is kept. What cannot be made of that is left for the
   * next time.
   *
   * @throws ZerocardError with `ABORTED`, `LOCKED` or the codes of the vault.
   */
  async refresh(signal?: AbortSignal): Promise<void> {
    const stopped = this.#making.signal
    const either = signal === undefined ? stopped : AbortSignal.any([stopped, signal])
    const plans: Plan[] = []
    for (const [, document] of this.#keep.all('plan')) {
      if (document.wanted === 0) continue
      const plan = await this.#plan(document).catch(unlessUnavailable)
      if (plan !== undefined) plans.push(plan)
    }
    await this.#pool.refresh(plans, { signal: either })
  }

  views(): readonly PreparedView[] {
    const today = dayFromUnixSeconds(this.#environment.clock())
    const entries = this.#entries().filter(({ asOf }) => asOf === today)
    return this.#keep.all('plan').flatMap(([, plan]) => {
      const { host, wanted } = plan
      const asked = askedIn(plan)
      if (asked === undefined || !canPrepare(asked.policy)) return []
      const { policy, audience } = asked
      const hash = toBase64url(policyHash(policy))
      const ready = entries.filter((entry) => entry.policy === hash && entry.audience === audience)
      return [{ host, policy: policy.id, ready: ready.length, wanted }]
    })
  }

  /** How many proofs are to be kept ready from now on. */
  wish(host: string, policy: string, wanted: number): readonly Change[] {
    return this.#keep
      .all('plan')
      .filter(([, plan]) => plan.host === host && askedIn(plan)?.policy.id === policy)
      .map(([id, plan]) => ({ kind: 'plan', id, value: { ...plan, wanted, isChosen: true } }))
  }

  /** Throws all proofs away: they may be of a credential that is no longer there. */
  none(): readonly Change[] {
    return this.#keep.all('proof').map(([id]) => ({ kind: 'proof', id, value: undefined }))
  }

  #entries() {
    return this.#keep.all('proof').flatMap(([, json]) => readEntry(json) ?? [])
  }

  #purpose({ policy, audience }: Asked, trust: TrustLists, { use }: Choice): ProofPurpose {
    const { keys, clock } = this.#environment
    const roots = Object.keys(policy.credentials).map((alias) => trust[alias]?.root ?? 0n)
    return {
      policy: toBase64url(policyHash(policy)),
      circuit: keys[policyShape(policy).name].id,
      audience,
      asOf: dayFromUnixSeconds(clock()),
      trustRoots: roots,
      ...(use === undefined ? {} : { use: use.number }),
    }
  }

  async #plan(document: DocumentOf<'plan'>): Promise<Plan | undefined> {
    const { clock, http } = this.#environment
    const asked = askedIn(document)
    if (asked === undefined || !canPrepare(asked.policy)) return undefined
    const { policy, trustUrls: addresses } = asked
    const lists = keptLists(this.#keep, clock)
    const trust = await fetchTrustLists({ policy, addresses }, clock(), unasked(http), lists)
    const holder = holderOf(this.#keep, keptCredentials(this.#keep))
    const revocations = keptRevocations(this.#keep, this.#environment)
    const choice = await choose(this.#keep, holder, asked, trust, clock(), revocations)
    const purpose = this.#purpose(asked, trust, choice)
    return { ...purpose, wanted: document.wanted, asked, trust, choice }
  }

  /** Lists and revocations have been asked for in their own time: here nobody is. */
  #tools(): ProvingTools {
    const revocations = keptRevocations(this.#keep, this.#environment)
    return { ...provingTools(this.#keep, this.#environment), revocations }
  }

  #make(
    { asked, trust, choice, asOf }: Plan,
    key: Required<Pick<ProvingTools, 'oneTimeKey'>>,
    signal?: AbortSignal,
  ): Promise<PreparedProof> {
    const { policy, schemas, audience } = asked
    const { secret } = holderOf(this.#keep, [])
    const credentials = Object.values(choice.credentials).map(({ held }) => held)
    return prepareProof(
      { secret, credentials },
      { policy, schemas, audience, asOf, trust, use: choice.use?.number ?? 0 },
      { ...this.#tools(), ...key },
      undefined,
      signal,
    )
  }
}

/** What is in the way of one proof must not be in the way of others. */
function unlessUnavailable(error: unknown): undefined {
  const isOfWallet =
    !(error instanceof ZerocardError) || ['LOCKED', 'STORAGE_FAILED'].includes(error.code)
  if (isOfWallet) throw error
  return undefined
}
