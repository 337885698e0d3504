import type {
  AnswerOptions,
  AnswerView,
  Language,
  RequestView,
  ShownView,
} from '../../wallet/types.ts'
import type { Finding } from '../../guard/judge.ts'
import { isLoopback } from '../../http.ts'
import type { Patch, Session } from '../session.ts'
import { canAgree, findingKey, warningsOf } from '../state.ts'

// A question: reading it, agreeing or refusing, going back to the site.

/** Seconds until the page goes back to the site by itself: enough to read what happened. */
const LEAVE_AFTER = 4

export async function readQuestion(
  session: Session,
  link: string,
  kind: 'request' | 'counter' = 'request',
): Promise<void> {
  await session.run(
    'link',
    () => read(session, link, kind === 'counter', session.state.language),
    (request) => opened(session, request, link),
  )
  session.show(session.state.failure === undefined ? 'request' : 'scan', {
    failure: session.state.failure,
  })
}

/** Changes the language; a question that is open is put in it, too, and stays the same question. */
export async function speak(session: Session, language: Language): Promise<void> {
  await session.setLanguage(language)
  const { request, outcome } = session.state
  if (request === undefined || outcome !== undefined) return
  session.update({ request: session.wallet.translate(request, language) })
}

export function accept(session: Session, finding: Finding, isAccepted: boolean): void {
  const key = findingKey(finding)
  const others = session.state.accepted.filter((accepted) => accepted !== key)
  session.update({ accepted: isAccepted ? [...others, key] : others })
}

/** Proves and sends, if that is what the person may do. */
export async function agree(session: Session): Promise<void> {
  session.tick()
  const { request } = session.state
  if (request === undefined || !canAgree(session.state)) return
  const accepted = [...new Set(warningsOf(request).map(({ code }) => code))]
  await session.run(
    'answer',
    ({ progress, signal }) => give(session, request, { progress, signal, accepted }),
    (answer) => ended(session, request, answer),
  )
  leaveSoon(session)
}

export async function refuse(session: Session): Promise<void> {
  const { request } = session.state
  if (request === undefined) return
  await session.run(
    'refuse',
    () => session.wallet.refuse(request),
    ({ redirectUri }) => ended(session, request, undefined, redirectUri),
  )
  leaveSoon(session)
}

/** Puts a question away that cannot be answered or refused any more. */
export function leaveQuestion(session: Session): void {
  session.show('cards', { request: undefined, requestLink: undefined, outcome: undefined })
}

export function stay(session: Session): void {
  const { outcome } = session.state
  if (outcome !== undefined) session.update({ outcome: { ...outcome, isLeaving: false } })
}

export function goBack(session: Session): void {
  const uri = session.state.outcome?.redirectUri
  if (uri !== undefined) session.page.leaveFor(uri)
}

/** Whether a page may be left for this address: the web, and nothing that runs in this page. */
export function isWebAddress(uri: string): boolean {
  return URL.canParse(uri) && ['https:', 'http:'].includes(new URL(uri).protocol)
}

function read(
  { wallet }: Session,
  link: string,
  isCounter: boolean,
  language: Language,
): Promise<RequestView> {
  return isCounter ? wallet.readCounter(link, language) : wallet.readRequest(link, language)
}

function give(
  { wallet }: Session,
  request: RequestView,
  options: AnswerOptions,
): Promise<AnswerView | ShownView> {
  return request.kind === 'counter'
    ? wallet.answerCounter(request, options)
    : wallet.answer(request, options)
}

function opened(session: Session, request: RequestView, requestLink: string): Patch {
  return { request, requestLink, accepted: [], outcome: undefined, now: session.page.now() }
}

function ended(
  session: Session,
  { verifier: { host }, recognition }: RequestView,
  answer: AnswerView | ShownView | undefined,
  uri = answer?.redirectUri,
): Patch {
  const back = uri !== undefined && isWebAddress(uri) ? new URL(uri) : undefined
  const outcome = {
    host,
    isLeaving: back !== undefined && isOf(back, host) && !session.page.isCalm(),
    ...(answer === undefined ? {} : { answer }),
    ...(back === undefined ? {} : { redirectUri: back.href, redirectHost: back.host }),
    ...(answer !== undefined && 'presentation' in answer
      ? { presentation: answer.presentation, isSpent: isCounted(recognition) }
      : {}),
  }
  return { outcome, request: undefined, requestLink: undefined, accepted: [] }
}

/** Whether an address is the verifier's own: another one may be anybody's. */
function isOf(address: URL, host: string): boolean {
  const isSafe = address.protocol === 'https:' || isLoopback(address)
  return isSafe && address.host === host
}

/** Whether what was shown is one of a number that is counted. */
function isCounted(recognition: RequestView['recognition']): boolean {
  return recognition === 'once' || recognition === 'shared'
}

function leaveSoon(session: Session): void {
  const { outcome } = session.state
  if (outcome?.isLeaving !== true) return
  session.page.after(LEAVE_AFTER, () => {
    // Only from the page that said so: whoever has gone elsewhere or chosen to stay, stays.
    const { outcome: now, screen } = session.state
    if (now?.isLeaving === true && screen === 'request') goBack(session)
  })
}
