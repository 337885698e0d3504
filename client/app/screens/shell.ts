import { html, nothing } from 'lit'
import type { TemplateResult } from 'lit'
import { speak } from '../actions/answering.ts'
import { hashOf } from '../routes.ts'
import type { Screen } from '../routes.ts'
import type { Notice, Place, SessionState } from '../state.ts'
import { placeOf } from '../state.ts'
import type { Words } from '../words/words.ts'
import { LANGUAGES, wordsOf } from '../words/words.ts'
import { backupScreen } from './backup.ts'
import { cardsScreen } from './cards.ts'
import { confirmationDialog } from './confirmation.ts'
import { createScreen, firstVisitScreen, wordsScreen } from './first-visit.ts'
import { historyScreen } from './history.ts'
import { offerScreen, receivedScreen } from './offer.ts'
import { outcomeScreen } from './outcome.ts'
import type { Part } from './parts.ts'
import { checkScreen, phraseScreen } from './phrase.ts'
import { readyScreen } from './ready.ts'
import { provingScreen, requestScreen } from './request.ts'
import { restoreScreen } from './restore.ts'
import { scanScreen } from './scan.ts'
import { settingsScreen } from './settings.ts'
import { unlockScreen } from './unlock.ts'
import type { View } from './view.ts'

const PLACES: Readonly<Record<Place, (view: View) => Part>> = {
  first: firstVisitScreen,
  create: createScreen,
  words: wordsScreen,
  restore: restoreScreen,
  unlock: unlockScreen,
  phrase: phraseScreen,
  check: checkScreen,
  cards: cardsScreen,
  scan: scanScreen,
  offer: offerScreen,
  received: receivedScreen,
  request: requestScreen,
  proving: provingScreen,
  answered: outcome,
  shown: outcome,
  refused: outcome,
  history: historyScreen,
  ready: readyScreen,
  backup: backupScreen,
  settings: settingsScreen,
}

const NAVIGATION = ['cards', 'scan', 'history', 'settings'] as const satisfies Screen[]

/** Everything on the page. */
export function shell(view: View): TemplateResult {
  const { state, words } = view
  const place = placeOf(state)
  const skip = (event: Event) => {
    event.preventDefault()
    document.querySelector('h1')?.focus()
  }
  return html`<a class="skip" href="#main" @click=${skip}>${words.skip}</a>
    <header>
      ${state.wallet.isForgeable ? html`<p class="forgeable">${words.forgeable}</p>` : nothing}
      <div class="top">
        <p class="brand">${words.brand}</p>
        ${tools(view)}
      </div>
    </header>
    ${hasNavigation(state) ? navigation(view) : nothing} ${updatePart(view)}
    <main id="main" data-place=${place}>${reminder(view, place)} ${PLACES[place](view)}</main>
    <p class="said" role="status">${said(state.notice, words)}</p>
    ${confirmationDialog(view)}`
}

/** Before there is a wallet, or while it is locked, the language can be chosen here. */
function tools(view: View): TemplateResult {
  const { state, words, session } = view
  if (state.wallet.status === 'open') {
    return html`<button type="button" class="quiet" @click=${() => session.wallet.lock()}>
      ${words.common.lock}
    </button>`
  }
  const others = LANGUAGES.filter((language) => language !== state.language)
  return html`<div class="languages">
    ${others.map(
      (language) =>
        html`<button
          type="button"
          class="quiet"
          lang=${language}
          @click=${() => void speak(session, language)}
        >
          ${wordsOf(language).languageName}
        </button>`,
    )}
  </div>`
}

/** Not beside the words: nothing else is done until they are put away. */
function hasNavigation({ wallet, phrase }: SessionState): boolean {
  return wallet.status === 'open' && phrase === undefined
}

function navigation({ state, words }: View): TemplateResult {
  return html`<nav aria-label=${words.nav.label}>
    <ul>
      ${NAVIGATION.map(
        (screen) =>
          html`<li>
            <a href=${hashOf(screen)} aria-current=${state.screen === screen ? 'page' : nothing}>
              ${words.nav[screen]}
            </a>
          </li>`,
      )}
    </ul>
  </nav>`
}

/** Not beside a question or the words themselves: one thing at a time. */
function reminder({ state, words }: View, place: Place): Part {
  const isAt = ['cards', 'scan', 'history', 'settings', 'received'].includes(place)
  if (!isAt || state.wallet.isPhraseKept) return nothing
  return html`<p class="notice">
    ${words.phrase.reminder} <a href=${hashOf('backup')}>${words.phrase.reminderLink}</a>
  </p>`
}

function updatePart({ state, words, session }: View): Part {
  if (!state.hasUpdate) return nothing
  return html`<div class="notice update" role="status">
    <p>${words.common.update}</p>
    <button type="button" class="secondary" @click=${() => session.page.reload()}>
      ${words.common.reload}
    </button>
  </div>`
}

function outcome(view: View): Part {
  return view.state.outcome === undefined ? nothing : outcomeScreen(view, view.state.outcome)
}

function said(notice: Notice | undefined, words: Words): Part | string {
  if (notice === undefined) return nothing
  const sentences: Readonly<Record<Notice, string>> = {
    cancelled: words.common.cancelled,
    removed: words.cards.removed,
    resumed: words.cards.resumed,
    cleared: words.history.cleared,
    saved: words.settings.saved,
    exported: words.backup.exported,
    changed: words.settings.changed,
    passkeyAdded: words.settings.passkeyAdded,
    passkeyRemoved: words.settings.passkeyRemoved,
    wordsKept: words.phrase.done,
  }
  return sentences[notice]
}
