import { createHmac, timingSafeEqual } from 'node:crypto'
import { ZerocardError } from '../../core/errors.ts'

// The signature of webhooks, in the form of standardwebhooks.com: libraries for it work as they are.

/** Headers of a webhook: what signs it, what it signs besides the body. */
export interface WebhookHeaders {
  readonly 'webhook-id': string
  /** Seconds since 1970-01-01 UTC. */
  readonly 'webhook-timestamp': string
  readonly 'webhook-signature': string
}

/** Headers as node:http has them. */
type IncomingHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

/** Seconds by which a webhook's time may differ from the receiver's clock. */
const TOLERANCE = 300
/** Bytes of a secret, by the specification. */
const SECRET_BYTES = [24, 64] as const
const SECRET_FORM = /^whsec_([A-Za-z0-9+/]+={0,2})$/
/** Signatures in one header: two while a secret is replaced, some more to be kind. */
const MAX_SIGNATURES = 10

/**
 * Reads a webhook secret: `whsec_` and 24 to 64 bytes in base64.
 *
 * @throws ZerocardError with `CONFIG_INVALID`; the message does not repeat it.
 */
export function webhookKey(secret: string): Uint8Array {
  const text = SECRET_FORM.exec(secret)?.[1] ?? ''
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length >= SECRET_BYTES[0] && bytes.length <= SECRET_BYTES[1]) return bytes
  throw new ZerocardError(
    'CONFIG_INVALID',
    'webhook secret: expected whsec_ and 24 to 64 random bytes in base64',
  )
}

/** @param now - Seconds since 1970-01-01 UTC. */
export function signWebhook(
  id: string,
  body: string,
  key: Uint8Array,
  now: number,
): WebhookHeaders {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(now),
    'webhook-signature': signatureOf(id, String(now), body, key),
  }
}

/**
 * Checks a webhook that was received. It may come more than once, always with the same id:
 * remember the ids of those that were worked on.
 *
 * @param headers - All headers, by lower-case name.
 * @param body - Exactly as it came; JSON that was parsed and written again is another text.
 * @param now - The receiver's clock, seconds since 1970-01-01 UTC.
 * @returns The webhook's id.
 * @throws ZerocardError with `UNAUTHORIZED` if it is not signed with the secret or older or newer
 *   than five minutes; `CONFIG_INVALID` if the secret has not its form.
 */
export function verifyWebhook(
  headers: IncomingHeaders,
  body: string | Uint8Array,
  secret: string,
  now: number,
): { readonly id: string } {
  const key = webhookKey(secret)
  const id = only(headers, 'webhook-id')
  const timestamp = only(headers, 'webhook-timestamp')
  const given = only(headers, 'webhook-signature').split(' ')
  // As a text: what node reads as base64 has many that mean the same.
  const expected = Buffer.from(signatureOf(id, timestamp, body, key))
  const matching = given
    .slice(0, MAX_SIGNATURES)
    .filter((text) => isSame(expected, Buffer.from(text)))
  if (matching.length === 0) throw refused('the webhook is not signed with this secret')
  if (!/^[0-9]{1,12}$/.test(timestamp) || Math.abs(now - Number(timestamp)) > TOLERANCE) {
    throw refused('the webhook is not of the last five minutes')
  }
  return { id }
}

function signatureOf(
  id: string,
  timestamp: string,
  body: string | Uint8Array,
  key: Uint8Array,
): string {
  const mac = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body)
  return `v1,${mac.digest('base64')}`
}

function isSame(expected: Buffer, given: Buffer): boolean {
  return given.length === expected.length && timingSafeEqual(given, expected)
}

function only(headers: IncomingHeaders, name: keyof WebhookHeaders): string {
  const value = headers[name]
  // A point would let one text be read as two different pairs of id and time.
  if (typeof value === 'string' && (name !== 'webhook-id' || !value.includes('.'))) return value
  throw refused(`expected one header ${name}`)
}

function refused(message: string): ZerocardError {
  return new ZerocardError('UNAUTHORIZED', message)
}
