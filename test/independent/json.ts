import { must, refuse, slips } from './refused.ts'

// JSON (RFC 8259) without repeated members, and readers for it.

export type Members = ReadonlyMap<string, unknown>
export type Reader<T> = (value: unknown) => T

const MAX_DEPTH = 64
const SPACE = /[ \t\n\r]*/y
const NUMBER = /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y
const STRING = /"([^"\\\u0000-\u001f]|\\(["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const WORDS = new Map<string, unknown>([
  ['true', true],
  ['false', false],
  ['null', null],
])

/** Objects come as maps, so that no name means anything by itself. */
export function parseJson(text: string): unknown {
  let at = 0
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0]
    at += found?.length ?? 0
    return found
  }
  const taken = (sign: string): boolean => {
    take(SPACE)
    if (text[at] !== sign) return false
    at++
    return true
  }
  const list = <T>(end: string, item: () => T): T[] => {
    const items: T[] = []
    if (taken(end)) return items
    do items.push(item())
    while (taken(','))
    must(taken(end), `expected ${end}`)
    return items
  }
  const name = (): string => {
    take(SPACE)
    return JSON.parse(take(STRING) ?? refuse('expected a string')) as string
  }
  const value = (depth: number): unknown => {
    must(depth <= MAX_DEPTH, 'nested too deeply')
    if (taken('{')) {
      const members = list('}', (): [string, unknown] => {
        const member = name()
        must(taken(':'), 'expected :')
        return [member, value(depth + 1)]
      })
      const map = new Map(members)
      must(map.size === members.length || slips('repeated members accepted'), 'a member twice')
      return map
    }
    if (taken('[')) return list(']', () => value(depth + 1))
    if (text[at] === '"') return name()
    const number = take(NUMBER)
    if (number !== undefined) return Number(number)
    for (const [word, meaning] of WORDS) {
      if (!text.startsWith(word, at)) continue
      at += word.length
      return meaning
    }
    return refuse('no JSON')
  }
  const json = value(1)
  take(SPACE)
  must(at === text.length, 'more than one JSON value')
  return json
}

/** What `JSON.parse` gives, with maps for objects. */
export function asMaps(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(asMaps)
  if (typeof json !== 'object' || json === null) return json
  return new Map(Object.entries(json).map(([name, value]) => [name, asMaps(value)]))
}

/** The same with objects for maps. */
export function asObjects(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(asObjects)
  if (!(json instanceof Map)) return json
  return Object.fromEntries([...json].map(([name, value]) => [name as string, asObjects(value)]))
}

/** An object with exactly the given members; those with a `?` may be missing. */
export function members(json: unknown, names: string): Members {
  must(json instanceof Map, 'no object')
  const map = json as Map<string, unknown>
  const known = new Set(names.split(' ').map((name) => name.replace('?', '')))
  for (const name of names.split(' ')) {
    must(name.endsWith('?') || map.has(name), `${name} is missing`)
  }
  const isClosed = [...map.keys()].every((name) => known.has(name))
  must(isClosed || slips('unknown members accepted'), 'unknown members')
  return map
}

export function list(json: unknown, least: number, most: number): readonly unknown[] {
  must(Array.isArray(json) && json.length >= least && json.length <= most, 'no such list')
  return json
}

export function text(json: unknown, least: number, most: number): string {
  must(typeof json === 'string' && json.length >= least && json.length <= most, 'no such text')
  return json
}

export function natural(json: unknown, least = 0): number {
  must(Number.isSafeInteger(json) && (json as number) >= least, 'no such integer')
  return json as number
}

export function literal(json: unknown, expected: string): void {
  must(json === expected, `expected ${expected}`)
}

/** Members in the order of their names, no spaces; numbers are safe integers. */
export function canonical(json: unknown): string {
  if (Array.isArray(json)) return `[${json.map(canonical).join(',')}]`
  if (json instanceof Map) {
    const sorted = [...(json as Members)].sort(([a], [b]) => (a < b ? -1 : 1))
    return `{${sorted.map(([name, value]) => `${canonical(name)}:${canonical(value)}`).join(',')}}`
  }
  if (typeof json === 'number') must(Number.isSafeInteger(json), 'no safe integer')
  return JSON.stringify(json)
}
