import { describe, expect, test } from 'vitest'
import { ZerocardError } from '../../../core/errors.ts'
import { verifyJws } from '../../../core/jws.ts'
import { presentProof } from '../../../client/holder.ts'
import { MAX_READY, MAX_READY_EACH } from '../../../client/pool/pool.ts'
import type { PoolPlan } from '../../../client/pool/pool.ts'
import { PRESENTATION_TYP } from '../../../core/presentation.ts'
import { verdictOf } from '../../support/refusal.ts'
import { ADULT, FakeStore, ONCE, counter, poolOf } from './fake-pool.ts'

async function filled(plans: readonly PoolPlan[] = [ADULT]) {
  const store = new FakeStore()
  const pool = poolOf(store)
  await pool.refresh(plans)
  return { store, pool }
}

describe('taking a proof', () => {
  test('gives one that signs, with a key that nobody can read', async () => {
    const { pool } = await filled()
    const prepared = (await pool.take(ADULT))!
    expect(prepared).toMatchObject({ policy: ADULT.policy, trustRoots: [5n], proof: 'proof 1' })
    expect(prepared.privateKey.extractable).toBe(false)
    const presentation = await presentProof(prepared, 'nonce', 1_800_000_000)
    const payload = await verifyJws(presentation, prepared.jwk, PRESENTATION_TYP, 'PROOF_INVALID')
    expect(payload).toMatchObject({ nonce: 'nonce', aud: ADULT.audience })
  })

  test('takes it out of the store, so that each is given once', async () => {
    const { pool, store } = await filled()
    const [first, second, third] = [
      await pool.take(ADULT),
      await pool.take(ADULT),
      await pool.take(ADULT),
    ]
    expect([first?.proof, second?.proof, third]).toEqual(['proof 1', 'proof 2', undefined])
    expect(store.entries.size).toBe(0)
  })

  test('gives nothing out if it cannot be removed for good', async () => {
    const { pool, store } = await filled()
    store.isBroken = true
    await expect(pool.take(ADULT)).rejects.toThrow('disk is full')
    expect(store.entries.size).toBe(2)
  })

  test('two tabs that want the last one: one gets it; without a lock between them, both would', async () => {
    const { pool } = await filled([{ ...ADULT, wanted: 1 }])
    const proofs = await Promise.all([pool.take(ADULT), pool.take(ADULT)])
    expect(proofs.filter((proof) => proof !== undefined)).toHaveLength(1)

    const store = new FakeStore()
    const unlocked = poolOf(store, { exclusively: (action) => action() })
    await unlocked.refresh([{ ...ADULT, wanted: 1 }])
    const doubled = await Promise.all([unlocked.take(ADULT), unlocked.take(ADULT)])
    expect(doubled.filter((proof) => proof !== undefined)).toHaveLength(2)
  })

  test.each([
    ['another policy', { policy: ONCE.policy }],
    ['another verification key', { circuit: ONCE.policy }],
    ['another verifier', { audience: 'https://other.example' }],
    ['the next day', { asOf: ADULT.asOf + 1 }],
    ['the day before', { asOf: ADULT.asOf - 1 }],
    ['another trust root', { trustRoots: [6n] }],
    ['more trust roots', { trustRoots: [5n, 5n] }],
    ['a numbered pseudonym', { use: 0 }],
  ])('gives none for %s', async (_, change) => {
    const { pool, store } = await filled()
    expect(await pool.take({ ...ADULT, ...change })).toBeUndefined()
    expect(store.entries.size).toBe(2)
  })

  test('passes over what it cannot read', async () => {
    const { pool, store } = await filled([{ ...ADULT, wanted: 1 }])
    const [[name, entry]] = [...store.entries] as [[string, object]]
    store.entries.clear()
    store.entries.set('a', { ...entry, format: 'zerocard-ready/2' })
    store.entries.set('b', 'rubbish')
    expect(await pool.take(ADULT)).toBeUndefined()
    store.entries.set(name, entry)
    expect(await pool.take(ADULT)).toBeDefined()
    expect((await pool.refresh([])).removed).toBe(2)
  })
})

describe('refreshing', () => {
  test('makes what is missing, and nothing more', async () => {
    const { pool } = await filled()
    expect(await pool.count(ADULT)).toBe(2)
    expect(await pool.refresh([ADULT])).toMatchObject({ made: 0, removed: 0 })
    await pool.take(ADULT)
    expect(await pool.refresh([ADULT])).toMatchObject({ made: 1, removed: 0 })
  })

  test.each([
    ['of yesterday', { asOf: ADULT.asOf + 1 }],
    ['under a trust root that was replaced', { trustRoots: [6n] }],
    ['that nobody wants any more', { wanted: 0 }],
    ['for another verifier', { audience: 'https://other.example' }],
  ])('throws away proofs %s', async (_, change) => {
    const { pool, store } = await filled()
    const plan = { ...ADULT, ...change }
    expect(await pool.refresh([plan])).toMatchObject({ removed: 2 })
    expect(store.entries.size).toBe(plan.wanted)
    expect(await pool.count(ADULT)).toBe(0)
  })

  test('keeps one proof of a numbered pseudonym, and none once the number was shown', async () => {
    const { pool, store } = await filled([ONCE])
    expect(store.entries.size).toBe(1)
    const next = { ...ONCE, use: 1 }
    expect(await pool.refresh([next])).toMatchObject({ made: 1, removed: 1 })
    expect(await pool.take(ONCE)).toBeUndefined()
    expect((await pool.take(next))?.pseudonym).toBe(1n)
  })

  test('serves every plan before any has two, within the limits', async () => {
    const plans = Array.from({ length: 8 }, (_, i) => ({
      ...ADULT,
      audience: `https://${String(i)}.example`,
      wanted: 99,
    }))
    const { pool, store } = await filled(plans)
    const counts = await Promise.all(plans.map((plan) => pool.count(plan)))
    expect(counts).toEqual([2, 2, 2, 2, 1, 1, 1, 1])
    expect(store.entries.size).toBe(MAX_READY)
    await pool.refresh(plans.slice(0, 1))
    expect(await pool.count(plans[0]!)).toBe(MAX_READY_EACH)
  })

  test('one plan that fails does not keep the others waiting', async () => {
    const make = counter()
    const store = new FakeStore()
    const pool = poolOf(store, {
      prepare: async (plan, key) => {
        if (plan.policy === ONCE.policy) throw new ZerocardError('POLICY_NOT_SATISFIED', 'no')
        return make(plan, key)
      },
    })
    const { made, failed } = await pool.refresh([ONCE, ADULT])
    expect(made).toBe(2)
    expect([...failed]).toEqual([[0, 'POLICY_NOT_SATISFIED']])
  })

  test('stops when it is told, and keeps what was made until then', async () => {
    const make = counter()
    const controller = new AbortController()
    const store = new FakeStore()
    const pool = poolOf(store, {
      prepare: async (plan, key) => {
        const made = await make(plan, key)
        if (made.proof === 'proof 2') controller.abort()
        return made
      },
    })
    const refreshing = pool.refresh([ADULT], { signal: controller.signal })
    expect(await verdictOf(() => refreshing)).toBe('ABORTED')
    expect(store.entries.size).toBe(1)
    expect(await verdictOf(() => pool.refresh([], { signal: controller.signal }))).toBe('ABORTED')
    expect(store.entries.size).toBe(1)
  })

  test('does not begin while somebody else proves', async () => {
    const store = new FakeStore()
    const pool = poolOf(store)
    expect(await pool.refresh([ADULT], { mayBegin: () => store.entries.size === 0 })).toMatchObject(
      { made: 1 },
    )
  })

  test('refuses a proof of something else, or with another key', async () => {
    const make = counter()
    const other = poolOf(new FakeStore(), {
      prepare: (plan, key) => make({ ...plan, asOf: 1 }, key),
    })
    await expect(other.refresh([ADULT])).rejects.toThrow(TypeError)
    const kept = crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
      'sign',
      'verify',
    ])
    const sameKey = poolOf(new FakeStore(), { prepare: (plan) => make(plan, () => kept) })
    await expect(sameKey.refresh([ADULT])).rejects.toThrow(TypeError)
  })

  test('clearing leaves nothing', async () => {
    const { pool, store } = await filled([ADULT, ONCE])
    store.entries.set('x', 'rubbish')
    await pool.clear()
    expect(store.entries.size).toBe(0)
  })
})
