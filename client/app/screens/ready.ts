import { html, nothing } from 'lit'
import type { TemplateResult } from 'lit'
import type { PreparedView } from '../../wallet/types.ts'
import { keepReady } from '../actions/keeping.ts'
import { foreign, heading, problem } from './parts.ts'
import type { View } from './view.ts'

/** Proofs that are kept ready for a question, where the switch is on. */
const KEPT_READY = 2

/** Proofs that are made ahead, by the question they are for. */
export function readyScreen(view: View): TemplateResult {
  const { state, words } = view
  const { prepared, settings } = state.wallet
  return html`${heading(view)}
    <p>${words.ready.intro}</p>
    ${settings.preparesProofs ? nothing : html`<p class="notice">${words.ready.off}</p>`}
    ${problem(view, 'ready')}
    ${prepared.length === 0 ? html`<p class="lead">${words.ready.none}</p>` : nothing}
    <ul class="plain entries">
      ${prepared.map((row) => rowPart(view, row))}
    </ul>`
}

function rowPart({ words, format, session }: View, row: PreparedView): TemplateResult {
  const { host, policy, ready, wanted } = row
  const isOn = wanted > 0
  const toggle = () => void keepReady(session, row, isOn ? 0 : KEPT_READY)
  return html`<li class="entry row">
    <div>
      <p class="entry-host">${foreign(host)}</p>
      <p class="quiet">${foreign(policy)}</p>
      ${
        isOn || ready > 0
          ? html`<p>${words.ready.count(format.number(ready), format.number(wanted))}</p>`
          : nothing
      }
    </div>
    <button
      type="button"
      role="switch"
      class="switch"
      aria-checked=${isOn ? 'true' : 'false'}
      aria-label=${words.ready.keep(host, policy)}
      @click=${toggle}
    >
      <span aria-hidden="true">${isOn ? words.ready.on : words.ready.offState}</span>
    </button>
  </li>`
}
