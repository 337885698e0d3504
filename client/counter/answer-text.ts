/** What a scanned text is, as far as that can be told without believing it. */
export type Scanned =
  { readonly kind: 'answer'; readonly nonce: string } | { readonly kind: 'question' | 'other' }

/** Longer texts are no answer; see `MAX_PRESENTATION_BYTES`. */
const MAX_LENGTH = 16 * 1024

/** Looks at a text before the server judges it: a wrong scan must not count as a wrong answer. */
export function readScanned(text: string): Scanned {
  const [header, payload, signature, ...rest] = text.split('.')
  const isJws = signature !== undefined && rest.length === 0 && text.length <= MAX_LENGTH
  if (/(^zerocard-counter:|#counter=)/.test(text)) return { kind: 'question' }
  if (!isJws || memberOf(header, 'typ') !== 'zerocard+jwt') return { kind: 'other' }
  const nonce = memberOf(payload, 'nonce')
  return nonce === undefined ? { kind: 'other' } : { kind: 'answer', nonce }
}

/** The nonce that an answer to this code will have. */
export function nonceOf(code: string): string | undefined {
  // In front of the question may be an address, with points of its own.
  return memberOf(code.split('.').at(-2), 'nonce')
}

/** A member of a part of a compact JWS. */
function memberOf(part: string | undefined, name: string): string | undefined {
  try {
    const json = JSON.parse(atob((part ?? '').replace(/-/g, '+').replace(/_/g, '/'))) as unknown
    const value = (json as Readonly<Record<string, unknown>> | null)?.[name]
    return typeof value === 'string' ? value : undefined
  } catch {
    return undefined
  }
}
