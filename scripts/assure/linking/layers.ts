import { FIELD_ORDER, fieldToBytes } from '../../../core/field.ts'

// A text in every form that a value in it could have been written in somewhere else: as it is, and
// what its base64url, hex and decimal parts say as bytes.

/** A part of a part of a part: a JWS in a JWE in a form. */
const DEPTH = 4

/** Shorter parts are nothing but words. */
const BASE64URL = /[A-Za-z0-9_-]{16,}/g
const DECIMAL = /(?<![0-9])[0-9]{16,78}(?![0-9])/g
const HEX = /(?<![0-9a-fA-F])(?:[0-9a-fA-F]{2}){8,}(?![0-9a-fA-F])/g

/** A request's id, for example: its dashes say nothing. */
const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g

/** The text itself first. */
export function layersOf(whole: string, depth = DEPTH): Buffer[] {
  const text = whole.replaceAll(UUID, (uuid) => uuid.replaceAll('-', ''))
  const plain = Buffer.from(text)
  if (depth === 0) return [plain]
  const decoded = [
    ...parts(text, BASE64URL).map((part) => Buffer.from(part, 'base64url')),
    ...parts(text, HEX).map((part) => Buffer.from(part, 'hex')),
    ...parts(text, DECIMAL).flatMap(numberBytes),
    ...percentDecoded(text),
  ]
  return [plain, ...decoded.flatMap((bytes) => [bytes, ...inside(bytes, depth)])]
}

function inside(bytes: Buffer, depth: number): Buffer[] {
  const text = bytes.toString('latin1')
  return isText(text) ? layersOf(text, depth - 1).slice(1) : []
}

/** Printable, with line ends. */
export function isText(text: string): boolean {
  return /^[\x20-\x7e\n\r]*$/.test(text)
}

function parts(text: string, pattern: RegExp): string[] {
  return text.match(pattern) ?? []
}

function percentDecoded(text: string): Buffer[] {
  if (!/%[0-9a-fA-F]{2}/.test(text)) return []
  const decoded = text.replaceAll(/%([0-9a-fA-F]{2})/g, (_, code: string) =>
    String.fromCharCode(parseInt(code, 16)),
  )
  return [Buffer.from(decoded, 'latin1')]
}

/** Both byte orders. */
function numberBytes(digits: string): Buffer[] {
  const value = BigInt(digits)
  if (value >= FIELD_ORDER) return []
  const bytes = Buffer.from(fieldToBytes(value))
  const short = bytes.subarray(bytes.findIndex((byte) => byte !== 0))
  return [short, Buffer.from(short).reverse()]
}
