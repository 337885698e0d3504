import { canonicalJson, toBase64url, utf8 } from '../../core/bytes.ts'
import { ZerocardError } from '../../core/errors.ts'
import { sha256 } from '../../core/hash.ts'
import { compilePolicy } from '../../core/policy/compile.ts'
import { parsePolicy, policyHash } from '../../core/policy/policy.ts'
import type { Policy } from '../../core/policy/policy.ts'
import { dayFromUnixSeconds } from '../../core/dates.ts'
import type { Day } from '../../core/dates.ts'
import { parseSchema, schemaHash } from '../../core/schema.ts'
import type { ProgramMemo, Schemas } from '../../core/statement.ts'
import type { VerifierStore } from './store.ts'
import type { PolicyRow } from './tables.ts'

/** A policy that a verifier asks, with what judging answers to it needs. */
export interface KnownPolicy {
  readonly policy: Policy
  /** Those the policy speaks of, by id. */
  readonly schemas: Schemas
  /** Over the policy and its schemas, base64url. */
  readonly hash: string
  readonly memo: ProgramMemo
}

/** Policies of other hashes are read again from the store when they are needed. */
const MAX_KNOWN = 1_000

/** A verifier's policies. What a hash names never changes, so it is read once. */
export class PolicyBook {
  readonly #store: VerifierStore
  readonly #known = new Map<string, KnownPolicy>()
  /** Policies that were asked, by id: these stay in the store as they are. */
  readonly #used = new Map<string, KnownPolicy>()

  constructor(store: VerifierStore) {
    this.#store = store
  }

  /**
   * Takes a policy into the book.
   *
   * @throws ZerocardError with `POLICY_INVALID` or `POLICY_TOO_LARGE` if it cannot be asked,
   *   `CONFLICT` if another one of its id was asked before.
   */
  async add(policy: Policy, schemas: Schemas, now: number): Promise<KnownPolicy> {
    const own = schemasOf(policy, schemas)
    const hash = contentHash(policy, own)
    assertFits(policy, own, dayFromUnixSeconds(now))
    const known = this.#used.get(policy.id)
    if (known?.hash === hash) return known
    await this.#store.putPolicy({
      id: policy.id,
      hash,
      policy: JSON.stringify(policy),
      schemas: JSON.stringify([...own.values()]),
    })
    return this.#remember({ policy, schemas: own, hash, memo: new Map() })
  }

  /**
   * The policy that has an id now.
   *
   * @throws ZerocardError with `NOT_FOUND`.
   */
  async find(id: string): Promise<KnownPolicy> {
    const used = this.#used.get(id)
    if (used !== undefined) return used
    const row = await this.#store.findPolicy(id)
    if (row === undefined) throw new ZerocardError('NOT_FOUND', 'there is no policy of this id')
    const known = this.#read(row)
    if (row.used_at !== null) this.markUsed(known)
    return known
  }

  /** The policy that a session was begun with. */
  async ofSession(id: string, hash: string): Promise<KnownPolicy> {
    const known = this.#known.get(hash) ?? (await this.find(id))
    if (known.hash === hash) return known
    throw new ZerocardError('DATABASE_INVALID', `the policy ${id} was replaced after it was asked`)
  }

  /** Whether a policy is known to have been asked before. */
  isUsed({ policy, hash }: KnownPolicy): boolean {
    return this.#used.get(policy.id)?.hash === hash
  }

  markUsed(known: KnownPolicy): void {
    this.#used.set(known.policy.id, known)
  }

  #read(row: PolicyRow): KnownPolicy {
    const known = this.#known.get(row.hash)
    if (known !== undefined) return known
    const plain = JSON.parse(row.schemas) as unknown[]
    const schemas = new Map(plain.map(parseSchema).map((schema) => [schema.id, schema]))
    const policy = parsePolicy(JSON.parse(row.policy) as unknown, schemas)
    return this.#remember({ policy, schemas, hash: row.hash, memo: new Map() })
  }

  #remember(policy: KnownPolicy): KnownPolicy {
    if (this.#known.size >= MAX_KNOWN) this.#known.clear()
    this.#known.set(policy.hash, policy)
    return policy
  }
}

/**
 * Checks that a policy can be asked at all: that somebody can satisfy it and that it fits a circuit.
 *
 * @throws ZerocardError with `POLICY_INVALID` or `POLICY_TOO_LARGE`.
 */
export function assertFits(policy: Policy, schemas: Schemas, asOf: Day): void {
  compilePolicy(
    policy,
    schemas,
    asOf,
    Object.fromEntries(policy.disclose.map((path) => [path, 0n])),
  )
}

function schemasOf(policy: Policy, schemas: Schemas): Schemas {
  const ids = new Set(Object.values(policy.credentials).map(({ schema }) => schema))
  return new Map([...schemas].filter(([id]) => ids.has(id)))
}

function contentHash(policy: Policy, schemas: Schemas): string {
  const whole = {
    policy: toBase64url(policyHash(policy)),
    schemas: Array.from(schemas.values(), (schema) => String(schemaHash(schema))).sort(),
  }
  return toBase64url(sha256(utf8(canonicalJson(whole))))
}
