import { ZerocardError } from '../../core/errors.ts'
import { parseJson } from '../../core/json.ts'
import type { LogWindow } from '../../core/log.ts'
import { parseTile } from '../../core/status-log.ts'
import type { TileSource } from '../../core/status-log.ts'
import { MAX_STATUS_BYTES } from '../../core/status.ts'
import { MAX_TRUST_LIST_BYTES, openTrustList } from '../../core/trust-list.ts'
import type { SignedTrustList } from '../../core/trust-list.ts'
import type { Logger } from '../http/log.ts'
import type { Outgoing } from '../outgoing/fetch.ts'
import type { Database } from '../storage/database.ts'
import type { ListSource, TrustConfig } from './config.ts'
import { TrustDocuments, keyId } from './documents.ts'
import type { Member, RecordOutcome } from './documents.ts'
import type { TrustDocumentRow, TrustSourceRow, TrustTables } from './tables.ts'

/** What became of one look at a source. */
export type SourceOutcome =
  | RecordOutcome
  /** The server says so itself. */
  | 'unchanged'
  /** Nothing came. */
  | 'failed'
  /** What came is not what it should be. */
  | 'invalid'

export interface SourceReport {
  /** Origin of the issuer or of the operator of a list. */
  readonly source: string
  readonly outcome: SourceOutcome
}

/** The issuers of a list. */
export interface Membership {
  readonly members: readonly Member[]
  /** Until when they are known to be that. */
  readonly expiresAt: number
}

type RemoteSource = Extract<ListSource, { readonly from: string }>

/** Sources that are asked at the same time. */
const CONCURRENCY = 8
const JWT = 'application/jwt'
/** Of 256 hashes. */
const MAX_TILE_BYTES = 32 * 1024
/** Milliseconds for all parts of one issuer's log. */
const LOG_TIMEOUT = 60_000

const IS_GOOD: ReadonlySet<SourceOutcome> = new Set(['new', 'known', 'unchanged'])

export function isGood({ outcome }: SourceReport): boolean {
  return IS_GOOD.has(outcome)
}

/** Looks at everything that lists are made from, and keeps what is newer than before. */
export class TrustSources {
  readonly #lists: TrustConfig['trust']
  readonly #database: Database<TrustTables>
  readonly #documents: TrustDocuments
  readonly #outgoing: Outgoing
  readonly #logger: Logger
  /** By URL and key, of answers that were taken. */
  readonly #etags = new Map<string, string>()

  constructor(
    lists: TrustConfig['trust'],
    database: Database<TrustTables>,
    outgoing: Outgoing,
    logger: Logger,
  ) {
    this.#lists = lists
    this.#database = database
    this.#documents = new TrustDocuments(database)
    this.#outgoing = outgoing
    this.#logger = logger
  }

  /** Asks every source once. One that fails does not keep the others from being asked. */
  async refresh(now: number): Promise<readonly SourceReport[]> {
    const chosen = await chosenIssuers(this.#lists)
    const looks: (() => Promise<SourceReport>)[] = []
    for (const [list, source] of Object.entries(this.#lists)) {
      if (!('from' in source)) continue
      const fetchList = () => this.#fetchList(list, source, chosen, now)
      looks.push(() => this.#look(source.operator, fetchList))
    }
    for (const member of chosen.values()) {
      looks.push(() => this.#look(member.issuer, () => this.#fetchStatus(member, now)))
    }
    return inTurns(looks, CONCURRENCY)
  }

  /** The issuers of a list; undefined if it is another operator's and not known or out of date. */
  async membership(list: string, now: number): Promise<Membership | undefined> {
    const source = this.#lists[list]
    if (source === undefined) return undefined
    if (!('from' in source)) return { members: source.issuers, expiresAt: Infinity }
    const row = await this.#remoteMembers(list, source)
    if (row === undefined || row.expires_at <= now) return undefined
    return { members: JSON.parse(row.members) as Member[], expiresAt: row.expires_at }
  }

  /** The newest status document of an issuer. */
  async document(member: Member): ReturnType<TrustDocuments['find']> {
    return this.#documents.find(member)
  }

  /** When a status document was seen for the first time. */
  async seenAt(row: TrustDocumentRow): Promise<number> {
    return this.#documents.seenAt(row)
  }

  async #look(source: string, work: () => Promise<SourceOutcome>): Promise<SourceReport> {
    try {
      const outcome = await work()
      if (!IS_GOOD.has(outcome)) this.#logger.error({ source, outcome }, REFUSALS[outcome])
      return { source, outcome }
    } catch (error) {
      if (!(error instanceof ZerocardError)) throw error
      const isFetch = error.code === 'FETCH_FAILED' || error.code === 'ADDRESS_REFUSED'
      const outcome = isFetch ? 'failed' : 'invalid'
      this.#logger.warn({ source, outcome, code: error.code, reason: error.message }, 'no news')
      return { source, outcome }
    }
  }

  async #fetchStatus(member: Member, now: number): Promise<SourceOutcome> {
    const url = `${member.issuer}/status`
    const tag = `${url} ${await keyId(member.jwk)}`
    const wanted = { type: JWT, maxBytes: MAX_STATUS_BYTES, etag: this.#etags.get(tag) }
    const before = await this.#documents.find(member)
    const answer = await this.#outgoing.get(url, wanted)
    if (answer === 'unchanged') {
      await this.#documents.touch(member, now)
      return 'unchanged'
    }
    const text = answer.text.trim()
    const tiles = this.#tilesOf(member.issuer)
    const { outcome, epoch } = await this.#documents.record(member, text, now, tiles)
    if (IS_GOOD.has(outcome)) this.#remember(tag, answer.etag)
    // Another process may have seen a later epoch meanwhile: no fault of the issuer.
    const isOvertaken = outcome === 'rollback' && epoch >= (before?.epoch ?? 0)
    return isOvertaken ? 'known' : outcome
  }

  /** One issuer that is slow must not keep the others waiting for each part of its log. */
  #tilesOf(issuer: string): TileSource {
    const end = performance.now() + LOG_TIMEOUT
    const late = new ZerocardError('FETCH_FAILED', `the log of ${issuer} does not come in time`)
    return (tile) =>
      performance.now() < end ? this.#fetchTile(issuer, tile) : Promise.reject(late)
  }

  async #fetchTile(issuer: string, tile: number): Promise<LogWindow> {
    const wanted = { type: 'application/json', maxBytes: MAX_TILE_BYTES, etag: undefined }
    const answer = await this.#outgoing.get(`${issuer}/status/log/${String(tile)}`, wanted)
    if (answer === 'unchanged') throw new TypeError('nothing was said of what is known')
    return parseTile(parseJson(answer.text, 'STATUS_INVALID', 'log'))
  }

  async #fetchList(
    list: string,
    source: RemoteSource,
    chosen: ReadonlyMap<string, Member>,
    now: number,
  ): Promise<SourceOutcome> {
    const { from, operator, jwk } = source
    const tag = `${from} ${await keyId(jwk)}`
    const wanted = { type: JWT, maxBytes: MAX_TRUST_LIST_BYTES, etag: this.#etags.get(tag) }
    const before = (await this.#remoteMembers(list, source))?.issued_at ?? 0
    const answer = await this.#outgoing.get(from, wanted)
    if (answer === 'unchanged') return 'unchanged'
    const trust = await openTrustList(answer.text.trim(), { operator, jwk, name: list }, now)
    if (trust.issuedAt < before) return 'rollback'
    if (!(await this.#keepMembers(list, source, trust))) return 'known'
    for (const { status, ...member } of trust.issuers) {
      const isOwn = chosen.has(await memberId(member))
      const outcome = await this.#recordListed(member, status, now, isOwn)
      // That the list has an older document than we know is no fault: it may be behind.
      if (outcome !== 'equivocation' && outcome !== 'fork') continue
      this.#logger.error({ source: member.issuer, outcome, list }, REFUSALS[outcome])
    }
    this.#remember(tag, answer.etag)
    return 'new'
  }

  /**
   * Of an issuer that is looked at itself, a list of somebody else is no source: what the list has is
   * compared, and taken only if it continues the log that was followed.
   */
  async #recordListed(
    member: Member,
    status: string,
    now: number,
    isOwn: boolean,
  ): Promise<RecordOutcome | undefined> {
    try {
      const { outcome } = await this.#documents.record(
        member,
        status,
        now,
        isOwn ? noTile : undefined,
      )
      return outcome
    } catch (error) {
      if (isOwn && error instanceof ZerocardError && error.code === 'FETCH_FAILED') return undefined
      throw error
    }
  }

  async #remoteMembers(
    list: string,
    { operator, jwk }: RemoteSource,
  ): Promise<Pick<TrustSourceRow, 'members' | 'issued_at' | 'expires_at'> | undefined> {
    return this.#database.query
      .selectFrom('trust_sources')
      .select(['members', 'issued_at', 'expires_at'])
      .where('list', '=', list)
      .where('operator', '=', operator)
      .where('key', '=', await keyId(jwk))
      .executeTakeFirst()
  }

  /** @returns False if another process has seen a later list. */
  async #keepMembers(
    list: string,
    { operator, jwk }: RemoteSource,
    { issuedAt, expiresAt, issuers }: SignedTrustList,
  ): Promise<boolean> {
    const members = JSON.stringify(issuers.map(({ status: _, ...member }) => member))
    const key = await keyId(jwk)
    const changes = { operator, key, issued_at: issuedAt, expires_at: expiresAt, members }
    const kept = await this.#database.query
      .insertInto('trust_sources')
      .values({ list, ...changes })
      .onConflict((conflict) => conflict.doNothing())
      .returning('list')
      .executeTakeFirst()
    if (kept !== undefined) return true
    const replaced = await this.#database.query
      .updateTable('trust_sources')
      .set(changes)
      .where('list', '=', list)
      .where((row) =>
        row.or([
          row('issued_at', '<=', issuedAt),
          row('operator', '!=', operator),
          row('key', '!=', key),
        ]),
      )
      .returning('list')
      .executeTakeFirst()
    return replaced !== undefined
  }

  #remember(tag: string, etag: string | undefined): void {
    if (etag === undefined) this.#etags.delete(tag)
    else this.#etags.set(tag, etag)
  }
}

/** The issuers that lists of this operator name, by {@link memberId}. */
export async function chosenIssuers(
  lists: TrustConfig['trust'],
): Promise<ReadonlyMap<string, Member>> {
  const chosen = new Map<string, Member>()
  for (const source of Object.values(lists)) {
    if ('from' in source) continue
    for (const member of source.issuers) chosen.set(await memberId(member), member)
  }
  return chosen
}

async function memberId({ issuer, jwk }: Pick<Member, 'issuer' | 'jwk'>): Promise<string> {
  return `${issuer} ${await keyId(jwk)}`
}

function noTile(): Promise<never> {
  return Promise.reject(new ZerocardError('FETCH_FAILED', 'its own address is asked for that'))
}

const REFUSALS: Readonly<Partial<Record<SourceOutcome, string>>> & {
  readonly equivocation: string
  readonly fork: string
} = {
  rollback: 'refused: an older document than one that was seen before',
  equivocation: 'refused: the issuer signed two different documents for one epoch',
  fork: 'refused: the issuer has changed its log, or shows another one to others',
}

/** Runs all works, at most `limit` at a time. @returns Their results, in order. */
async function inTurns<T>(works: readonly (() => Promise<T>)[], limit: number): Promise<T[]> {
  const results: T[] = []
  const queue = works.entries()
  const lane = async (): Promise<void> => {
    for (const [i, work] of queue) results[i] = await work()
  }
  await Promise.all(Array.from({ length: limit }, lane))
  return results
}
