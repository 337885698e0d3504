import { render } from 'lit'
import type { WalletApi } from '../wallet/types.ts'
import { followWaiting } from './actions/receiving.ts'
import { watchCamera } from './actions/scanning.ts'
import { formatOf } from './format.ts'
import { prepareWhenIdle } from './idle.ts'
import type { Page } from './page.ts'
import { screenOf } from './routes.ts'
import { shell } from './screens/shell.ts'
import { Session } from './session.ts'
import { placeOf } from './state.ts'
import type { SessionState } from './state.ts'
import { directionOf, wordsOf } from './words/words.ts'

// Ties a session to a document: draws it, and moves the focus where a person looks next.

export interface App {
  readonly session: Session
  readonly end: () => void
}

/** Shows a wallet in an element of the document, until it is ended. */
export function startApp(wallet: WalletApi, page: Page, root: HTMLElement): App {
  const session = new Session(wallet, page)
  const endings = new AbortController()
  const drawer = new Drawer(session, root)
  session.subscribe((state) => drawer.draw(state))
  drawer.draw(session.state)
  listen(session, endings.signal)
  const stopPreparing = prepareWhenIdle(session)
  void followWaiting(session)
  const end = (): void => {
    endings.abort()
    stopPreparing()
    drawer.end()
    session.end()
  }
  return { session, end }
}

function listen(session: Session, signal: AbortSignal): void {
  const noteUse = (): void => session.noteUse()
  window.addEventListener('pointerdown', noteUse, { signal, passive: true })
  window.addEventListener('keydown', noteUse, { signal, passive: true })
  // Timers rest in hidden tabs: whoever comes back finds the wallet locked if it was time.
  document.addEventListener('visibilitychange', () => session.tick(), { signal })
  window.addEventListener('hashchange', () => followAddress(session), { signal })
}

function followAddress(session: Session): void {
  if (session.arrive()) void followWaiting(session)
  else {
    const screen = screenOf(new URL(session.page.address()).hash)
    if (screen !== session.state.screen) session.show(screen, { isCameraOn: false })
  }
}

class Drawer {
  readonly #session: Session
  readonly #root: HTMLElement
  #shown: SessionState | undefined
  #releaseCamera: (() => void) | undefined

  constructor(session: Session, root: HTMLElement) {
    this.#session = session
    this.#root = root
  }

  draw(state: SessionState): void {
    const words = wordsOf(state.language)
    const before = this.#shown
    this.#shown = state
    markDocument(state)
    render(
      shell({ state, words, format: formatOf(state.language), session: this.#session }),
      this.#root,
    )
    this.#followDialog(state)
    this.#followCamera(state)
    if (before !== undefined) this.#followFocus(before, state)
  }

  end(): void {
    this.#releaseCamera?.()
    render(null, this.#root)
  }

  #followDialog({ confirming }: SessionState): void {
    const dialog = this.#root.querySelector('dialog')
    if (confirming !== undefined && dialog?.open === false) dialog.showModal()
    if (confirming === undefined && dialog?.open === true) dialog.close()
  }

  #followCamera(state: SessionState): void {
    const video = this.#root.querySelector<HTMLVideoElement>('#camera')
    if (video === null) {
      this.#releaseCamera?.()
      this.#releaseCamera = undefined
    } else this.#releaseCamera ??= watchCamera(this.#session, video)
    // A screen that is left takes its camera along.
    if (video === null && state.isCameraOn) this.#session.update({ isCameraOn: false })
  }

  /** To the heading of a new screen; to the field that something is wrong with. */
  #followFocus(before: SessionState, state: SessionState): void {
    if (placeOf(before) !== placeOf(state)) {
      this.#root.querySelector('h1')?.focus()
      window.scrollTo(0, 0)
    } else if (before.failure !== state.failure && state.failure !== undefined) {
      this.#root.querySelector<HTMLElement>('[aria-invalid=true]')?.focus()
    }
  }
}

function markDocument(state: SessionState): void {
  const { documentElement } = document
  documentElement.lang = state.language
  documentElement.dir = directionOf(state.language)
  documentElement.dataset['theme'] = state.wallet.settings.theme
  const words = wordsOf(state.language)
  document.title = `${words.titles[placeOf(state)]} · ${words.brand}`
}
