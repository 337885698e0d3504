import { canonicalJson, fromBase64url, toBase64url, utf8 } from '../../../core/bytes.ts'
import { readCounterQuestion } from '../../../core/counter.ts'
import { credentialToJson, parseCredential } from '../../../core/credential.ts'
import { parseField } from '../../../core/field.ts'
import { parseVerificationKey } from '../../../core/groth16-key.ts'
import { decryptJwe } from '../../../core/jwe.ts'
import { parseJson, readWith } from '../../../core/json.ts'
import { readJws } from '../../../core/jws.ts'
import { parseManifest } from '../../../core/manifest.ts'
import { offerJson, requestObjectJson } from '../../../core/openid.ts'
import { parsePolicy } from '../../../core/policy/policy.ts'
import { parsePresentation } from '../../../core/presentation.ts'
import { verifyResultToken } from '../../../core/result-token.ts'
import { parseSchema } from '../../../core/schema.ts'
import { parseShortCode } from '../../../core/short-code.ts'
import { REVOCATION_SHAPE, parseShard, proveFromShard } from '../../../core/sorted-set.ts'
import { readStatus } from '../../../core/status.ts'
import { openTrustList } from '../../../core/trust-list.ts'
import { readOfferLink } from '../../../client/credential-offer.ts'
import { readRequestLink } from '../../../client/request-link.ts'
import { secretFromPhrase } from '../../../client/phrase.ts'
import { openBackup } from '../../../client/storage/backup.ts'
import { parseFormBody, parseJsonBody } from '../../../server/http/body.ts'
import { parseCsv } from '../../../server/issuer/csv.ts'
import { openProofJwt } from '../../../server/issuer/proof-jwt.ts'
import { question } from '../../../server/verifier/site-routes.ts'
import { VectorSigner } from '../../vectors/signer.ts'
import { keyJson } from '../../vectors/keys.ts'
import { NOW, SCHEMAS } from '../../vectors/world.ts'
import { readVectors } from './files.ts'
import { readFileSync } from 'node:fs'

// Everything that reads bytes from outside, with a good message for each.

export interface Target {
  readonly name: string
  /** JSON messages are changed by their structure, others as texts. */
  readonly seed: { readonly json: unknown } | { readonly text: string }
  /** Reads a message, and says what it means; equal texts for equal meanings. */
  readonly read: (text: string) => unknown
  /** Whether unknown and repeated members have to be refused. */
  readonly isClosed: boolean
  /** Paths that a message may be without, or where anything may be. */
  readonly free: readonly string[]
  /** Where any text is good. */
  readonly texts?: readonly string[]
  /** What is changed may be another good message: a link with another name in it. */
  readonly isOpen?: boolean
  /** Of a hundred messages. */
  readonly share: number
}

const signer = new VectorSigner('registry')

/** The parts of a JWS around another payload, signed or as good as. */
function around(header: object, isSigned: boolean): (payload: string) => string {
  const head = JSON.stringify({ alg: 'ES256', ...header })
  const signature = 'A'.repeat(86)
  return (payload) => {
    // A payload with half a character is no text that could be signed.
    const body = payload.isWellFormed() ? utf8(payload) : new Uint8Array(Buffer.from(payload))
    if (isSigned) return signer.sign(head, body)
    return `${toBase64url(utf8(head))}.${toBase64url(body)}.${signature}`
  }
}

function valueIn(file: string, type: string, member: string): unknown {
  const vector = readVectors(file).find((one) => one.type === type && one.isValid)
  return (vector?.forProduct.test as unknown as Readonly<Record<string, unknown>>)[member]
}

const payloadOf = (jws: unknown): unknown => readJws(String(jws), 'REQUEST_INVALID').payload

const json = (text: string): unknown => parseJson(text, 'INPUT_INVALID', 'message')

const schemas = [...SCHEMAS.values()].map(parseSchema)
const policy = {
  id: 'adult@1',
  purpose: 'A message',
  credentials: { person: { schema: 'person/1', trust: 'registries' } },
  where: {
    all: [
      { age: 'person.birthDate', atLeast: 18 },
      { attribute: 'person.region', in: ['DE-BY', 'DE-BW'] },
    ],
  },
  once: { scope: 'gift' },
}
const shop = 'https://shop.example'
const hash = toBase64url(new Uint8Array(32))

const request = {
  response_type: 'vp_token',
  response_mode: 'direct_post',
  client_id: 'decentralized_identifier:did:web:shop.example',
  aud: 'https://self-issued.me/v2',
  response_uri: `${shop}/oid4vp/response/1`,
  nonce: 'n'.repeat(24),
  state: 's',
  iat: NOW,
  exp: NOW + 300,
  wallet_nonce: 'w',
  dcql_query: {
    credentials: [
      {
        id: 'eligibility',
        format: 'dc+zkp',
        meta: {
          policy,
          schemas: [SCHEMAS.get('person/1')],
          trust: { registries: `${shop}/trust/registries` },
          circuits: [hash],
        },
      },
    ],
  },
  client_metadata: { client_name: 'Shop' },
}

const counter = {
  iss: shop,
  name: 'Shop',
  nonce: 'n'.repeat(24),
  iat: NOW,
  exp: NOW + 300,
  policy: { id: 'adult@1' },
  schemas: { 'person/1': hash },
  trust: { registries: 'x' },
  circuits: [hash],
}

const result = {
  iss: shop,
  aud: shop,
  sub: 's',
  jti: 'j',
  policy: 'adult@1',
  asOf: '2026-11-22',
  verifiedAt: NOW,
  iat: NOW,
  exp: NOW + 300,
}

const offer = {
  credential_issuer: 'https://registry.example',
  credential_configuration_ids: ['person-1'],
  grants: {
    'urn:ietf:params:oauth:grant-type:pre-authorized_code': { 'pre-authorized_code': 'c' },
  },
}

const proofPayload = {
  aud: 'https://registry.example',
  iat: NOW,
  nonce: 'c-nonce-1',
  zerocard: { commitment: '5', tag: '7', proof: 'AAAA' },
}

const decryptionKey = {
  kty: 'EC',
  crv: 'P-256',
  use: 'enc',
  alg: 'ECDH-ES',
  kid: 'k',
  x: signer.jwk.x,
  y: signer.jwk.y,
  d: hash,
} as const

function ofJson(
  name: string,
  seed: unknown,
  read: (message: unknown) => unknown,
  options: Partial<Target> = {},
): Target {
  const parsed = (text: string): unknown => read(json(text))
  return {
    name,
    seed: { json: seed },
    read: parsed,
    isClosed: false,
    free: [],
    share: 6,
    ...options,
  }
}

function ofPayload(
  name: string,
  seed: unknown,
  wrap: (payload: string) => string,
  read: (text: string) => unknown,
  options: Partial<Target> = {},
): Target {
  const wrapped = (text: string): unknown => read(wrap(text))
  return {
    name,
    seed: { json: seed },
    read: wrapped,
    isClosed: true,
    free: [],
    share: 6,
    ...options,
  }
}

function ofText(
  name: string,
  text: string,
  read: (text: string) => unknown,
  options: Partial<Target> = {},
): Target {
  return { name, seed: { text }, read, isClosed: false, free: [], share: 3, ...options }
}

const GRANT = 'urn:ietf:params:oauth:grant-type:pre-authorized_code'

/** Addresses and names are judged after the form. */
const REQUEST_TEXTS = ['client_id', 'response_uri', 'wallet_nonce']

/** Made when a check begins: some of it is read from the vectors. */
export function makeTargets(): Target[] {
  const presentation = String(valueIn('presentations', 'Presentation', 'presentation'))
  const [head = ''] = presentation.split('.')
  const { jwk } = JSON.parse(Buffer.from(fromBase64url(head)).toString()) as { jwk: object }
  const document = String(valueIn('documents', 'Status', 'document'))
  const list = String(valueIn('documents', 'TrustList', 'list'))
  const trustGroup = readVectors('documents').find(({ type }) => type === 'TrustList')?.forProduct
    .group
  const shardVector = readVectors('sorted-sets').find(({ type }) => type === 'SetShard')?.forProduct
  const shardRoot = parseField(shardVector?.group.root)
  const shardValue = parseField(shardVector?.test.value)
  const operator = { operator: 'https://lists.example', jwk: trustGroup?.jwk as never }
  const manifest = JSON.parse(
    readFileSync(new URL('../../../circuits/manifest.json', import.meta.url), 'utf8'),
  ) as unknown
  const issuer = { issuer: 'https://registry.example', jwk: signer.jwk }
  const keyed = {
    keys: [{ ...signer.jwk, kid: 'r' }],
    issuer: shop,
    audience: shop,
    policy: 'adult@1',
    now: NOW,
  }
  return [
    ofPayload(
      'presentation',
      payloadOf(presentation),
      around({ typ: 'zerocard+jwt', jwk }, false),
      parsePresentation,
      { texts: ['aud', 'nonce'], share: 20 },
    ),
    ofText('presentation as a text', presentation, parsePresentation),
    ofJson(
      'credential',
      valueIn('credentials', 'Credential', 'credential'),
      (message) => credentialToJson(parseCredential(message)),
      { texts: ['issuer', 'schema'], share: 14, free: ['attributes'] },
    ),
    ofPayload(
      'status document, signed',
      payloadOf(document),
      around({ typ: 'zerocard-status+jwt' }, true),
      (text) => readStatus(text, issuer, NOW),
      { texts: ['keys.0.schema'], share: 1 },
    ),
    ofText('status document', document, (text) => readStatus(text, issuer, NOW), { share: 2 }),
    ofText('trust list', list, (text) => openTrustList(text, operator, NOW), { share: 1 }),
    ofJson(
      'shard',
      valueIn('sorted-sets', 'SetShard', 'shard'),
      (message) => proveFromShard(REVOCATION_SHAPE, shardRoot, parseShard(message), shardValue),
      { share: 1 },
    ),
    ofJson(
      'credential offer',
      offer,
      (message) => readWith(offerJson, message, 'OFFER_INVALID', 'offer'),
      {
        texts: [
          'credential_issuer',
          'credential_configuration_ids.0',
          `grants.${GRANT}.pre-authorized_code`,
        ],
      },
    ),
    ofText(
      'credential offer link',
      `openid-credential-offer://?credential_offer=${encodeURIComponent(JSON.stringify(offer))}`,
      readOfferLink,
      { isOpen: true },
    ),
    ofText(
      'request link',
      'openid4vp://authorize?client_id=decentralized_identifier%3Adid%3Aweb%3Ashop.example&request_uri=https%3A%2F%2Fshop.example%2Foid4vp%2Frequest%2F1&request_uri_method=post',
      readRequestLink,
      { isOpen: true },
    ),
    ofJson(
      'request object',
      request,
      (message) => readWith(requestObjectJson, message, 'REQUEST_INVALID', 'request'),
      {
        texts: REQUEST_TEXTS,
        share: 12,
        free: [
          'dcql_query.credentials.0.meta.policy',
          'dcql_query.credentials.0.meta.schemas',
          'dcql_query.credentials.0.meta.trust',
        ],
      },
    ),
    ofPayload(
      'counter question',
      counter,
      around({ typ: 'zerocard-counter+jwt', kid: 'did:web:shop.example#request' }, false),
      (text) => readCounterQuestion(text, NOW, 0),
      { texts: ['trust.registries'], share: 12, free: ['policy', 'schemas', 'trust'] },
    ),
    ofText('JWS', document, (text) => readJws(text, 'REQUEST_INVALID')),
    ofText(
      'JWE',
      `${toBase64url(utf8('{"alg":"ECDH-ES","enc":"A256GCM","kid":"k","epk":{"kty":"EC","crv":"P-256","x":"","y":""}}'))}..AAAA.AAAA.AAAA`,
      (text) => decryptJwe(text, decryptionKey, 'INPUT_INVALID'),
      { share: 2 },
    ),
    ofJson('policy', policy, (message) => parsePolicy(message, schemas), {
      share: 10,
      free: ['where', 'once'],
    }),
    ofJson('schema', SCHEMAS.get('person/1'), (message) => parseSchema(message), { share: 8 }),
    ofPayload(
      'result token, signed',
      result,
      around({ typ: 'zerocard-result+jwt', kid: 'r' }, true),
      (text) => verifyResultToken(text, keyed),
      { texts: ['sub', 'jti'], share: 1 },
    ),
    ofPayload(
      'proof of a credential request, signed',
      proofPayload,
      around({ typ: 'openid4vci-proof+jwt', jwk: signer.jwk }, true),
      (text) => openProofJwt(text, 'https://registry.example', NOW),
      { texts: ['nonce', 'zerocard.proof'], share: 1 },
    ),
    ofJson('verification key', keyJson('enrolment'), (message) => parseVerificationKey(message), {
      share: 2,
    }),
    ofJson('manifest', manifest, (message) => parseManifest(message), {
      share: 2,
      free: ['seed', 'note', 'circuits', 'compiler'],
    }),
    ofPayload(
      'session request',
      { policy: 'adult@1', flow: 'cross-device' },
      (text) => text,
      (text) => readWith(question, parseJsonBody(text), 'INPUT_INVALID', 'body'),
    ),
    ofText(
      'form',
      'response=abc&state=1',
      (text) => {
        parseFormBody(text)
        throw DONE
      },
      { share: 1 },
    ),
    ofText(
      'table of people',
      'subject,birthDate\nA,1990-01-01\n',
      (text) => {
        parseCsv(text)
        throw DONE
      },
      { share: 1 },
    ),
    ofText('short code', 'ABCD-EFGH-J', parseShortCode, { isOpen: true }),
    ofText('field element', '123456789', (text) => String(parseField(text)), { isOpen: true }),
    ofText('recovery phrase', 'abandon '.repeat(24), secretFromPhrase, { isOpen: true, share: 1 }),
    ofText(
      'backup',
      '{"format":"zerocard-backup"}\nAAAA',
      (text) => openBackup(new Uint8Array(Buffer.from(text)), 'passphrase'),
      { share: 1 },
    ),
  ]
}

/** Read, and nothing to judge: whatever is a table or a form is one. */
export const DONE = new Error('read')

/** One text for one meaning. */
export function meaning(value: unknown): string {
  return canonicalJson(plain(value))
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Map) return plain(Object.fromEntries(value as Map<string, unknown>))
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([name, member]) => [name, plain(member)]),
  )
}
