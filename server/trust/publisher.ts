import { createHash } from 'node:crypto'
import { canonicalJson } from '../../core/bytes.ts'
import { readJws } from '../../core/jws.ts'
import { MAX_TRUST_KEYS, MAX_TRUST_LEAVES, buildTrust } from '../../core/trust.ts'
import type { TrustList, TrustedIssuer } from '../../core/trust.ts'
import { openTrustList, signTrustList } from '../../core/trust-list.ts'
import type { Logger } from '../http/log.ts'
import type { ListVersion, TrustLists } from './lists.ts'
import type { OperatorKey } from './operator-key.ts'
import type { Membership, TrustSources } from './sources.ts'

export interface PublisherOptions {
  readonly operator: string
  readonly key: OperatorKey
  readonly sources: TrustSources
  readonly lists: TrustLists
  /** Seconds after which an issuer's document is too old for a list. */
  readonly freshness: (list: string) => number
  readonly onTrust: (trust: TrustList) => Promise<void>
  readonly logger: Logger
}

/** What a list would be made of now. */
interface Ingredients {
  readonly issuers: readonly TrustedIssuer[]
  readonly missing: readonly string[]
  readonly expiresAt: number
  readonly hash: string
}

/**
 * Seconds for which a document must still be good when it is first seen, or half of a `freshness` below
 * twice of that. A list ends with the first of its documents, so one issuer could end it for all others
 * as soon as it is made.
 */
export const LASTING = 600

/** Versions that other processes may make first before this one stops trying. */
const MAX_TRIES = 10

/**
 * Makes lists out of the newest documents, signs them and keeps them.
 *
 * An issuer whose document is out of date is left out: rather fewer issuers than revocations that
 * nobody knows of.
 */
export class ListPublisher {
  readonly #options: PublisherOptions
  /** The version of each list that this process' listener has taken. */
  readonly #told = new Map<string, number>()
  /** The newest of each list, whose every signature was checked. */
  readonly #opened = new Map<string, { readonly version: number; readonly trust: TrustList }>()

  constructor(options: PublisherOptions) {
    this.#options = options
  }

  /**
   * Makes a new version if anything changed, and sees to it that the newest is accepted.
   *
   * @returns False if no issuer of the list has a valid document.
   */
  async publish(list: string, now: number): Promise<boolean> {
    const { lists, logger } = this.#options
    for (let tries = 1; tries <= MAX_TRIES; tries++) {
      // Read before the documents: whoever adds the next version has seen at least theirs.
      const newest = await lists.newest(list)
      const ingredients = await this.#ingredients(list, now, newest)
      if (ingredients === undefined) return false
      if (newest?.sources === ingredients.hash) {
        await this.#offer(newest, now)
        return true
      }
      const made = await this.#add(list, (newest?.version ?? 0) + 1, ingredients, now)
      if (made === undefined) continue
      const { version, root } = made.version
      const issuers = ingredients.issuers.map(({ issuer }) => issuer)
      logger.info({ list, version, root, issuers }, 'made a trust list')
      if (ingredients.missing.length > 0) {
        logger.warn({ list, missing: ingredients.missing }, 'the trust list lacks issuers')
      }
      await this.#offer(made.version, now, made.trust)
      return true
    }
    return true
  }

  /** A version that was made, by whichever process. @throws ZerocardError with `TRUST_INVALID`. */
  async open(version: ListVersion, now: number): Promise<TrustList> {
    const known = this.#opened.get(version.list)
    if (known?.version === version.version) return known.trust
    const { lists, operator, key } = this.#options
    const text = (await lists.text(version)) ?? ''
    const expected = { operator, jwk: key.jwk, name: version.list }
    const trust = await openTrustList(text, expected, now)
    this.#opened.set(version.list, { version: version.version, trust })
    return trust
  }

  async #ingredients(
    list: string,
    now: number,
    newest: ListVersion | undefined,
  ): Promise<Ingredients | undefined> {
    const { sources, operator, freshness } = this.#options
    const before = newest === undefined ? undefined : await this.#options.lists.text(newest)
    const membership = await sources.membership(list, now)
    if (membership === undefined) return undefined
    const issuers: TrustedIssuer[] = []
    const ends = new Map<string, number>()
    const missing: string[] = []
    for (const member of sorted(membership)) {
      const row = await sources.document(member)
      const end = row === undefined ? 0 : Math.min(row.expires_at, row.issued_at + freshness(list))
      if (row === undefined || end <= now) {
        missing.push(member.issuer)
        continue
      }
      if (end - (await sources.seenAt(row)) < Math.min(LASTING, freshness(list) / 2)) {
        const reason = 'refused: its document was as good as over when it came'
        this.#options.logger.error({ list, source: member.issuer }, reason)
        missing.push(member.issuer)
        continue
      }
      issuers.push({ ...member, status: row.document })
      ends.set(member.issuer, end)
    }
    const honest = withoutStolenKeys(issuers, before === undefined ? [] : issuersIn(before))
    for (const { issuer } of issuers.filter((one) => !honest.includes(one))) {
      const reason = 'refused: names a key of another issuer, or a key twice'
      this.#options.logger.error({ list, source: issuer }, reason)
      missing.push(issuer)
    }
    const fitting = whatFits(honest)
    for (const { issuer } of honest.filter((one) => !fitting.includes(one))) {
      this.#options.logger.error({ list, source: issuer }, 'left out: names more keys than fit')
      missing.push(issuer)
    }
    if (fitting.length === 0) return undefined
    const expiresAt = Math.min(
      membership.expiresAt,
      ...fitting.map(({ issuer }) => ends.get(issuer) ?? 0),
    )
    const text = canonicalJson({ operator, expiresAt, issuers: fitting })
    return {
      issuers: fitting,
      missing,
      expiresAt,
      hash: createHash('sha256').update(text).digest('hex'),
    }
  }

  /** @returns Undefined if another process made this version. */
  async #add(
    list: string,
    version: number,
    { issuers, expiresAt, hash }: Ingredients,
    now: number,
  ): Promise<{ readonly version: ListVersion; readonly trust: TrustList } | undefined> {
    const { operator, key, lists } = this.#options
    const trust = await buildTrust(list, issuers, now)
    const row: ListVersion = {
      list,
      version,
      root: trust.root.toString(),
      sources: hash,
      issuers: JSON.stringify(issuers.map(({ issuer }) => issuer)),
      made_at: Math.min(...trust.statuses.map(({ issuedAt }) => issuedAt)),
      expires_at: expiresAt,
      accepted_at: null,
    }
    const claims = { iss: operator, iat: now, exp: expiresAt }
    const jws = await signTrustList(trust, claims, key.privateKey)
    return (await lists.add({ ...row, jws })) ? { version: row, trust } : undefined
  }

  /**
   * Whoever judges proofs takes the list first, then it is offered. If the program ends in between,
   * the next one begins here again.
   */
  async #offer(version: ListVersion, now: number, made?: TrustList): Promise<void> {
    const { lists, onTrust } = this.#options
    const { list } = version
    const isTold = this.#told.get(list) === version.version
    if (isTold && version.accepted_at !== null) return
    if (!isTold) {
      await onTrust(made ?? (await this.open(version, now)))
      this.#told.set(list, version.version)
    }
    await lists.accept(version, now)
  }
}

/**
 * A key that two issuers name is that of the one who had it in the list before; of two new ones, of
 * neither. Nor is one that an issuer names twice its own. There is no list with a key twice, so one
 * issuer could keep all others' revocations from being published otherwise.
 */
function withoutStolenKeys(
  issuers: readonly TrustedIssuer[],
  before: readonly TrustedIssuer[],
): TrustedIssuer[] {
  const owners = new Map(before.flatMap((one) => keysOf(one).map((key) => [key, one.issuer])))
  const claims = Map.groupBy(
    issuers.flatMap((one) => keysOf(one).map((key) => ({ key, issuer: one.issuer }))),
    ({ key }) => key,
  )
  const isOwn = (key: string, issuer: string): boolean => {
    const named = (claims.get(key) ?? []).map((one) => one.issuer)
    const isOnce = named.indexOf(issuer) === named.lastIndexOf(issuer)
    return named.length < 2 || (isOnce && owners.get(key) === issuer)
  }
  return issuers.filter((one) => keysOf(one).every((key) => isOwn(key, one.issuer)))
}

/**
 * Where all do not fit into one list, those that name the most keys are left out: they must not take
 * the room of the others, whose revocations nobody would learn of then.
 */
function whatFits(issuers: readonly TrustedIssuer[]): TrustedIssuer[] {
  const counts = new Map(
    issuers.map((one) => [one, { all: keysIn(one).length, trusted: keysOf(one).length }]),
  )
  const sum = { all: 0, trusted: 0 }
  const fitting = new Set<TrustedIssuer>()
  for (const [one, { all, trusted }] of [...counts].sort(([, a], [, b]) => a.all - b.all)) {
    sum.all += all
    sum.trusted += trusted
    if (sum.all > MAX_TRUST_KEYS || sum.trusted > MAX_TRUST_LEAVES) break
    fitting.add(one)
  }
  return issuers.filter((one) => fitting.has(one))
}

/** Those that count in the list. */
function keysOf(issuer: TrustedIssuer): string[] {
  return keysIn(issuer)
    .filter(({ schema }) => issuer.schemas.includes(schema))
    .map(({ key }) => canonicalJson(key))
}

/** Of a document that was checked when it was kept. */
function keysIn({ status }: TrustedIssuer): readonly {
  readonly key: object
  readonly schema: string
}[] {
  const { keys } = readJws(status, 'STATUS_INVALID').payload as {
    readonly keys: ReturnType<typeof keysIn>
  }
  return keys
}

/** Of a list that was made here. */
function issuersIn(jws: string): readonly TrustedIssuer[] {
  const { list } = readJws(jws, 'TRUST_INVALID').payload as {
    readonly list: { readonly issuers: readonly TrustedIssuer[] }
  }
  return list.issuers
}

/** One list for one set of issuers, in whichever order they are configured. */
function sorted({ members }: Membership): Membership['members'] {
  return members.toSorted((a, b) => (a.issuer < b.issuer ? -1 : 1))
}
