import { beforeAll, describe, expect, test } from 'vitest'
import { DEVELOPMENT_ALPHA } from '../../../core/groth16-key.ts'
import { generateSigningKey, publicJwk } from '../../../core/jws.ts'
import { policyHash } from '../../../core/policy/policy.ts'
import type { Policy } from '../../../core/policy/policy.ts'
import { toBase64url } from '../../../core/bytes.ts'
import { signPresentation } from '../../../core/presentation.ts'
import type { TrustList } from '../../../core/trust.ts'
import { Verifier, VerifierStore } from '../../../server/index.ts'
import type { VerificationRequest } from '../../../server/index.ts'
import { verdictOf } from '../../support/refusal.ts'
import { acceptedKeys, keys } from '../../support/tools.ts'
import { NOW, PERSON, SCHEMAS, TODAY, TestIssuer, policyOf, trustIn } from '../../support/world.ts'

// The checks of a presentation are tested with core/verify.ts; here it is what comes before and
// after. The judge of proofs believes what it is told.

const SHOP = 'https://shop.example'
const ONCE = policyOf({ once: { scope: 'present' } })
const RECOGNISE = policyOf({ recognise: { scope: 'login' } })
let trust: TrustList

beforeAll(async () => {
  trust = await trustIn('registries', await TestIssuer.create('https://registry.example', PERSON))
})

async function newVerifier(): Promise<Verifier> {
  const verifier = new Verifier({
    store: await VerifierStore.open('sqlite::memory:'),
    keys: acceptedKeys,
    environment: 'development',
    verifyProof: () => true,
  })
  await verifier.acceptTrust(trust)
  return verifier
}

const ask = (verifier: Verifier, policy: Policy): Promise<VerificationRequest> =>
  verifier.request(policy, SCHEMAS, SHOP, NOW, 600)

/** A presentation with everything right but the proof. */
async function answer(
  { policy, nonce, audience }: VerificationRequest,
  pseudonym: bigint,
  now = NOW,
): Promise<string> {
  const { publicKey, privateKey } = await generateSigningKey()
  const claims = {
    audience,
    nonce,
    issuedAt: now,
    policy: toBase64url(policyHash(policy)),
    circuit: keys['eligibility-1'].id,
    asOf: TODAY,
    trustRoots: [trust.root],
    pseudonym,
    proof: 'A'.repeat(171),
  }
  return signPresentation(claims, await publicJwk(publicKey), privateKey)
}

describe('a verifier', () => {
  test('asks with a new nonce each time', async () => {
    const verifier = await newVerifier()
    const [one, other] = [await ask(verifier, ONCE), await ask(verifier, ONCE)]
    expect(one.nonce).not.toBe(other.nonce)
    expect(one.id).not.toBe(other.id)
    expect(one.nonce.length).toBeGreaterThanOrEqual(32)
  })

  test('accepts an answer once, and of many at once exactly one', async () => {
    const verifier = await newVerifier()
    const request = await ask(verifier, ONCE)
    const presentation = await answer(request, 5n)
    const verdicts = await Promise.all(
      Array.from({ length: 20 }, () =>
        verdictOf(() => verifier.verify(request.id, presentation, NOW)),
      ),
    )
    expect(verdicts.filter((verdict) => verdict === 'accepted')).toHaveLength(1)
    expect(verdicts.filter((verdict) => verdict === 'NONCE_USED')).toHaveLength(19)
  })

  test('refuses a name that came before, and lets the holder answer again', async () => {
    const verifier = await newVerifier()
    const [one, other] = [await ask(verifier, ONCE), await ask(verifier, ONCE)]
    await verifier.verify(one.id, await answer(one, 5n), NOW)
    const again = await answer(other, 5n)
    expect(await verdictOf(() => verifier.verify(other.id, again, NOW))).toBe('PSEUDONYM_USED')
    const fresh = await verifier.verify(other.id, await answer(other, 6n), NOW)
    expect(fresh).toMatchObject({ isReturning: false, presentation: { pseudonym: 6n } })
  })

  test('recognises a holder who comes back, where the policy says so', async () => {
    const verifier = await newVerifier()
    for (const isReturning of [false, true]) {
      const request = await ask(verifier, RECOGNISE)
      const acceptance = await verifier.verify(request.id, await answer(request, 5n), NOW)
      expect(acceptance.isReturning).toBe(isReturning)
    }
  })

  test('refuses an answer that comes too late, to nothing, or to another request', async () => {
    const verifier = await newVerifier()
    const [one, other] = [await ask(verifier, ONCE), await ask(verifier, ONCE)]
    const presentation = await answer(one, 5n)
    expect(await verdictOf(() => verifier.verify(one.id, presentation, NOW + 600))).toBe(
      'PRESENTATION_EXPIRED',
    )
    expect(await verdictOf(() => verifier.verify('unknown', presentation, NOW))).toBe(
      'INPUT_INVALID',
    )
    expect(await verdictOf(() => verifier.verify(other.id, presentation, NOW))).toBe(
      'NONCE_MISMATCH',
    )
  })

  test('accepts a trust root for as long as the policy says, by its oldest document', async () => {
    const verifier = await newVerifier()
    const dayLater = NOW + 86_401
    const policy = policyOf({ once: { scope: 'present' }, freshness: '24h' })
    const request = await verifier.request(policy, SCHEMAS, SHOP, dayLater, 600)
    const presentation = await answer(request, 5n, dayLater)
    expect(await verdictOf(() => verifier.verify(request.id, presentation, dayLater))).toBe(
      'TRUST_ROOT_UNKNOWN',
    )
  })

  test('asks nothing that fits no circuit', async () => {
    const verifier = await newVerifier()
    const parts = Array.from({ length: 20 }, (_, i) => ({
      attribute: 'person.householdSize',
      eq: 2 * i,
    }))
    const pairs = Array.from({ length: 4 }, (_, i) => ({
      attribute: 'person.region',
      prefix: String(i),
    }))
    const policy = policyOf({ where: { all: [{ any: parts }, { any: pairs }] } })
    expect(await verdictOf(() => ask(verifier, policy))).toBe('POLICY_TOO_LARGE')
  })

  test('does not start in production with keys under which anybody can forge', async () => {
    const forgeable = {
      circuit: 'eligibility-1',
      key: { ...keys['eligibility-1'].key, alpha: DEVELOPMENT_ALPHA },
    }
    const options = {
      store: await VerifierStore.open('sqlite::memory:'),
      keys: new Map([['id', forgeable]]),
    }
    const start = (environment: 'production' | 'development') => (): Promise<Verifier> =>
      Promise.resolve().then(() => new Verifier({ ...options, environment }))
    expect(await verdictOf(start('production'))).toBe('KEY_FORGEABLE')
    expect(await verdictOf(start('development'))).toBe('accepted')
  })
})
