import { statementsIn } from './statements.ts'
import type { Statement } from './statements.ts'
import { sumEdits } from './sums.ts'
import { closing, headOf, otherLiterals, places } from './text.ts'
import type { Edit } from './text.ts'

/** One change of a circuit's source. */
export interface Mutant {
  /** Name of the file in `circuits/`. */
  readonly file: string
  readonly line: number
  readonly operator: Operator
  /** The statement on one line, before and after. */
  readonly before: string
  readonly after: string
  /** The whole source with the change. */
  readonly source: string
}

export type Operator = Edit['operator']

/**
 * All mutants of a source: each statement that makes a constraint, or a sum for one, is changed in
 * every way below.
 */
export function mutantsOf(file: string, source: string): Mutant[] {
  return statementsIn(source).flatMap((statement) =>
    editsOf(statement.text)
      .map((edit) => apply(file, source, statement, edit))
      .filter(({ before, after }) => before !== after),
  )
}

function apply(file: string, source: string, { text, start, line }: Statement, edit: Edit): Mutant {
  const after = text.slice(0, edit.from) + edit.text + text.slice(edit.to)
  return {
    file,
    line: line + text.slice(0, edit.from).split('\n').length - 1,
    operator: edit.operator,
    before: oneLine(text),
    after: oneLine(after),
    source: source.slice(0, start) + after + source.slice(start + text.length),
  }
}

function editsOf(text: string): Edit[] {
  if (/^component \w+ = /.test(text)) return [...widened(text), ...otherLiterals(text, 0)]
  if (!/<==|===/.test(text) && !isBareCall(text)) return sumEdits(text)
  return [
    ...weakened(text),
    ...dropped(text),
    ...comparedWithItself(text),
    ...widened(text),
    ...exchangedArguments(text),
    ...firstOfAll(text),
    ...otherLiterals(text, headOf(text)),
  ]
}

/** The value is computed as before, and nothing holds the prover to it. */
function weakened(text: string): Edit[] {
  return places(text, /<==/g).map(([from, to]) => ({ operator: 'weaken', from, to, text: '<--' }))
}

/** Statements that only constrain: the circuit computes the same without them. */
function dropped(text: string): Edit[] {
  if (!text.includes('===') && !/^_ <==/.test(text) && !isBareCall(text)) return []
  return [{ operator: 'drop', from: headOf(text), to: text.length, text: 'assert(1 == 1)' }]
}

function comparedWithItself(text: string): Edit[] {
  const at = text.indexOf('===')
  if (at < 0) return []
  const left = text.slice(headOf(text), at).trim()
  return [{ operator: 'self', from: at + 3, to: text.length, text: ` ${left}` }]
}

/** One digit more than the range has. */
function widened(text: string): Edit[] {
  return [...text.matchAll(/\b(?:Bits|InRange|Num2Bits)\(/g)].map((match) => {
    const to = closing(text, match.index + match[0].length - 1)
    return { operator: 'widen', from: to, to, text: ' + 1' }
  })
}

/** Each argument of a call, and each element of a list, as the one after it. */
function exchangedArguments(text: string): Edit[] {
  return lists(text).flatMap((elements) =>
    elements.map(([from, to], i): Edit => {
      const [otherFrom, otherTo] = elements[(i + 1) % elements.length] ?? [from, to]
      return { operator: 'argument', from, to, text: text.slice(otherFrom, otherTo) }
    }),
  )
}

/** What a loop takes in turn, from one place only. */
function firstOfAll(text: string): Edit[] {
  return places(text, /(?<=\[)[a-z](?=\])/g)
    .filter(([from]) => from >= headOf(text))
    .map(([from, to]) => ({ operator: 'index', from, to, text: '0' }))
}

/** Lists in brackets or parentheses that hold signals, as the positions of the values in them. */
function lists(text: string): (readonly [from: number, to: number])[][] {
  return places(text, /(?<=[=,(] ?)\[|(?<=\))\(/g).flatMap(([at]) => {
    const elements = elementsOf(text, at + 1, closing(text, at))
    return elements.length < 2 ? [] : [elements]
  })
}

/** Values between commas; of `name <== value`, the value. */
function elementsOf(text: string, from: number, to: number): (readonly [number, number])[] {
  const borders = [from - 1]
  let depth = 0
  for (let at = from; at < to; at++) {
    const sign = text.charAt(at)
    if ('(['.includes(sign)) depth++
    else if (')]'.includes(sign)) depth--
    else if (sign === ',' && depth === 0) borders.push(at)
  }
  return borders.map((border, i) => {
    const part = text.slice(border + 1, borders[i + 1] ?? to)
    const [head = ''] = /^\s*(?:\w+ <==)?\s*/.exec(part) ?? []
    return [border + 1 + head.length, border + 1 + part.trimEnd().length] as const
  })
}

/** A component that is used for its constraints only. */
function isBareCall(text: string): boolean {
  return /^[A-Z]\w*\(.*?\)\(/s.test(text)
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ')
}
