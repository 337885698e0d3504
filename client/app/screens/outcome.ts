import { html, nothing } from 'lit'
import type { TemplateResult } from 'lit'
import type { AnswerView } from '../../wallet/types.ts'
import { goBack, leaveQuestion, stay } from '../actions/answering.ts'
import type { Outcome } from '../state.ts'
import { heading } from './parts.ts'
import { shownScreen } from './shown.ts'
import type { View } from './view.ts'

/** How a question ended, and the way back to the site. */
export function outcomeScreen(view: View, outcome: Outcome): TemplateResult {
  const { words } = view
  const { answer, host, presentation } = outcome
  if (presentation !== undefined) return shownScreen(view, outcome, presentation)
  return html`${heading(view)}
    <p class="lead" role="status">
      ${answer === undefined ? words.outcome.refused(host) : words.outcome.answered(host)}
    </p>
    ${answer === undefined ? nothing : sentPart(view, answer)} ${wayOut(view, outcome)}`
}

function sentPart({ words, format }: View, answer: AnswerView): TemplateResult {
  return html`<dl>
    <dt>${words.outcome.sent}</dt>
    <dd>${words.outcome.bytes(format.number(answer.bytes))}</dd>
    <dt>${words.outcome.took}</dt>
    <dd>
      ${words.outcome.seconds(format.seconds(answer.milliseconds))}
      <span class="quiet">
        ${answer.wasPrepared ? words.outcome.prepared : words.outcome.live}
      </span>
    </dd>
  </dl>`
}

function wayOut({ words, session }: View, outcome: Outcome): TemplateResult {
  const { host, redirectHost, isLeaving } = outcome
  if (redirectHost === undefined) {
    return html`<p>${words.outcome.otherDevice}</p>
      <button type="button" class="primary" @click=${() => leaveQuestion(session)}>
        ${words.common.toCards}
      </button>`
  }
  const staying = html`<button type="button" class="secondary" @click=${() => stay(session)}>
    ${words.outcome.stay}
  </button>`
  const cards = html`<button type="button" class="secondary" @click=${() => leaveQuestion(session)}>
    ${words.common.toCards}
  </button>`
  const elsewhere = redirectHost === host ? nothing : words.outcome.elsewhere(host, redirectHost)
  return html`<p role="status">${isLeaving ? words.outcome.leaving(redirectHost) : elsewhere}</p>
    <div class="actions">
      ${isLeaving ? staying : cards}
      <button type="button" class="primary" @click=${() => goBack(session)}>
        ${words.outcome.back(redirectHost)}
      </button>
    </div>`
}
