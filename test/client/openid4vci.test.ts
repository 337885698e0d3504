import { beforeEach, describe, expect, test } from 'vitest'
import { beginIssuance, fetchOffer, readOfferLink, redeemOffer } from '../../client/openid4vci.ts'
import type { IssuedCredential, PendingIssuance, Redemption } from '../../client/openid4vci.ts'
import { credentialToJson, issueCredential } from '../../core/credential.ts'
import {
  enrolmentTag,
  holderCommitment,
  issuerScope,
  verifyEnrolment,
} from '../../core/enrolment.ts'
import { refusal, verdictOf } from '../support/refusal.ts'
import { keys, prover } from '../support/tools.ts'
import { ADULT, GUEST, NOW, PERSON, TODAY, TestIssuer } from '../support/world.ts'
import { FakeIssuer, ISSUER } from './fake-issuer.ts'
import type { Document } from './fake-issuer.ts'
import { json, stubEnrolment } from './fake-services.ts'

const SECRET = 7_777n

let issuer: FakeIssuer
let saved: PendingIssuance[]

beforeEach(async () => {
  issuer = await FakeIssuer.create()
  saved = []
})

function redemption(changes: Partial<Redemption> = {}): Redemption {
  const save = (pending: PendingIssuance): Promise<void> => {
    saved.push(JSON.parse(JSON.stringify(pending)) as PendingIssuance)
    return Promise.resolve()
  }
  return { secret: SECRET, tools: stubEnrolment, txCode: '123456', now: NOW, save, ...changes }
}

async function begin(): Promise<PendingIssuance> {
  return beginIssuance(await fetchOffer(readOfferLink(issuer.link), issuer.network.http()))
}

async function redeem(pending: PendingIssuance, changes: Partial<Redemption> = {}) {
  return redeemOffer(pending, redemption(changes), issuer.network.http())
}

async function issue(changes: Partial<Redemption> = {}): Promise<IssuedCredential> {
  return redeem(await begin(), changes)
}

/** The verdict when one document of the issuer is another. */
async function verdictWith(name: Document, change: Record<string, unknown>) {
  issuer.changes[name] = (document) => ({ ...document, ...change })
  return verdictOf(() => issue())
}

describe('the link of an offer', () => {
  test('leads to the offer, in a scheme of its own or as a page of a wallet', async () => {
    const offer = {
      issuer: ISSUER,
      configuration: 'person-1',
      code: 'code-1',
      txCode: { inputMode: 'numeric', length: 6, description: 'From the letter' },
    }
    const query = issuer.link.split('?')[1]!
    const value = encodeURIComponent(JSON.stringify(issuer.offer()))
    for (const link of [
      issuer.link,
      `https://wallet.example/offer?${query}`,
      `openid-credential-offer://?credential_offer=${value}`,
    ]) {
      expect(await fetchOffer(readOfferLink(link), issuer.network.http())).toEqual(offer)
    }
  })

  test('is refused if it is something else', () => {
    const uri = `credential_offer_uri=${encodeURIComponent(`${ISSUER}/offers/1`)}`
    for (const link of [
      '',
      'hello',
      'openid-credential-offer://',
      `openid4vp://?${uri}`,
      `javascript://?${uri}`,
      `openid-credential-offer://?${uri}&${uri}`,
      `openid-credential-offer://?${uri}&credential_offer=%7B%7D`,
      'openid-credential-offer://?credential_offer=%7B',
      `openid-credential-offer://?${uri}${'x'.repeat(10_000)}`,
    ]) {
      expect(refusal(() => readOfferLink(link))).toBe('OFFER_INVALID')
    }
  })
})

describe('an offer is refused', () => {
  test('if it names another issuer than the one it is from', async () => {
    expect(await verdictWith('offer', { credential_issuer: 'https://other.example' })).toBe(
      'OFFER_INVALID',
    )
    const tenant = { ...issuer.offer(), credential_issuer: `${ISSUER}/tenant` }
    const value = encodeURIComponent(JSON.stringify(tenant))
    const link = readOfferLink(`openid-credential-offer://?credential_offer=${value}`)
    expect(await verdictOf(() => fetchOffer(link, issuer.network.http()))).toBe('OFFER_INVALID')
  })

  test('if it offers more than one credential, or by another grant', async () => {
    const ids = ['person-1', 'income-1']
    expect(await verdictWith('offer', { credential_configuration_ids: ids })).toBe('OFFER_INVALID')
    expect(await verdictWith('offer', { grants: { authorization_code: {} } })).toBe('OFFER_INVALID')
  })

  test('if its address is not one that a wallet goes to', async () => {
    const link = { uri: 'http://registry.example/offers/1' }
    expect(await verdictOf(() => fetchOffer(link, issuer.network.http()))).toBe('ADDRESS_REFUSED')
  })
})

describe('redeeming an offer', () => {
  test('gives a credential that is the holder’s own, by a schema of the issuer', async () => {
    const { held, schema, issuer: name } = await issue()
    expect(name).toBe(ISSUER)
    expect(schema).toEqual(PERSON)
    expect(held.credential.attributes).toEqual(ADULT)
    expect(holderCommitment(SECRET, held.blinding)).toBe(held.credential.commitment)
  })

  test('sends what the protocol says, and nothing else', async () => {
    await issue()
    const [offer, metadata, server, document, token, nonce, credential] = issuer.network.sent
    for (const { body, method } of [offer!, metadata!, server!, document!]) {
      expect([method, body]).toEqual(['GET', ''])
    }
    expect([...new URLSearchParams(token!.body).keys()].sort()).toEqual([
      'grant_type',
      'pre-authorized_code',
      'tx_code',
    ])
    expect([nonce!.method, nonce!.body]).toEqual(['POST', ''])
    const body = JSON.parse(credential!.body) as Record<string, unknown>
    expect(Object.keys(body)).toEqual(['credential_configuration_id', 'proofs'])
    expect(issuer.network.sent).toHaveLength(7)
    const [proof] = issuer.proofs
    expect(proof).toEqual({
      aud: ISSUER,
      iat: NOW,
      nonce: 'nonce-1',
      zerocard: {
        commitment: expect.any(String) as string,
        tag: String(enrolmentTag(SECRET, issuerScope(ISSUER))),
        proof: expect.any(String) as string,
      },
    })
    expect(JSON.stringify(issuer.network.sent)).not.toContain(String(SECRET))
    expect(JSON.stringify(issuer.network.sent)).not.toContain(saved[0]!.blinding)
  })

  test('has the issuer’s time in its proof, where the issuer says it', async () => {
    issuer.changes.nonce = (json) => ({ ...json, zerocard_now: NOW + 70 })
    await issue()
    expect(issuer.proofs.map(({ iat }) => iat)).toEqual([NOW + 70])
  })

  test('shows the secret to the issuer by a real proof', async () => {
    const { held } = await issue({ tools: { prover, keys } })
    const { nonce, zerocard } = issuer.proofs[0]!
    const request = {
      commitment: held.credential.commitment,
      tag: BigInt(zerocard.tag),
      proof: zerocard.proof,
    }
    const check = (expected: { issuer: string; nonce: string }) =>
      verdictOf(() => verifyEnrolment(request, expected, keys.enrolment.key))
    expect(await check({ issuer: ISSUER, nonce })).toBe('accepted')
    expect(await check({ issuer: ISSUER, nonce: 'nonce-2' })).toBe('ENROLMENT_INVALID')
  })

  test('needs the transaction code', async () => {
    expect(await verdictOf(() => issue({ txCode: '654321' }))).toBe('INPUT_INVALID')
  })

  test('uses a key only once', async () => {
    await issue()
    issuer.code = 'code-2'
    await issue()
    const jwks = issuer.network.sent
      .filter(({ url }) => url.endsWith('/credential'))
      .map(({ body }) => (JSON.parse(body) as { proofs: { jwt: [string] } }).proofs.jwt[0])
      .map((jwt) => jwt.split('.')[0])
    expect(new Set(jwks).size).toBe(2)
  })
})

describe('after a lost answer', () => {
  test('of the credential, the same commitment is asked for with a new nonce', async () => {
    issuer.lost.add('credential')
    expect(await verdictOf(() => issue())).toBe('FETCH_FAILED')
    const { held } = await redeem(saved.at(-1)!)
    const [first, second] = issuer.proofs
    expect(second!.zerocard.commitment).toBe(first!.zerocard.commitment)
    expect(second!.nonce).not.toBe(first!.nonce)
    expect(String(held.credential.commitment)).toBe(first!.zerocard.commitment)
    expect(issuer.network.sent.filter(({ url }) => url.endsWith('/token'))).toHaveLength(1)
  })

  test('of the code, a new offer goes on with the same commitment', async () => {
    issuer.lost.add('token')
    expect(await verdictOf(() => issue())).toBe('FETCH_FAILED')
    const pending = saved.at(-1)!
    expect(await verdictOf(() => redeem(pending))).toBe('OFFER_INVALID')
    issuer.code = 'code-2'
    const offer = await fetchOffer(readOfferLink(issuer.link), issuer.network.http())
    const { held } = await redeem(beginIssuance(offer, pending))
    expect(String(held.blinding)).toBe(pending.blinding)
  })

  test('of the credential, the same offer goes on with the token that it has given', async () => {
    issuer.lost.add('credential')
    expect(await verdictOf(() => issue())).toBe('FETCH_FAILED')
    const offer = await fetchOffer(readOfferLink(issuer.link), issuer.network.http())
    const { held } = await redeem(beginIssuance(offer, saved.at(-1)))
    expect(String(held.blinding)).toBe(saved.at(-1)!.blinding)
    expect(issuer.network.sent.filter(({ url }) => url.endsWith('/token'))).toHaveLength(1)
  })

  test('an access token that has run out is not used', async () => {
    issuer.lost.add('credential')
    expect(await verdictOf(() => issue())).toBe('FETCH_FAILED')
    const later = redeem(saved.at(-1)!, { now: NOW + 600 })
    expect(await verdictOf(() => later)).toBe('OFFER_INVALID')
  })

  test('nothing was sent to be redeemed before the blinding was kept', async () => {
    const pending = await begin()
    issuer.network.asked()
    const save = () => Promise.reject(new TypeError('disk full'))
    await expect(redeem(pending, { save })).rejects.toThrow(TypeError)
    expect(issuer.network.asked()).toEqual([])
  })

  test('of another credential, its blinding is not used', async () => {
    const pending = await begin()
    const offer = { issuer: ISSUER, configuration: 'income-1', code: 'c' }
    expect(() => beginIssuance(offer, pending)).toThrow(TypeError)
  })
})

describe('an issuer is refused', () => {
  test('that describes another one', async () => {
    for (const [name, member] of [
      ['metadata', 'credential_issuer'],
      ['server', 'issuer'],
      ['document', 'issuer'],
    ] as const) {
      issuer = await FakeIssuer.create()
      expect(await verdictWith(name, { [member]: 'https://other.example' })).toBe('OFFER_INVALID')
    }
  })

  test('that sends the wallet to somebody else', async () => {
    for (const [name, member] of [
      ['metadata', 'credential_endpoint'],
      ['metadata', 'nonce_endpoint'],
      ['server', 'token_endpoint'],
    ] as const) {
      for (const url of ['https://other.example/x', 'http://registry.example/x', '/x']) {
        issuer = await FakeIssuer.create()
        expect(await verdictWith(name, { [member]: url })).toBe('OFFER_INVALID')
      }
    }
    issuer = await FakeIssuer.create()
    const servers = ['https://other.example']
    expect(await verdictWith('metadata', { authorization_servers: servers })).toBe('OFFER_INVALID')
  })

  test('that calls itself what nobody can read', async () => {
    for (const name of [
      '',
      '\u3164',
      'Registry\u202e',
      `a${'\u0301'.repeat(9)}`,
      'x'.repeat(201),
    ]) {
      issuer = await FakeIssuer.create()
      expect(await verdictWith('metadata', { display: [{ name }] })).toBe('OFFER_INVALID')
    }
  })

  test('that does not issue what it offers', async () => {
    const formats = { 'person-1': { format: 'dc+sd-jwt' } }
    expect(await verdictWith('metadata', { credential_configurations_supported: formats })).toBe(
      'OFFER_INVALID',
    )
    issuer = await FakeIssuer.create()
    expect(await verdictWith('document', { schemas: [] })).toBe('OFFER_INVALID')
    expect(await verdictWith('document', { schemas: [PERSON, PERSON] })).toBe('OFFER_INVALID')
    expect(await verdictWith('document', { schemas: [{ id: 'person/1' }] })).toBe('SCHEMA_INVALID')
    const key = { x: '0', y: '1' }
    expect(await verdictWith('document', { keys: [{ schema: 'person/1', key }] })).toBe(
      'KEY_INVALID',
    )
  })
})

describe('a credential is refused', () => {
  /** What is sent instead of the credential that was asked for. */
  async function verdictOn(change: (json: Record<string, unknown>) => unknown) {
    issuer.changes.credential = (answer) => {
      const [{ credential }] = answer['credentials'] as [{ credential: Record<string, unknown> }]
      return { credentials: [{ credential: change(credential) }] }
    }
    return verdictOf(() => issue())
  }

  test('that was made for another holder', async () => {
    const other = issuer.issuer.issue(8_888n, ADULT).credential
    expect(await verdictOn(() => credentialToJson(other))).toBe('HOLDER_MISMATCH')
  })

  test('that the issuer did not sign', async () => {
    const older = { ...ADULT, birthDate: '1950-01-01' }
    expect(await verdictOn((credential) => ({ ...credential, attributes: older }))).toBe(
      'SIGNATURE_INVALID',
    )
  })

  test('of another issuer, by name or by key', async () => {
    expect(
      await verdictOn((credential) => ({ ...credential, issuer: 'https://other.example' })),
    ).toBe('CREDENTIAL_INVALID')
    issuer = await FakeIssuer.create()
    issuer.signedBy = await TestIssuer.create(ISSUER, PERSON)
    expect(await verdictOf(() => issue())).toBe('CREDENTIAL_INVALID')
  })

  test('of another schema', async () => {
    const signer = issuer.issuer.signer
    const change = ({ commitment }: Record<string, unknown>) =>
      credentialToJson(
        issueCredential(signer, GUEST, {
          attributes: ADULT,
          commitment: BigInt(commitment as string),
          revocationId: 1n,
          validFrom: TODAY,
          validUntil: TODAY + 1,
        }),
      )
    expect(await verdictOn(change)).toBe('CREDENTIAL_INVALID')
  })

  test('that is none, or more than one', async () => {
    expect(await verdictOn(() => ({ format: 'zerocard-credential/2' }))).toBe('CREDENTIAL_INVALID')
    issuer = await FakeIssuer.create()
    for (const credentials of [[], [{}, {}], undefined]) {
      expect(await verdictWith('credential', { credentials })).toBe('CREDENTIAL_INVALID')
      issuer.code += 'x'
    }
    issuer.network.pages.set(`${ISSUER}/credential`, () => json({ transaction_id: 'x' }, 202))
    issuer.code += 'x'
    expect(await verdictOf(() => issue())).toBe('FETCH_FAILED')
  })
})
