import { toBase64url } from '../core/bytes.ts'
import { readWith } from '../core/json.ts'
import { jwkThumbprint } from '../core/jws.ts'
import type { PublicJwk } from '../core/jws.ts'
import type { LogHash, LogWindow } from '../core/log.ts'
import { MAX_STATUS_BYTES } from '../core/status.ts'
import { parseTile } from '../core/status-log.ts'
import { jwkJson } from '../core/trust.ts'
import {
  MAX_NEWEST_BYTES,
  MAX_WITNESS_BYTES,
  openWitness,
  parseNewest,
} from '../core/witness-log.ts'
import type { SeenDocument, WitnessStatement } from '../core/witness-log.ts'
import * as z from '../core/zod.ts'
import { requestJson } from './http.ts'
import type { WalletHttp } from './http.ts'

// The public logs of issuers, from themselves and from those who have watched them. Every wallet asks
// for the same: parts of a fixed size, and all that a witness has seen.

const JWT_TYPES = ['application/jwt'] as const
/** Bytes of an operator's description, which names the issuers of all its lists. */
const MAX_OPERATOR_BYTES = 1024 * 1024

const operatorJson = z.object({ jwk: jwkJson })

/** The name of a key that signs documents, as witnesses write it. */
export async function documentKeyId(jwk: PublicJwk): Promise<string> {
  return toBase64url(await jwkThumbprint(jwk))
}

/** A part of an issuer's log. @throws ZerocardError with `STATUS_INVALID` or as {@link WalletHttp}. */
export async function fetchTile(
  issuer: string,
  tile: number,
  http: WalletHttp,
): Promise<LogWindow> {
  return parseTile(await requestJson(http, { url: `${issuer}/status/log/${String(tile)}` }))
}

/**
 * What a witness has seen of all issuers.
 *
 * @throws ZerocardError with `TRUST_INVALID` or the codes of {@link WalletHttp}.
 */
export async function fetchWitness(
  witness: string,
  http: WalletHttp,
  now: number,
): Promise<WitnessStatement> {
  const url = `${witness}/.well-known/zerocard-trust`
  const operator = await requestJson(http, { url, maxBytes: MAX_OPERATOR_BYTES })
  const { jwk } = readWith(operatorJson, operator, 'TRUST_INVALID', 'witness')
  const text = await http.request({
    url: `${witness}/.well-known/zerocard-log`,
    types: JWT_TYPES,
    maxBytes: MAX_WITNESS_BYTES,
  })
  return openWitness(text.trim(), { witness, jwk }, now)
}

/**
 * The newest document of every issuer that a witness follows: all of them, since a question for one
 * would say whose card somebody has.
 *
 * @throws ZerocardError with `TRUST_INVALID` or the codes of {@link WalletHttp}.
 */
export async function fetchNewestDocuments(
  witness: string,
  http: WalletHttp,
): Promise<readonly SeenDocument[]> {
  const url = `${witness}/log/newest`
  return parseNewest(await requestJson(http, { url, maxBytes: MAX_NEWEST_BYTES }))
}

/**
 * A document that a witness has seen. No wallet asks for one: that would say what it holds.
 *
 * @throws as {@link WalletHttp}.
 */
export async function fetchSeenDocument(
  witness: string,
  hash: LogHash,
  http: WalletHttp,
): Promise<string> {
  const url = `${witness}/log/documents/${hash}`
  return (await http.request({ url, types: JWT_TYPES, maxBytes: MAX_STATUS_BYTES })).trim()
}
