import type { Session } from '../session.ts'
import type { SessionState, Waiting } from '../state.ts'
import { readQuestion } from './answering.ts'

// Links that bring an offer or a question, and cards that come of offers.

/** What a text is that was pasted, scanned or read from a picture. */
export async function followText(session: Session, text: string): Promise<void> {
  const link = text.trim()
  if (link === '') {
    session.fail('link', 'LINK_MISSING')
    return
  }
  await session.run(
    'link',
    // A text that is no link throws, as everything that comes from outside may.
    () => Promise.resolve(link).then((text) => session.wallet.kindOf(text)),
    (kind) => ({ waiting: { kind, link } }),
  )
  await followWaiting(session)
}

/** Goes on with a link that has waited for the wallet to be open. */
export async function followWaiting(session: Session): Promise<void> {
  const { wallet, waiting, phrase } = session.state
  if (waiting === undefined || wallet.status !== 'open' || phrase !== undefined) return
  session.update({ waiting: undefined })
  await (waiting.kind === 'offer'
    ? readOffer(session, waiting)
    : readQuestion(session, waiting.link, waiting.kind))
}

async function readOffer(session: Session, { link }: Waiting): Promise<void> {
  await session.run(
    'link',
    () => session.wallet.readOffer(link),
    (offer) => ({ offer, received: undefined }),
  )
  session.show(session.state.failure === undefined ? 'offer' : 'scan', kept(session))
}

/** Takes the card that is offered. */
export async function takeOffer(session: Session, typedCode: string): Promise<void> {
  const { offer } = session.state
  if (offer === undefined) return
  const code = typedCode.replace(/\s/g, '')
  if (offer.txCode !== undefined && code === '') {
    session.fail('take', 'CODE_MISSING')
    return
  }
  const txCode = offer.txCode === undefined ? undefined : code
  await session.run(
    'take',
    ({ progress, signal }) => session.wallet.takeOffer(offer, txCode, progress, signal),
    (received) => ({ received, offer: undefined }),
  )
}

export function declineOffer(session: Session): void {
  session.show('cards', { offer: undefined, received: undefined })
}

export async function resume(session: Session, id: string): Promise<void> {
  await session.run(
    'resume',
    ({ progress, signal }) => session.wallet.resume(id, progress, signal),
    () => ({ notice: 'resumed' }),
  )
}

/** A failure outlives the change of screen that shows it. */
function kept({ state }: Session): Partial<SessionState> {
  return { failure: state.failure }
}
