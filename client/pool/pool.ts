import { toBase64url } from '../../core/bytes.ts'
import { ZerocardError } from '../../core/errors.ts'
import type { ErrorCode } from '../../core/errors.ts'
import { generateSigningKey, publicJwk } from '../../core/jws.ts'
import type { PreparedProof } from '../holder.ts'
import { assertNotAborted } from '../proving/abort.ts'
import { isFor, preparedOf, readEntry, sealable } from './entry.ts'
import type { PoolEntry, ProofPurpose } from './entry.ts'

export { isFor, readEntry } from './entry.ts'
export type { PoolEntry, ProofPurpose } from './entry.ts'

// Proofs made ahead. One shown twice would tell a verifier that the same holder came twice, so each
// leaves the store before it is given out: if anything fails after that, it is lost, and that is all.

/** Proofs kept for one policy of one verifier: each took seconds and lasts until the day ends. */
export const MAX_READY_EACH = 3
/** Proofs kept in all. */
export const MAX_READY = 12

/** Where entries are kept: sealed, and what one tab writes every other one reads. */
export interface PoolStore {
  /** All entries by name. What is not readable as one may be among them. */
  load(): Promise<readonly (readonly [name: string, entry: unknown])[]>
  /** All or nothing, and durable when it resolves. */
  write(changes: readonly PoolChange[]): Promise<void>
}

/** Without an entry, the name is removed. */
export interface PoolChange {
  readonly name: string
  readonly entry: PoolEntry | undefined
}

/** What the holder wants ready. For policies that count pseudonyms, `use` is the next unused one. */
export interface PoolPlan extends ProofPurpose {
  /** At most {@link MAX_READY_EACH}; for a numbered pseudonym there is never more than one. */
  readonly wanted: number
}

export interface PoolTools<Plan extends PoolPlan> {
  readonly store: PoolStore
  /** Makes the proof of a plan with the given key; `use` is the plan's. */
  readonly prepare: (
    plan: Plan,
    oneTimeKey: () => Promise<CryptoKeyPair>,
    signal?: AbortSignal,
  ) => Promise<PreparedProof>
  /** Runs an action while no other tab runs one. */
  readonly exclusively: <T>(action: () => Promise<T>) => Promise<T>
}

export interface RefreshOptions {
  readonly signal?: AbortSignal
  /** Asked before each proof: false once somebody proves, or the moment has passed. */
  readonly mayBegin?: () => boolean
}

/** What a refresh did. */
export interface Refreshed {
  readonly made: number
  readonly removed: number
  /** Why proofs of plans could not be made, by the plans' places. */
  readonly failed: ReadonlyMap<number, ErrorCode>
}

type Named = readonly [name: string, entry: PoolEntry]

/** Proofs that only wait for a verifier's nonce, one tab or many. */
export class ProofPool<Plan extends PoolPlan = PoolPlan> {
  readonly #tools: PoolTools<Plan>

  constructor(tools: PoolTools<Plan>) {
    this.#tools = tools
  }

  /**
   * Gives a proof out for good: it is nowhere else any more.
   *
   * @returns Undefined if there is none for exactly this.
   * @throws what the store throws; then nothing was given out.
   */
  async take(purpose: ProofPurpose): Promise<PreparedProof | undefined> {
    const entry = await this.#tools.exclusively(() => this.#remove(purpose))
    return entry && preparedOf(entry)
  }

  /** How many proofs wait for exactly this. */
  async count(purpose: ProofPurpose): Promise<number> {
    return countFor(await this.#entries(), purpose)
  }

  /**
   * Throws away what no plan wants any more (of another day, another trust root, a number that was
   * shown) and makes what is missing: one proof at a time, the plan with the fewest first.
   *
   * @throws ZerocardError with `ABORTED`, or what the store throws. Proofs made until then stay.
   */
  async refresh(
    plans: readonly Plan[],
    { signal, mayBegin = () => true }: RefreshOptions = {},
  ): Promise<Refreshed> {
    assertNotAborted(signal)
    const removed = await this.#tools.exclusively(() => this.#removeUnwanted(plans))
    const failed = new Map<number, ErrorCode>()
    let made = 0
    while (mayBegin()) {
      const next = neediest(plans, await this.#entries(), failed)
      if (next === undefined) break
      const [place, plan] = next
      try {
        if (!(await this.#make(plan, signal))) break
        made++
      } catch (error) {
        if (!(error instanceof ZerocardError) || !isOfPlan(error.code)) throw error
        failed.set(place, error.code)
      }
    }
    return { made, removed, failed }
  }

  /** Throws everything away. */
  async clear(): Promise<void> {
    await this.#tools.exclusively(async () => {
      const all = await this.#tools.store.load()
      await this.#tools.store.write(all.map(([name]) => ({ name, entry: undefined })))
    })
  }

  async #remove(purpose: ProofPurpose): Promise<PoolEntry | undefined> {
    const found = (await this.#entries()).find(([, entry]) => isFor(entry, purpose))
    if (found === undefined) return undefined
    const [name, entry] = found
    await this.#tools.store.write([{ name, entry: undefined }])
    return entry
  }

  async #removeUnwanted(plans: readonly Plan[]): Promise<number> {
    const all = await this.#tools.store.load()
    const kept = keptEntries(readable(all), plans)
    const gone = all.filter(([name]) => !kept.has(name))
    await this.#tools.store.write(gone.map(([name]) => ({ name, entry: undefined })))
    return gone.length
  }

  /** @returns False if there was no room for it any more: another tab has made the same. */
  async #make(plan: Plan, signal: AbortSignal | undefined): Promise<boolean> {
    const pair = await generateSigningKey(true)
    const prepared = await this.#tools.prepare(plan, () => Promise.resolve(pair), signal)
    const { x } = await publicJwk(pair.publicKey)
    const entry = await sealable(prepared, plan.use, pair.privateKey)
    if (!isFor(entry, plan) || entry.jwk.x !== x) {
      throw new TypeError('the proof is not the one that was planned')
    }
    assertNotAborted(signal)
    return this.#tools.exclusively(async () => {
      if (neediest([plan], await this.#entries()) === undefined) return false
      await this.#tools.store.write([{ name: newName(), entry }])
      return true
    })
  }

  async #entries(): Promise<Named[]> {
    return readable(await this.#tools.store.load())
  }
}

/** The plan that has the fewest proofs ready, if there is room for another one. */
function neediest<Plan extends PoolPlan>(
  plans: readonly Plan[],
  entries: readonly Named[],
  except: ReadonlyMap<number, unknown> = new Map(),
): readonly [place: number, plan: Plan] | undefined {
  if (entries.length >= MAX_READY) return undefined
  return plans
    .map((plan, place) => ({ plan, place, ready: countFor(entries, plan) }))
    .filter(({ plan, place, ready }) => !except.has(place) && ready < roomOf(plan))
    .sort((a, b) => a.ready - b.ready)
    .map(({ plan, place }) => [place, plan] as const)[0]
}

/** Names of what the plans want, as far as there is room. */
function keptEntries(entries: readonly Named[], plans: readonly PoolPlan[]): ReadonlySet<string> {
  const names = plans.flatMap((plan) =>
    entries
      .filter(([, entry]) => isFor(entry, plan))
      .slice(0, roomOf(plan))
      .map(([name]) => name),
  )
  return new Set([...new Set(names)].slice(0, MAX_READY))
}

/** Two proofs with one numbered pseudonym: the verifier would refuse the second. */
function roomOf({ wanted, use }: PoolPlan): number {
  return Math.min(wanted, use === undefined ? MAX_READY_EACH : 1)
}

function countFor(entries: readonly Named[], purpose: ProofPurpose): number {
  return entries.filter(([, entry]) => isFor(entry, purpose)).length
}

function readable(all: readonly (readonly [string, unknown])[]): Named[] {
  return all.flatMap(([name, json]) => {
    const entry = readEntry(json)
    return entry === undefined ? [] : [[name, entry] as const]
  })
}

/** What is wrong with one plan must not keep the others waiting; what is wrong with all must. */
function isOfPlan(code: ErrorCode): boolean {
  return !['ABORTED', 'LOCKED', 'STORAGE_FAILED', 'STORAGE_FULL'].includes(code)
}

function newName(): string {
  return toBase64url(crypto.getRandomValues(new Uint8Array(12)))
}
