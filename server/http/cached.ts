import { createHash } from 'node:crypto'
import type { Reply, RouteRequest } from './route.ts'

/** Seconds for which a resource that changes may be kept. */
const SHORT = 60
/** A year, the most that RFC 9111 lets caches count on. */
const LONG = 31_536_000

/**
 * Answers with a text that caches may keep, or with 304 if the caller has it already.
 *
 * @param lasting - `immutable` for what can never have another content at this address.
 */
export function cached(
  request: RouteRequest,
  text: string,
  type: string,
  lasting: 'immutable' | 'changing',
): Reply {
  const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, ETAG_LENGTH)}"`
  const age = lasting === 'immutable' ? `${String(LONG)}, immutable` : String(SHORT)
  const headers = { etag, 'cache-control': `public, max-age=${age}` }
  if (names(request.header('if-none-match'), etag)) return { status: 304, headers }
  return { text, headers: { ...headers, 'content-type': type } }
}

/** Characters of base64url: 132 bits, so that no two texts share one. */
const ETAG_LENGTH = 22

/** If-None-Match compares weakly (RFC 9110, 13.1.2). */
function names(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  return header.split(',').some((one) => ['*', etag].includes(one.trim().replace(/^W\//, '')))
}
