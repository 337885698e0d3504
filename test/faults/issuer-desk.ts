import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { hashToken } from '../../server/http/access.ts'
import { ISSUER_COMPONENT } from '../../server/issuer/tables.ts'
import type { IssuerTables } from '../../server/issuer/tables.ts'
import { openDatabase } from '../../server/storage/database.ts'
import type { Database } from '../../server/storage/database.ts'
import { ISSUER, TOKENS, proofJwt } from '../server/issuer/service-world.ts'
import type {
  Answer,
  AnswerJson,
  SendOptions,
  TestService,
} from '../server/issuer/service-world.ts'
import { NOW, PERSON } from '../support/world.ts'

// An issuer that runs elsewhere, from both sides of its counter.

/** Writes a configuration in a new folder below `folder`. @returns Its path. */
export function writeIssuerConfig(folder: string, database: string): string {
  const own = mkdtempSync(join(folder, 'issuer-'))
  writeFileSync(join(own, 'person.json'), JSON.stringify(PERSON))
  const config = {
    baseUrl: ISSUER,
    listen: '127.0.0.1:0',
    database,
    displayName: 'Civil registry',
    log: 'error',
    schemas: ['person.json'],
    limits: { requestsPerMinute: 0, failuresPerMinute: 0 },
    tokens: Object.entries(TOKENS).map(([role, token]) => ({
      name: role,
      roles: [role],
      sha256: hashToken(token),
    })),
  }
  const path = join(own, 'issuer.json')
  writeFileSync(path, JSON.stringify(config))
  return path
}

/** The issuer at an address; its clock stands still at `NOW`. */
export function deskAt(address: string): TestService {
  return {
    folder: '',
    address,
    clock: { now: NOW },
    log: [],
    send: (method, path, options) => send(address + path, method, options),
    close: () => Promise.resolve(),
  }
}

/** Asks for a credential with a proof JWT that was made before. */
export function requestWith(desk: TestService, token: string, jwt: string): Promise<Answer> {
  const body = { credential_configuration_id: 'person-1', proofs: { jwt: [jwt] } }
  return desk.send('POST', '/credential', { token, body })
}

/** Asks for a credential with a new nonce. */
export async function requestFor(
  desk: TestService,
  token: string,
  holder: { readonly commitment: bigint; readonly tag: bigint },
): Promise<Answer> {
  return requestWith(desk, token, await proofJwt(desk, holder))
}

/** Revocation numbers of a person, with whether each is revoked. */
export async function numbersOf(
  desk: TestService,
  subject: string,
): Promise<{ readonly number: string; readonly isRevoked: boolean }[]> {
  const { json } = await desk.send('GET', `/v1/people/${subject}`, { token: TOKENS['registrar']! })
  const { credentials } = json as unknown as {
    credentials: { number: string; revokedAt?: number }[]
  }
  return credentials.map(({ number, revokedAt }) => ({
    number,
    isRevoked: revokedAt !== undefined,
  }))
}

/** Looks into an issuer's database. */
export async function inDatabase<T>(
  url: string,
  work: (query: Database<IssuerTables>['query']) => Promise<T>,
): Promise<T> {
  const database = await openDatabase<IssuerTables>(url, ISSUER_COMPONENT)
  try {
    return await work(database.query)
  } finally {
    await database.close()
  }
}

async function send(
  url: string,
  method: string,
  { body, token, headers }: SendOptions = {},
): Promise<Answer> {
  const isForm = body instanceof URLSearchParams
  const response = await fetch(url, {
    method,
    headers: {
      ...(body === undefined || isForm ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  const isJson = (response.headers.get('content-type') ?? '').includes('json') && text !== ''
  const json = (isJson ? JSON.parse(text) : {}) as AnswerJson
  return { status: response.status, headers: response.headers, text, json }
}
