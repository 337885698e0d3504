import * as z from '../../core/zod.ts'
import { ZerocardError } from '../../core/errors.ts'
import { parseJson, readWith } from '../../core/json.ts'
import type { ResultKey } from '../../core/result-token.ts'

const coordinate = z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/))

const keysJson = z.object({
  keys: z
    .array(
      z.object({
        kty: z.literal('EC'),
        crv: z.literal('P-256'),
        x: coordinate,
        y: coordinate,
        kid: coordinate,
      }),
    )
    .check(z.minLength(1), z.maxLength(16)),
})

/** Characters of the longest answer that is read. */
const MAX_LENGTH = 16 * 1024

/** Milliseconds. */
const PATIENCE = 10_000

/**
 * Gets the keys that a verifier signs results with, for `verifyResultToken`. Keep them: they change
 * only when the verifier gets another database.
 *
 * @param issuer - The verifier's origin, as the site's configuration has it.
 * @throws ZerocardError with `FETCH_FAILED`.
 */
export async function fetchResultKeys(
  issuer: string,
  { fetch = globalThis.fetch }: { readonly fetch?: typeof globalThis.fetch } = {},
): Promise<readonly ResultKey[]> {
  const text = await fetchText(`${issuer}/v1/result-keys`, fetch)
  const json = parseJson(text, 'FETCH_FAILED', `the answer of ${issuer}`)
  return readWith(keysJson, json, 'FETCH_FAILED', `the keys of ${issuer}`).keys
}

async function fetchText(url: string, fetch: typeof globalThis.fetch): Promise<string> {
  try {
    const signal = AbortSignal.timeout(PATIENCE)
    const response = await fetch(url, { redirect: 'error', signal })
    const text = await response.text()
    if (response.status === 200 && text.length <= MAX_LENGTH) return text
  } catch (cause) {
    throw new ZerocardError('FETCH_FAILED', `${url} cannot be reached`, { cause })
  }
  throw new ZerocardError('FETCH_FAILED', `${url} gave no keys`)
}
