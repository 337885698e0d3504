import { html, nothing } from 'lit'
import type { TemplateResult } from 'lit'
import type { HistoryEntry } from '../../wallet/types.ts'
import { ask } from '../actions/keeping.ts'
import { foreign, heading, problem, sentenceOf } from './parts.ts'
import type { Part } from './parts.ts'
import type { View } from './view.ts'

/** What happened, latest first. */
export function historyScreen(view: View): TemplateResult {
  const { state, words, session } = view
  const { history } = state.wallet
  if (history.length === 0) {
    return html`${heading(view)}
      <p>${words.history.intro}</p>
      <p class="lead">${words.history.none}</p>`
  }
  const shown = history
    .filter(({ host }) => state.historyHost === undefined || host === state.historyHost)
    .toSorted((one, other) => other.at - one.at)
  return html`${heading(view)}
    <p>${words.history.intro}</p>
    ${problem(view, 'clear')} ${filterPart(view)}
    <ol class="plain entries">
      ${shown.map((entry) => entryPart(view, entry))}
    </ol>
    <button type="button" class="danger" @click=${() => ask(session, { kind: 'clear' })}>
      ${words.history.clear}
    </button>`
}

function filterPart({ state, words, session }: View): TemplateResult {
  const hosts = [...new Set(state.wallet.history.map(({ host }) => host))].toSorted()
  const choose = ({ target }: Event) => {
    const chosen = target instanceof HTMLSelectElement ? target.value : ''
    session.update({ historyHost: chosen === '' ? undefined : chosen })
  }
  return html`<div class="field">
    <label for="host-filter">${words.history.filter}</label>
    <select id="host-filter" @change=${choose}>
      <option value="" .selected=${state.historyHost === undefined}>${words.history.all}</option>
      ${hosts.map(
        (host) =>
          html`<option value=${host} .selected=${state.historyHost === host}>${host}</option>`,
      )}
    </select>
  </div>`
}

function entryPart(view: View, entry: HistoryEntry): TemplateResult {
  const { words, format } = view
  return html`<li class="entry">
    <p>
      <strong>${words.history.kinds[entry.kind]}</strong>
      <span class="quiet">${format.dateTime(entry.at)}</span>
    </p>
    <p class="entry-host">
      ${foreign(entry.host)}
      ${entry.name === undefined ? nothing : html`<q>${foreign(entry.name)}</q>`}
      <span class="quiet">${foreign(entry.subject)}</span>
    </p>
    ${learnedPart(view, entry)}
    ${entry.code === undefined ? nothing : html`<p>${sentenceOf(entry.code, words)[0]}</p>`}
  </li>`
}

function learnedPart({ words }: View, { learned }: HistoryEntry): Part {
  if (learned === undefined || learned.length === 0) return nothing
  return html`<details>
    <summary>${words.history.learned}</summary>
    <ul>
      ${learned.map((line) => html`<li>${foreign(line)}</li>`)}
    </ul>
  </details>`
}
