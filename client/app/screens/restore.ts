import { html, nothing } from 'lit'
import type { TemplateResult } from 'lit'
import { chooseEntry } from '../actions/entering.ts'
import { inspectBackup, restoreBackup } from '../actions/keeping.ts'
import type { Restoring } from '../state.ts'
import {
  field,
  fieldState,
  heading,
  isBusy,
  newPassphraseFields,
  passphraseField,
  problem,
  showText,
  submit,
  textOf,
  typedPassphrase,
} from './parts.ts'
import type { View } from './view.ts'

/** A wallet out of a backup file: looked into first, then made. */
export function restoreScreen(view: View): TemplateResult {
  const { restoring } = view.state
  return html`${heading(view)}
  ${restoring === undefined ? inspectPart(view) : previewPart(view, restoring)}`
}

function inspectPart(view: View): TemplateResult {
  const { words, session } = view
  const act = (form: FormData) => {
    const file = form.get('file')
    const chosen = file instanceof Blob ? file : undefined
    return inspectBackup(session, chosen, textOf(form, 'file-passphrase'))
  }
  return html`<form novalidate @submit=${submit(act)}>
    ${fileField(view)}
    ${passphraseField(view, {
      id: 'file-passphrase',
      label: words.passphrase.file,
      task: 'inspect',
      problems: ['UNLOCK_FAILED'],
    })}
    ${showText(view)} ${problem(view, 'inspect')}
    <div class="actions">
      <button type="button" class="secondary" @click=${() => chooseEntry(session, 'first')}>
        ${words.common.back}
      </button>
      <button type="submit" class="primary" aria-disabled=${isBusy(view) ? 'true' : 'false'}>
        ${isBusy(view, 'inspect') ? words.common.working : words.backup.inspect}
      </button>
    </div>
  </form>`
}

function previewPart(view: View, { view: found }: Restoring): TemplateResult {
  const { words, session, format } = view
  return html`<section class="card" aria-labelledby="preview">
      <h2 id="preview">${words.backup.preview}</h2>
      <dl>
        <dt>${words.backup.made}</dt>
        <dd>${format.dateTime(found.madeAt)}</dd>
        <dt>${words.backup.cards}</dt>
        <dd>${format.number(found.credentials)}</dd>
        <dt>${words.backup.entries}</dt>
        <dd>${format.number(found.history)}</dd>
      </dl>
    </section>
    <form
      novalidate
      @submit=${submit((form) => restoreBackup(session, typedPassphrase(form, 'restore')))}
    >
      ${newPassphraseFields(view, 'restore', words.passphrase.new, words.backup.restoreHint)}
      ${problem(view, 'restore')}
      <div class="actions">
        <button type="button" class="secondary" @click=${() => chooseEntry(session, 'first')}>
          ${words.common.cancel}
        </button>
        <button type="submit" class="primary" aria-disabled=${isBusy(view) ? 'true' : 'false'}>
          ${isBusy(view, 'restore') ? words.common.working : words.backup.restore}
        </button>
      </div>
    </form>`
}

function fileField(view: View): TemplateResult {
  const options = {
    id: 'file',
    label: view.words.backup.file,
    task: 'inspect',
    problems: ['FILE_MISSING', 'BACKUP_INVALID'],
  } as const
  const { isInvalid, describedBy } = fieldState(view, options)
  return field(
    options,
    html`<input
      id="file"
      name="file"
      type="file"
      aria-invalid=${isInvalid ? 'true' : nothing}
      aria-describedby=${describedBy === '' ? nothing : describedBy}
    />`,
  )
}
