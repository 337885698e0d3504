// Reads JSON as strictly as the protocol wants it: JSON.parse takes the last of two members with one
// name, and another reader may take the first.

/** Levels of arrays and objects; more than any message has. */
export const MAX_DEPTH = 64

/**
 * JSON without repeated members. Also without members called `__proto__`, which objects treat in
 * a way of their own and shapes leave out without a word.
 *
 * @throws SyntaxError for anything else, also for nesting deeper than 64.
 */
export function parseStrictJson(text: string): unknown {
  const found = repeatedMember(text, MAX_DEPTH)
  const json = JSON.parse(text) as unknown
  if (found !== undefined) throw new SyntaxError('a member twice, or too deep')
  return json
}

/**
 * Whether an object in the text has a member twice, or nesting goes deeper than `maxDepth`. Does not
 * judge the grammar: what is no JSON is found by JSON.parse.
 *
 * @returns `too-deep`, the name of a repeated member or `__proto__`, or undefined.
 */
export function repeatedMember(text: string, maxDepth: number): string | undefined {
  const open: (Set<string> | undefined)[] = []
  let repeated: string | undefined
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '{' || character === '[') {
      open.push(character === '{' ? new Set() : undefined)
      if (open.length > maxDepth) return 'too-deep'
    } else if (character === '}' || character === ']') {
      open.pop()
    } else if (character === '"') {
      const end = endOfString(text, at)
      const members = open.at(-1)
      if (members !== undefined && isMember(text, end)) {
        const name = plainName(text.slice(at, end + 1))
        if (members.has(name) || name === '__proto__') repeated ??= name
        members.add(name)
      }
      at = end
    }
  }
  return repeated
}

/** Position of the closing quote, or the end of the text. */
function endOfString(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at
}

function isMember(text: string, end: number): boolean {
  let at = end + 1
  while (' \t\n\r'.includes(text[at] ?? 'x')) at++
  return text[at] === ':'
}

/** With escapes resolved: a name can be written in many ways. */
function plainName(quoted: string): string {
  try {
    return JSON.parse(quoted) as string
  } catch {
    return quoted
  }
}
