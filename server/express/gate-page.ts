import { createHash } from 'node:crypto'
import type { Language } from '../../core/policy/languages/languages.ts'
import { qrSvg } from '../http/qr.ts'
import { GATE_WORDS } from './gate-words.ts'

/** What the page says and where it leads. */
export interface GatePage {
  readonly policy: string
  readonly language: Language
  /** What is asked, in words of that language. */
  readonly sentence: string
  readonly displayName: string
  /** Where the visitor wanted to go, below this origin. */
  readonly path: string
  readonly walletLink: string
  /** The last answer was no. */
  readonly wasRefused: boolean
}

/** Below every site that has a gate. */
export const GATE_PATH = '/zerocard/gate'

/** Levels of indentation that the style knows. */
const DEEPEST = 4

const STYLE = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
body { margin: 0 auto; padding: 1.5rem; max-width: 34rem }
h1 { font-size: 1.4rem; line-height: 1.25 }
.sentence { border-inline-start: .25rem solid; padding-inline-start: 1rem; margin-block: 1rem }
h2 { font-size: 1rem; margin: 1rem 0 .25rem }
h2:first-child { margin-block-start: 0 }
ul { margin: 0; padding-inline-start: 1.25rem }
.d2 { margin-inline-start: 1rem }
.d3 { margin-inline-start: 2rem }
.d4 { margin-inline-start: 3rem }
svg { display: block; width: min(16rem, 100%); height: auto; margin-block: 1rem }
button { font: inherit; padding: .6rem 1.2rem; min-height: 2.75rem }
:focus-visible { outline: .2rem solid; outline-offset: .15rem }
.refused { font-weight: bold }
`

const COMMON = `
const { policy, path } = document.body.dataset
const send = (name, value) => fetch('${GATE_PATH}/' + name, { method: 'POST',
  headers: { 'content-type': 'application/json' }, body: JSON.stringify({ policy, ...value }) })
const again = () => location.replace(path)
`

// Looks whether the answer is there.
const SCRIPT = `${COMMON}
const look = async () => {
  const answer = await send('status', {}).catch(() => undefined)
  const { status } = answer?.ok ? await answer.json() : { status: 'pending' }
  if (status === 'pending') setTimeout(look, 1500)
  else again()
}
look()
`

// Brings in what the wallet put into the address, and goes on without it.
const RETURN_SCRIPT = `${COMMON}
const code = new URLSearchParams(location.hash.slice(1)).get('responseCode')
history.replaceState(null, '', location.pathname + location.search)
if (code === null) again()
else send('code', { code }).finally(again)
`

export const PAGE_HEADERS = headersOf(`script-src ${hashOf(SCRIPT)}`, `style-src ${hashOf(STYLE)}`)

export const RETURN_HEADERS = headersOf(`script-src ${hashOf(RETURN_SCRIPT)}`)

/** The page in front of a protected route. */
export function gatePage(page: GatePage): string {
  const { policy, language, sentence, displayName, path, walletLink, wasRefused } = page
  const words = GATE_WORDS[language]
  return `<!doctype html>
<html lang="${language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(words.title(displayName))}</title>
<style>${STYLE}</style>
<body data-policy="${escaped(policy)}" data-path="${escaped(path)}">
<main>
<h1>${escaped(words.heading(displayName))}</h1>
${wasRefused ? `<p class="refused" role="status">${words.refused}</p>` : ''}
<div class="sentence">${sentenceHtml(sentence)}</div>
<form method="post" action="${GATE_PATH}/open">
<input type="hidden" name="policy" value="${escaped(policy)}">
<input type="hidden" name="path" value="${escaped(path)}">
<button>${words.openHere}</button>
</form>
<p>${words.scan}</p>
<div role="img" aria-label="${words.code}">${qrSvg(walletLink)}</div>
<details><summary>${words.link}</summary><p><code>${escaped(walletLink)}</code></p></details>
<noscript><p>${words.noScript}</p></noscript>
</main>
<script>${SCRIPT}</script>
`
}

/**
 * The page that wallets lead back to: it alone gets the code. Pages of the site may redirect, and a
 * browser takes what stands behind the # along.
 */
export function returnPage({ policy, path }: Pick<GatePage, 'policy' | 'path'>): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>…</title>
<body data-policy="${escaped(policy)}" data-path="${escaped(path)}">
<noscript><p>This page needs scripts. 此页面需要启用脚本。</p></noscript>
<script>${RETURN_SCRIPT}</script>
`
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}'`
}

function headersOf(...sources: readonly string[]): Readonly<Record<string, string>> {
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': [
      "default-src 'none'",
      ...sources,
      "connect-src 'self'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  }
}

/** The sentence's lines are headings, and below each of them points, indented as they belong. */
function sentenceHtml(sentence: string): string {
  const parts = sentence.split(/\n(?! *- )/).map((part) => {
    const [heading = '', ...points] = part.split('\n')
    const items = points.map((line) => {
      const [, indent = '', text = ''] = /^( *)- (.*)$/.exec(line) ?? []
      const depth = Math.min(Math.floor(indent.length / 2), DEEPEST)
      return `<li class="d${String(depth)}">${escaped(text)}</li>`
    })
    return `<h2>${escaped(heading)}</h2>${items.length === 0 ? '' : `<ul>${items.join('')}</ul>`}`
  })
  return parts.join('')
}

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${String(character.charCodeAt(0))};`)
}
