import { html, nothing } from 'lit'
import type { TemplateResult } from 'lit'
import type { AttributeValue } from '../../../core/attribute.ts'
import { isPhotograph } from '../../../core/photograph.ts'
import { plainText } from '../../../core/policy/wording.ts'
import { measure } from '../actions/entering.ts'
import type { NewPassphrase } from '../actions/entering.ts'
import type { Task } from '../state.ts'
import { placeOf } from '../state.ts'
import type { ProblemSentence } from '../words/problems.ts'
import type { Words } from '../words/words.ts'
import type { View } from './view.ts'

// Pieces that several screens are made of.

export type Part = TemplateResult | typeof nothing

/** The one heading of a screen, which gets the focus when the screen appears. */
export function heading({ state, words }: View, text?: unknown): TemplateResult {
  return html`<h1 tabindex="-1">${text ?? words.titles[placeOf(state)]}</h1>`
}

/** A text of somebody else: kept from turning the direction of ours, and from hiding anything. */
export function foreign(text: string): TemplateResult {
  return html`<bdi>${plainText(text)}</bdi>`
}

/** A value of a card; a picture that its issuer signed is shown as one. */
export function valuePart(value: AttributeValue, text: string, { cards }: Words): TemplateResult {
  if (!isPhotograph(value)) return html`<bdi>${text}</bdi>`
  return html`<img class="photograph" src=${value} alt=${cards.photograph} />`
}

/** Problems that may have left something unkept. */
const UNSAFE = ['STORAGE_FAILED', 'STORAGE_FULL']

/** What went wrong with a task, if anything did; fields refer to it. */
export function problem({ state: { failure }, words }: View, ...tasks: readonly Task[]): Part {
  if (failure === undefined || !tasks.includes(failure.task)) return nothing
  const [happened, todo] = sentenceOf(failure.problem, words)
  const isSafe = !UNSAFE.includes(failure.problem)
  return html`<div class="problem" role="alert" id=${problemId(failure.task)}>
    <p><strong>${happened}</strong> ${isSafe ? words.common.nothingLost : nothing} ${todo}</p>
  </div>`
}

/** The sentence of a problem; one for all that there are no words for. */
export function sentenceOf(code: string, { problems, common }: Words): ProblemSentence {
  const known: Readonly<Record<string, ProblemSentence>> = { ...problems.codes, ...problems.own }
  const sentence = Object.hasOwn(known, code) ? known[code] : undefined
  return sentence ?? [common.unknown(code), '']
}

export function isBusy({ state: { busy } }: View, ...tasks: readonly Task[]): boolean {
  return busy !== undefined && (tasks.length === 0 || tasks.includes(busy.task))
}

export interface FieldOptions {
  readonly id: string
  readonly label: string
  readonly hint?: string | undefined
  /** Which task it belongs to, and which of its problems are about this field. */
  readonly task: Task
  readonly problems: readonly string[]
}

/** What a field's element refers to: its hint, and its problem if it has one. */
export function fieldState(view: View, { id, hint, task, problems }: FieldOptions) {
  const { failure } = view.state
  const isInvalid = failure?.task === task && problems.includes(failure.problem)
  const ids = [hint === undefined ? '' : `${id}-hint`, isInvalid ? problemId(task) : '']
  return { isInvalid, describedBy: ids.filter((name) => name !== '').join(' ') }
}

/** A field with its label above and its hint below. */
export function field(options: FieldOptions, control: TemplateResult): TemplateResult {
  const { id, label, hint } = options
  return html`<div class="field">
    <label for=${id}>${label}</label>
    ${control} ${hint === undefined ? nothing : html`<p class="hint" id="${id}-hint">${hint}</p>`}
  </div>`
}

export interface TextOptions extends FieldOptions {
  readonly inputMode?: 'numeric' | 'text' | 'url'
  readonly autocomplete?: string
}

export function textField(view: View, options: TextOptions): TemplateResult {
  const { isInvalid, describedBy } = fieldState(view, options)
  return field(
    options,
    html`<input
      id=${options.id}
      name=${options.id}
      type="text"
      inputmode=${options.inputMode ?? 'text'}
      autocomplete=${options.autocomplete ?? 'off'}
      autocapitalize="none"
      spellcheck="false"
      aria-invalid=${isInvalid ? 'true' : nothing}
      aria-describedby=${describedBy === '' ? nothing : describedBy}
    />`,
  )
}

/** A passphrase that is known already. */
export function passphraseField(view: View, options: FieldOptions): TemplateResult {
  return secretField(view, options, 'current-password')
}

/** A new passphrase, twice, with what can honestly be said of it. */
export function newPassphraseFields(view: View, task: Task, label: string, hint: string): Part {
  const { words, state, session } = view
  const { none, ...measured } = words.passphrase.strength
  const said = state.strength === 'none' ? none : measured[state.strength]
  const listen = (event: Event) => {
    if (event.target instanceof HTMLInputElement && event.target.id === `${task}-passphrase`) {
      measure(session, event.target.value)
    }
  }
  return html`<div @input=${listen}>
    ${secretField(
      view,
      { id: `${task}-passphrase`, label, hint, task, problems: ['PASSPHRASE_SHORT'] },
      'new-password',
    )}
    <p class="strength" data-strength=${state.strength} role="status">${said}</p>
    <p class="hint">${words.passphrase.honest}</p>
    ${secretField(
      view,
      {
        id: `${task}-repeated`,
        label: words.passphrase.repeat,
        task,
        problems: ['PASSPHRASES_DIFFER'],
      },
      'new-password',
    )}
    ${showText(view)}
  </div>`
}

/** What was typed into {@link newPassphraseFields}. */
export function typedPassphrase(form: FormData, task: Task): NewPassphrase {
  return {
    passphrase: textOf(form, `${task}-passphrase`),
    repeated: textOf(form, `${task}-repeated`),
  }
}

/** Lets people see what they type; off again on every screen. */
export function showText({ state, session, words }: View): TemplateResult {
  const toggle = () => session.update({ isTextShown: !state.isTextShown })
  return html`<label class="tick">
    <input type="checkbox" .checked=${state.isTextShown} @change=${toggle} />
    <span>${words.passphrase.show}</span>
  </label>`
}

export function textOf(form: FormData, name: string): string {
  const value = form.get(name)
  return typeof value === 'string' ? value : ''
}

/** A submit handler that gets what was typed, and sends nothing anywhere. */
export function submit(act: (form: FormData) => Promise<void> | void): (event: Event) => void {
  return (event) => {
    event.preventDefault()
    if (event.target instanceof HTMLFormElement) void act(new FormData(event.target))
  }
}

/** How far the running task is, in words and as a bar, and the way to stop it. */
export function progress(view: View, label: string): Part {
  const { state, words, session } = view
  const { busy } = state
  if (busy === undefined) return nothing
  const stage = busy.stage === undefined ? words.common.working : words.stages[busy.stage]
  return html`<div class="progress">
    <p id="stage" role="status">${stage}</p>
    <progress aria-label=${label} max="1" .value=${busy.fraction ?? 0}></progress>
    <button type="button" class="secondary" @click=${() => session.cancel()}>
      ${words.common.cancel}
    </button>
  </div>`
}

function secretField(view: View, options: FieldOptions, autocomplete: string): TemplateResult {
  const { isInvalid, describedBy } = fieldState(view, options)
  return field(
    options,
    html`<input
      id=${options.id}
      name=${options.id}
      type=${view.state.isTextShown ? 'text' : 'password'}
      autocomplete=${autocomplete}
      autocapitalize="none"
      spellcheck="false"
      aria-invalid=${isInvalid ? 'true' : nothing}
      aria-describedby=${describedBy === '' ? nothing : describedBy}
    />`,
  )
}

function problemId(task: Task): string {
  return `problem-${task}`
}
