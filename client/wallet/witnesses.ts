import type { ErrorCode } from '../../core/errors.ts'
import type { LogHash } from '../../core/log.ts'
import { documentHash } from '../../core/status-log.ts'
import type { TrustList } from '../../core/trust.ts'
import type { WitnessStatement } from '../../core/witness-log.ts'
import { documentKeyId, fetchNewestDocuments, fetchWitness } from '../status-log.ts'
import type { DocumentOf } from './documents.ts'
import type { Keep } from './keep.ts'
import { LOG_LOCK, isKept, isPassed, issuersOf, note, nothing } from './watch.ts'
import type { Log, WatchTools } from './watch.ts'

// What others have seen of the issuers that the wallet has cards of, and what follows for an answer.

/** Keys of one issuer of which it is kept what a witness has seen. */
const MAX_KEYS = 8

/** Seconds for which what a witness said counts. */
export const WITNESS_AGE = 600

/** Seconds after which it is asked again for a question: honest news come every few minutes. */
const QUESTION_AGE = 60

/** Milliseconds for which a question waits for all of them. */
const PATIENCE = 4_000

/** Seconds for which no question waits for one that was waited for in vain. */
const SILENCE = 300

/**
 * Asks all witnesses, whatever the wallet holds, unless it has asked a short while ago. One that does
 * not answer says nothing.
 */
export async function askWitnesses(keep: Keep, tools: WatchTools): Promise<void> {
  const { clock, witnesses = [] } = tools
  const due = witnesses.filter((one) => !isFresh(keep.get('witness', one), clock(), WITNESS_AGE))
  await Promise.all(due.map((witness) => ask(keep, tools, witness)))
}

/**
 * Asks all witnesses for a question that somebody waits to see. What comes too late for it counts for
 * the next.
 */
export async function askForQuestion(keep: Keep, tools: WatchTools): Promise<void> {
  const { clock, witnesses = [], patience = PATIENCE } = tools
  const due = witnesses.filter((witness) => {
    const said = keep.get('witness', witness)
    return !isFresh(said, clock(), QUESTION_AGE) && !isSilent(said, clock())
  })
  const silent = new Set(due)
  const all = due.map(async (witness) => {
    await ask(keep, tools, witness)
    silent.delete(witness)
  })
  await unlessLate(Promise.all(all), patience)
  for (const witness of silent) await remember(keep, witness, { silentAt: clock() })
}

/**
 * Compares the newest documents of a witness with the logs that were followed: what contradicts them
 * is evidence. All are fetched, whatever the wallet holds and whether they agree or not: the witness
 * would learn what it lies about.
 */
export async function compareWitness(
  keep: Keep,
  { http, clock, exclusively }: WatchTools,
  witness: string,
): Promise<void> {
  if (isWithin(keep.get('witness', witness)?.comparedAt, clock(), WITNESS_AGE)) return
  const newest = await fetchNewestDocuments(witness, http).catch(nothing)
  if (newest === undefined) return
  const unique = new Map(newest.map((one) => [`${one.issuer} ${one.key}`, one]))
  await exclusively(LOG_LOCK, async () => {
    await keep.load()
    for (const [id, { document }] of unique) {
      const log = keep.get('log', id)
      if (log === undefined) continue
      const from = { issuer: log.issuer, jwk: log.jwk }
      await note(keep, { from, text: document }, clock()).catch(nothing)
    }
  })
  await remember(keep, witness, { comparedAt: clock() })
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

async function ask(keep: Keep, { http, clock }: WatchTools, witness: string): Promise<void> {
  const said = await fetchWitness(witness, http, clock()).catch(nothing)
  if (said === undefined) return
  const issuers = ofOwn(keep, said).map(({ issuer, key, documents }) => ({
    issuer,
    key,
    documents: documents.map(({ epoch, hash }) => ({ epoch, hash })),
  }))
  await remember(keep, witness, { fetchedAt: clock(), issuers })
}

/** Whoever has said something is no longer silent. */
async function remember(
  keep: Keep,
  witness: string,
  change: Partial<DocumentOf<'witness'>>,
): Promise<void> {
  const { silentAt: _, ...before } = keep.get('witness', witness) ?? { fetchedAt: 0, issuers: [] }
  await keep.write([{ kind: 'witness', id: witness, value: { ...before, ...change } }])
}

/** Goes on after some milliseconds; the work does, too. */
async function unlessLate(work: Promise<unknown>, milliseconds: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds)
  })
  await Promise.race([work, late]).finally(() => {
    clearTimeout(timer)
  })
}

/** What a witness says of the issuers of the wallet's cards, within bounds. */
function ofOwn(keep: Keep, { issuers }: WitnessStatement): WitnessStatement['issuers'] {
  const groups = Map.groupBy(issuers, ({ issuer }) => issuer)
  return [...issuersOf(keep).keys()].flatMap((issuer) => {
    const unique = new Map((groups.get(issuer) ?? []).map((one) => [one.key, one]))
    return [...unique.values()].slice(0, MAX_KEYS)
  })
}

function has(log: Log | undefined, epoch: number, hash: LogHash): boolean {
  return leafAt(log, epoch) === hash
}

function leafAt(log: Log | undefined, epoch: number): LogHash | undefined {
  const window = log?.window
  return window?.leaves[epoch - 1 - window.base.size]
}

function isFresh(said: DocumentOf<'witness'> | undefined, now: number, maxAge: number): boolean {
  return isWithin(said?.fetchedAt, now, maxAge)
}

function isSilent(said: DocumentOf<'witness'> | undefined, now: number): boolean {
  return isWithin(said?.silentAt, now, SILENCE)
}

function isWithin(time: number | undefined, now: number, seconds: number): boolean {
  return time !== undefined && Math.abs(now - time) < seconds
}
