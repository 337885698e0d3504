import { describe, expect, test } from 'vitest'
import { httpRevocations } from '../../client/revocations.ts'
import type { ShardCache } from '../../client/revocations.ts'
import { REVOCATION_SHAPE, SortedSet, checkSetProof } from '../../core/sorted-set.ts'
import { fieldText } from '../../core/presentation.ts'
import { verdictOf } from '../support/refusal.ts'
import { PERSON } from '../support/world.ts'
import { FakeNetwork, json } from './fake-services.ts'

const ISSUER = 'https://registry.example'
const REVOKED = [5n, 1n << 39n]
const set = SortedSet.from(REVOCATION_SHAPE, REVOKED)
const leaf = {
  issuer: ISSUER,
  key: { x: 1n, y: 2n },
  schema: PERSON.id,
  schemaHash: 3n,
  revocationRoot: set.root,
}

function shardUrl(prefix: number): string {
  return `${ISSUER}/status/shards/${fieldText(set.root)}/${String(prefix)}`
}

/** An issuer that publishes this set under that root. */
function publishing(published: SortedSet): FakeNetwork {
  const network = new FakeNetwork()
  for (const prefix of [0, 32, 63]) {
    network.pages.set(shardUrl(prefix), () => json(published.shard(prefix)))
  }
  return network
}

function memory(): ShardCache & { readonly kept: Map<string, string> } {
  const kept = new Map<string, string>()
  return {
    kept,
    get: (url) => Promise.resolve(kept.get(url)),
    set: (url, text) => Promise.resolve(void kept.set(url, text)),
  }
}

describe('a source of revocations', () => {
  test('tells which numbers are revoked, with a proof under the root', async () => {
    const network = publishing(set)
    const source = httpRevocations(network.http())
    for (const [id, found] of [
      [5n, true],
      [6n, false],
      [1n << 39n, true],
      [(1n << 40n) - 1n, false],
    ] as const) {
      const proof = await source(leaf, id)
      expect(proof.found).toBe(found)
      expect(checkSetProof(REVOCATION_SHAPE, set.root, id, proof)).toBe(true)
    }
    expect(network.asked()).toEqual([0, 0, 32, 63].map(shardUrl))
  })

  test('asks for a shard once, and again if what was kept is damaged', async () => {
    const network = publishing(set)
    const cache = memory()
    const source = httpRevocations(network.http(), cache)
    const first = await source(leaf, 6n)
    expect(await source(leaf, 6n)).toEqual(first)
    expect(network.asked()).toEqual([shardUrl(0)])
    for (const damaged of [
      '',
      '{}',
      JSON.stringify(SortedSet.from(REVOCATION_SHAPE, []).shard(0)),
    ]) {
      cache.kept.set(shardUrl(0), damaged)
      expect(await source(leaf, 6n)).toEqual(first)
      expect(network.asked()).toEqual([shardUrl(0)])
    }
  })

  test('does not believe a shard of another set, and does not keep it', async () => {
    const cache = memory()
    const network = publishing(SortedSet.from(REVOCATION_SHAPE, []))
    const source = httpRevocations(network.http(), cache)
    expect(await verdictOf(() => source(leaf, 5n))).toBe('SET_INVALID')
    expect(cache.kept.size).toBe(0)
  })

  test('asks nobody whose name is not an address', async () => {
    const network = publishing(set)
    const source = httpRevocations(network.http())
    for (const issuer of ['registry', `${ISSUER}/`, `${ISSUER}/a`, 'http://registry.example']) {
      expect(await verdictOf(() => source({ ...leaf, issuer }, 5n))).toBe('ADDRESS_REFUSED')
    }
    expect(network.asked()).toEqual([])
  })
})
