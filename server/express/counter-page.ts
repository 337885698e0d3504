import type { Language } from '../../core/policy/languages/languages.ts'
import { escaped } from './gate-page.ts'
import type { ServedFile } from './served-file.ts'

export interface CounterPage {
  readonly displayName: string
  readonly language: Language
  readonly files: CounterFiles
}

/** What the page loads, from its own site. */
export interface CounterFiles {
  readonly script: ServedFile
  readonly style: ServedFile
}

/** Below every site that has a counter. */
export const COUNTER_SCRIPT = '/zerocard/counter.js'
export const COUNTER_STYLE = '/zerocard/counter.css'

export const COUNTER_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'permissions-policy': 'camera=(self), microphone=(), geolocation=()',
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

/** The page around the script, which does everything. */
export function counterPage({
  displayName,
  language,
  files: { script, style },
}: CounterPage): string {
  const name = escaped(displayName)
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${name}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${style.src}">
<script type="module" src="${script.src}" integrity="${script.integrity}" crossorigin="anonymous"></script>
</head>
<body>
<main id="counter" data-site="${name}"></main>
<noscript><p>This page needs scripts. 此页面需要启用脚本。</p></noscript>
</body>
</html>
`
}
