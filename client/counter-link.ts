import {
  COUNTER_PARAMETER,
  COUNTER_SCHEME,
  MAX_CODE_BYTES,
  MAX_QUESTION_LENGTH,
} from '../core/counter.ts'
import { ZerocardError } from '../core/errors.ts'

// What a counter's QR code says: `zerocard-counter:<question>`, or a wallet's own address with
// `#counter=<question>`. Whose address it is does not matter: the wallet is open already.

const COMPACT_JWS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/

/**
 * Takes the question out of a code.
 *
 * @returns A compact JWS, not read yet.
 * @throws ZerocardError with `REQUEST_INVALID` for another text.
 */
export function readCounterLink(text: string): string {
  const trimmed = text.trim()
  const question = trimmed.length > MAX_CODE_BYTES ? undefined : questionIn(trimmed)
  const isQuestion =
    question !== undefined && question.length <= MAX_QUESTION_LENGTH && COMPACT_JWS.test(question)
  if (isQuestion) return question
  throw new ZerocardError('REQUEST_INVALID', 'this is no question of a counter')
}

function questionIn(text: string): string | undefined {
  if (text.toLowerCase().startsWith(COUNTER_SCHEME)) return text.slice(COUNTER_SCHEME.length)
  if (!URL.canParse(text)) return undefined
  const { protocol, hash } = new URL(text)
  if (!['https:', 'http:'].includes(protocol)) return undefined
  return new URLSearchParams(hash.slice(1)).get(COUNTER_PARAMETER) ?? undefined
}
