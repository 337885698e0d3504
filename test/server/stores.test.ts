import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { MemoryIssuerStore } from '../../server/memory-issuer-store.ts'
import { MemoryVerifierStore } from '../../server/memory-verifier-store.ts'
import { SqliteIssuerStore } from '../../server/sqlite-issuer-store.ts'
import { SqliteVerifierStore } from '../../server/sqlite-verifier-store.ts'
import type { IssuedCredential, IssuerStore } from '../../server/issuer-store.ts'
import type { Settlement, StoredRequest, VerifierStore } from '../../server/verifier-store.ts'

// One suite for every kind of memory.

const folder = mkdtempSync(join(tmpdir(), 'zerocard-stores-'))
let files = 0
const newFile = (): string => join(folder, `${String(files++)}.sqlite`)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const issuerStores: [string, () => IssuerStore][] = [
  ['in memory', () => new MemoryIssuerStore()],
  ['in a file', () => new SqliteIssuerStore(newFile())],
]

const verifierStores: [string, () => VerifierStore][] = [
  ['in memory', () => new MemoryVerifierStore()],
  ['in a file', () => new SqliteVerifierStore(newFile())],
]

const LARGE = 2n ** 253n

function issued(change: Partial<IssuedCredential> = {}): IssuedCredential {
  return {
    subject: 'P1',
    schema: 'person/1',
    commitment: LARGE,
    message: LARGE + 1n,
    revocationId: 2n ** 40n - 1n,
    validFrom: 46_000,
    validUntil: 46_365,
    ...change,
  }
}

describe.each(issuerStores)("an issuer's memory %s", (_, create) => {
  test('gives back what was recorded', async () => {
    const store = create()
    expect(await store.record(issued(), 5n)).toBe('recorded')
    expect(await store.tagOf('P1')).toBe(5n)
    expect(await store.subjectOf(5n)).toBe('P1')
    expect(await store.findByCommitment(LARGE)).toEqual(issued())
    expect(await store.findByNumber('person/1', 2n ** 40n - 1n)).toEqual(issued())
    expect(await store.listBySubject('P1')).toEqual([issued()])
    expect(await store.findByNumber('income/1', 2n ** 40n - 1n)).toBeUndefined()
    expect(await store.tagOf('P2')).toBeUndefined()
  })

  test.each([
    ['tag-differs', issued({ commitment: 1n, revocationId: 1n }), 6n],
    ['tag-taken', issued({ subject: 'P2', commitment: 1n, revocationId: 1n }), 5n],
    ['commitment-taken', issued({ subject: 'P2', revocationId: 1n }), 6n],
    ['number-taken', issued({ subject: 'P2', commitment: 1n }), 6n],
  ] as const)('refuses with %s and changes nothing', async (outcome, second, tag) => {
    const store = create()
    await store.record(issued(), 5n)
    expect(await store.record(second, tag)).toBe(outcome)
    expect(await store.tagOf('P2')).toBeUndefined()
    expect(await store.subjectOf(6n)).toBeUndefined()
    expect(await store.findByCommitment(1n)).toBeUndefined()
    expect(await store.listBySubject('P1')).toEqual([issued()])
  })

  test('a person may have several credentials, a number may serve two schemas', async () => {
    const store = create()
    await store.record(issued(), 5n)
    expect(await store.record(issued({ commitment: 1n, schema: 'income/1' }), 5n)).toBe('recorded')
    expect(await store.listBySubject('P1')).toHaveLength(2)
  })

  test('revokes once, and lists the numbers in order', async () => {
    const store = create()
    await store.record(issued({ commitment: 1n, revocationId: 9n }), 5n)
    await store.record(issued({ commitment: 2n, revocationId: 10n }), 5n)
    await store.record(issued({ commitment: 3n, revocationId: 2n }), 5n)
    expect(await store.revoke('person/1', 10n, 100)).toBe(true)
    expect(await store.revoke('person/1', 10n, 200)).toBe(false)
    expect(await store.revoke('person/1', 11n, 100)).toBe(false)
    expect(await store.revoke('income/1', 9n, 100)).toBe(false)
    expect(await store.revoke('person/1', 2n, 100)).toBe(true)
    expect(await store.revokedNumbers('person/1')).toEqual([2n, 10n])
    expect(await store.revokedNumbers('income/1')).toEqual([])
    expect((await store.findByCommitment(2n))?.revokedAt).toBe(100)
  })

  test('counts epochs from 1', async () => {
    const store = create()
    expect([await store.nextEpoch(), await store.nextEpoch()]).toEqual([1, 2])
  })
})

function request(id: string): StoredRequest {
  const policy = { id: 'p@1' }
  return {
    id,
    nonce: `n-${id}`,
    audience: 'https://a.example',
    policy,
    schemas: [],
    createdAt: 1,
    expiresAt: 2,
  }
}

function settlement(
  requestId: string,
  pseudonym?: bigint,
  isRepeatable = false,
  scope = LARGE,
): Settlement {
  const settled = { requestId, now: 7 }
  return pseudonym === undefined
    ? settled
    : { ...settled, name: { scope, pseudonym, isRepeatable } }
}

describe.each(verifierStores)("a verifier's memory %s", (_, create) => {
  test('gives back a request, and when it was answered', async () => {
    const store = create()
    await store.addRequest(request('a'))
    expect(await store.findRequest('a')).toEqual(request('a'))
    expect(await store.settle(settlement('a'))).toBe('accepted')
    expect(await store.findRequest('a')).toEqual({ ...request('a'), answeredAt: 7 })
    expect(await store.findRequest('b')).toBeUndefined()
  })

  test('consumes a nonce once', async () => {
    const store = create()
    await store.addRequest(request('a'))
    const outcomes = await Promise.all([1, 2, 3].map(() => store.settle(settlement('a'))))
    expect(outcomes.sort()).toEqual(['accepted', 'nonce-used', 'nonce-used'])
    expect(await store.settle(settlement('unknown'))).toBe('nonce-used')
  })

  test('accepts a name once in a scope, and leaves the nonce of the refused one', async () => {
    const store = create()
    for (const id of ['a', 'b', 'c']) await store.addRequest(request(id))
    expect(await store.settle(settlement('a', 3n))).toBe('accepted')
    expect(await store.settle(settlement('b', 3n))).toBe('pseudonym-used')
    expect(await store.settle(settlement('b', 4n))).toBe('accepted')
    expect(await store.settle(settlement('c', 3n, false, 1n))).toBe('accepted')
  })

  test('leaves a name unused if the nonce was used', async () => {
    const store = create()
    for (const id of ['a', 'b']) await store.addRequest(request(id))
    await store.settle(settlement('a', 3n))
    expect(await store.settle(settlement('a', 4n))).toBe('nonce-used')
    expect(await store.settle(settlement('b', 4n))).toBe('accepted')
  })

  test('welcomes a name again where it may come back', async () => {
    const store = create()
    for (const id of ['a', 'b']) await store.addRequest(request(id))
    expect(await store.settle(settlement('a', 3n, true))).toBe('accepted')
    expect(await store.settle(settlement('b', 3n, true))).toBe('returning')
    expect(await store.settle(settlement('b', 3n, true))).toBe('nonce-used')
  })

  test('keeps the roots of a list, newest first, each with its earliest time', async () => {
    const store = create()
    await store.addTrustRoot('l', { root: 1n, madeAt: 10 })
    await store.addTrustRoot('l', { root: LARGE, madeAt: 30 })
    await store.addTrustRoot('l', { root: LARGE, madeAt: 20 })
    await store.addTrustRoot('l', { root: LARGE, madeAt: 40 })
    expect(await store.trustRoots('l')).toEqual([
      { root: LARGE, madeAt: 20 },
      { root: 1n, madeAt: 10 },
    ])
    expect(await store.trustRoots('m')).toEqual([])
  })
})

test('two processes with one file see one memory', async () => {
  const path = newFile()
  const [one, other] = [new SqliteVerifierStore(path), new SqliteVerifierStore(path)]
  await one.addRequest(request('a'))
  expect(await other.settle(settlement('a', 3n))).toBe('accepted')
  expect(await one.settle(settlement('a', 3n))).toBe('nonce-used')
  one.close()
  other.close()
})
