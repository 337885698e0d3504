import type { ErrorCode } from '../../core/errors.ts'
import type { LogHash } from '../../core/log.ts'
import { documentHash } from '../../core/status-log.ts'
import type { TrustList } from '../../core/trust.ts'
import type { WitnessStatement } from '../../core/witness-log.ts'
import { documentKeyId, fetchSeenDocument, fetchWitness } from '../status-log.ts'
import type { DocumentOf } from './documents.ts'
import type { Keep } from './keep.ts'
import { LOG_LOCK, isKept, isPassed, issuersOf, note, nothing } from './watch.ts'
import type { Log, WatchTools } from './watch.ts'

// What others have seen of the issuers that the wallet has cards of, and what follows for an answer.

/** Keys of one issuer of which it is kept what a witness has seen. */
const MAX_KEYS = 8

/** Seconds for which what a witness said counts as said now. */
export const WITNESS_AGE = 600

/**
 * Asks all witnesses, whatever the wallet holds, unless it has asked a short while ago. One that does
 * not answer says nothing.
 */
export async function askWitnesses(
  keep: Keep,
  { http, clock, witnesses = [] }: WatchTools,
  maxAge = WITNESS_AGE,
): Promise<void> {
  const due = witnesses.filter((witness) => !isFresh(keep.get('witness', witness), clock(), maxAge))
  await Promise.all(
    due.map(async (witness) => {
      const said = await fetchWitness(witness, http, clock()).catch(nothing)
      if (said === undefined) return
      const value = {
        fetchedAt: clock(),
        issuers: ofOwn(keep, said).map(({ issuer, key, documents }) => ({
          issuer,
          key,
          documents: documents.map(({ epoch, hash }) => ({ epoch, hash })),
        })),
      }
      await keep.write([{ kind: 'witness', id: witness, value }])
    }),
  )
}

/**
 * Compares what witnesses saw with the logs that were followed. A document that should not be is
 * fetched from its witness: then there is evidence.
 */
export async function compareWitnesses(
  keep: Keep,
  { http, clock, exclusively }: WatchTools,
): Promise<void> {
  for (const [witness, { issuers }] of keep.all('witness')) {
    for (const { issuer, key, documents } of issuers) {
      const log = keep.get('log', `${issuer} ${key}`)
      const other = documents.findLast(({ epoch, hash }) => !agrees(log, epoch, hash))
      if (log === undefined || other === undefined) continue
      const text = await fetchSeenDocument(witness, other.hash, http).catch(nothing)
      if (text === undefined || documentHash(text) !== other.hash) continue
      const met = { from: { issuer, jwk: log.jwk }, text }
      await exclusively(LOG_LOCK, () => note(keep, met, clock()).catch(nothing))
    }
  }
}

/**
 * Whether a list may be answered about an issuer, by what is known without asking anybody.
 *
 * @returns `LOG_FORKED` if the issuer was found to have told two stories; `LOG_UNWITNESSED` if
 *   witnesses know the issuer and none of them knows the list's document, or if the wallet could not
 *   find out later that it is of another story.
 */
export async function judgeListed(
  keep: Keep,
  list: TrustList & { readonly operator?: string },
  issuer: string,
  now: number,
): Promise<ErrorCode | undefined> {
  const listed = list.issuers.find((one) => one.issuer === issuer)
  const place = listed === undefined ? -1 : list.issuers.indexOf(listed)
  const epoch = list.statuses[place]?.epoch
  if (listed === undefined || epoch === undefined) return undefined
  const key = await documentKeyId(listed.jwk)
  if (keep.get('fork', `${issuer} ${key}`) !== undefined) return 'LOG_FORKED'
  const log = keep.get('log', `${issuer} ${key}`)
  const status = list.statuses[place]
  if (log !== undefined && status !== undefined) {
    const isComparable = isKept(log, { text: listed.status, status })
    if (!isComparable || (await isPassed(log))) return 'LOG_UNWITNESSED'
  }
  const said = keep
    .all('witness')
    .filter(([witness, one]) => witness !== list.operator && isFresh(one, now, WITNESS_AGE))
    .flatMap(([, { issuers }]) => issuers.filter((one) => one.issuer === issuer))
  if (said.length === 0) return undefined
  const own = said.filter((one) => one.key === key).flatMap(({ documents }) => documents)
  const hash = documentHash(listed.status)
  if (own.some((one) => one.epoch === epoch && one.hash === hash)) return undefined
  const isBefore = own.some((one) => one.epoch > epoch && has(log, one.epoch, one.hash))
  return isBefore && has(log, epoch, hash) ? undefined : 'LOG_UNWITNESSED'
}

/** What a witness says of the issuers of the wallet's cards, within bounds. */
function ofOwn(keep: Keep, { issuers }: WitnessStatement): WitnessStatement['issuers'] {
  const groups = Map.groupBy(issuers, ({ issuer }) => issuer)
  return [...issuersOf(keep).keys()].flatMap((issuer) => {
    const unique = new Map((groups.get(issuer) ?? []).map((one) => [one.key, one]))
    return [...unique.values()].slice(0, MAX_KEYS)
  })
}

/** A witness that has seen what the wallet has not come to does not disagree. */
function agrees(log: Log | undefined, epoch: number, hash: LogHash): boolean {
  const known = leafAt(log, epoch)
  return known === undefined || known === hash
}

function has(log: Log | undefined, epoch: number, hash: LogHash): boolean {
  return leafAt(log, epoch) === hash
}

function leafAt(log: Log | undefined, epoch: number): LogHash | undefined {
  const window = log?.window
  return window?.leaves[epoch - 1 - window.base.size]
}

function isFresh(said: DocumentOf<'witness'> | undefined, now: number, maxAge: number): boolean {
  return said !== undefined && Math.abs(now - said.fetchedAt) < maxAge
}
