import { gzipSync } from 'node:zlib'
import {
  malformedJson,
  malformedText,
  randomJson,
} from '../../scripts/assure/verifying/mutations.ts'
import { Random } from '../../scripts/assure/verifying/random.ts'
import { parseJson } from '../independent/json.ts'
import type { Members } from '../independent/json.ts'

// Messages that something was done to, as the bytes that arrive. Which of them are still good is for
// each test to say, by a reader that has nothing in common with the product's.

/** A good message that was changed, and how, with what it takes to make it again. */
export interface Malformed {
  readonly kind: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** Put in the place of any value, besides what the assurance run puts there. */
const INTRUDERS: readonly (readonly [string, string])[] = [
  ['below zero, and zero', '-0'],
  ['the largest number', '9007199254740991'],
  ['2^53', '9007199254740992'],
  ['minus infinity', '-1e400'],
  ['the smallest fraction', '5e-324'],
  ['true', 'true'],
  ['its name', '"__proto__"'],
  ['a text of a number', '"1"'],
  ['an empty text', '""'],
  ['a long list', `[${'0,'.repeat(4_000)}0]`],
  ['a list of objects', `[${'{},'.repeat(3_000)}{}]`],
  ['many members', `{${Array.from({ length: 1_000 }, (_, i) => `"m${i}":0`).join()}}`],
  ['half a pair, the second half', '"\\udc00"'],
  ['a text that turns', '"\\u202eabc"'],
]

/** What is no JSON, and looks like it. */
const TAILS = [',', '}', ']', ' null', '//', '\u0000', '\ufeff', '{}', '\u00a0', '\u2028'] as const

/**
 * Changed messages, always the same for a seed.
 *
 * @param json - An object with a member at least.
 */
export function* malformed(json: object, seed: number, count: number): Generator<Malformed> {
  const random = new Random(seed)
  for (let i = 0; i < count; i++) {
    const { kind, bytes } = one(json, random)
    yield { kind: `${kind} (seed ${seed}, message ${i})`, bytes }
  }
}

/** The same for a message that is a text of another kind. */
export function* malformedTexts(text: string, seed: number, count: number): Generator<Malformed> {
  const random = new Random(seed)
  for (let i = 0; i < count; i++) {
    const changed = malformedText(text, random)
    const [kind, bytes] =
      random.below(4) === 0
        ? reencoded(text, random)
        : ([changed.kind, bytesOf(changed.text)] as const)
    yield { kind: `${kind} (seed ${seed}, message ${i})`, bytes }
  }
}

/**
 * What a message says, by a second reader: undefined if it is no JSON in UTF-8 without repeated
 * members, or no object.
 */
export function membersOf(bytes: Uint8Array): Members | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    const json = parseJson(text)
    return json instanceof Map ? (json as Members) : undefined
  } catch {
    return undefined
  }
}

/** Whether a message has no members but these. */
export function hasOnly(members: Members, ...names: readonly string[]): boolean {
  return [...members.keys()].every((name) => names.includes(name))
}

function one(json: object, random: Random): Malformed {
  const text = JSON.stringify(json)
  const kind = random.below(10)
  if (kind === 0) return { kind: 'random JSON', bytes: bytesOf(randomJson(random)) }
  if (kind === 1) {
    const [name, bytes] = reencoded(text, random)
    return { kind: name, bytes }
  }
  if (kind === 2) return { kind: 'cut', bytes: bytesOf(text.slice(0, random.below(text.length))) }
  if (kind < 6) return withIntruder(json, random)
  const changed = malformedJson(
    json,
    random,
    () => false,
    true,
    () => false,
  )
  return { kind: changed.kind, bytes: bytesOf(changed.text) }
}

/** One value, however deep, is another one. */
function withIntruder(json: object, random: Random): Malformed {
  const places: string[][] = []
  const visit = (value: unknown, path: string[]): void => {
    if (path.length > 0) places.push(path)
    if (typeof value !== 'object' || value === null) return
    for (const [name, member] of Object.entries(value)) visit(member, [...path, name])
  }
  visit(json, [])
  const path = random.pick(places)
  const [kind, intruder] = random.pick(INTRUDERS)
  const copy = structuredClone(json) as Record<string, unknown>
  const parent = path
    .slice(0, -1)
    .reduce((value, name) => value[name] as Record<string, unknown>, copy)
  parent[path.at(-1) ?? ''] = PLACE
  const text = JSON.stringify(copy).replace(JSON.stringify(PLACE), () => intruder)
  return { kind: `${kind} at ${path.join('.')}`, bytes: bytesOf(text) }
}

const PLACE = 'the place of an intruder'

/** The same text in bytes that are not its UTF-8, or not only. */
function reencoded(text: string, random: Random): readonly [string, Uint8Array<ArrayBuffer>] {
  const plain = bytesOf(text)
  const at = random.below(plain.length + 1)
  const stray = random.pick([
    [0xff],
    [0xc0, 0xaf],
    [0xed, 0xa0, 0x80],
    [0xc3],
    [0xf4, 0x90, 0x80, 0x80],
  ])
  const kinds: readonly (readonly [string, () => Uint8Array])[] = [
    [
      'bytes that are no UTF-8',
      () => Buffer.concat([plain.slice(0, at), Buffer.of(...stray), plain.slice(at)]),
    ],
    ['UTF-16', () => Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['a byte order mark', () => bytesOf(`\ufeff${text}`)],
    ['compressed', () => gzipSync(plain)],
    ['nothing', () => new Uint8Array()],
    ['random bytes', () => random.bytes(random.below(300))],
    ['something behind it', () => bytesOf(text + random.pick(TAILS))],
    ['a text of it', () => bytesOf(JSON.stringify(text))],
    ['other quotes', () => bytesOf(text.replaceAll('"', "'"))],
    ['deep lists', () => bytesOf('['.repeat(10_000))],
    ['spaces around it', () => bytesOf(` \n\t${text}\r\n`)],
    ['more spaces than a body may have', () => bytesOf(`${' '.repeat(20_000)}${text}`)],
  ]
  const [kind, make] = random.pick(kinds)
  return [kind, Uint8Array.from(make())]
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(text))
}
