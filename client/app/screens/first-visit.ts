import { html, nothing } from 'lit'
import type { TemplateResult } from 'lit'
import { chooseEntry, createFromWords, createWallet } from '../actions/entering.ts'
import {
  field,
  fieldState,
  heading,
  isBusy,
  newPassphraseFields,
  problem,
  submit,
  textOf,
  typedPassphrase,
} from './parts.ts'
import type { View } from './view.ts'

/** Somebody without a wallet: what this is, and three ways to begin. */
export function firstVisitScreen(view: View): TemplateResult {
  const { words, session, state } = view
  const way = (entry: 'create' | 'words' | 'restore', label: string, kind: string) =>
    html`<button type="button" class=${kind} @click=${() => chooseEntry(session, entry)}>
      ${label}
    </button>`
  return html`${heading(view)}
    <p class="lead">${words.first.what}</p>
    <p>${words.first.how}</p>
    <p>${words.first.promise}</p>
    ${state.waiting === undefined ? nothing : html`<p class="notice">${words.first.waiting}</p>`}
    <div class="stack">
      ${way('create', words.first.make, 'primary')}
      ${way('words', words.first.haveWords, 'secondary')}
      ${way('restore', words.first.haveBackup, 'secondary')}
    </div>`
}

export function createScreen(view: View): TemplateResult {
  const { words, session } = view
  return html`${heading(view)}
    <p>${words.create.intro}</p>
    <form
      novalidate
      @submit=${submit((form) => createWallet(session, typedPassphrase(form, 'create')))}
    >
      ${newPassphraseFields(view, 'create', words.passphrase.label, words.passphrase.hint)}
      ${problem(view, 'create')} ${buttons(view, words.create.submit)}
    </form>`
}

export function wordsScreen(view: View): TemplateResult {
  const { words, session } = view
  const options = {
    id: 'words',
    label: words.words.label,
    hint: words.words.hint,
    task: 'create',
    problems: ['PHRASE_INVALID'],
  } as const
  const { isInvalid, describedBy } = fieldState(view, options)
  const control = html`<textarea
    id="words"
    name="words"
    rows="5"
    dir="ltr"
    autocomplete="off"
    autocapitalize="none"
    spellcheck="false"
    aria-invalid=${isInvalid ? 'true' : nothing}
    aria-describedby=${describedBy}
  ></textarea>`
  const act = (form: FormData) =>
    createFromWords(session, textOf(form, 'words'), typedPassphrase(form, 'create'))
  return html`${heading(view)}
    <p>${words.words.intro}</p>
    <form novalidate @submit=${submit(act)}>
      ${field(options, control)}
      ${newPassphraseFields(view, 'create', words.passphrase.new, words.passphrase.hint)}
      ${problem(view, 'create')} ${buttons(view, words.words.submit)}
    </form>`
}

function buttons(view: View, label: string): TemplateResult {
  const { words, session } = view
  return html`<div class="actions">
    <button type="button" class="secondary" @click=${() => chooseEntry(session, 'first')}>
      ${words.common.back}
    </button>
    <button type="submit" class="primary" aria-disabled=${isBusy(view) ? 'true' : 'false'}>
      ${isBusy(view, 'create') ? words.common.working : label}
    </button>
  </div>`
}
