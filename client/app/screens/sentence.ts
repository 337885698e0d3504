import { html, nothing } from 'lit'
import type { TemplateResult } from 'lit'
import type { RequestLine } from '../../wallet/types.ts'
import { foreign } from './parts.ts'
import type { Part } from './parts.ts'

/** A line and what hangs on it. */
export interface Branch {
  readonly text: string
  readonly branches: readonly Branch[]
}

/** Lines with depths as a tree: every line belongs to the last one before it that is less deep. */
export function branchesOf(lines: readonly RequestLine[]): Branch[] {
  const [first, ...rest] = lines
  if (first === undefined) return []
  const end = rest.findIndex(({ depth }) => depth <= first.depth)
  const own = end < 0 ? rest : rest.slice(0, end)
  const others = end < 0 ? [] : rest.slice(end)
  return [{ text: first.text, branches: branchesOf(own) }, ...branchesOf(others)]
}

/** A rule as a list in a list, so that it is read aloud as what it is. */
export function nestedList(lines: readonly RequestLine[]): TemplateResult {
  return html`<div class="sentence">${list(branchesOf(lines))}</div>`
}

function list(branches: readonly Branch[]): Part {
  if (branches.length === 0) return nothing
  return html`<ul>
    ${branches.map(({ text, branches: own }) => html`<li>${foreign(text)} ${list(own)}</li>`)}
  </ul>`
}
