import { html, nothing } from 'lit'
import type { TemplateResult } from 'lit'
import { unlock, unlockWithPasskey } from '../actions/entering.ts'
import { ask } from '../actions/keeping.ts'
import { heading, isBusy, passphraseField, problem, showText, submit, textOf } from './parts.ts'
import type { Part } from './parts.ts'
import type { View } from './view.ts'

/** The lock. What has arrived waits behind it. */
export function unlockScreen(view: View): TemplateResult {
  const { words, session } = view
  return html`${heading(view)}
    <p>${words.unlock.intro}</p>
    ${waitingNote(view)}
    <form novalidate @submit=${submit((form) => unlock(session, textOf(form, 'passphrase')))}>
      ${passphraseField(view, {
        id: 'passphrase',
        label: words.passphrase.label,
        task: 'unlock',
        problems: ['UNLOCK_FAILED'],
      })}
      ${showText(view)} ${problem(view, 'unlock', 'destroy')}
      <div class="actions">
        ${passkeyButton(view)}
        <button type="submit" class="primary" aria-disabled=${isBusy(view) ? 'true' : 'false'}>
          ${isBusy(view, 'unlock') ? words.common.working : words.unlock.submit}
        </button>
      </div>
    </form>
    <details>
      <summary>${words.unlock.forgotten}</summary>
      <p>${words.unlock.forgottenHelp}</p>
      <button type="button" class="danger" @click=${() => ask(session, { kind: 'destroy' })}>
        ${words.unlock.remove}
      </button>
    </details>`
}

function waitingNote({ state: { waiting }, words }: View): Part {
  if (waiting === undefined) return nothing
  const text = waiting.kind === 'offer' ? words.unlock.waitingOffer : words.unlock.waitingRequest
  return html`<p class="notice">${text}</p>`
}

function passkeyButton({ state, session, words }: View): Part {
  if (!state.wallet.hasPasskey) return nothing
  return html`<button
    type="button"
    class="secondary"
    @click=${() => void unlockWithPasskey(session)}
  >
    ${words.unlock.passkey}
  </button>`
}
