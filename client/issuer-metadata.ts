import * as z from '../core/zod.ts'
import type { Point } from '../core/eddsa.ts'
import { assertPublicKey } from '../core/eddsa.ts'
import { ZerocardError } from '../core/errors.ts'
import { point, readWith } from '../core/json.ts'
import type { PublicJwk } from '../core/jws.ts'
import {
  OPENID_FORMAT,
  authorizationServerJson,
  configurationOf,
  issuerMetadataJson,
} from '../core/openid.ts'
import { parseSchema } from '../core/schema.ts'
import type { Schema } from '../core/schema.ts'
import { jwkJson } from '../core/trust.ts'
import { requestJson } from './http.ts'
import type { WalletHttp } from './http.ts'

// What an issuer says of itself. All of it has to come from the issuer's own origin and to lead
// there again: a wallet that redeems an offer talks to nobody else.

/** An issuer, ready to be asked for one credential. */
export interface IssuerEndpoints {
  /** Its name: its origin. */
  readonly issuer: string
  /** What it calls itself, if it says. */
  readonly name?: string
  readonly token: string
  readonly nonce: string
  readonly credential: string
  /** Of the credential that is asked for. */
  readonly schema: Schema
  /** Keys that sign credentials of this schema now. */
  readonly keys: readonly Point[]
  /** Signs the issuer's status documents. */
  readonly jwk: PublicJwk
}

/** Bytes of a description with many schemas. */
const MAX_METADATA_BYTES = 256 * 1024

const issuerDocumentJson = z.object({
  format: z.literal('zerocard-issuer/1'),
  issuer: z.string(),
  jwk: jwkJson,
  keys: z
    .array(z.object({ schema: z.string().check(z.maxLength(100)), key: point }))
    .check(z.maxLength(512)),
  schemas: z.array(z.unknown()).check(z.maxLength(512)),
})

/**
 * Reads an issuer's three descriptions.
 *
 * @param issuer - Its origin, as the offer names it.
 * @param configuration - What is asked for, such as `person-1`.
 * @throws ZerocardError with `OFFER_INVALID` if the descriptions contradict each other or the
 *   offer; `SCHEMA_INVALID`, `KEY_INVALID`; the codes of {@link WalletHttp}.
 */
export async function fetchIssuer(
  issuer: string,
  configuration: string,
  http: WalletHttp,
): Promise<IssuerEndpoints> {
  const [metadata, server, document] = await Promise.all(
    ['openid-credential-issuer', 'oauth-authorization-server', 'zerocard-issuer'].map((name) =>
      requestJson(http, { url: `${issuer}/.well-known/${name}`, maxBytes: MAX_METADATA_BYTES }),
    ),
  )
  return {
    issuer,
    ...credentialEndpoints(metadata, issuer, configuration),
    token: tokenEndpoint(server, issuer),
    ...credentialKind(document, issuer, configuration),
  }
}

function credentialEndpoints(
  json: unknown,
  issuer: string,
  configuration: string,
): Pick<IssuerEndpoints, 'nonce' | 'credential' | 'name'> {
  const metadata = readWith(issuerMetadataJson, json, 'OFFER_INVALID', 'issuer metadata')
  assertSame(metadata.credential_issuer, issuer)
  // Without the member the issuer is its own authorization server (section 12.2.4).
  for (const server of metadata.authorization_servers ?? []) assertSame(server, issuer)
  const offered = new Map(Object.entries(metadata.credential_configurations_supported))
  if (offered.get(configuration)?.format !== OPENID_FORMAT) {
    throw invalid(`${issuer} does not issue ${configuration} in the format ${OPENID_FORMAT}`)
  }
  const called = metadata.display?.[0]?.name
  return {
    nonce: ownAddress(metadata.nonce_endpoint, issuer),
    credential: ownAddress(metadata.credential_endpoint, issuer),
    ...(called === undefined ? {} : { name: called }),
  }
}

function tokenEndpoint(json: unknown, issuer: string): string {
  const server = readWith(authorizationServerJson, json, 'OFFER_INVALID', 'token metadata')
  assertSame(server.issuer, issuer)
  return ownAddress(server.token_endpoint, issuer)
}

function credentialKind(
  json: unknown,
  issuer: string,
  configuration: string,
): Pick<IssuerEndpoints, 'schema' | 'keys' | 'jwk'> {
  const document = readWith(issuerDocumentJson, json, 'OFFER_INVALID', 'issuer document')
  assertSame(document.issuer, issuer)
  const schemas = document.schemas
    .map(parseSchema)
    .filter(({ id }) => configurationOf(id) === configuration)
  const [schema] = schemas
  if (schema === undefined || schemas.length > 1) {
    throw invalid(`${issuer} does not say what ${configuration} is`)
  }
  const keys = document.keys.filter((key) => key.schema === schema.id).map(({ key }) => key)
  for (const key of keys) assertPublicKey(key)
  return { schema, keys, jwk: document.jwk }
}

function ownAddress(text: string, issuer: string): string {
  if (!URL.canParse(text) || new URL(text).origin !== issuer) {
    throw invalid(`${issuer} names an address of somebody else`)
  }
  return text
}

function assertSame(named: string, issuer: string): void {
  if (named !== issuer) throw invalid(`${issuer} describes another issuer`)
}

function invalid(message: string): ZerocardError {
  return new ZerocardError('OFFER_INVALID', message)
}
