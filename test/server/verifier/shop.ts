import { createHash } from 'node:crypto'
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { toBase64url } from '../../../core/bytes.ts'
import type { ProofVerifier } from '../../../core/groth16.ts'
import { encryptJwe } from '../../../core/jwe.ts'
import type { EncryptionJwk } from '../../../core/jwe.ts'
import { generateSigningKey, publicJwk, readJws, verifyJws } from '../../../core/jws.ts'
import type { PublicJwk } from '../../../core/jws.ts'
import { policyHash } from '../../../core/policy/policy.ts'
import type { Policy } from '../../../core/policy/policy.ts'
import { presenterOf, signPresentation } from '../../../core/presentation.ts'
import type { PresentationClaims } from '../../../core/presentation.ts'
import { buildStatement, publicSignals } from '../../../core/statement.ts'
import { startVerifierService } from '../../../server/verifier/service.ts'
import type { VerifierServiceOptions } from '../../../server/verifier/service.ts'
import { newFolder } from '../../support/folders.ts'
import { acceptedKeys, keys } from '../../support/tools.ts'
import { NOW, PERSON, SCHEMAS, TODAY, TestIssuer, policyOf } from '../../support/world.ts'

// A verifier as a service, for tests, with an issuer beside it and a wallet that has everything but
// a proof. The judge of proofs believes whatever `judge` says.

export const ORIGIN = 'https://shop.example'
export const RETURN = 'https://pages.example/done'

/** Policies of the shop by the word before the `@`. */
export const POLICIES = {
  plain: policyOf({ id: 'plain@1', where: { age: 'person.birthDate', atLeast: 18 } }),
  once: policyOf({ id: 'once@1', once: { scope: 'present' } }),
  shared: policyOf({ id: 'shared@1', once: { scope: 'everywhere', shared: true } }),
  login: policyOf({ id: 'login@1', recognise: { scope: 'login' } }),
  photo: policyOf({ id: 'photo@1', disclose: ['person.region'] }),
} as const

export const ROLES = ['site', 'moderator', 'auditor', 'monitor'] as const
export type Role = (typeof ROLES)[number]

/** A token of each role. */
export const tokenOf = (role: Role): string =>
  `zct_${createHash('sha256').update(role).digest('base64url')}`

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly json: Record<string, unknown>
}

export interface Created {
  readonly id: string
  readonly token: string
  readonly requestUri: string
  readonly walletLink: string
  readonly qr: string
  readonly expiresAt: number
}

/** What a wallet reads from a request object. */
export interface WalletRequest {
  readonly response_uri: string
  readonly nonce: string
  readonly state: string
  readonly dcql_query: { credentials: { meta: { policy: Policy } }[] }
  readonly client_metadata: { jwks?: { keys: EncryptionJwk[] } }
  readonly [member: string]: unknown
}

export class Shop {
  /** Where it listens. */
  readonly url: string
  readonly folder: string
  readonly clock: { now: number }
  readonly log: string[]
  /** Proofs that were judged; how they are. */
  readonly judge: { calls: number; verify: ProofVerifier }
  readonly close: () => Promise<void>

  private constructor(
    facts: Omit<
      Shop,
      | 'call'
      | 'create'
      | 'view'
      | 'fetchRequest'
      | 'present'
      | 'answer'
      | 'post'
      | 'root'
      | 'databaseBytes'
      | 'fetchSigned'
    >,
  ) {
    this.url = facts.url
    this.folder = facts.folder
    this.clock = facts.clock
    this.log = facts.log
    this.judge = facts.judge
    this.close = facts.close
  }

  /** @param changes - Members of the configuration that differ. */
  static async open(
    changes: Readonly<Record<string, unknown>> = {},
    options: Partial<VerifierServiceOptions> & { readonly hasPool?: boolean } = {},
  ): Promise<Shop> {
    const folder = newFolder()
    const clock = { now: NOW }
    const log: string[] = []
    const judge = { calls: 0, verify: (() => true) as ProofVerifier }
    const issuer = await startIssuer()
    const configPath = writeConfig(folder, await issuer.listing(), changes)
    const service = await startVerifierService({
      configPath,
      environment: {},
      keys: acceptedKeys,
      clock: () => clock.now,
      destination: { write: (line: string) => log.push(line) },
      ...(options.hasPool === true
        ? {}
        : {
            verifyProof: (key, signals, proof) => {
              judge.calls += 1
              return judge.verify(key, signals, proof)
            },
          }),
      ...options,
    })
    const close = async (): Promise<void> => {
      await service.close()
      await issuer.close()
    }
    const shop = new Shop({ url: service.address, folder, clock, log, judge, close })
    // The first look at the issuer is under way.
    for (let tries = 0; tries < 100; tries++) {
      if ((await shop.call('GET', '/readyz')).status === 200) break
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    return shop
  }

  /** A verifier that runs elsewhere; its clock stands still at `NOW`. */
  static attach(url: string): Shop {
    const judge = { calls: 0, verify: (() => true) as ProofVerifier }
    const close = (): Promise<void> => Promise.resolve()
    return new Shop({ url, folder: '', clock: { now: NOW }, log: [], judge, close })
  }

  async call(
    method: string,
    path: string,
    { token, body, headers = {} }: CallOptions = {},
  ): Promise<Answer> {
    const response = await fetch(new URL(path, this.url), {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(typeof body === 'object' &&
        !(body instanceof URLSearchParams) &&
        !(body instanceof Uint8Array)
          ? { 'content-type': 'application/json' }
          : {}),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : {
            body:
              typeof body === 'string' ||
              body instanceof URLSearchParams ||
              body instanceof Uint8Array
                ? (body as BodyInit)
                : JSON.stringify(body),
          }),
    })
    const text = await response.text()
    const isJson = /json/.test(response.headers.get('content-type') ?? '')
    const json = (isJson ? JSON.parse(text) : {}) as Record<string, unknown>
    return { status: response.status, headers: response.headers, text, json }
  }

  /** Begins a session. */
  async create(policy: keyof typeof POLICIES, flow = 'cross-device'): Promise<Created> {
    const returnTo = flow === 'same-device' ? { returnTo: RETURN } : {}
    const body = { policy: POLICIES[policy].id, flow, ...returnTo }
    const { status, json } = await this.call('POST', '/v1/sessions', {
      token: tokenOf('site'),
      body,
    })
    if (status !== 201) throw new Error(`no session: ${JSON.stringify(json)}`)
    return json as unknown as Created
  }

  view({ id, token }: Created, responseCode?: string): Promise<Answer> {
    const query = responseCode === undefined ? '' : `?responseCode=${responseCode}`
    return this.call('GET', `/v1/sessions/${id}${query}`, { token })
  }

  /** The question as a wallet gets it, its signature checked with the DID document. */
  async fetchRequest({ requestUri }: Created, walletNonce?: string): Promise<WalletRequest> {
    const path = new URL(requestUri).pathname
    const body = new URLSearchParams(walletNonce === undefined ? {} : { wallet_nonce: walletNonce })
    const { status, text } = await this.call('POST', path, { body })
    if (status !== 200) throw new Error(`no request: ${text}`)
    return (await this.fetchSigned(text)) as WalletRequest
  }

  async fetchSigned(text: string): Promise<unknown> {
    const { json } = await this.call('GET', '/.well-known/did.json')
    const [method] = json['verificationMethod'] as { publicKeyJwk: PublicJwk }[]
    return verifyJws(text, method!.publicKeyJwk, 'oauth-authz-req+jwt', 'SIGNATURE_INVALID')
  }

  /** The root of the list as it is served. */
  async root(): Promise<bigint> {
    const { status, text } = await this.call('GET', '/trust/registries')
    if (status !== 200) throw new Error(`no list: ${text}`)
    const { payload } = readJws(text, 'TRUST_INVALID') as { payload: { list: { root: string } } }
    return BigInt(payload.list.root)
  }

  /**
   * A presentation with everything right but the proof.
   *
   * @param prove - Makes a proof of the public signals.
   */
  async present(
    request: WalletRequest,
    changes: Partial<PresentationClaims> = {},
    prove: (signals: readonly bigint[]) => string = () => PROOF,
  ): Promise<string> {
    const { publicKey, privateKey } = await generateSigningKey()
    const jwk = await publicJwk(publicKey)
    const { policy } = request.dcql_query.credentials[0]!.meta
    const needsName = policy.once !== undefined || policy.recognise !== undefined
    const claims = {
      audience: ORIGIN,
      nonce: request.nonce,
      issuedAt: this.clock.now,
      policy: toBase64url(policyHash(policy)),
      circuit: keys['eligibility-1'].id,
      asOf: TODAY,
      trustRoots: changes.trustRoots ?? [await this.root()],
      ...(needsName ? { pseudonym: 5n } : {}),
      ...(policy.disclose.length > 0 ? { disclosed: { 'person.region': SECRET_REGION } } : {}),
      proof: '',
      ...changes,
    }
    const statement = buildStatement(policy, {
      schemas: SCHEMAS,
      asOf: claims.asOf,
      trustRoots: { person: claims.trustRoots[0] ?? 0n },
      audience: claims.audience,
      presenter: await presenterOf(jwk),
      disclosed: { 'person.region': SECRET_REGION },
    })
    const proof = changes.proof ?? prove(publicSignals(statement, claims.pseudonym ?? 0n))
    return signPresentation({ ...claims, proof }, jwk, privateKey)
  }

  /** Answers a request with a presentation, encrypted if the request has a key. */
  async answer(request: WalletRequest, presentation: string): Promise<Answer> {
    const token = { eligibility: [presentation] }
    const key = request.client_metadata.jwks?.keys[0]
    const form =
      key === undefined
        ? { vp_token: JSON.stringify(token), state: request.state }
        : { response: await encryptJwe({ vp_token: token, state: request.state }, key) }
    return this.post(request, form)
  }

  post(
    { response_uri: uri }: Pick<WalletRequest, 'response_uri'>,
    form: Readonly<Record<string, string>>,
  ): Promise<Answer> {
    return this.call('POST', new URL(uri).pathname, { body: new URLSearchParams(form) })
  }

  /** All files of the database, as one text. */
  databaseBytes(): string {
    return readdirSync(this.folder)
      .filter((name) => name.includes('sqlite'))
      .map((name) => readFileSync(join(this.folder, name), 'latin1'))
      .join('')
  }
}

interface CallOptions {
  readonly token?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** Disclosed to the shop, and nowhere to be found afterwards. */
export const SECRET_REGION = 'DE-QZXWV'
export const PROOF = `${'QzXw'.repeat(42)}AAA`

interface RunningIssuer {
  readonly listing: () => Promise<object>
  readonly close: () => Promise<void>
}

export async function startIssuer(): Promise<RunningIssuer> {
  let document = ''
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/jwt').end(document)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
  const issuer = await TestIssuer.create(origin, PERSON)
  const { status, ...listing } = await issuer.listing()
  document = status
  return {
    listing: () => Promise.resolve(listing),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export function writeConfig(
  folder: string,
  listing: object,
  changes: Readonly<Record<string, unknown>>,
): string {
  writeFileSync(join(folder, 'schema.json'), JSON.stringify(SCHEMAS.get('person/1')))
  for (const [name, policy] of Object.entries(POLICIES)) {
    writeFileSync(join(folder, `policy-${name}.json`), JSON.stringify(policy))
  }
  const config = {
    baseUrl: ORIGIN,
    listen: '127.0.0.1:0',
    database: 'sqlite:verifier.sqlite',
    displayName: 'Shop',
    log: 'info',
    limits: { requestsPerMinute: 0, failuresPerMinute: 0 },
    tokens: ROLES.map((role) => ({
      name: role,
      roles: [role],
      sha256: createHash('sha256').update(tokenOf(role)).digest('hex'),
    })),
    policies: Object.keys(POLICIES).map((name) => `policy-${name}.json`),
    schemas: ['schema.json'],
    trust: { registries: { issuers: [listing] } },
    allowPrivateAddresses: true,
    returnOrigins: [new URL(RETURN).origin],
    ...changes,
  }
  const path = join(folder, 'verifier.json')
  writeFileSync(path, JSON.stringify(config))
  return path
}
