// Positions in the text of a statement, and changes at them.

/** Part of a statement, by positions in it, and what stands there instead. */
export interface Edit {
  readonly operator:
    | ('weaken' | 'drop' | 'self' | 'widen' | 'argument' | 'index' | 'literal')
    // Of sums that the compiler keeps until a constraint takes them.
    | ('term' | 'shift')
  readonly from: number
  readonly to: number
  readonly text: string
}

/** Every number from a position on is another one. */
export function otherLiterals(text: string, start: number): Edit[] {
  return places(text, /(?<![\w.])\d+(?![\w.])/g)
    .filter(([from]) => from >= start)
    .map(([from, to]) => {
      const number = Number(text.slice(from, to))
      return { operator: 'literal', from, to, text: String(number === 1 ? 0 : number + 1) }
    })
}

/** Where the parenthesis or bracket that opens at `at` closes. */
export function closing(text: string, at: number): number {
  let depth = 0
  for (let i = at; i < text.length; i++) {
    if ('(['.includes(text.charAt(i))) depth++
    else if (')]'.includes(text.charAt(i)) && --depth === 0) return i
  }
  return text.length
}

/** Where the statement begins behind the heads of loops and conditions. */
export function headOf(text: string): number {
  const [head = ''] = /^(?:for|if) \(/.exec(text) ?? []
  if (head === '') return 0
  const end = closing(text, head.length - 1) + 1
  const rest = text.slice(end)
  return end + (rest.length - rest.trimStart().length) + headOf(rest.trimStart())
}

/** Where a pattern matches. */
export function places(text: string, pattern: RegExp): [from: number, to: number][] {
  return [...text.matchAll(pattern)].map((match) => [match.index, match.index + match[0].length])
}
