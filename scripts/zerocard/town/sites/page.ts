import type { Request, Response } from 'express'
import { LANGUAGES, speechOf } from './language.ts'
import type { Speech } from './language.ts'
import { markup } from './markup.ts'
import type { Content, Markup } from './markup.ts'

// What all pages of the town have in common.

export interface Page {
  readonly title: string
  /** Whose page it is; leads to its first page. */
  readonly owner: string
  /** Where the portal is. */
  readonly portal: string
  readonly content: Content
}

const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

/** Sends a page in the visitor's language. */
export function sendPage(
  request: Request,
  response: Response,
  status: number,
  write: (speech: Speech) => Page,
): void {
  const speech = speechOf(request)
  response.vary('accept-language').vary('cookie')
  if (response.get('cache-control') === undefined) response.set('cache-control', 'no-cache')
  response
    .status(status)
    .set(HEADERS)
    .type('html')
    .send(documentOf(write(speech), speech, request.originalUrl).text)
}

function documentOf(page: Page, { tag, words }: Speech, url: string): Markup {
  const { common } = words
  const title = page.title === page.owner ? page.owner : `${page.title} – ${page.owner}`
  return markup`<!doctype html>
<html lang="${tag}" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="stylesheet" href="/town.css">
<link rel="icon" href="/town.svg" type="image/svg+xml">
<script src="/town.js" defer></script>
</head>
<body>
<a class="skip" href="#content">${common.skip}</a>
<header class="bar">
<p class="owner"><a href="/">${page.owner}</a></p>
<nav aria-label="${common.town}"><a href="${page.portal}/">${common.town}</a></nav>
<nav aria-label="${common.language}" class="languages">${languageLinks(tag, url)}</nav>
</header>
<main id="content" tabindex="-1">
${page.content}
</main>
<footer>
<p>${common.warning} ${common.invented}</p>
</footer>
</body>
</html>
`
}

function languageLinks(current: string, url: string): Markup[] {
  return LANGUAGES.map(({ tag, title }) =>
    tag === current
      ? markup`<span lang="${tag}" aria-current="true">${title}</span>`
      : markup`<a lang="${tag}" hreflang="${tag}" href="${addressIn(tag, url)}">${title}</a>`,
  )
}

/** The same page in another language. */
function addressIn(tag: string, url: string): string {
  const query = new URLSearchParams(url.split('?')[1])
  query.set('lang', tag)
  return `?${query.toString()}`
}

/** A value as JSON, to be looked at. */
export function jsonBlock(summary: string, value: unknown): Markup {
  const text = JSON.stringify(value, null, 2)
  return markup`<details><summary>${summary}</summary><pre tabindex="0" aria-label="${summary}"><code>${text}</code></pre></details>`
}

export function listOf(items: readonly Content[]): Markup {
  return markup`<ul>${items.map((item) => markup`<li>${item}</li>`)}</ul>`
}
