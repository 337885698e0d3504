import * as z from './zod.ts'
import { encryptionJwkJson } from './jwe.ts'
import { readableText } from './plain-text.ts'

// The messages of OpenID4VCI 1.0 and OpenID4VP 1.0 that services write and wallets read, or the
// other way round, with what docs/protocol.md puts into them. Members that come from the
// specifications and are not named here are ignored; what is ours is read strictly.

/** The credential format in metadata and queries. */
export const OPENID_FORMAT = 'dc+zkp'

/** Name of the one credential query in a request, and of its answer. */
export const QUERY_ID = 'eligibility'

/** `typ` and media type of a signed request object (RFC 9101). */
export const REQUEST_TYP = 'oauth-authz-req+jwt'
export const REQUEST_MEDIA_TYPE = `application/${REQUEST_TYP}`

/** Audience of every request object: wallets are not known beforehand (OpenID4VP, section 5.8). */
export const WALLET_AUDIENCE = 'https://self-issued.me/v2'

/** `typ` of the key proof of a credential request (OpenID4VCI, appendix F.1). */
export const PROOF_TYP = 'openid4vci-proof+jwt'

/** The grant of an offer (OpenID4VCI, section 4.1.1). */
export const PRE_AUTHORIZED_GRANT = 'urn:ietf:params:oauth:grant-type:pre-authorized_code'

const CLIENT_ID_PREFIX = 'decentralized_identifier:'
const DID_PREFIX = 'did:web:'

const name = z.string().check(z.minLength(1), z.maxLength(200))
const address = z.string().check(z.minLength(1), z.maxLength(2000))
/** Ids and one-time values: letters that need no escape in any place. */
const token = z.string().check(z.regex(/^[A-Za-z0-9._~-]{1,500}$/))
const seconds = z.int().check(z.nonnegative())
const coordinate = z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/))
/** An origin as browsers write it, like `https://shop.example`. */
export const webOrigin = z.string().check(
  z.maxLength(300),
  z.refine(
    (text) => URL.canParse(text) && new URL(text).origin === text && /^https?:/.test(text),
    'expected an origin',
  ),
)
/** Text for people without characters that make it look like another text or another line. */
export const shownText = readableText(200)

/** The configuration that stands for a schema: `person/1` becomes `person-1`. */
export function configurationOf(schemaId: string): string {
  return schemaId.replace('/', '-')
}

/** A service's origin as a DID: `https://shop.example` becomes `did:web:shop.example`. */
export function didOf(origin: string): string {
  return `${DID_PREFIX}${new URL(origin).host.replace(':', '%3A')}`
}

/** How a verifier names itself to wallets. */
export function clientIdOf(origin: string): string {
  return `${CLIENT_ID_PREFIX}${didOf(origin)}`
}

/** `kid` of the key that signs a verifier's request objects. */
export function requestKeyId(origin: string): string {
  return `${didOf(origin)}#request`
}

/** A credential offer (OpenID4VCI, section 4.1.1). */
export const offerJson = z.object({
  credential_issuer: address,
  credential_configuration_ids: z.array(name).check(z.length(1)),
  grants: z.object({
    [PRE_AUTHORIZED_GRANT]: z.object({
      'pre-authorized_code': token,
      tx_code: z.optional(
        z.object({
          input_mode: z._default(z.enum(['numeric', 'text']), 'numeric'),
          length: z.optional(z.int().check(z.minimum(1), z.maximum(100))),
          description: z.optional(shownText),
        }),
      ),
    }),
  }),
})

/** An issuer's metadata (OpenID4VCI, section 12.2), as far as a wallet needs it. */
export const issuerMetadataJson = z.object({
  credential_issuer: address,
  credential_endpoint: address,
  nonce_endpoint: address,
  authorization_servers: z.optional(z.array(address)),
  credential_configurations_supported: z.record(name, z.object({ format: name })),
  /** What it calls itself; whatever else is in it is nothing that a wallet shows. */
  display: z.optional(z.array(z.object({ name: z.optional(shownText) }))),
})

/** Metadata of the token endpoint (RFC 8414), as far as a wallet needs it. */
export const authorizationServerJson = z.object({ issuer: address, token_endpoint: address })

/** The answer to a redeemed code (RFC 6749, section 5.1). */
export const tokenAnswerJson = z.object({
  access_token: z.string().check(z.regex(/^[A-Za-z0-9._~+/=-]{1,2000}$/)),
  token_type: z.string().check(z.regex(/^bearer$/i)),
  expires_in: z.optional(z.int().check(z.positive())),
})

/**
 * What a nonce endpoint answers; ours says what time it is as well, seconds since 1970-01-01 UTC: the
 * device's own clock is nobody's concern.
 */
export const nonceAnswerJson = z.object({
  c_nonce: name,
  zerocard_now: z.optional(z.int().check(z.nonnegative())),
})

/** The answer to a credential request: one credential, not read yet. */
export const credentialAnswerJson = z.object({
  credentials: z.array(z.object({ credential: z.unknown() })).check(z.length(1)),
})

/** The header of a request object. */
export const requestHeaderJson = z.object({
  alg: z.literal('ES256'),
  typ: z.literal(REQUEST_TYP),
  kid: name,
  crit: z.optional(z.undefined()),
})

/** What one credential query of our format says: the policy and all that is needed to answer it. */
export const queryMetaJson = z.strictObject({
  policy: z.unknown(),
  schemas: z.array(z.unknown()).check(z.minLength(1), z.maxLength(3)),
  /** Address of each trust list that the policy names. */
  trust: z.record(name, address),
  /** Origin of the page that asks, if it is not the verifier's own. */
  page: z.optional(webOrigin),
  /** Ids of the verification keys that the verifier accepts. */
  circuits: z.array(coordinate).check(z.minLength(1), z.maxLength(16)),
})

/** A request object (OpenID4VP, section 5), with one query of our format and nothing else. */
export const requestObjectJson = z.object({
  response_type: z.literal('vp_token'),
  response_mode: z.enum(['direct_post.jwt', 'direct_post']),
  client_id: name,
  aud: z.literal(WALLET_AUDIENCE),
  response_uri: address,
  redirect_uri: z.optional(z.undefined()),
  nonce: token.check(z.minLength(22), z.maxLength(200)),
  state: token.check(z.maxLength(200)),
  iat: seconds,
  exp: seconds,
  wallet_nonce: name,
  // A wallet has to refuse what it would not know how to authorise (section 5.1).
  transaction_data: z.optional(z.undefined()),
  dcql_query: z.object({
    credentials: z
      .array(
        z.object({
          id: z.literal(QUERY_ID),
          format: z.literal(OPENID_FORMAT),
          multiple: z.optional(z.literal(false)),
          meta: queryMetaJson,
        }),
      )
      .check(z.length(1)),
    credential_sets: z.optional(z.undefined()),
  }),
  client_metadata: z.object({
    client_name: shownText,
    jwks: z.optional(z.object({ keys: z.array(z.unknown()).check(z.maxLength(16)) })),
    encrypted_response_enc_values_supported: z.optional(z.array(name)),
  }),
})

/** A verifier's encryption key among the keys of its metadata. */
export const responseKeyJson = encryptionJwkJson

/** The DID document of a verifier (did:web): its keys, of which only one matters to a wallet. */
export const didDocumentJson = z.object({
  id: name,
  verificationMethod: z.array(z.looseObject({ id: name })).check(z.minLength(1), z.maxLength(16)),
})

/** The key that signs request objects, in the DID document. */
export const requestKeyJson = z.object({
  publicKeyJwk: z.object({
    kty: z.literal('EC'),
    crv: z.literal('P-256'),
    x: coordinate,
    y: coordinate,
  }),
})

/** What a verifier says to an answer or a refusal. */
export const answeredJson = z.object({ redirect_uri: z.optional(address) })
