import type { Random } from './random.ts'

// What is done to a good message to make a bad one. JSON is changed as a text, so that it may hold
// what no value can: a member twice, numbers beyond all, halves of characters.

type Path = readonly (string | number)[]

/** Where a message may be changed so that something is wrong with it, and how. */
export interface Malformed {
  readonly kind: string
  readonly text: string
}

/** Never a part of a good message. */
const INTRUDERS: readonly (readonly [string, string])[] = [
  ['null', 'null'],
  ['a fraction', '1.5'],
  ['below zero', '-1'],
  ['a number beyond all', '1e400'],
  ['a number over 2^53', '9007199254740993'],
  ['a lone surrogate', '"\\ud800"'],
  ['NUL', '"\\u0000"'],
  ['a list of lists', `${'['.repeat(70)}${']'.repeat(70)}`],
  ['deep objects', `${'{"a":'.repeat(70)}1${'}'.repeat(70)}`],
  ['very deep', `${'['.repeat(5_000)}${']'.repeat(5_000)}`],
  ['an empty object', '{}'],
  ['an empty list', '[]'],
  ['a list of null', '[null]'],
  ['a long text', `"${'x'.repeat(5_000)}"`],
  ['a member of all objects', '{"__proto__":{"a":1},"constructor":1}'],
]

/**
 * A message with one thing wrong.
 *
 * @param isFree - Paths below which anything may be: they are left alone.
 * @param isText - Paths where any text is good.
 */
export function malformedJson(
  json: unknown,
  random: Random,
  isFree: (path: string) => boolean,
  isClosed: boolean,
  isText: (path: string) => boolean,
): Malformed {
  const paths = pathsOf(json).filter((path) => path.length > 0 && !isFree(path.join('.')))
  const path = random.pick(paths)
  const action = random.below(isClosed ? 7 : 5)
  if (action === 5) return withMember(json, random.pick(objectsOf(json, isFree)), random)
  if (action === 6) return twice(json, random)
  const isItem = typeof path.at(-1) === 'number'
  if (action === 0 && !isItem) return { kind: 'a member missing', text: writeWithout(json, path) }
  const isGoodText = isText(path.join('.'))
  if (action === 1 && typeof valueAt(json, path) === 'string' && !isGoodText) {
    return retexted(json, path, random)
  }
  const intruders = INTRUDERS.filter(([, text]) => !isGoodText || !text.startsWith('"'))
  const [kind, intruder] = random.pick(intruders)
  return { kind, text: writeWith(json, path, intruder) }
}

/** A text with something wrong: cut, filled up, or with characters that are not of it. */
export function malformedText(text: string, random: Random): Malformed {
  const at = random.below(text.length + 1)
  const strange = random.pick([
    '\u0000',
    ' ',
    '\n',
    '=',
    '\ud800',
    '\u202e',
    '%',
    '+',
    '"',
    '{',
    '\ufeff',
    '.',
  ])
  const kinds: readonly (() => Malformed)[] = [
    () => ({ kind: 'cut', text: text.slice(0, at) }),
    () => ({ kind: 'a strange character', text: text.slice(0, at) + strange + text.slice(at) }),
    () => ({ kind: 'one replaced', text: text.slice(0, at) + strange + text.slice(at + 1) }),
    () => ({ kind: 'twice', text: text + text }),
    () => ({ kind: 'random', text: latin1(random.bytes(random.below(200))) }),
    () => ({ kind: 'long', text: strange.repeat(20_000) }),
    () => ({ kind: 'nothing', text: '' }),
  ]
  return random.pick(kinds)()
}

/** JSON that was never a message. */
export function randomJson(random: Random, depth = 0): string {
  const kind = random.below(depth > 4 ? 5 : 8)
  if (kind === 0) return random.pick(['null', 'true', 'false', '0', '-0', '1e308', '""'])
  if (kind === 1) return String(random.integer(2n ** BigInt(random.below(260) + 1)))
  if (kind < 5) return JSON.stringify(latin1(random.bytes(random.below(50))))
  const items = Array.from({ length: random.below(5) }, () => randomJson(random, depth + 1))
  if (kind === 5) return `[${items.join(',')}]`
  return `{${items.map((item) => `${JSON.stringify(random.pick(NAMES))}:${item}`).join(',')}}`
}

const NAMES = ['a', 'iss', 'aud', 'key', 'keys', 'policy', 'trust', '__proto__', 'constructor', 'x']

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}

/** Other texts of numbers, of base64url and of characters; never the text itself. */
function retexted(json: unknown, path: Path, random: Random): Malformed {
  const text = valueAt(json, path) as string
  const changed = random.pick([
    ['a control character', `${text}\u0007`],
    ['a lone surrogate', `${text}\udfff`],
    ['too long', text.padEnd(70_000, text === '' ? 'x' : text)],
  ] as const)
  return { kind: changed[0], text: writeWith(json, path, JSON.stringify(changed[1])) }
}

function withMember(json: unknown, path: Path, random: Random): Malformed {
  const name = random.pick(['__proto__', 'constructor', 'more', 'Iss', '', 'toString', 'é'])
  const object = JSON.stringify(valueAt(json, path))
  const member = `${JSON.stringify(name)}:${random.pick(['1', '{}', '"x"', 'null'])}`
  const text = object === '{}' ? `{${member}}` : `{${member},${object.slice(1)}`
  return { kind: `a member ${name}`, text: writeWith(json, path, text) }
}

/** The first member of an object again. */
function twice(json: unknown, random: Random): Malformed {
  const path = random.pick(objectsOf(json, () => false).filter((at) => sizeAt(json, at) > 0))
  const object = valueAt(json, path) as Readonly<Record<string, unknown>>
  const [name, value] = random.pick(Object.entries(object))
  const member = `${JSON.stringify(name)}:${JSON.stringify(value)}`
  const text = `{${member},${JSON.stringify(object).slice(1)}`
  return { kind: 'a member twice', text: writeWith(json, path, text) }
}

function pathsOf(json: unknown, path: Path = []): Path[] {
  if (typeof json !== 'object' || json === null) return [path]
  const entries = Array.isArray(json)
    ? json.map((value: unknown, i) => [i, value] as const)
    : Object.entries(json)
  return [path, ...entries.flatMap(([name, value]) => pathsOf(value, [...path, name]))]
}

function objectsOf(json: unknown, isFree: (path: string) => boolean): Path[] {
  return pathsOf(json).filter((path) => {
    const value = valueAt(json, path)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject && !isFree(path.join('.'))
  })
}

function sizeAt(json: unknown, path: Path): number {
  return Object.keys(valueAt(json, path) as object).length
}

function valueAt(json: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], json)
}

const PLACE = '\u0001place\u0001'

function writeWith(json: unknown, path: Path, text: string): string {
  if (path.length === 0) return text
  const whole = JSON.stringify(replaced(json, path, PLACE))
  return whole.replace(JSON.stringify(PLACE), () => text)
}

function writeWithout(json: unknown, path: Path): string {
  return JSON.stringify(replaced(json, path, undefined))
}

function replaced(json: unknown, [name = '', ...rest]: Path, by: unknown): unknown {
  const value = rest.length === 0 ? by : replaced((json as Record<string, unknown>)[name], rest, by)
  if (Array.isArray(json)) {
    return value === undefined ? json.toSpliced(Number(name), 1) : json.with(Number(name), value)
  }
  return { ...(json as object), [name]: value }
}
