import { canonicalJson } from '../../core/bytes.ts'
import { ZerocardError } from '../../core/errors.ts'
import type { PublicJwk } from '../../core/jws.ts'
import type { LogWindow } from '../../core/log.ts'
import { MAX_CLOCK_SKEW, readOldStatus } from '../../core/status.ts'
import type { StatusIssuer } from '../../core/status.ts'
import {
  LOG_TILE,
  compareEpochs,
  compareStatus,
  continueLog,
  documentHash,
  forkEvidence,
  newLog,
  readLog,
  shortened,
} from '../../core/status-log.ts'
import type { Comparison, FollowedLog, Fork, SignedStatus } from '../../core/status-log.ts'
import type { TrustList } from '../../core/trust.ts'
import { documentKeyId, fetchTile } from '../status-log.ts'
import type { Change, DocumentOf } from './documents.ts'
import type { WalletEnvironment } from './environment.ts'
import { keptCredentials } from './holding.ts'
import type { Keep } from './keep.ts'

// Whether everybody is shown the same of an issuer. The wallet follows the log of each issuer that it
// has a credential of, compares every document it meets with it.

/** Documents of one issuer that wait until the log has come to them. */
const MAX_WAITING = 32

/** Parts that are read when there is nothing yet: half a year of hourly documents. */
const FIRST_TILES = 20

/** Seconds for all of them. */
const LOG_SECONDS = 120

export const LOG_LOCK = 'zerocard/log'

/** What the world is to be asked with. */
export type WatchTools = Pick<
  WalletEnvironment,
  'http' | 'clock' | 'exclusively' | 'witnesses' | 'patience'
>

export type Log = DocumentOf<'log'>

interface Met {
  readonly from: StatusIssuer
  readonly text: string
}

/** Compares the documents of lists with what is known of their issuers, and remembers them. */
export async function noteLists(
  keep: Keep,
  { exclusively }: WatchTools,
  lists: readonly TrustList[],
  now: number,
): Promise<void> {
  const own = issuersOf(keep)
  const met = lists
    .flatMap(({ issuers }) => issuers)
    .filter(({ issuer, jwk }) => own.get(issuer)?.has(nameOf(jwk)))
    .map(({ issuer, jwk, status }): Met => ({ from: { issuer, jwk }, text: status }))
  if (met.length === 0) return
  await exclusively(LOG_LOCK, async () => {
    await keep.load()
    for (const one of met) await note(keep, one, now)
  })
}

/**
 * Follows an issuer's log to the document that it publishes now.
 *
 * @throws ZerocardError with the codes of {@link fetchTile}; `STATUS_INVALID` if the log is not the
 *   one that was signed.
 */
export async function followIssuer(
  keep: Keep,
  { http, clock, exclusively }: WatchTools,
  from: StatusIssuer,
  text: string,
): Promise<void> {
  const id = await logId(from)
  await exclusively(LOG_LOCK, async () => {
    await keep.load()
    await note(keep, { from, text }, clock())
  })
  const log = keep.get('log', id)
  if (log === undefined || keep.get('fork', id) !== undefined) return
  if (log.window !== undefined && log.waiting.length === 0) return
  const published = await signed({ from, text })
  const known = await Promise.all(
    [log.newest, ...log.waiting].map((one) => signed({ from, text: one })),
  )
  const epochs = known.map(({ status: { epoch } }) => epoch)
  if (log.window !== undefined && published.status.epoch <= (epochs[0] ?? 0)) return
  // Nobody who is asked meanwhile waits for an issuer.
  const end = clock() + LOG_SECONDS
  // Which documents were met is the wallet's to know: whoever begins to follow asks like all others.
  const oldest =
    log.window === undefined
      ? Math.max(1, published.status.epoch - FIRST_TILES * LOG_TILE)
      : Math.min(...epochs)
  const whole = await readLog(published, oldest, (tile) =>
    clock() < end ? fetchTile(from.issuer, tile, http) : Promise.reject(tooSlow(from.issuer)),
  )
  await exclusively(LOG_LOCK, async () => {
    await keep.load()
    const now = keep.get('log', id)
    // What came meanwhile is compared the next time.
    if (now === undefined || canonicalJson(now) !== canonicalJson(log)) return
    await keep.write([followed(id, from, log, whole, known, clock())])
  })
}

/** What has been found out by a log that was read: the log, or that documents are not in it. */
function followed(
  id: string,
  from: StatusIssuer,
  log: Log,
  whole: FollowedLog,
  known: readonly SignedStatus[],
  now: number,
): Change {
  const found = known.map((one) => ({ one, comparison: compareStatus(whole, one) }))
  const fork = found.map(({ comparison }) => comparison).find((one) => typeof one === 'object')
  if (fork !== undefined) return forkChange(id, from, fork, now)
  const isOpen = (comparison: Comparison): boolean =>
    comparison === 'later' || comparison === 'next'
  const waiting = found.filter(({ comparison }) => isOpen(comparison)).map(({ one }) => one.text)
  const { text: newest } = whole.newest
  return {
    kind: 'log',
    id,
    value: { ...log, newest, window: kept(shortened(whole.window)), waiting },
  }
}

/** Compares a document with its issuer's log and remembers what comes of it. */
export async function note(keep: Keep, met: Met, now: number): Promise<void> {
  const id = await logId(met.from)
  if (keep.get('fork', id) !== undefined) return
  const seen = await signed(met)
  const log = keep.get('log', id)
  if (log === undefined) {
    const window = newLog(seen)?.window
    const value = { ...met.from, newest: seen.text, ...windowOf(window), waiting: [] }
    return keep.write([{ kind: 'log', id, value }])
  }
  const newest = await signed({ from: met.from, text: log.newest })
  const comparison =
    log.window === undefined
      ? compareEpochs(newest, seen)
      : compareStatus({ newest, window: log.window }, seen)
  if (typeof comparison === 'object') {
    return keep.write([forkChange(id, met.from, comparison, now)])
  }
  if (comparison === 'next' && log.window !== undefined) {
    const next = continueLog({ newest, window: log.window }, seen)
    const value = { ...log, newest: seen.text, window: kept(next.window) }
    return keep.write([{ kind: 'log', id, value }])
  }
  if (comparison !== 'later' || isKept(log, seen)) return
  const value = { ...log, waiting: [...withRoom(log.waiting), seen.text] }
  await keep.write([{ kind: 'log', id, value }])
}

/** Which one goes is left to chance: nobody can be sure to have washed one out. */
function withRoom(waiting: readonly string[]): readonly string[] {
  if (waiting.length < MAX_WAITING) return waiting
  const [chance = 0] = crypto.getRandomValues(new Uint32Array(1))
  return waiting.filter((_, i) => i !== chance % waiting.length)
}

/** Whether a document will be compared with what comes: it is in the log, or waits for it. */
export function isKept({ window, newest, waiting }: Log, { text, status }: SignedStatus): boolean {
  const hash = documentHash(text)
  if (window?.leaves[status.epoch - 1 - window.base.size] === hash) return true
  return [newest, ...waiting].some((one) => documentHash(one) === hash)
}

/**
 * Whether the log has passed a document in time and not come to it: an issuer that signs for epochs
 * far ahead never has to put them into its log.
 */
export async function isPassed({ issuer, jwk, newest, waiting }: Log): Promise<boolean> {
  const from = { issuer, jwk }
  const { status: last } = await signed({ from, text: newest })
  const open = await Promise.all(waiting.map((text) => signed({ from, text })))
  return open.some(
    ({ status: { epoch, issuedAt } }) =>
      epoch > last.epoch && issuedAt + MAX_CLOCK_SKEW < last.issuedAt,
  )
}

async function signed({ from, text }: Met): Promise<SignedStatus> {
  return { text, status: await readOldStatus(text, from) }
}

async function logId({ issuer, jwk }: { issuer: string; jwk: PublicJwk }): Promise<string> {
  return `${issuer} ${await documentKeyId(jwk)}`
}

/**
 * The issuers of the wallet's credentials, with the keys that they gave themselves: a list could give
 * them any other, and fill the wallet with what it says under that.
 */
export function issuersOf(keep: Keep): ReadonlyMap<string, ReadonlySet<string>> {
  const issuers = new Map<string, Set<string>>()
  for (const { held } of keptCredentials(keep)) {
    const keys = issuers.get(held.credential.issuer) ?? new Set()
    if (held.origin !== undefined) keys.add(nameOf(held.origin.jwk))
    issuers.set(held.credential.issuer, keys)
  }
  return issuers
}

function nameOf({ x, y }: PublicJwk): string {
  return `${x} ${y}`
}

function forkChange(id: string, from: StatusIssuer, fork: Fork, now: number): Change {
  return { kind: 'fork', id, value: { evidence: forkEvidence(from, fork), foundAt: now } }
}

function windowOf(window: LogWindow | undefined): Pick<Log, 'window'> {
  return window === undefined ? {} : { window: kept(window) }
}

function kept({ base, leaves }: LogWindow): NonNullable<Log['window']> {
  return { base: { size: base.size, peaks: [...base.peaks] }, leaves: [...leaves] }
}

/** A witness that is down says nothing; a locked wallet asks none. */
export function nothing(error: unknown): undefined {
  const isOfVault =
    !(error instanceof ZerocardError) || ['LOCKED', 'STORAGE_FAILED'].includes(error.code)
  if (isOfVault) throw error
  return undefined
}

function tooSlow(issuer: string): ZerocardError {
  return new ZerocardError('FETCH_FAILED', `the log of ${issuer} does not come in time`)
}
