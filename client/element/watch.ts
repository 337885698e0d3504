import type { Standing } from './page-session.ts'
import type { Pace } from './presence.ts'
import { Trouble } from './trouble.ts'
import type { SessionKey, VerifierCalls } from './verifier-calls.ts'

/** Milliseconds between two looks, doubled while nothing changes. */
const FIRST_WAIT = 1_000
const LONGEST_WAIT = 10_000
/** Milliseconds after which a stream that ended was a good one. */
const GOOD_STREAM = 10_000
/** Looks in a row that may fail. */
const MAX_FAILURES = 5

interface Tools {
  readonly calls: Pick<VerifierCalls, 'look' | 'listen'>
  readonly pace: Pace
}

/**
 * Follows a session to its end: by a stream, and by looking where streams do not get through. Asks
 * nothing while nobody sees the page.
 *
 * @throws Trouble with `away` after many looks in vain.
 */
export async function watchSession(
  key: SessionKey,
  tools: Tools,
  signal: AbortSignal,
): Promise<Standing> {
  const { pace } = tools
  let [failures, quick] = [0, 0]
  for (;;) {
    await pace.whenVisible(signal)
    const began = pace.now()
    const seen = AbortSignal.any([signal, pace.hidden()])
    const standing = await hear(key, tools, seen)
    if (standing !== undefined && standing.status !== 'pending') return standing
    if (seen.aborted) continue
    failures = standing === undefined ? failures + 1 : 0
    if (failures === MAX_FAILURES) throw new Trouble('away')
    quick = pace.now() - began < GOOD_STREAM ? quick + 1 : 0
    await pace.wait(Math.min(FIRST_WAIT * 2 ** quick, LONGEST_WAIT), signal)
  }
}

/** Nothing: the verifier did not answer. */
async function hear(
  key: SessionKey,
  { calls }: Tools,
  signal: AbortSignal,
): Promise<Standing | undefined> {
  try {
    const heard = await calls.listen(key, signal).catch(onlyMistakes)
    if (heard !== undefined && heard.status !== 'pending') return heard
    return signal.aborted ? undefined : await calls.look(key, signal)
  } catch (error) {
    if (!(error instanceof Trouble)) throw error
    if (error.kind === 'ended') return { status: 'expired' }
    if (error.kind === 'mistake') throw error
    return undefined
  }
}

/** A stream that breaks or is refused is tried again by looking, which says what is the matter. */
function onlyMistakes(error: unknown): undefined {
  if (!(error instanceof Trouble)) throw error
}
