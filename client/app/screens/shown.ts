import { html, nothing, svg } from 'lit'
import type { TemplateResult } from 'lit'
import { drawQr } from '../../qr.ts'
import { leaveQuestion } from '../actions/answering.ts'
import type { Outcome } from '../state.ts'
import { heading } from './parts.ts'
import type { View } from './view.ts'

/** The answer as a code, for a clerk to scan: as large as the screen allows, dark on white. */
export function shownScreen(view: View, outcome: Outcome, presentation: string): TemplateResult {
  const { words, session, format } = view
  const { size, path } = drawQr(presentation, 'low')
  return html`${heading(view)}
    <p class="lead">${words.shown.scan}</p>
    <div class="shown-code" role="img" aria-label=${words.shown.code}>
      <svg viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges" aria-hidden="true">
        ${svg`<path d=${path} fill="#000" />`}
      </svg>
    </div>
    <p class="hint">${words.shown.bright}</p>
    ${outcome.isSpent === true ? html`<p><strong>${words.shown.spent}</strong></p>` : nothing}
    <button type="button" class="primary" @click=${() => leaveQuestion(session)}>
      ${words.shown.done}
    </button>
    <details>
      <summary>${words.shown.text}</summary>
      <p class="hint">${words.outcome.bytes(format.number(presentation.length))}</p>
      <textarea
        id="shown-text"
        class="shown-text"
        readonly
        rows="6"
        aria-label=${words.shown.text}
        .value=${presentation}
      ></textarea>
    </details>`
}
