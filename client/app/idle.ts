import type { Session } from './session.ts'

/** Nobody has touched the page for so long, in seconds. */
const IDLE = 10
/** Between two looks, in seconds. */
const INTERVAL = 5
/**
 * What is fetched in idle moments must not tell what else the wallet did. Each time is drawn between
 * one and two of these, in seconds: after the page was opened, which may be for an answer;
 */
const START = 30
/** between two hosts, which could otherwise find each other's requests; */
const PAUSE = 60
/** after all of them were asked; */
const REST = 600
/** and after a question or an issuance, whose ends know when it was. */
const QUIET = 600

/**
 * Lets the wallet ask ahead, one host at a time, and make proofs ahead while nobody does anything, and
 * stops it as soon as somebody begins something.
 *
 * @returns What ends it.
 */
export function prepareWhenIdle(session: Session): () => void {
  let preparing: AbortController | undefined
  const after = (seconds: number): number =>
    session.page.now() + seconds + session.page.pick(seconds)
  let nextAt = 0
  let quietUntil = after(START)
  /** When the last thing of the history was that somebody else knows of. */
  let lastAt = 0
  /** The person has just said that proofs are wanted: these are made without asking anybody. */
  let isWished = false
  const isQuiet = (): boolean => {
    const { wallet, busy, request } = session.state
    return wallet.status === 'open' && busy === undefined && request === undefined
  }
  session.subscribe(() => {
    if (isQuiet()) return
    preparing?.abort()
    if (isKnownElsewhere(session.state)) quietUntil = after(QUIET)
    else if (session.state.busy?.task === 'ready') isWished = true
  })
  /** What happened in another tab, or before this page was loaded anew, is in the history alone. */
  const noteHistory = (): void => {
    const newest = session.state.wallet.history.find(({ kind }) => kind !== 'removed')
    if (newest === undefined || newest.at <= lastAt) return
    lastAt = newest.at
    quietUntil = Math.max(quietUntil, Math.min(lastAt - session.page.now(), 0) + after(QUIET))
  }
  const prepare = async ({ signal }: AbortController): Promise<void> => {
    if (!(await session.page.isSpare()) || signal.aborted) return
    isWished = false
    nextAt = after(PAUSE)
    if (!(await session.wallet.prepareNext(signal))) nextAt = after(REST)
  }
  const begin = (): void => {
    if (preparing !== undefined || !isQuiet() || session.idleTime < IDLE) return
    noteHistory()
    if (!isWished && session.page.now() < Math.max(nextAt, quietUntil)) return
    const own = new AbortController()
    preparing = own
    // What is made ahead is made again on demand: a failure is nobody's concern.
    prepare(own)
      .catch(() => undefined)
      .finally(() => {
        if (preparing === own) preparing = undefined
      })
  }
  let cancel = (): void => undefined
  const next = (): void => {
    cancel = session.page.after(INTERVAL, () => {
      begin()
      next()
    })
  }
  next()
  return () => {
    cancel()
    preparing?.abort()
  }
}

/** Whether a verifier or an issuer is waiting for this person, or was a moment ago. */
function isKnownElsewhere({ request, waiting, busy }: Session['state']): boolean {
  const tasks: readonly (string | undefined)[] = ['link', 'answer', 'refuse', 'take', 'resume']
  return request !== undefined || waiting !== undefined || tasks.includes(busy?.task)
}
