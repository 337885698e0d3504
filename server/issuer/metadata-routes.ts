import { OPENID_FORMAT, PRE_AUTHORIZED_GRANT, configurationOf } from '../../core/openid.ts'
import type { Schema } from '../../core/schema.ts'
import { cached } from '../http/cached.ts'
import { route } from '../http/route.ts'
import type { Reply, Route, RouteRequest } from '../http/route.ts'
import type { KeyFacts } from './keys.ts'
import type { OpenIssuer } from './open-issuer.ts'

/** What an issuer says of itself, to anyone. */
export function metadataRoutes(issuer: OpenIssuer): Route[] {
  const describe = (name: string, summary: string, make: () => Promise<object> | object): Route =>
    route({
      method: 'get',
      path: `/.well-known/${name}`,
      access: 'anyone',
      isCrossOrigin: true,
      summary,
      shapes: {},
      answers: { 200: { description: 'The description' } },
      handle: async (request) => describedBy(request, await make()),
    })
  return [
    describe('openid-credential-issuer', 'Metadata of the issuer (OpenID4VCI 1.0)', () =>
      issuerMetadata(issuer),
    ),
    describe('oauth-authorization-server', 'Metadata of the token endpoint (RFC 8414)', () =>
      tokenMetadata(issuer),
    ),
    describe('zerocard-issuer', 'Name, keys and schemas of the issuer', () => issuerFile(issuer)),
  ]
}

function describedBy(request: RouteRequest, json: object): Reply {
  return cached(request, JSON.stringify(json), 'application/json', 'changing')
}

function issuerMetadata({ config, schemas }: OpenIssuer): object {
  const { baseUrl, displayName } = config
  return {
    credential_issuer: baseUrl,
    credential_endpoint: `${baseUrl}/credential`,
    nonce_endpoint: `${baseUrl}/nonce`,
    display: [{ name: displayName }],
    credential_configurations_supported: Object.fromEntries(
      [...schemas].map(([name, schema]) => [name, configurationMetadata(schema)]),
    ),
  }
}

function configurationMetadata({ id, title, attributes }: Schema): object {
  return {
    format: OPENID_FORMAT,
    schema: id,
    // The proof JWT carries the holder's commitment; its key is made for one request.
    cryptographic_binding_methods_supported: ['jwk'],
    proof_types_supported: { jwt: { proof_signing_alg_values_supported: ['ES256'] } },
    credential_metadata: {
      display: [{ name: title }],
      claims: attributes.map((attribute) => ({
        path: [attribute.name],
        display: [{ name: attribute.title }],
      })),
    },
  }
}

function tokenMetadata({ config: { baseUrl } }: OpenIssuer): object {
  return {
    issuer: baseUrl,
    token_endpoint: `${baseUrl}/token`,
    grant_types_supported: [PRE_AUTHORIZED_GRANT],
    response_types_supported: [],
    token_endpoint_auth_methods_supported: ['none'],
    'pre-authorized_grant_anonymous_access_supported': true,
  }
}

/** `zerocard-issuer/1`: as an issuer's file, with every key whose credentials are good. */
async function issuerFile({
  config,
  clock,
  store,
  keys,
  documentKey,
}: OpenIssuer): Promise<object> {
  const published = await keys.published(store.database.query, clock())
  // The configuration's own wording comes last, so that new titles need no new key.
  const schemas = [...published.map(({ schema }) => schema), ...config.schemas]
  return {
    format: 'zerocard-issuer/1',
    issuer: config.baseUrl,
    jwk: documentKey.jwk,
    keys: published.toSorted(activeFirst).map(({ schema, key }) => ({
      schema: schema.id,
      key: { x: String(key.x), y: String(key.y) },
    })),
    schemas: [...new Map(schemas.map((schema) => [configurationOf(schema.id), schema])).values()],
  }
}

function activeFirst(a: KeyFacts, b: KeyFacts): number {
  return Number(b.status === 'active') - Number(a.status === 'active')
}
