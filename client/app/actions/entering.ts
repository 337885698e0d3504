import type { Session } from '../session.ts'
import type { Phrase, SessionState, Task } from '../state.ts'
import { MIN_PASSPHRASE, lengthOf, strengthOf } from '../strength.ts'
import { followWaiting } from './receiving.ts'

// Into the wallet: making one, opening it, the 24 words.

/** Two passphrases as they were typed. */
export interface NewPassphrase {
  readonly passphrase: string
  readonly repeated: string
}

export function chooseEntry(session: Session, entry: SessionState['entry']): void {
  session.update({
    entry,
    failure: undefined,
    notice: undefined,
    restoring: undefined,
    strength: 'none',
    isTextShown: false,
  })
}

export function measure(session: Session, passphrase: string): void {
  session.update({ strength: strengthOf(passphrase) })
}

/** Whether a new passphrase can be taken; says why not. */
export function isAcceptable(session: Session, task: Task, typed: NewPassphrase): boolean {
  if (lengthOf(typed.passphrase) < MIN_PASSPHRASE) session.fail(task, 'PASSPHRASE_SHORT')
  else if (typed.passphrase !== typed.repeated) session.fail(task, 'PASSPHRASES_DIFFER')
  else return true
  return false
}

/** Makes a wallet with new words, and shows them. */
export async function createWallet(session: Session, typed: NewPassphrase): Promise<void> {
  if (!isAcceptable(session, 'create', typed)) return
  const { wallet } = session
  await session.run(
    'create',
    async () => {
      await wallet.create(typed.passphrase)
      return wallet.revealPhrase(typed.passphrase)
    },
    (phrase) => ({ phrase: phraseOf(phrase), isTextShown: false, strength: 'none' }),
  )
}

/** Makes a wallet from words that somebody has on paper. */
export async function createFromWords(
  session: Session,
  phrase: string,
  typed: NewPassphrase,
): Promise<void> {
  if (!isAcceptable(session, 'create', typed)) return
  await session.run('create', async () => {
    await session.wallet.create(typed.passphrase, phrase)
    await session.wallet.confirmPhraseKept()
  })
  await followWaiting(session)
}

export async function unlock(session: Session, passphrase: string): Promise<void> {
  await session.run('unlock', () => session.wallet.unlock(passphrase))
  await followWaiting(session)
}

export async function unlockWithPasskey(session: Session): Promise<void> {
  await session.run('unlock', () => session.wallet.unlockWithPasskey())
  explainPasskey(session, 'unlock')
  await followWaiting(session)
}

/** What a passkey cannot do is the browser's or the device's business, and no service's. */
export function explainPasskey(session: Session, task: Task): void {
  if (session.state.failure?.problem === 'UNAVAILABLE') session.fail(task, 'PASSKEY_FAILED')
}

export async function revealPhrase(session: Session, passphrase: string): Promise<void> {
  await session.run(
    'reveal',
    () => session.wallet.revealPhrase(passphrase),
    (phrase) => ({ phrase: phraseOf(phrase), isTextShown: false }),
  )
}

/** Asks for two different words of the phrase, the earlier one first. */
export function askWords(session: Session): void {
  const { phrase } = session.state
  if (phrase === undefined) return
  const count = phrase.words.length
  const first = session.page.pick(count)
  const second = (first + 1 + session.page.pick(count - 1)) % count
  const asked = [Math.min(first, second), Math.max(first, second)] as const
  session.update({ phrase: { ...phrase, asked }, failure: undefined })
}

export function showWordsAgain(session: Session): void {
  const { phrase } = session.state
  if (phrase !== undefined) session.update({ phrase: { words: phrase.words }, failure: undefined })
}

export async function checkWords(session: Session, typed: readonly string[]): Promise<void> {
  const { phrase } = session.state
  if (phrase?.asked === undefined) return
  const isRight = phrase.asked.every((place, i) => wordOf(typed[i]) === phrase.words[place])
  if (!isRight) {
    session.fail('check', 'WORDS_WRONG')
    return
  }
  await session.run(
    'check',
    () => session.wallet.confirmPhraseKept(),
    () => ({ phrase: undefined, notice: 'wordsKept' }),
  )
  await followWaiting(session)
}

/** Puts the words away without checking them; the page goes on reminding. */
export async function putWordsAway(session: Session): Promise<void> {
  session.update({ phrase: undefined, failure: undefined })
  await followWaiting(session)
}

function phraseOf(text: string): Phrase {
  return { words: text.split(' ') }
}

function wordOf(typed: string | undefined): string {
  return (typed ?? '').normalize('NFKD').trim().toLowerCase()
}
