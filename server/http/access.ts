import { createHash, timingSafeEqual } from 'node:crypto'
import { ZerocardError } from '../../core/errors.ts'
import type { Access } from './route.ts'

/** A token an operator may call with; only its hash is known here. */
export interface OperatorToken {
  /** For logs and messages; not secret. */
  readonly name: string
  readonly roles: readonly string[]
  /** SHA-256 of the token, hex. A token is 256 random bits, so a slow hash would add nothing. */
  readonly sha256: string
}

/** An operator whose token was right. */
export interface Caller {
  readonly name: string
  readonly roles: readonly string[]
}

/** Begins every token, so that one in the wrong place is recognised for what it is. */
export const TOKEN_PREFIX = 'zct_'

/** The text to put into a service's configuration in place of a token. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token, 'utf8').digest('hex')
}

/** The credential of an `Authorization: Bearer` header. */
export function bearerOf(header: string | undefined): string | undefined {
  return /^Bearer ([A-Za-z0-9._~+/-]{1,4096}=*)$/i.exec(header ?? '')?.[1]
}

/**
 * Judges a call. Every known hash is compared, each in constant time, so the answer's time tells
 * neither which nor how much of one was right.
 *
 * @throws ZerocardError with `UNAUTHORIZED` or `FORBIDDEN`.
 */
export function authorize(
  access: Access,
  bearer: string | undefined,
  tokens: readonly OperatorToken[],
): Caller | undefined {
  if (access === 'anyone') return undefined
  if (bearer === undefined) throw new ZerocardError('UNAUTHORIZED', 'expected a bearer token')
  if (access === 'bearer') return undefined
  const hash = Buffer.from(hashToken(bearer), 'hex')
  const matching = tokens.filter(({ sha256 }) => timingSafeEqual(Buffer.from(sha256, 'hex'), hash))
  const token = matching[0]
  if (token === undefined) throw new ZerocardError('UNAUTHORIZED', 'the token is not known here')
  if (!access.some((role) => token.roles.includes(role))) {
    throw new ZerocardError('FORBIDDEN', `this needs the role ${access.join(' or ')}`)
  }
  return { name: token.name, roles: token.roles }
}
