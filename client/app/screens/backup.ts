import { html, nothing } from 'lit'
import type { TemplateResult } from 'lit'
import { revealPhrase } from '../actions/entering.ts'
import { exportBackup } from '../actions/keeping.ts'
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
import type { Part } from './parts.ts'
import type { View } from './view.ts'

/** Two ways to keep a wallet: words on paper, and a file. */
export function backupScreen(view: View): TemplateResult {
  const { words } = view
  return html`${heading(view)} ${wordsPart(view)} ${filePart(view)}
    <section aria-labelledby="restore-title">
      <h2 id="restore-title">${words.backup.restoreTitle}</h2>
      <p>${words.backup.restoreHelp}</p>
    </section>`
}

function wordsPart(view: View): TemplateResult {
  const { state, words, session } = view
  const act = (form: FormData) => revealPhrase(session, textOf(form, 'reveal-passphrase'))
  return html`<section aria-labelledby="words-title">
    <h2 id="words-title">${words.backup.wordsTitle}</h2>
    <p>${words.backup.wordsHelp}</p>
    <p>${state.wallet.isPhraseKept ? words.backup.wordsKept : words.backup.wordsNot}</p>
    <form novalidate @submit=${submit(act)}>
      ${passphraseField(view, {
        id: 'reveal-passphrase',
        label: words.passphrase.label,
        task: 'reveal',
        problems: ['UNLOCK_FAILED'],
      })}
      ${problem(view, 'reveal')}
      <div class="actions">
        <button type="submit" class="secondary">${words.backup.reveal}</button>
      </div>
    </form>
  </section>`
}

function filePart(view: View): TemplateResult {
  const { words, session } = view
  const act = (form: FormData) => exportBackup(session, typedPassphrase(form, 'export'))
  return html`<section aria-labelledby="file-title">
    <h2 id="file-title">${words.backup.fileTitle}</h2>
    <p>${words.backup.fileHelp}</p>
    <p>${lastText(view)}</p>
    <form novalidate @submit=${submit(act)}>
      ${newPassphraseFields(
        view,
        'export',
        words.backup.filePassphrase,
        words.backup.filePassphraseHint,
      )}
      ${problem(view, 'export')}
      <div class="actions">
        <button type="submit" class="primary" aria-disabled=${isBusy(view) ? 'true' : 'false'}>
          ${isBusy(view, 'export') ? words.common.working : words.backup.export}
        </button>
      </div>
    </form>
  </section>`
}

function lastText({ state, words, format }: View): Part | TemplateResult {
  const { backedUpAt, credentials } = state.wallet
  if (backedUpAt === undefined) return html`${words.backup.never}`
  const isOlder = credentials.some(({ receivedAt }) => receivedAt > backedUpAt)
  return html`${words.backup.last(format.date(backedUpAt))}
  ${isOlder ? html`<strong>${words.backup.older}</strong>` : nothing}`
}
