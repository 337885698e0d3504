import { html } from 'lit'
import type { TemplateResult } from 'lit'
import { askWords, checkWords, putWordsAway, showWordsAgain } from '../actions/entering.ts'
import { heading, problem, submit, textField, textOf } from './parts.ts'
import type { View } from './view.ts'

/** The 24 words, to be written down. */
export function phraseScreen(view: View): TemplateResult {
  const { words, session, state } = view
  const list = state.phrase?.words ?? []
  return html`${heading(view)}
    <p>${words.phrase.intro}</p>
    <ol class="phrase" dir="ltr" lang="en" translate="no" aria-label=${words.phrase.list}>
      ${list.map((word) => html`<li>${word}</li>`)}
    </ol>
    <div class="actions">
      <button type="button" class="secondary" @click=${() => void putWordsAway(session)}>
        ${words.phrase.later}
      </button>
      <button type="button" class="primary" @click=${() => askWords(session)}>
        ${words.phrase.kept}
      </button>
    </div>`
}

/** Two of the words are asked for: a paper that cannot be read is no way back. */
export function checkScreen(view: View): TemplateResult {
  const { words, session, state, format } = view
  const asked = state.phrase?.asked ?? []
  const act = (form: FormData) =>
    checkWords(
      session,
      asked.map((place) => textOf(form, wordId(place))),
    )
  return html`${heading(view)}
    <p>${words.phrase.checkIntro}</p>
    <form novalidate @submit=${submit(act)}>
      ${asked.map((place) =>
        textField(view, {
          id: wordId(place),
          label: words.phrase.word(format.number(place + 1)),
          task: 'check',
          problems: ['WORDS_WRONG'],
        }),
      )}
      ${problem(view, 'check')}
      <div class="actions">
        <button type="button" class="secondary" @click=${() => showWordsAgain(session)}>
          ${words.phrase.again}
        </button>
        <button type="submit" class="primary">${words.phrase.check}</button>
      </div>
    </form>`
}

function wordId(place: number): string {
  return `word-${String(place + 1)}`
}
