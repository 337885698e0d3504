import type { Transaction } from 'kysely'
import { toBase64url } from '../../core/bytes.ts'
import { ZerocardError } from '../../core/errors.ts'
import { jwkThumbprint } from '../../core/jws.ts'
import type { PublicJwk } from '../../core/jws.ts'
import type { LogWindow } from '../../core/log.ts'
import { openStatus, readOldStatus } from '../../core/status.ts'
import {
  compareEpochs,
  compareStatus,
  continueLog,
  documentHash,
  forkEvidence,
  newLog,
  readLog,
  shortened,
} from '../../core/status-log.ts'
import type { FollowedLog, Fork, SignedStatus, TileSource } from '../../core/status-log.ts'
import type { TrustedIssuer } from '../../core/trust.ts'
import type { Database } from '../storage/database.ts'
import type { TrustDocumentRow, TrustTables } from './tables.ts'

/** An issuer as a list names it: the status document is found apart. */
export type Member = Omit<TrustedIssuer, 'status'>

/** What became of a document that was seen. */
export type RecordOutcome =
  /** Newer than all before, and kept. */
  | 'new'
  /** The one that is kept already. */
  | 'known'
  /** Refused: the issuer had a later epoch before. */
  | 'rollback'
  /** Refused: the issuer signed two different documents for one epoch. */
  | 'equivocation'
  /** Refused: the log it speaks of is not the one that was seen before. */
  | 'fork'

/** Other processes that may be faster before this one stops trying. */
const MAX_TRIES = 10

type Issuer = Pick<Member, 'issuer' | 'jwk'>

interface Recorded {
  readonly outcome: RecordOutcome
  readonly epoch: number
}

/** What a document makes of what is kept: another state, a contradiction, or nothing. */
type Step =
  | { readonly log: LogWindow | undefined }
  | { readonly outcome: RecordOutcome; readonly fork?: Fork; readonly isInLog?: boolean }

/**
 * The newest status document of each issuer, and all that were ever seen. An issuer with another
 * document key is another one.
 */
export class TrustDocuments {
  readonly #database: Database<TrustTables>

  constructor(database: Database<TrustTables>) {
    this.#database = database
  }

  /**
   * Keeps a document if it is newer than all before, in whichever process they came, and continues
   * their log.
   *
   * @param tiles - Asked for the documents between the last that was seen and this one. Without it
   *   a document that is not the very next is taken, and its log is not followed.
   * @throws ZerocardError with the codes of `openStatus` and of `tiles`; `STATUS_INVALID` if the log
   *   is not the one that the document has signed.
   */
  async record(issuer: Issuer, text: string, now: number, tiles?: TileSource): Promise<Recorded> {
    const status = await openStatus(text, issuer, now)
    const seen = { text, status }
    for (let tries = 1; tries <= MAX_TRIES; tries++) {
      const kept = await this.find(issuer)
      const step = await this.#step(issuer, kept, seen, tiles)
      if ('outcome' in step) return this.#refuse(issuer, seen, step, now)
      if (await this.#replace(issuer, kept, seen, step.log, now)) {
        return { outcome: 'new', epoch: status.epoch }
      }
    }
    throw new ZerocardError('UNAVAILABLE', 'other processes are recording, too')
  }

  async find({ issuer, jwk }: Issuer): Promise<TrustDocumentRow | undefined> {
    return this.#database.query
      .selectFrom('trust_documents')
      .selectAll()
      .where('issuer', '=', issuer)
      .where('key', '=', await keyId(jwk))
      .executeTakeFirst()
  }

  /** When a document was seen for the first time; of an older program, when it was last seen. */
  async seenAt({ issuer, key, document, fetched_at }: TrustDocumentRow): Promise<number> {
    const row = await this.#database.query
      .selectFrom('trust_seen')
      .select('seen_at')
      .where('issuer', '=', issuer)
      .where('key', '=', key)
      .where('hash', '=', documentHash(document))
      .executeTakeFirst()
    return row?.seen_at ?? fetched_at
  }

  /** Notes that the source still has the document that is kept. */
  async touch({ issuer, jwk }: Issuer, now: number): Promise<void> {
    await this.#database.query
      .updateTable('trust_documents')
      .set({ fetched_at: now })
      .where('issuer', '=', issuer)
      .where('key', '=', await keyId(jwk))
      .where('fetched_at', '<', now)
      .execute()
  }

  async #step(
    issuer: Issuer,
    kept: TrustDocumentRow | undefined,
    seen: SignedStatus,
    tiles: TileSource | undefined,
  ): Promise<Step> {
    const { epoch } = seen.status
    if (kept === undefined) return { log: await firstLog(seen, tiles) }
    const before = await readKept(kept, issuer)
    if (before === undefined) {
      return epoch > kept.epoch ? { log: await firstLog(seen, tiles) } : { outcome: 'rollback' }
    }
    const log = followed(kept, before)
    const comparison = log === undefined ? compareEpochs(before, seen) : compareStatus(log, seen)
    if (typeof comparison === 'object') {
      return { outcome: epoch === kept.epoch ? 'equivocation' : 'fork', fork: comparison }
    }
    if (epoch === kept.epoch) return { outcome: 'known' }
    if (epoch < kept.epoch) return { outcome: 'rollback', isInLog: comparison === 'within' }
    if (log !== undefined && comparison === 'next') return { log: continueLog(log, seen).window }
    if (tiles === undefined) return { log: undefined }
    const whole = await readLog(seen, kept.epoch, tiles)
    const old = compareStatus(whole, before)
    return typeof old === 'object'
      ? { outcome: 'fork', fork: old }
      : { log: shortened(whole.window) }
  }

  async #refuse(
    issuer: Issuer,
    { text, status: { epoch } }: SignedStatus,
    { outcome, fork, isInLog = false }: Extract<Step, { outcome: RecordOutcome }>,
    now: number,
  ): Promise<Recorded> {
    if (outcome === 'known') await this.touch(issuer, now)
    // An issuer that signs what it likes must not fill the database: of what is refused the first
    // evidence is kept, and of what is old only what is in the log.
    if (fork === undefined && !isInLog) return { outcome, epoch }
    const key = await keyId(issuer.jwk)
    const seen = { issuer: issuer.issuer, key, epoch, text, now }
    await this.#database.transact(async (transaction) => {
      if (fork === undefined) return noteSeen(transaction, seen)
      const written = await transaction
        .insertInto('trust_forks')
        .values({
          issuer: issuer.issuer,
          key,
          evidence: JSON.stringify(forkEvidence(issuer, fork)),
          found_at: now,
        })
        .onConflict((conflict) => conflict.doNothing())
        .returning('issuer')
        .executeTakeFirst()
      if (written !== undefined) await noteSeen(transaction, seen, fork)
    })
    return { outcome, epoch }
  }

  /** @returns False if another process has changed what is kept meanwhile. */
  async #replace(
    { issuer, jwk }: Issuer,
    kept: TrustDocumentRow | undefined,
    { text, status: { epoch, issuedAt, expiresAt } }: SignedStatus,
    log: LogWindow | undefined,
    now: number,
  ): Promise<boolean> {
    const key = await keyId(jwk)
    const changes = {
      epoch,
      document: text,
      issued_at: issuedAt,
      expires_at: expiresAt,
      fetched_at: now,
      log: log === undefined ? null : JSON.stringify(log),
    }
    return this.#database.transact(async (transaction) => {
      const written =
        kept === undefined
          ? await transaction
              .insertInto('trust_documents')
              .values({ issuer, key, ...changes })
              .onConflict((conflict) => conflict.doNothing())
              .returning('epoch')
              .executeTakeFirst()
          : await transaction
              .updateTable('trust_documents')
              .set(changes)
              .where('issuer', '=', issuer)
              .where('key', '=', key)
              .where('epoch', '=', kept.epoch)
              .returning('epoch')
              .executeTakeFirst()
      if (written === undefined) return false
      await noteSeen(transaction, { issuer, key, epoch, text, now })
      return true
    })
  }
}

/** The name of a document key. */
export async function keyId(jwk: PublicJwk): Promise<string> {
  return toBase64url(await jwkThumbprint(jwk))
}

async function noteSeen(
  transaction: Transaction<TrustTables>,
  seen: {
    readonly issuer: string
    readonly key: string
    readonly epoch: number
    readonly text: string
    readonly now: number
  },
  fork?: Fork,
): Promise<void> {
  const { issuer, key, epoch, text, now } = seen
  await transaction
    .insertInto('trust_seen')
    .values({
      issuer,
      key,
      epoch,
      hash: documentHash(text),
      document: text,
      seen_at: now,
      is_refused: fork === undefined ? 0 : 1,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** Undefined for a document of a time when there was no log: its issuer has a newer one. */
async function readKept(
  { document: text }: TrustDocumentRow,
  issuer: Issuer,
): Promise<SignedStatus | undefined> {
  try {
    return { text, status: await readOldStatus(text, issuer) }
  } catch (error) {
    if (error instanceof ZerocardError) return undefined
    throw error
  }
}

async function firstLog(
  seen: SignedStatus,
  tiles: TileSource | undefined,
): Promise<LogWindow | undefined> {
  const log = newLog(seen)
  if (log !== undefined || tiles === undefined) return log?.window
  return (await readLog(seen, Math.max(1, seen.status.epoch - 1), tiles)).window
}

function followed({ log }: TrustDocumentRow, newest: SignedStatus): FollowedLog | undefined {
  return log === null ? undefined : { newest, window: JSON.parse(log) as LogWindow }
}
