import { html, nothing } from 'lit'
import type { TemplateResult } from 'lit'
import { confirm, dismiss } from '../actions/keeping.ts'
import type { Confirmation } from '../state.ts'
import { problem, submit, textField, textOf } from './parts.ts'
import type { Part } from './parts.ts'
import type { View } from './view.ts'

interface Question {
  readonly title: string
  readonly help: string
  readonly yes: string
}

/** The one dialog: asks before something is removed for good. Opened and closed by the page. */
export function confirmationDialog(view: View): TemplateResult {
  const { state, session } = view
  const { confirming } = state
  return html`<dialog aria-labelledby="dialog-title" @cancel=${() => dismiss(session)}>
    ${confirming === undefined ? nothing : content(view, confirming)}
  </dialog>`
}

function content(view: View, confirming: Confirmation): TemplateResult {
  const { words, session } = view
  const { title, help, yes } = questionOf(view, confirming)
  const isTyped = confirming.kind === 'destroy'
  const act = async (form: FormData) => {
    const isRight = textOf(form, 'typed').trim().toLowerCase() === words.confirm.destroyWord
    if (isTyped && !isRight) session.fail('destroy', 'CONFIRMATION_WRONG')
    else await confirm(session)
  }
  return html`<form novalidate @submit=${submit(act)}>
    <h2 id="dialog-title">${title}</h2>
    <p>${help}</p>
    ${isTyped ? typedPart(view) : nothing}
    <div class="actions">
      <button type="button" class="secondary" @click=${() => dismiss(session)}>
        ${words.common.cancel}
      </button>
      <button type="submit" class="danger">${yes}</button>
    </div>
  </form>`
}

function questionOf({ words }: View, confirming: Confirmation): Question {
  const { confirm: said, settings } = words
  switch (confirming.kind) {
    case 'remove':
      return {
        title: said.removeCard(confirming.title),
        help: said.removeCardHelp,
        yes: said.yesRemove,
      }
    case 'forget':
      return { title: said.forget, help: said.forgetHelp, yes: said.yesForget }
    case 'clear':
      return { title: said.clearHistory, help: said.clearHistoryHelp, yes: said.yesClear }
    case 'destroy':
      return { title: said.destroy, help: settings.destroyHelp, yes: said.yesRemove }
  }
}

function typedPart(view: View): Part {
  const { words } = view
  return html`${textField(view, {
    id: 'typed',
    label: words.confirm.destroyType(words.confirm.destroyWord),
    task: 'destroy',
    problems: ['CONFIRMATION_WRONG'],
  })}
  ${problem(view, 'destroy')}`
}
