import { html, nothing } from 'lit'
import type { TemplateResult } from 'lit'
import type { WalletSettings } from '../../wallet/types.ts'
import { speak } from '../actions/answering.ts'
import {
  addPasskey,
  ask,
  changePassphrase,
  changeSettings,
  removePasskey,
} from '../actions/keeping.ts'
import { hashOf } from '../routes.ts'
import { LANGUAGES, wordsOf } from '../words/words.ts'
import {
  heading,
  isBusy,
  newPassphraseFields,
  passphraseField,
  problem,
  submit,
  textOf,
  typedPassphrase,
} from './parts.ts'
import type { View } from './view.ts'

const THEMES = ['system', 'light', 'dark'] as const
/** Minutes that can be chosen until the wallet locks itself. */
const LOCK_TIMES = [1, 5, 10, 30, 60]

export function settingsScreen(view: View): TemplateResult {
  return html`${heading(view)} ${problem(view, 'settings')} ${generalPart(view)} ${linksPart(view)}
  ${openingPart(view)} ${changePart(view)} ${storagePart(view)} ${aboutPart(view)}`
}

function generalPart(view: View): TemplateResult {
  const { state, words, session, format } = view
  const { theme, lockAfter, preparesProofs } = state.wallet.settings
  const change = (settings: Partial<WalletSettings>) => void changeSettings(session, settings)
  return html`<section aria-labelledby="general">
    <h2 id="general">${words.settings.general}</h2>
    ${choice(
      'language',
      words.common.language,
      state.language,
      languages(),
      (chosen) => void speak(session, chosen),
    )}
    ${choice(
      'theme',
      words.settings.theme,
      theme,
      THEMES.map((name) => [name, words.settings.themes[name]] as const),
      (chosen) => change({ theme: chosen }),
    )}
    ${choice(
      'lock-after',
      words.settings.lockAfter,
      lockAfter,
      lockTimes(lockAfter).map(
        (minutes) => [minutes, words.settings.minutes(format.number(minutes))] as const,
      ),
      (chosen) => change({ lockAfter: chosen }),
    )}
    <label class="tick">
      <input
        type="checkbox"
        .checked=${preparesProofs}
        @change=${() => change({ preparesProofs: !preparesProofs })}
      />
      <span>${words.settings.prepares}</span>
    </label>
  </section>`
}

/** The one in use may be another, from an earlier version. */
function lockTimes(current: number): number[] {
  return [...new Set([...LOCK_TIMES, current])].toSorted((one, other) => one - other)
}

function languages() {
  return LANGUAGES.map((language) => [language, wordsOf(language).languageName] as const)
}

/** One of several, and what is done with it. */
function choice<T extends string | number>(
  id: string,
  label: string,
  current: T,
  options: readonly (readonly [T, string])[],
  choose: (chosen: T) => void,
): TemplateResult {
  const listen = ({ target }: Event) => {
    const chosen = target instanceof HTMLSelectElement ? options[target.selectedIndex] : undefined
    if (chosen !== undefined) choose(chosen[0])
  }
  return html`<div class="field">
    <label for=${id}>${label}</label>
    <select id=${id} @change=${listen}>
      ${options.map(
        ([value, name]) =>
          html`<option value=${value} .selected=${value === current}>${name}</option>`,
      )}
    </select>
  </div>`
}

function linksPart({ words }: View): TemplateResult {
  return html`<section aria-labelledby="more">
    <h2 id="more">${words.settings.more}</h2>
    <div class="stack">
      <a class="button secondary" href=${hashOf('backup')}>${words.settings.backupLink}</a>
      <a class="button secondary" href=${hashOf('ready')}>${words.settings.readyLink}</a>
    </div>
  </section>`
}

function openingPart(view: View): TemplateResult {
  const { state, words, session } = view
  const { hasPasskey } = state.wallet
  const add = html`<button type="button" class="secondary" @click=${() => void addPasskey(session)}>
    ${words.settings.passkeyAdd}
  </button>`
  const remove = html`<button
    type="button"
    class="secondary"
    @click=${() => void removePasskey(session)}
  >
    ${words.settings.passkeyRemove}
  </button>`
  const missing = html`<p>${words.settings.passkeyMissing}</p>`
  return html`<section aria-labelledby="opening">
    <h2 id="opening">${words.settings.security}</h2>
    <h3>${words.settings.passkey}</h3>
    <p>${hasPasskey ? words.settings.passkeyOn : words.settings.passkeyOff}</p>
    ${problem(view, 'passkey')} ${hasPasskey ? remove : session.page.hasPasskeys ? add : missing}
  </section>`
}

function changePart(view: View): TemplateResult {
  const { words, session } = view
  const act = (form: FormData) =>
    changePassphrase(session, textOf(form, 'old'), typedPassphrase(form, 'change'))
  return html`<section aria-labelledby="change">
    <h2 id="change">${words.settings.change}</h2>
    <form novalidate @submit=${submit(act)}>
      ${passphraseField(view, {
        id: 'old',
        label: words.passphrase.old,
        task: 'change',
        problems: ['UNLOCK_FAILED'],
      })}
      ${newPassphraseFields(view, 'change', words.passphrase.new, words.passphrase.hint)}
      ${problem(view, 'change')}
      <div class="actions">
        <button type="submit" class="secondary" aria-disabled=${isBusy(view) ? 'true' : 'false'}>
          ${isBusy(view, 'change') ? words.common.working : words.settings.change}
        </button>
      </div>
    </form>
  </section>`
}

function storagePart({ state, words, session }: View): TemplateResult {
  const { isPersistent } = state.wallet
  const known = isPersistent === true ? words.settings.persistent : words.settings.notPersistent
  return html`<section aria-labelledby="storage">
    <h2 id="storage">${words.settings.storage}</h2>
    <p>${isPersistent === undefined ? words.settings.unknownPersistence : known}</p>
    <h3>${words.settings.destroyTitle}</h3>
    <p>${words.settings.destroyHelp}</p>
    <button type="button" class="danger" @click=${() => ask(session, { kind: 'destroy' })}>
      ${words.settings.destroy}
    </button>
  </section>`
}

function aboutPart({ state, words }: View): TemplateResult {
  return html`<section aria-labelledby="about">
    <h2 id="about">${words.settings.about}</h2>
    <p>${words.settings.aboutText}</p>
    ${state.wallet.isForgeable ? html`<p><strong>${words.settings.aboutKeys}</strong></p>` : nothing}
    <p class="quiet">${words.settings.aboutLicence}</p>
  </section>`
}
