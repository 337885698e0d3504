import { fieldToBytes } from '../../../core/field.ts'
import type { Received } from './wire.ts'

// What may never leave a wallet, in every form it could be written in.

/** Texts of fewer characters turn up anywhere by chance. */
const SHORTEST = 4
/** A number of four digits is a year or a port. */
const SHORTEST_NUMBER = 6

/** A secret and how it could be written. */
export interface Secret {
  readonly name: string
  readonly forms: readonly Buffer[]
}

/** Every text and number in something, by where it is. */
export function secretsIn(name: string, value: unknown): Secret[] {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') {
    const text = String(value)
    const shortest = /^[0-9]+$/.test(text) ? SHORTEST_NUMBER : SHORTEST
    return text.length < shortest ? [] : [{ name, forms: formsOf(text) }]
  }
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => secretsIn(`${name}.${key}`, inner))
}

function formsOf(text: string): Buffer[] {
  const plain = Buffer.from(text)
  const texts = [
    text,
    encodeURIComponent(text),
    encodeURIComponent(text).replaceAll('%20', '+'),
    JSON.stringify(text).slice(1, -1),
    ...encodings(plain),
  ]
  const isNumber = /^(0|[1-9][0-9]{9,77})$/.test(text)
  const bytes = isNumber ? Buffer.from(fieldToBytes(BigInt(text))) : undefined
  const ofNumber = bytes === undefined ? [] : [bytes, Buffer.from(bytes).reverse()]
  const numberTexts = ofNumber.flatMap(encodings)
  const all = [...texts, ...numberTexts].map((form) => Buffer.from(form))
  return [...all, ...ofNumber].filter(({ length }) => length >= SHORTEST)
}

/** In hex and in base64, wherever in a longer text it begins. */
function encodings(bytes: Buffer): string[] {
  const shifted = [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64url')
    // The characters at both ends depend on what stands beside.
    return text.slice(
      Math.ceil((shift * 4) / 3),
      text.length - ((shift + bytes.length) % 3 === 0 ? 0 : 1),
    )
  })
  const base64 = shifted.map((text) => text.replaceAll('-', '+').replaceAll('_', '/'))
  return [bytes.toString('hex'), ...shifted, ...base64]
}

/** Names of the secrets that stand somewhere in the texts. */
export function found(secrets: readonly Secret[], places: readonly Buffer[]): string[] {
  return secrets
    .filter(({ forms }) => forms.some((form) => places.some((place) => place.includes(form))))
    .map(({ name }) => name)
}

/** A request as bytes: address, headers and body, also as they are when they are decoded. */
export function bytesOf({ method, host, url, headers, body }: Received): Buffer[] {
  const lines = headers.map(([name, value]) => `${name}: ${value}`).join('\n')
  const decoded = decodeURIComponent(
    body
      .toString('latin1')
      .replaceAll('+', ' ')
      .replaceAll(/%(?![0-9a-f]{2})/gi, '%25'),
  )
  return [Buffer.from(`${method} ${host}${url}\n${lines}`), body, Buffer.from(decoded)]
}

/** A presentation in layers: as it is, and each of its parts decoded. */
export function layersOf(presentation: string): Buffer[] {
  return [
    Buffer.from(presentation),
    ...presentation.split('.').map((part) => Buffer.from(part, 'base64url')),
  ]
}

/** Header, key, payload and signature of a presentation as one flat record of texts. */
export function claimsOf(presentation: string): Record<string, string> {
  const [header = '', payload = '', signature = ''] = presentation.split('.')
  const parse = (part: string) =>
    JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>
  const { jwk, ...rest } = parse(header)
  const flat: Record<string, unknown> = {
    ...rest,
    ...(jwk as object),
    ...parse(payload),
    signature,
  }
  return Object.fromEntries(Object.entries(flat).map(([name, value]) => [name, String(value)]))
}

/** Characters of the longest text that stands in both, up to a length that is long enough. */
export function commonRun(a: string, b: string, enough: number): number {
  for (let length = Math.min(enough, a.length, b.length); length > 0; length--) {
    for (let i = 0; i + length <= a.length; i++) {
      if (b.includes(a.slice(i, i + length))) return length
    }
  }
  return 0
}
