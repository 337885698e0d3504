import { html, nothing, svg } from 'lit'
import type { TemplateResult } from 'lit'
import type { Language } from '../../core/policy/languages/languages.ts'
import { isPhotograph } from '../../core/photograph.ts'
import { plainText } from '../../core/policy/wording.ts'
import { drawQr } from '../qr.ts'
import type { Proven, Question } from './calls.ts'
import type { Desk, DeskState, Verdict } from './desk.ts'
import { COUNTER_WORDS } from './words.ts'
import type { CounterWords } from './words.ts'

/** What is drawn, and what can be done on it. */
export interface ClerkView {
  readonly site: string
  readonly state: DeskState
  readonly desk: Desk
  readonly words: CounterWords
  /** Reads a picture of a code. */
  readonly onPicture: (file: File) => void
}

type Part = TemplateResult | typeof nothing

export function clerkScreen(view: ClerkView): TemplateResult {
  const { state, words, site } = view
  return html`<header class="bar">
      ${
        state.verdict === undefined
          ? html`<h1 tabindex="-1">${words.title(site)}</h1>`
          : html`<p>${words.title(site)}</p>`
      }
      ${languagePart(view)}
    </header>
    ${state.verdict === undefined ? askingPart(view) : verdictPart(view, state.verdict)}`
}

function languagePart({ state, desk, words }: ClerkView): TemplateResult {
  const languages = Object.keys(COUNTER_WORDS) as Language[]
  return html`<div class="languages" role="group" aria-label=${words.language}>
    ${languages.map(
      (language) =>
        html`<button
          type="button"
          lang=${language}
          aria-pressed=${language === state.language ? 'true' : 'false'}
          @click=${() => void desk.speak(language)}
        >
          ${COUNTER_WORDS[language].languageName}
        </button>`,
    )}
  </div>`
}

function askingPart(view: ClerkView): TemplateResult {
  return html`<div class="columns">${questionPart(view)} ${answerPart(view)}</div>`
}

function questionPart({ state: { question }, words }: ClerkView): TemplateResult {
  return html`<section class="box" aria-labelledby="show">
    <h2 id="show">${words.show}</h2>
    <p>${words.showHelp}</p>
    ${question === undefined ? nothing : codePart(question, words)}
  </section>`
}

function codePart({ code, sentence }: Question, words: CounterWords): TemplateResult {
  const { size, path } = drawQr(code, 'low')
  return html`<div class="qr" role="img" aria-label=${words.question}>
      <svg viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges" aria-hidden="true">
        ${svg`<path d=${path} fill="#000" />`}
      </svg>
    </div>
    <p class="quiet">${words.renewed}</p>
    <details>
      <summary>${words.asked}</summary>
      <div class="sentence"><bdi>${sentence}</bdi></div>
    </details>
    <details>
      <summary>${words.copy}</summary>
      <textarea id="question" readonly rows="4" aria-label=${words.copy} .value=${code}></textarea>
    </details>`
}

function answerPart(view: ClerkView): TemplateResult {
  const { state, words } = view
  return html`<section class="box" aria-labelledby="scan">
    <h2 id="scan">${words.scan}</h2>
    <p>${words.scanHelp}</p>
    ${problemPart(view)} ${cameraPart(view)}
    <p role="status">${state.isChecking ? words.checking : nothing}</p>
    <details ?open=${state.isWithoutCamera}>
      <summary>${words.other}</summary>
      ${otherWays(view)}
    </details>
  </section>`
}

function problemPart({ state: { problem }, words, desk, state }: ClerkView): Part {
  if (problem === undefined) return nothing
  const retry = html`<button type="button" @click=${() => void desk.ask()}>${words.again}</button>`
  return html`<div class="problem" role="alert">
    <p>${words.problems[problem]}</p>
    ${state.question === undefined ? retry : nothing}
  </div>`
}

function cameraPart({ state: { isCameraOn }, words, desk }: ClerkView): TemplateResult {
  const label = isCameraOn ? words.stopCamera : words.startCamera
  const look = html`<video id="camera" playsinline muted aria-label=${words.video}></video>
    <p role="status">${words.looking}</p>`
  return html`${isCameraOn ? look : nothing}
    <button type="button" class="primary" @click=${() => desk.setCamera(!isCameraOn)}>
      ${label}
    </button>`
}

function otherWays({ words, desk, onPicture }: ClerkView): TemplateResult {
  const choose = ({ target }: Event) => {
    const file = target instanceof HTMLInputElement ? target.files?.[0] : undefined
    if (file !== undefined) onPicture(file)
  }
  const check = (event: Event) => {
    event.preventDefault()
    const field = document.querySelector<HTMLTextAreaElement>('#answer')
    if (field !== null) void desk.take(field.value)
  }
  return html`<label for="picture">${words.picture}</label>
    <input id="picture" type="file" accept="image/*" @change=${choose} />
    <form @submit=${check}>
      <label for="answer">${words.paste}</label>
      <textarea id="answer" autocomplete="off" spellcheck="false"></textarea>
      <p><button type="submit">${words.check}</button></p>
    </form>`
}

function verdictPart(view: ClerkView, verdict: Verdict): TemplateResult {
  const { words, desk } = view
  return html`<div class="verdict ${verdict.isYes ? 'yes' : 'no'}">
      <h1 tabindex="-1">${verdict.isYes ? words.yes : words.no}</h1>
      ${verdict.isYes ? yesText(verdict.proven, words) : noText(verdict.code, words)}
    </div>
    ${verdict.isYes ? learnedPart(verdict.proven, verdict.question, words) : nothing}
    <p>
      <button type="button" class="primary large" @click=${() => void desk.next()}>
        ${words.next}
      </button>
    </p>
    <p class="quiet">${words.forgotten}</p>`
}

function yesText({ disclosed, isReturning, asOf }: Proven, words: CounterWords): TemplateResult {
  return html`<p>${disclosed === undefined ? words.yesText : words.onlyThat}</p>
    ${isReturning === undefined ? nothing : html`<p>${words.returning(isReturning)}</p>`}
    ${asOf === undefined ? nothing : html`<p class="quiet">${words.asOf(asOf)}</p>`}`
}

/** What is said of the person and not of the answer. */
const ABOUT_PERSON = ['PSEUDONYM_USED', 'PSEUDONYM_BANNED']

function noText(code: string, words: CounterWords): TemplateResult {
  const known = Object.hasOwn(words.reasons, code) ? words.reasons[code] : undefined
  return html`${ABOUT_PERSON.includes(code) ? nothing : html`<p>${words.noText}</p>`}
    <p>${known ?? words.reason(code)}</p>`
}

function learnedPart({ disclosed = {} }: Proven, { titles }: Question, words: CounterWords): Part {
  const values = Object.entries(disclosed)
  if (values.length === 0) return nothing
  return html`<section aria-labelledby="learned">
    <h2 id="learned">${words.learned}</h2>
    <dl>
      ${values.map(
        ([path, value]) =>
          html`<dt><bdi>${plainText(titles[path] ?? path)}</bdi></dt>
            <dd>${valuePart(value, words)}</dd>`,
      )}
    </dl>
  </section>`
}

function valuePart(value: string | number | boolean, words: CounterWords): TemplateResult {
  if (!isPhotograph(value)) return html`<bdi>${plainText(String(value))}</bdi>`
  return html`<img class="photograph" src=${value} alt=${words.photograph} />
    <p><strong>${words.compare}</strong></p>`
}
