import * as z from '../../core/zod.ts'
import { concatBytes, fromUtf8 } from '../../core/bytes.ts'
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

/** Of the longest answer that is read. */
const MAX_BYTES = 16 * 1024

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
    if (response.status === 200) return fromUtf8(await readBytes(response))
    await response.body?.cancel()
  } catch (cause) {
    throw new ZerocardError('FETCH_FAILED', `${url} cannot be read`, { cause })
  }
  throw new ZerocardError('FETCH_FAILED', `${url} gave no keys`)
}

/** Stops as soon as there is more than keys have. */
async function readBytes({ body }: Response): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  const reader = body?.getReader()
  for (;;) {
    const part = await reader?.read()
    if (part?.value === undefined) return concatBytes(...parts)
    length += part.value.length
    parts.push(part.value)
    if (length <= MAX_BYTES) continue
    await reader?.cancel()
    throw new ZerocardError('FETCH_FAILED', `more than ${MAX_BYTES} bytes`)
  }
}
