import { beforeAll, describe, expect, test } from 'vitest'
import { requestJson } from '../../client/http.ts'
import { redeemOffer } from '../../client/openid4vci.ts'
import type { PendingIssuance } from '../../client/openid4vci.ts'
import { fetchRequestKey } from '../../client/request-object.ts'
import { readRequestLink } from '../../client/request-link.ts'
import { readShortCode, resolveShortCode } from '../../client/short-code.ts'
import { fetchTrustList } from '../../client/trust-lists.ts'
import { credentialToJson } from '../../core/credential.ts'
import { ERROR_CODES } from '../../core/errors.ts'
import { schemaHash } from '../../core/schema.ts'
import { shortCodeOf } from '../../core/short-code.ts'
import type { Members } from '../independent/json.ts'
import { malformed, membersOf } from '../support/malformed.ts'
import type { Malformed } from '../support/malformed.ts'
import { verdictOf } from '../support/refusal.ts'
import { NOW, trustIn } from '../support/world.ts'
import { FakeIssuer, ISSUER } from './fake-issuer.ts'
import type { Page } from './fake-services.ts'
import { FakeNetwork, stubEnrolment, text } from './fake-services.ts'
import { FakeVerifier, SHOP, linkOf } from './fake-verifier.ts'

// Everything that a wallet reads in JSON, changed in every way. What comes of it is what the good
// answer says, or an error of the closed list.

const WELL_KNOWN = `${ISSUER}/.well-known`

let issuer: FakeIssuer
let verifier: FakeVerifier

beforeAll(async () => {
  issuer = await FakeIssuer.create()
  verifier = await FakeVerifier.create(await trustIn('registries', issuer.issuer))
})

const bytesAnswer = ({ bytes }: Malformed, status = 200): Response =>
  new Response(bytes, { status, headers: { 'content-type': 'application/json' } })

/** What came of it: a code, or what was read. Any error that is not the project's is passed on. */
async function outcomeOf(read: () => Promise<unknown>): Promise<string> {
  let result: unknown
  const verdict = await verdictOf(async () => {
    result = await read()
  })
  return verdict === 'accepted' ? JSON.stringify(result) : verdict
}

const isCode = (outcome: string): boolean => (ERROR_CODES as readonly string[]).includes(outcome)

/** With one page of a network as a test says, for as long as something is done. */
async function withPage<T>(
  { pages }: FakeNetwork,
  url: string,
  page: Page,
  action: () => Promise<T>,
): Promise<T> {
  const good = pages.get(url)
  pages.set(url, page)
  try {
    return await action()
  } finally {
    if (good === undefined) pages.delete(url)
    else pages.set(url, good)
  }
}

interface Reading {
  /** A good answer. */
  readonly json: () => object
  /** Reads it; what counts of it. */
  readonly read: (page: Page) => Promise<unknown>
  /** Whether it may be taken, by a reader of the test's own: some of it does not show in what is read. */
  readonly isGood: (members: Members) => boolean
}

/**
 * Tries changed answers.
 *
 * @returns How many were refused.
 */
async function tryAll(
  { json, read, isGood }: Reading,
  seed: number,
  count: number,
): Promise<number> {
  const good = JSON.stringify(json())
  const expected = await outcomeOf(() => read(() => text(good, 'application/json')))
  expect(isCode(expected), expected).toBe(false)
  let refused = 0
  for (const message of malformed(json(), seed, count)) {
    const outcome = await outcomeOf(() => read(() => bytesAnswer(message))).catch(
      (error: unknown) => `failed with ${String(error)}`,
    )
    if (isCode(outcome)) {
      refused++
      continue
    }
    expect(outcome, message.kind).toBe(expected)
    const members = membersOf(message.bytes)
    expect(members !== undefined && isGood(members), message.kind).toBe(true)
  }
  expect(await outcomeOf(() => read(() => text(good, 'application/json')))).toBe(expected)
  return refused
}

describe('a malformed answer of an issuer', () => {
  let codes = 0

  /** Redeems a code of its own, always with the same commitment. */
  async function redeem(url: string, page: Page): Promise<unknown> {
    issuer.code = `code-${codes++}`
    const pending: PendingIssuance = {
      issuer: ISSUER,
      configuration: 'person-1',
      code: issuer.code,
      blinding: '4711',
    }
    const saved: PendingIssuance[] = []
    const redemption = {
      secret: 7n,
      tools: stubEnrolment,
      txCode: '123456',
      now: NOW,
      save: (next: PendingIssuance) => Promise.resolve(void saved.push(next)),
    }
    const { held, schema } = await withPage(issuer.network, url, page, () =>
      redeemOffer(pending, redemption, issuer.network.http()),
    )
    return [credentialToJson(held.credential), String(schemaHash(schema))]
  }

  const isWhole = (value: unknown, least: number): boolean =>
    value === undefined || (Number.isSafeInteger(value) && (value as number) >= least)

  const READINGS: readonly (readonly [string, number, string, Omit<Reading, 'read'>])[] = [
    [
      'in its metadata',
      500,
      `${WELL_KNOWN}/openid-credential-issuer`,
      {
        json: () => ({ ...issuer.metadata(), authorization_servers: [ISSUER] }),
        isGood: (members) => {
          const servers = members.get('authorization_servers') ?? []
          return (
            members.get('credential_issuer') === ISSUER &&
            Array.isArray(servers) &&
            servers.every((server) => server === ISSUER)
          )
        },
      },
    ],
    [
      'in the metadata of its authorization server',
      150,
      `${WELL_KNOWN}/oauth-authorization-server`,
      { json: () => issuer.server(), isGood: (members) => members.get('issuer') === ISSUER },
    ],
    [
      'in its document',
      250,
      `${WELL_KNOWN}/zerocard-issuer`,
      {
        json: () => issuer.document(),
        isGood: (members) =>
          members.get('format') === 'zerocard-issuer/1' && members.get('issuer') === ISSUER,
      },
    ],
    [
      'at its token endpoint',
      150,
      `${ISSUER}/token`,
      {
        json: () => ({ access_token: 'T', token_type: 'Bearer', expires_in: 600 }),
        isGood: (members) =>
          members.get('access_token') === 'T' &&
          members.get('token_type') === 'Bearer' &&
          isWhole(members.get('expires_in'), 1),
      },
    ],
    [
      'at its nonce endpoint',
      100,
      `${ISSUER}/nonce`,
      {
        json: () => ({ c_nonce: 'nonce-1', zerocard_now: NOW }),
        isGood: (members) => {
          const nonce = members.get('c_nonce')
          const isNonce = typeof nonce === 'string' && nonce.length > 0 && nonce.length <= 200
          return isNonce && isWhole(members.get('zerocard_now'), 0)
        },
      },
    ],
  ]

  test.each(READINGS)('%s gives the same credential or a code', async (_, count, url, answer) => {
    const read = (page: Page): Promise<unknown> => redeem(url, page)
    expect(await tryAll({ ...answer, read }, 1, count)).toBeGreaterThan(count / 2)
  })

  test('at its credential endpoint gives the same credential or a code', async () => {
    const url = `${ISSUER}/credential`
    const asked = issuer.network.pages.get(url)!
    let answer: object = {}
    await redeem(url, async (body, headers) => {
      const response = await asked(body, headers)
      answer = (await response.clone().json()) as object
      return response
    })
    const read = (page: Page): Promise<unknown> => redeem(url, page)
    expect(await tryAll({ json: () => answer, read, isGood: () => true }, 1, 300)).toBeGreaterThan(
      200,
    )
  })
})

describe('a malformed answer of a verifier', () => {
  const readAt =
    (url: string, read: () => Promise<unknown>) =>
    (page: Page): Promise<unknown> =>
      withPage(verifier.network, url, page, read)

  test('in its DID document gives the same key or a code', async () => {
    const kid = 'did:web:shop.example#request'
    const read = readAt(`${SHOP}/.well-known/did.json`, () =>
      fetchRequestKey(SHOP, kid, verifier.network.http()),
    )
    const json = (): object => verifier.didDocument()
    const isGood = (members: Members): boolean => members.get('id') === 'did:web:shop.example'
    expect(await tryAll({ json, read, isGood }, 1, 600)).toBeGreaterThan(300)
  })

  test('to a code that was typed gives the same link or is refused', async () => {
    const typed = readShortCode(`shop.example ${shortCodeOf(new Uint8Array(8))}`)
    const read = readAt(`${SHOP}/v1/codes/${typed.code}`, async () =>
      readRequestLink(await resolveShortCode(typed, verifier.network.http())),
    )
    const json = (): object => ({ walletLink: linkOf({}) })
    expect(await tryAll({ json, read, isGood: () => true }, 1, 300)).toBeGreaterThan(200)
  })

  test('about the operator of a list gives the same key or a code', async () => {
    const url = `${SHOP}/.well-known/zerocard-trust`
    const read = readAt(url, async () => {
      const { jwk } = await fetchTrustList(
        SHOP,
        `${SHOP}/trust/registries`,
        verifier.network.http(),
      )
      return jwk
    })
    const json = (): object => ({ operator: SHOP, jwk: verifier.jwk, lists: [] })
    expect(await tryAll({ json, read, isGood: () => true }, 1, 200)).toBeGreaterThan(80)
  })
})

describe('a malformed refusal', () => {
  test('is a refusal, with a code of the list', async () => {
    const url = `${SHOP}/refuses`
    const network = new FakeNetwork()
    const problem = { status: 409, code: 'PSEUDONYM_USED', error: 'invalid_request', detail: 'x' }
    const seen = new Set<string>()
    for (const message of malformed(problem, 1, 500)) {
      for (const status of [400, 503]) {
        network.pages.set(url, () => bytesAnswer(message, status))
        const outcome = await verdictOf(() => requestJson(network.http(), { url }))
        expect(isCode(outcome), message.kind).toBe(true)
        seen.add(outcome)
      }
    }
    expect([...seen].sort()).toEqual([
      'ENCODING_INVALID',
      'FETCH_FAILED',
      'INPUT_INVALID',
      'PSEUDONYM_USED',
    ])
  })
})
