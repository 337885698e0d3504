import type { Session } from './session.ts'

/** Nobody has touched the page for so long, in seconds. */
const IDLE = 10
/** Between two looks, in seconds. */
const INTERVAL = 5
/** After everything was made, what issuers publish is asked for again so much later, in seconds. */
const REST = 600
/**
 * What is fetched in idle moments must not tell when a question came: after one, nothing is for so
 * long, and then at a random moment of as long again, in seconds.
 */
const QUIET = 180

/**
 * Lets the wallet make proofs ahead while nobody does anything, and stops it as soon as somebody
 * begins something.
 *
 * @returns What ends it.
 */
export function prepareWhenIdle(session: Session): () => void {
  let preparing: AbortController | undefined
  let nextAt = 0
  let quietUntil = 0
  const isQuiet = (): boolean => {
    const { wallet, busy, request } = session.state
    return wallet.status === 'open' && busy === undefined && request === undefined
  }
  session.subscribe(() => {
    if (isQuiet()) return
    preparing?.abort()
    const { page, state } = session
    if (isAsked(state)) quietUntil = page.now() + QUIET + page.pick(QUIET)
    // The person has just said that proofs are wanted, or has a card that none are made of yet.
    else if (state.busy?.task === 'ready' || state.busy?.task === 'take') nextAt = 0
  })
  const prepare = async ({ signal }: AbortController): Promise<void> => {
    if (!(await session.page.isSpare()) || signal.aborted) return
    nextAt = session.page.now() + REST
    await session.wallet.prepare(signal)
  }
  const begin = (): void => {
    if (preparing !== undefined || !isQuiet() || session.idleTime < IDLE) return
    if (session.page.now() < Math.max(nextAt, quietUntil)) return
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

/** Whether a verifier is waiting for this person, or was a moment ago. */
function isAsked({ request, waiting, busy }: Session['state']): boolean {
  const tasks: readonly (string | undefined)[] = ['link', 'answer', 'refuse']
  return request !== undefined || waiting !== undefined || tasks.includes(busy?.task)
}
