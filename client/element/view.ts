import { html, nothing, svg } from 'lit'
import type { TemplateResult } from 'lit'
import { drawQr } from '../qr.ts'
import type { CardState } from './card-state.ts'
import type { PageSession } from './page-session.ts'
import { withValue } from './words/index.ts'
import type { ElementLanguage, Words } from './words/index.ts'

/** Everything that is shown. */
export interface CardView {
  readonly state: CardState
  readonly words: Words
  readonly language: ElementLanguage
  /** The verifier's host, as the wallet names it. */
  readonly host: string
  /** Whether the wallet is probably on this device. */
  readonly isHandheld: boolean
  /** The button was pressed, and the wallet is about to open. */
  readonly isLeaving: boolean
  /** Whether the page may go on without an answer now. */
  readonly isDeferred: boolean
  readonly onOpen: () => void
  readonly onRestart: () => void
}

type Shown = TemplateResult | typeof nothing

export function cardView(view: CardView): TemplateResult {
  const { words, language } = view
  return html`<div part="card" role="group" aria-labelledby="title" lang=${language}>
    <p part="title" id="title">${words.title}</p>
    <slot></slot>
    <p part="status" role="status" tabindex="-1">${icon(view)}${status(view)}</p>
    ${asking(view)} ${again(view)}
  </div>`
}

function status(view: CardView): Shown {
  const text = statusText(view)
  return text === '' ? nothing : html`<span>${text}</span>`
}

function statusText({ state, words, isDeferred }: CardView): string {
  switch (state.name) {
    case 'asking':
      return ''
    case 'unavailable':
      return isDeferred ? words.deferred : words.unavailable
    default:
      return words[state.name]
  }
}

function asking(view: CardView): Shown {
  const { state, words, host, isHandheld } = view
  if (state.name !== 'asking' && state.name !== 'expiring') return nothing
  const { session, remaining } = state
  const [here, elsewhere] = [onThisDevice(view), onAnother(view, session)]
  return html`${isHandheld ? [here, elsewhere] : [elsewhere, here]}
    <div part="block">
      <p part="note">${withValue(words.checkHost, 'host', host)}</p>
      <p part="countdown" role="timer">
        ${withValue(words.remaining, 'time', clockText(remaining))}
      </p>
    </div>`
}

function onThisDevice({ words, isHandheld, isLeaving, onOpen }: CardView): TemplateResult {
  return html`<div part="block">
    ${isHandheld ? nothing : html`<p part="text">${words.orOpen}</p>`}
    <button part="button" type="button" aria-disabled=${isLeaving} @click=${onOpen}>
      ${isLeaving ? words.opening : words.open}
    </button>
  </div>`
}

function onAnother({ words, host, isHandheld }: CardView, session: PageSession): TemplateResult {
  const { walletLink, shortCode } = session
  return html`<div part="block">
    <p part="text">${isHandheld ? words.orScan : words.scan}</p>
    <div part="qr">${qr(walletLink, words.qrLabel)}</div>
    ${
      shortCode === undefined
        ? nothing
        : html`<p part="note">
            ${words.type}<code part="code" dir="ltr">${host} ${shortCode}</code>
          </p>`
    }
  </div>`
}

function qr(link: string, label: string): TemplateResult {
  const { size, path } = drawQr(link)
  return html`<svg
    role="img"
    aria-label=${label}
    viewBox="0 0 ${size} ${size}"
    shape-rendering="crispEdges"
  >
    ${svg`<rect width="100%" height="100%" fill="#fff"></rect><path d=${path} fill="#000"></path>`}
  </svg>`
}

function again({ state, words, onRestart }: CardView): Shown {
  const texts: { readonly [name in CardState['name']]?: string } = {
    expired: words.again,
    rejected: words.tryAgain,
    refused: words.tryAgain,
    unavailable: words.retry,
  }
  const text = texts[state.name]
  if (text === undefined) return nothing
  return html`<button part="button" type="button" @click=${onRestart}>${text}</button>`
}

function icon({ state }: CardView): Shown {
  if (state.name === 'starting') return html`<span part="spinner" aria-hidden="true"></span>`
  const path = ICONS[state.name]
  if (path === undefined) return nothing
  return html`<svg
    part="icon"
    viewBox="0 0 24 24"
    aria-hidden="true"
    fill="none"
    stroke="currentColor"
    stroke-width="2"
    stroke-linecap="round"
    stroke-linejoin="round"
  >
    ${svg`<circle cx="12" cy="12" r="10"></circle><path d=${path}></path>`}
  </svg>`
}

const ICONS: { readonly [name in CardState['name']]?: string } = {
  verified: 'M7.5 12.5l3 3 6-6.5',
  rejected: 'M8 12h8',
  refused: 'M8.5 8.5l7 7m0-7l-7 7',
  unavailable: 'M12 7v6m0 3.5v.01',
  expired: 'M12 7v5l3 2',
}

/** Minutes and seconds, like `4:07`. */
function clockText(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
