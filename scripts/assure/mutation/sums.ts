import { headOf, otherLiterals, places } from './text.ts'
import type { Edit } from './text.ts'

// Variables hold sums of signals until a constraint takes them: a part of what is hashed that is
// left out here is left out of the constraint.

/** Changes of what a statement assigns to a variable; none for other statements. */
export function sumEdits(text: string): Edit[] {
  const start = valueOf(text)
  if (start === undefined) return []
  return [...leftOut(text, start), ...shiftedLess(text, start), ...otherLiterals(text, start)]
}

/** Where the assigned value begins. */
function valueOf(text: string): number | undefined {
  const head = headOf(text)
  // Functions are in capitals, and a template makes a component.
  const match = /^(?:var )?\w+(?:\[[^\]]*\])* \+?= (?![A-Z]+[a-z])/.exec(text.slice(head))
  return match === null ? undefined : head + match[0].length
}

function leftOut(text: string, start: number): Edit[] {
  return summands(text, start).map(([from, to]) => ({ operator: 'term', from, to, text: '0' }))
}

/** Fields that overlap by a digit. */
function shiftedLess(text: string, start: number): Edit[] {
  return places(text, /(?<=1 << )\w+(?:\(\))?/g)
    .filter(([from]) => from >= start)
    .map(([from, to]) => ({
      operator: 'shift',
      from,
      to,
      text: `(${text.slice(from, to)} - 1)`,
    }))
}

function summands(text: string, start: number): (readonly [from: number, to: number])[] {
  const borders = [start]
  let depth = 0
  for (let at = start; at < text.length; at++) {
    const sign = text.charAt(at)
    if ('(['.includes(sign)) depth++
    else if (')]'.includes(sign)) depth--
    else if (depth === 0 && text.startsWith(' + ', at)) borders.push(at + 3)
  }
  return borders.map((from, i) => [from, (borders[i + 1] ?? text.length + 3) - 3] as const)
}
