import { html, nothing } from 'lit'
import type { TemplateResult } from 'lit'
import { plainText } from '../../../core/policy/wording.ts'
import type { Finding } from '../../guard/judge.ts'
import type { RequestView } from '../../wallet/types.ts'
import { accept } from '../actions/answering.ts'
import { findingKey } from '../state.ts'
import type { FindingSentence } from '../words/problems.ts'
import type { Part } from './parts.ts'
import type { View } from './view.ts'

/** Said on the page in a place of its own. */
const SAID_ELSEWHERE = ['DISCLOSES', 'RECOGNISES']

const ISO_DATE = /^\d{4}-\d{2}-\d{2}$/

/** What the wallet noticed: what stands against an answer first, then warnings, then notes. */
export function findingsPart(view: View, { findings }: RequestView): Part {
  const shown = (['refuse', 'warn', 'note'] as const).flatMap((level) =>
    findings.filter((finding) => finding.level === level && !SAID_ELSEWHERE.includes(finding.code)),
  )
  if (shown.length === 0) return nothing
  return html`<section aria-labelledby="findings">
    <h2 id="findings">${view.words.request.findings}</h2>
    <ul class="plain findings">
      ${shown.map((finding) => findingPart(view, finding))}
    </ul>
  </section>`
}

function findingPart(view: View, finding: Finding): TemplateResult {
  const { words } = view
  return html`<li class="finding" data-level=${finding.level}>
    <p>
      <strong>${words.request[finding.level]}:</strong> <bdi>${findingText(view, finding)}</bdi>
    </p>
    ${finding.level === 'warn' ? acceptance(view, finding) : nothing}
  </li>`
}

function acceptance({ state, words, session }: View, finding: Finding): TemplateResult {
  const listen = ({ target }: Event) => {
    if (target instanceof HTMLInputElement) accept(session, finding, target.checked)
  }
  return html`<label class="tick">
    <input
      type="checkbox"
      .checked=${state.accepted.includes(findingKey(finding))}
      @change=${listen}
    />
    <span>${words.request.accept}</span>
  </label>`
}

function findingText(view: View, { code, path = '', value = '' }: Finding): string {
  const { problems } = view.words
  const sentences: Readonly<Record<string, FindingSentence>> = problems.findings
  const sentence = sentences[code]
  if (sentence === undefined) return problems.finding(code)
  return sentence(titleOf(view, path), valueOf(view, code, value))
}

function valueOf(view: View, code: string, value: string | number): string {
  if (typeof value === 'number') return view.format.number(value)
  if (code === 'COMPARES') return titleOf(view, value)
  return ISO_DATE.test(value) ? view.format.day(value) : plainText(value)
}

/** As the request's own schemas say; else the name that the attribute has. */
function titleOf({ state }: View, path: string): string {
  const titles = state.request?.titles ?? {}
  const title = Object.hasOwn(titles, path) ? titles[path] : undefined
  return plainText(title ?? path.split('.').at(-1) ?? path)
}
