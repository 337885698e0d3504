// The engine's own message often does not say where a JSON text is wrong, so this finds the place.

/** Where in a text, both counted from 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

type Expected = 'value' | 'value or ]' | 'name' | 'name or }' | ':' | ', or end'

const SPACE = /[ \t\n\r]*/y
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const SCALAR = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null/y

/** The first place where a text stops being JSON (RFC 8259); its end if it is cut short. */
export function findJsonMistake(text: string): Place {
  const before = text.slice(0, mistakeAt(text)).split('\n')
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}

function mistakeAt(text: string): number {
  const open: ('{' | '[')[] = []
  let expected: Expected = 'value'
  for (let at = length(SPACE, text, 0); ; at += length(SPACE, text, at)) {
    const next = text[at]
    const inner = open.at(-1)
    if (expected === ', or end') {
      if (next === ',' && inner !== undefined) expected = inner === '{' ? 'name' : 'value'
      else if (next !== undefined && next === closing(inner)) open.pop()
      else return at
      at += 1
    } else if (expected === ':') {
      if (next !== ':') return at
      expected = 'value'
      at += 1
    } else if (next !== undefined && expected.endsWith(` ${next}`)) {
      open.pop()
      expected = ', or end'
      at += 1
    } else if (expected.startsWith('name')) {
      const name = length(STRING, text, at)
      if (name === 0) return at
      expected = ':'
      at += name
    } else if (next === '{' || next === '[') {
      open.push(next)
      expected = next === '{' ? 'name or }' : 'value or ]'
      at += 1
    } else {
      const value = length(STRING, text, at) || length(SCALAR, text, at)
      if (value === 0) return at
      expected = ', or end'
      at += value
    }
  }
}

function closing(open: '{' | '[' | undefined): string | undefined {
  return open === '{' ? '}' : open === '[' ? ']' : undefined
}

function length(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0].length ?? 0
}
