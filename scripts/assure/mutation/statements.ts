/** A statement of a template, without comments. */
export interface Statement {
  readonly text: string
  /** Position in the source. */
  readonly start: number
  /** From 1. */
  readonly line: number
}

/**
 * The statements in the templates of a circom source: what stands between semicolons and braces.
 * Heads of loops and of conditions belong to the statement behind them.
 */
export function statementsIn(source: string): Statement[] {
  const code = withoutComments(source)
  return templateBodies(code).flatMap(([from, to]) => split(code, from, to))
}

/** Comments as spaces, so that positions stay. */
export function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, (comment) => comment.replace(/[^\n]/g, ' '))
}

/** Templates begin at the start of a line, and their last brace is one too. */
function templateBodies(code: string): [from: number, to: number][] {
  return [...code.matchAll(/^template [^{]*\{([\s\S]*?)^\}/gm)].map((match) => {
    const body = match[1] ?? ''
    const from = match.index + match[0].indexOf('{') + 1
    return [from, from + body.length]
  })
}

function split(code: string, from: number, to: number): Statement[] {
  const found: Statement[] = []
  let start = from
  let depth = 0
  const finish = (end: number): void => {
    const text = code.slice(start, end)
    const at = start + (text.length - text.trimStart().length)
    const line = code.slice(0, at).split('\n').length
    if (text.trim() !== '') found.push({ text: text.trim(), start: at, line })
    start = end + 1
  }
  for (let at = from; at < to; at++) {
    const sign = code.charAt(at)
    if ('(['.includes(sign)) depth++
    else if (')]'.includes(sign)) depth--
    else if (depth === 0 && ';{}'.includes(sign)) finish(at)
  }
  return found
}
