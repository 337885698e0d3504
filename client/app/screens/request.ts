import { html, nothing } from 'lit'
import type { TemplateResult } from 'lit'
import { plainText } from '../../../core/policy/wording.ts'
import type { RequestView } from '../../wallet/types.ts'
import { agree, leaveQuestion, refuse } from '../actions/answering.ts'
import { hashOf } from '../routes.ts'
import { canAgree, isExpired, isStopped, warningsOf } from '../state.ts'
import { findingsPart } from './findings.ts'
import { foreign, heading, isBusy, problem, progress, sentenceOf, valuePart } from './parts.ts'
import type { Part } from './parts.ts'
import { nestedList } from './sentence.ts'
import type { Words } from '../words/words.ts'
import type { View } from './view.ts'

/** Closer than this to its end, a question says so, in seconds. */
const SOON = 60

/** The heart: who asks, what would be proven, what is learned, and two equal ways out. */
export function requestScreen(view: View): TemplateResult {
  const { state, words } = view
  const { request } = state
  if (request === undefined) return nothingToSee(view)
  const { host } = request.verifier
  const title = request.isVerified ? words.request.title(host) : words.counter.title(host)
  return html`${heading(view, title)} ${whoPart(view, request)}
    <section aria-labelledby="asked">
      <h2 id="asked">${words.request.asked}</h2>
      ${nestedList(request.asked)}
    </section>
    ${disclosedPart(view, request)} ${learnedPart(view, request)} ${recognitionPart(view, request)}
    ${findingsPart(view, request)} ${decisionPart(view, request)}`
}

/** While the proof is made and sent. */
export function provingScreen(view: View): TemplateResult {
  const { state, words } = view
  return html`${heading(view)}
    <p class="host">${foreign(state.request?.verifier.host ?? '')}</p>
    ${progress(view, words.request.progress)}`
}

function whoPart({ words }: View, request: RequestView): TemplateResult {
  const { verifier, page, purpose, isVerified, kind } = request
  const proven = kind === 'counter' ? words.counter.proven : words.request.proven
  return html`<section class="who">
    ${
      isVerified
        ? html`<p><span class="mark" aria-hidden="true">✓</span> ${proven}</p>`
        : html`<p><strong>${words.counter.unproven}</strong></p>`
    }
    ${page === undefined ? nothing : html`<p><strong>${words.request.page(page)}</strong></p>`}
    <dl class="own-words">
      <dt>${words.request.calls}</dt>
      <dd><q>${foreign(verifier.name)}</q></dd>
      <dt>${words.request.purpose}</dt>
      <dd><q>${foreign(purpose)}</q></dd>
    </dl>
    <p class="hint">${words.request.ownWords}</p>
  </section>`
}

function disclosedPart({ words }: View, { disclosed }: RequestView): Part {
  if (disclosed.length === 0) return nothing
  return html`<section class="disclosed" aria-labelledby="disclosed">
    <h2 id="disclosed">${words.request.disclosed}</h2>
    <p>${words.request.disclosedHelp}</p>
    <dl>
      ${disclosed.map(
        ({ title, value }) =>
          html`<dt>${foreign(title)}</dt>
            <dd>${valuePart(value, plainText(String(value)), words)}</dd>`,
      )}
    </dl>
  </section>`
}

function learnedPart({ words }: View, { learned, hidden }: RequestView): TemplateResult {
  const list = (id: string, title: string, lines: readonly string[]) =>
    html`<section class=${id} aria-labelledby=${id}>
      <h2 id=${id}>${title}</h2>
      <ul>
        ${lines.map((line) => html`<li>${foreign(line)}</li>`)}
      </ul>
    </section>`
  return html`<div class="columns">
      ${list('learned', words.request.learned, learned)}
      ${list('hidden-from', words.request.hidden, hidden)}
    </div>
    <p class="hint">${words.request.onlyProof}</p>`
}

function recognitionPart(view: View, request: RequestView): TemplateResult {
  const { words } = view
  return html`<section aria-labelledby="recognition">
    <h2 id="recognition">${words.request.recognition}</h2>
    <p>${words.request.recognitions[request.recognition]}</p>
    ${request.disclosed.length === 0 ? nothing : html`<p>${words.request.byDisclosed}</p>`}
    ${request.isVerified ? html`<p>${beforeText(view, request)}</p>` : nothing}
  </section>`
}

function beforeText({ words, format }: View, { askedBefore, lastAskedAt }: RequestView): string {
  if (askedBefore === 0) return words.request.before.never
  const count = format.number(askedBefore)
  return lastAskedAt === undefined
    ? words.request.before.timesOnly(count)
    : words.request.before.times(count, format.date(lastAskedAt))
}

function decisionPart(view: View, request: RequestView): TemplateResult {
  const { state, words, session } = view
  if (isExpired(state)) {
    return html`<section class="decision">
      <p class="problem" role="alert">
        ${request.kind === 'counter' ? words.counter.expired : words.request.expired}
      </p>
      <button type="button" class="primary" @click=${() => leaveQuestion(session)}>
        ${words.common.toCards}
      </button>
    </section>`
  }
  return html`<section class="decision">
    ${obstaclePart(view, request)} ${problem(view, 'answer', 'refuse', 'link', 'settings')}
    <div class="actions equal">
      <button type="button" class="choice" @click=${() => void refuse(session)}>
        ${isBusy(view, 'refuse') ? words.common.working : words.request.refuseAction}
      </button>
      ${isStopped(request) ? nothing : agreeButton(view)}
    </div>
    ${isStopped(request) ? nothing : tickHint(view, request)}
    <p class="hint">${words.request.until(view.format.time(request.expiresAt))}</p>
    <p class="hint" role="status">
      ${request.expiresAt - state.now <= SOON ? words.request.soon : nothing}
    </p>
  </section>`
}

/** Stays in its place and in the order of the keyboard; what is missing is said beside it. */
function agreeButton({ state, words, session }: View): TemplateResult {
  const isReady = canAgree(state)
  return html`<button
    type="button"
    class="choice"
    aria-disabled=${isReady ? 'false' : 'true'}
    aria-describedby="agree-hint"
    @click=${() => void agree(session)}
  >
    ${words.request.agree}
  </button>`
}

function tickHint({ state, words }: View, request: RequestView): TemplateResult {
  const isMissing = warningsOf(request).length > 0 && !canAgree(state)
  const speed = request.isPrepared ? words.request.prepared : words.request.live
  return html`<p class="hint" id="agree-hint">${isMissing ? words.request.tickFirst : speed}</p>
    ${request.kind === 'counter' ? html`<p>${counterHint(words, request)}</p>` : nothing}`
}

/** That nobody tells the wallet what becomes of the answer. */
function counterHint({ counter }: Words, { recognition }: RequestView): string {
  const isCounted = recognition === 'once' || recognition === 'shared'
  return isCounted ? `${counter.shown} ${counter.spends}` : counter.shown
}

function obstaclePart({ words }: View, { obstacle, findings, kind }: RequestView): Part {
  const onlyYou = kind === 'counter' ? words.counter.onlyYou : words.request.onlyYou
  if (obstacle !== undefined) {
    const isOffline = kind === 'counter' && obstacle === 'FETCH_FAILED'
    const [happened, todo] = isOffline ? words.counter.offline : sentenceOf(obstacle, words)
    return html`<div class="problem">
      <h2>${words.request.cannot}</h2>
      <p>${happened} ${todo}</p>
      <p><strong>${onlyYou}</strong></p>
    </div>`
  }
  if (!findings.some(({ level }) => level === 'refuse')) return nothing
  return html`<div class="problem">
    <h2>${words.request.stopped}</h2>
    <p><strong>${onlyYou}</strong></p>
  </div>`
}

function nothingToSee(view: View): TemplateResult {
  return html`${heading(view)} ${problem(view, 'link')}
    <p>${view.words.request.gone}</p>
    <a class="button primary" href=${hashOf('cards')}>${view.words.common.toCards}</a>`
}
