import { html, render } from 'lit'
import { ZerocardError } from '../../core/errors.ts'
import { openBrowserWallet } from '../wallet/browser.ts'
import type { Wallet } from '../wallet/wallet.ts'
import { startApp } from './app.ts'
import { browserPage } from './page.ts'
import type { Page } from './page.ts'
import { sentenceOf } from './screens/parts.ts'
import { changeVersion, keepPage } from './updates.ts'
import { directionOf, preferredLanguage, wordsOf } from './words/words.ts'

// The wallet's page: the wallet of this origin, in the one element of `index.html`.

/** The folder of circuits and keys that is served with the page. */
const ARTIFACTS = '/artifacts/'
const NAME = 'zerocard'

const root = document.querySelector<HTMLElement>('#app')
if (root === null) throw new TypeError('the page has no element for the wallet')
void main(root)

async function main(element: HTMLElement): Promise<void> {
  const container = 'serviceWorker' in navigator ? navigator.serviceWorker : undefined
  const page: Page = { ...browserPage(window), reload: () => changeVersion(container) }
  const language = preferredLanguage(page.languages)
  document.documentElement.lang = language
  document.documentElement.dir = directionOf(language)
  const { loading } = wordsOf(language)
  render(html`<main><p role="status">${loading}</p></main>`, element)
  try {
    const wallet = await open(page)
    render(html``, element)
    const { session } = startApp(wallet, page, element)
    if (container !== undefined) await keepPage(session, container)
  } catch (error) {
    renderTrouble(element, page, error)
  }
}

function open(page: Page): Promise<Wallet> {
  return openBrowserWallet({
    artifacts: new URL(ARTIFACTS, location.href).href,
    name: NAME,
    language: preferredLanguage(page.languages),
    witnesses: witnessesOf(document),
    // Another tab has removed the wallet: this one begins anew.
    onLost: () => location.reload(),
  })
}

/** Origins that whoever serves the page has named, with spaces between. */
function witnessesOf({ head }: Document): string[] {
  const named = head.querySelector<HTMLMetaElement>('meta[name="zerocard-witnesses"]')?.content
  return (named ?? '')
    .split(' ')
    .filter((text) => URL.canParse(text) && new URL(text).origin === text)
}

/** The wallet did not even open: why, and the one thing to do. */
function renderTrouble(element: HTMLElement, page: Page, error: unknown): void {
  const words = wordsOf(preferredLanguage(page.languages))
  const code = error instanceof ZerocardError ? error.code : 'UNKNOWN'
  const [happened, todo] = sentenceOf(code, words)
  render(
    html`<main>
      <h1>${words.brand}</h1>
      <div class="problem" role="alert">
        <p><strong>${happened}</strong> ${todo}</p>
      </div>
      <button type="button" class="primary" @click=${() => location.reload()}>
        ${words.common.reload}
      </button>
    </main>`,
    element,
  )
}
