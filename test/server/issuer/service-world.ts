import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateSigningKey, publicJwk, signJws } from '../../../core/jws.ts'
import type { PublicJwk } from '../../../core/jws.ts'
import type { KeyWithOrigin } from '../../../core/ceremony/production-key.ts'
import type { ProofVerifier } from '../../../core/groth16.ts'
import { hashToken } from '../../../server/http/access.ts'
import { startIssuerService } from '../../../server/issuer/service.ts'
import { ISSUER_ROLES } from '../../../server/issuer/config.ts'
import type { RunningService } from '../../../server/http/listen.ts'
import { newFolder } from '../../support/folders.ts'
import { keys } from '../../support/tools.ts'
import { ADULT, INCOME, NOW, PERSON } from '../../support/world.ts'

// An issuer as a service, and a wallet that talks to it. Proofs are judged by a stub: 'good' holds.

export const ISSUER = 'https://registry.example'
export const PASSPHRASE = 'a passphrase for tests'
export const GRANT = 'urn:ietf:params:oauth:grant-type:pre-authorized_code'

/** One token a role. */
export const TOKENS: Readonly<Record<string, string>> = Object.fromEntries(
  ISSUER_ROLES.map((role) => [role, `zct_${role}-${'x'.repeat(30)}`]),
)

export interface TestService {
  readonly folder: string
  readonly address: string
  readonly clock: { now: number }
  /** Lines of the log. */
  readonly log: string[]
  /** Sends a request; a plain object goes as JSON, URLSearchParams as a form. */
  send(method: string, path: string, options?: SendOptions): Promise<Answer>
  close(): Promise<void>
}

export interface SendOptions {
  readonly body?: unknown
  readonly type?: string
  readonly token?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly json: AnswerJson
}

/** Members of the answers that tests read one by one; which are there depends on the answer. */
export interface AnswerJson {
  readonly access_token: string
  readonly c_nonce: string
  readonly code: string
  readonly credentials: readonly { readonly credential: { readonly revocationId: string } }[]
  readonly error: string
  readonly grants: Readonly<Record<string, { readonly 'pre-authorized_code': string }>>
  readonly jwk: PublicJwk
  readonly keys: readonly {
    readonly id: string
    readonly configuration: string
    readonly key: { readonly x: string }
    readonly status: string
  }[]
  readonly openapi: string
  readonly paths: Readonly<Record<string, { readonly post: { readonly requestBody: unknown } }>>
  readonly problems: readonly { readonly line: number; readonly column?: string }[]
  readonly records: readonly { readonly attributes: unknown }[]
  readonly revoked: unknown
}

export interface TestServiceOptions {
  readonly folder?: string
  readonly database?: string
  readonly config?: Readonly<Record<string, unknown>>
  readonly environment?: Readonly<Record<string, string>>
  readonly clock?: { now: number }
  readonly verifyProof?: ProofVerifier
  /** By default the development key. */
  readonly enrolment?: Omit<KeyWithOrigin, 'circuit'>
}

export async function startTestService(options: TestServiceOptions = {}): Promise<TestService> {
  const folder = options.folder ?? newFolder()
  const clock = options.clock ?? { now: NOW }
  const log: string[] = []
  const service = await startIssuerService({
    configPath: writeConfig(folder, options),
    environment: options.environment ?? { ZEROCARD_KEY_PASSPHRASE: PASSPHRASE },
    enrolmentKey: options.enrolment?.key ?? keys.enrolment.key,
    enrolmentTranscript: options.enrolment?.transcript,
    clock: () => clock.now,
    destination: { write: (line) => log.push(line) },
    verifyProof: options.verifyProof ?? ((_key, _signals, proof) => proof === 'good'),
  })
  return {
    folder,
    address: service.address,
    clock,
    log,
    send: (method, path, sending) => send(service, method, path, sending),
    close: () => service.close(),
  }
}

function writeConfig(folder: string, { database, config }: TestServiceOptions): string {
  for (const schema of [PERSON, INCOME]) {
    writeFileSync(join(folder, `${schema.id.replace('/', '-')}.json`), JSON.stringify(schema))
  }
  const path = join(folder, 'issuer.json')
  const tokens = Object.entries(TOKENS).map(([role, token]) => ({
    name: `the-${role}`,
    roles: [role],
    sha256: hashToken(token),
  }))
  const whole = {
    baseUrl: ISSUER,
    listen: '127.0.0.1:0',
    database: database ?? 'sqlite:state.sqlite',
    displayName: 'Civil registry',
    schemas: ['person-1.json', 'income-1.json'],
    tokens,
    limits: { requestsPerMinute: 0, failuresPerMinute: 0 },
    ...config,
  }
  writeFileSync(path, JSON.stringify(whole))
  return path
}

async function send(
  service: RunningService,
  method: string,
  path: string,
  { body, type, token, headers }: SendOptions = {},
): Promise<Answer> {
  const isForm = body instanceof URLSearchParams
  const isPlain = isForm || typeof body === 'string'
  const response = await fetch(service.address + path, {
    method,
    headers: {
      ...(body === undefined || isForm ? {} : { 'content-type': type ?? 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: isPlain ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  const isJson = (response.headers.get('content-type') ?? '').includes('json') && text !== ''
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: (isJson ? JSON.parse(text) : {}) as AnswerJson,
  }
}

/** Registers a person and makes an offer. */
export async function offerTo(
  service: TestService,
  subject: string,
): Promise<{ id: string; txCode: string; expiresAt: number; link: string; qr: string }> {
  await service.send('PUT', `/v1/people/${subject}/person-1`, {
    token: TOKENS['registrar']!,
    body: { attributes: ADULT },
  })
  const { json } = await service.send('POST', '/v1/offers', {
    token: TOKENS['registrar']!,
    body: { subject, configuration: 'person-1' },
  })
  return json as unknown as Awaited<ReturnType<typeof offerTo>>
}

export async function codeOf(service: TestService, id: string): Promise<string> {
  const { json } = await service.send('GET', `/offers/${id}`)
  return json.grants[GRANT]!['pre-authorized_code']
}

export function tokenForm(code: string, txCode: string): URLSearchParams {
  return new URLSearchParams({
    grant_type: GRANT,
    'pre-authorized_code': code,
    tx_code: txCode,
  })
}

/** An access token for a person who is registered here and now. */
export async function accessFor(service: TestService, subject: string): Promise<string> {
  const { id, txCode } = await offerTo(service, subject)
  const code = await codeOf(service, id)
  const { json } = await service.send('POST', '/token', { body: tokenForm(code, txCode) })
  return json.access_token
}

export interface ProofParts {
  readonly header?: Readonly<Record<string, unknown>>
  readonly payload?: Readonly<Record<string, unknown>>
  readonly commitment?: bigint
  readonly tag?: bigint
  readonly proof?: string
  readonly nonce?: string
}

/** A proof JWT as a wallet makes it, with whatever is to be different. */
export async function proofJwt(service: TestService, parts: ProofParts = {}): Promise<string> {
  const key = await generateSigningKey()
  const nonce = parts.nonce ?? (await freshNonce(service))
  const { commitment = 11n, tag = 5n, proof = 'good' } = parts
  const zerocard = { commitment: String(commitment), tag: String(tag), proof }
  const jwk = await publicJwk(key.publicKey)
  const payload = { aud: ISSUER, iat: service.clock.now, nonce, zerocard, ...parts.payload }
  return signJws({ typ: 'openid4vci-proof+jwt', jwk, ...parts.header }, payload, key.privateKey)
}

export async function freshNonce(service: TestService): Promise<string> {
  return (await service.send('POST', '/nonce')).json.c_nonce
}

/** Asks for a credential. */
export async function requestCredential(
  service: TestService,
  token: string,
  parts: ProofParts = {},
): Promise<Answer> {
  return service.send('POST', '/credential', {
    token,
    body: {
      credential_configuration_id: 'person-1',
      proofs: { jwt: [await proofJwt(service, parts)] },
    },
  })
}

/** The whole way of a person to a credential. */
export async function issueTo(
  service: TestService,
  subject: string,
  parts: ProofParts = {},
): Promise<Answer> {
  return requestCredential(service, await accessFor(service, subject), parts)
}
