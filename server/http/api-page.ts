import { canonicalJson } from '../../core/bytes.ts'

type Json = Readonly<Record<string, unknown>>

/**
 * A page for people from an OpenAPI document that `openApiOf` made: plain HTML without scripts, for
 * light and dark surroundings and every width.
 */
export function apiPage(document: object): string {
  const { info, paths } = document as { readonly info: Json; readonly paths: Json }
  const operations = operationsOf(paths)
  const title = escape(info['title'])
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<a class="skip" href="#operations">Skip to the operations</a>
<header>
<h1>${title} <small>${escape(info['version'])}</small></h1>
<p>${escape(info['description'])}</p>
<p>The same for programs: <a href="/openapi.json">openapi.json</a></p>
</header>
<nav aria-label="Operations"><ul>
${operations.map(linkTo).join('\n')}
</ul></nav>
<main id="operations">
${operations.map(sectionOf).join('\n')}
</main>
</body>
</html>
`
}

interface Operation {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly facts: Json
}

function operationsOf(paths: Json): Operation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods as Json).map(([method, facts]) => ({
      id: `${method}${path.replace(/[^A-Za-z0-9]+/g, '-')}`,
      method: method.toUpperCase(),
      path,
      facts: facts as Json,
    })),
  )
}

function linkTo({ id, method, path, facts }: Operation): string {
  return `<li><a href="#${id}"><code>${method} ${escape(path)}</code></a> ${escape(facts['summary'])}</li>`
}

function sectionOf({ id, method, path, facts }: Operation): string {
  return `<section aria-labelledby="${id}">
<h2 id="${id}"><code><span class="${method.toLowerCase()}">${method}</span> ${escape(path)}</code></h2>
<p>${escape(facts['summary'])}</p>
<p class="access">${escape(accessOf(facts))}</p>
${parametersOf(facts['parameters'])}${bodyOf(facts['requestBody'])}${answersOf(facts['responses'])}</section>`
}

function accessOf({ security, 'x-roles': roles }: Json): string {
  if (Array.isArray(roles)) return `For tokens with the role ${roles.join(' or ')}.`
  return security === undefined ? 'For anyone.' : 'For whoever has the bearer credential.'
}

function parametersOf(parameters: unknown): string {
  if (!Array.isArray(parameters)) return ''
  const rows = (parameters as Json[]).map(
    (one) => `<tr><th scope="row"><code>${escape(one['name'])}</code></th>
<td>${escape(one['in'])}${one['required'] === true ? '' : ', optional'}</td>
<td>${code(one['schema'])}</td></tr>`,
  )
  return `<h3>Parameters</h3>
<div class="wide" tabindex="0" role="region" aria-label="Parameters"><table>
<thead><tr><th scope="col">Name</th><th scope="col">Where</th><th scope="col">Form</th></tr></thead>
<tbody>${rows.join('')}</tbody></table></div>
`
}

function bodyOf(body: unknown): string {
  if (body === undefined) return ''
  return `<h3>Body</h3>\n${contentOf((body as Json)['content'])}`
}

function answersOf(answers: unknown): string {
  const items = Object.entries(answers as Json).map(([status, answer]) => {
    const { description, content } = answer as Json
    const name = status === 'default' ? 'otherwise' : status
    return `<dt><code>${escape(name)}</code> ${escape(description)}</dt><dd>${contentOf(content)}</dd>`
  })
  return `<h3>Answers</h3>\n<dl>${items.join('\n')}</dl>\n`
}

function contentOf(content: unknown): string {
  return Object.entries((content ?? {}) as Json)
    .map(([type, media]) => `<p>${escape(type)}</p>${schemaOf((media as Json)['schema'])}`)
    .join('')
}

function schemaOf(schema: unknown): string {
  const { $ref: reference } = (schema ?? {}) as Json
  if (typeof reference === 'string') return `<p>A ${escape(reference.split('/').at(-1))}.</p>`
  return `<details><summary>Form</summary><pre tabindex="0">${escape(JSON.stringify(schema, null, 2))}</pre></details>`
}

function code(schema: unknown): string {
  const { type, enum: values, pattern } = (schema ?? {}) as Json
  const what = Array.isArray(values) ? values.join(' | ') : pattern
  return `<code>${escape(typeof what === 'string' ? what : (type ?? canonicalJson(schema)))}</code>`
}

function escape(value: unknown): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }
  return String(value).replace(/[&<>"']/g, (character) => entities[character] ?? '')
}

/** Colours have a contrast of at least 4.5 to 1 in both schemes (WCAG 2.2, 1.4.3). */
const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#d0d4da, #3a4048); --soft: light-dark(#f4f6f8, #1b1f24);
  --link: light-dark(#0b5394, #8ec5ff); --muted: light-dark(#4c5560, #a9b4c0); }
body { font: 1rem/1.6 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 4rem;
  background: light-dark(#fff, #111418); color: light-dark(#15191e, #e8ecf0); overflow-wrap: anywhere; }
h1 { line-height: 1.2; } h1 small, .access { color: var(--muted); font-weight: normal; }
h2 { margin: 0; font-size: 1.15rem; } h3 { font-size: 1rem; margin-bottom: .25rem; }
a { color: var(--link); } a:focus-visible, summary:focus-visible, [tabindex]:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -100vw; } .skip:focus { position: static; }
nav ul { padding: 0; list-style: none; } nav li { padding: .2rem 0; }
section { border-top: 1px solid var(--line); margin-top: 2rem; padding-top: 1.5rem; scroll-margin-top: 1rem; }
section:target { border-top: 3px solid var(--link); }
code, pre { font: .925em/1.5 ui-monospace, monospace; } pre { background: var(--soft); padding: .75rem; overflow: auto; border-radius: .25rem; }
h2 span { color: var(--link); } h2 span.delete { color: light-dark(#a40e26, #ff9aa5); }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
dt { margin-top: .75rem; } dd { margin: 0 0 0 1.25rem; } dd p { margin: .25rem 0; color: var(--muted); } summary { cursor: pointer; }
`
