import { html, nothing } from 'lit'
import type { TemplateResult } from 'lit'
import type { OfferView } from '../../wallet/types.ts'
import { declineOffer, takeOffer } from '../actions/receiving.ts'
import { hostOf } from '../format.ts'
import { hashOf } from '../routes.ts'
import { foreign, heading, isBusy, problem, progress, submit, textField, textOf } from './parts.ts'
import type { Part } from './parts.ts'
import type { View } from './view.ts'

/** A card that is offered: from whom, and the code if one is needed. */
export function offerScreen(view: View): TemplateResult {
  const { state, words, session } = view
  const { offer } = state
  if (offer === undefined) return nothingToSee(view)
  return html`${heading(view)}
    <p>${words.offer.who}</p>
    <p class="host">${foreign(hostOf(offer.issuer))}</p>
    <dl>
      <dt>${words.offer.subject}</dt>
      <dd>${foreign(offer.configuration)}</dd>
    </dl>
    <p>${words.offer.check}</p>
    <form novalidate @submit=${submit((form) => takeOffer(session, textOf(form, 'code')))}>
      ${codeField(view, offer)} ${problem(view, 'take')}
      ${isBusy(view, 'take') ? progress(view, words.offer.progress) : buttons(view)}
    </form>`
}

export function receivedScreen(view: View): TemplateResult {
  const { state, words } = view
  return html`${heading(view)}
    <p class="lead">${foreign(state.received?.title ?? '')}</p>
    <p role="status">${words.offer.done}</p>
    ${state.wallet.backedUpAt === undefined ? nothing : html`<p>${words.offer.backupHint}</p>`}
    <a class="button primary" href=${hashOf('cards')}>${words.common.toCards}</a>`
}

function codeField(view: View, { txCode }: OfferView): Part {
  if (txCode === undefined) return nothing
  const { words, format } = view
  const length =
    txCode.length === undefined ? '' : words.offer.codeDigits(format.number(txCode.length))
  return html`${
    txCode.description === undefined
      ? nothing
      : html`<blockquote>${foreign(txCode.description)}</blockquote>`
  }
  ${textField(view, {
    id: 'code',
    label: words.offer.code,
    hint: `${words.offer.codeHint} ${length}`.trim(),
    inputMode: txCode.inputMode,
    autocomplete: 'one-time-code',
    task: 'take',
    problems: ['CODE_MISSING', 'INPUT_INVALID', 'UNAUTHORIZED'],
  })}`
}

function buttons({ words, session }: View): TemplateResult {
  return html`<div class="actions">
    <button type="button" class="secondary" @click=${() => declineOffer(session)}>
      ${words.offer.decline}
    </button>
    <button type="submit" class="primary">${words.offer.take}</button>
  </div>`
}

function nothingToSee(view: View): TemplateResult {
  return html`${heading(view)}
    <p>${view.words.offer.gone}</p>
    <a class="button primary" href=${hashOf('cards')}>${view.words.common.toCards}</a>`
}
