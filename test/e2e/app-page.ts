import { startApp } from '../../client/app/app.ts'
import type { App } from '../../client/app/app.ts'
import { browserPage } from '../../client/app/page.ts'
import { hashOf } from '../../client/app/routes.ts'
import type { Language, WalletSettings } from '../../client/wallet/types.ts'
import { FakeWallet } from '../client/app/fake-wallet.ts'
import { EMPTY, NOW, OPEN } from '../client/app/samples.ts'
import { SCENES } from '../client/app/scenes.ts'

// The wallet's page with a wallet that has no cryptography, for a test to look at.

const root = document.querySelector<HTMLElement>('#app')
if (root === null) throw new TypeError('the page has no element for the wallet')
const element = root
let app: App | undefined
let wallet = new FakeWallet(EMPTY)

/** Shows one moment of the page, in a language and in colours. */
function showScene(name: string, language: Language, theme: WalletSettings['theme']): void {
  const scene = SCENES[name]
  if (scene === undefined) throw new TypeError(`there is no scene ${name}`)
  app?.end()
  const screen = scene.session?.screen ?? 'cards'
  history.replaceState(null, '', `/${hashOf(screen)}`)
  const settings = { ...scene.wallet.settings, theme, language }
  wallet = new FakeWallet({ ...scene.wallet, settings })
  app = startApp(wallet, { ...browserPage(window), now: () => NOW }, element)
  app.session.update(scene.session ?? {})
}

/** Shows an answer as it is shown to a clerk. */
function showAnswer(presentation: string, theme: WalletSettings['theme'] = 'light'): void {
  showScene('shown', 'en', theme)
  const outcome = app?.session.state.outcome
  if (outcome !== undefined) app?.session.update({ outcome: { ...outcome, presentation } })
}

/** Starts with what the address says, as the real page does. */
function start(isOpen: boolean): void {
  app?.end()
  wallet = new FakeWallet(isOpen ? OPEN : EMPTY)
  wallet.redirectUri = undefined
  app = startApp(wallet, { ...browserPage(window), now: () => NOW }, element)
}

Object.assign(globalThis, {
  showScene,
  showAnswer,
  start,
  callsOf: () => wallet.calls,
  fail: (...parameters: Parameters<FakeWallet['failWith']>) => wallet.failWith(...parameters),
  hold: (method: Parameters<FakeWallet['hold']>[0]) => {
    wallet.hold(method)
  },
})
