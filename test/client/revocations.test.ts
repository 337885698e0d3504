import { describe, expect, test } from 'vitest'
import { httpRevocations } from '../../client/revocations.ts'
import type { RevocationCache } from '../../client/revocations.ts'
import {
  REVOCATION_SHAPE,
  SortedSet,
  WHOLE_SET_SIZE,
  checkSetProof,
} from '../../core/sorted-set.ts'
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
  revoked: REVOKED.length,
}
/** As of an issuer that has signed for more than is published whole. */
const large = { ...leaf, revoked: WHOLE_SET_SIZE + 1 }
const SET_URL = `${ISSUER}/status/sets/${fieldText(set.root)}`

function shardUrl(prefix: number): string {
  return `${ISSUER}/status/shards/${fieldText(set.root)}/${String(prefix)}`
}

/** An issuer that publishes this set under that root. */
function publishing(published: SortedSet): FakeNetwork {
  const network = new FakeNetwork()
  network.pages.set(SET_URL, () => json(published.publish()))
  for (const prefix of [0, 32, 63]) {
    network.pages.set(shardUrl(prefix), () => json(published.shard(prefix)))
  }
  return network
}

function memory(): RevocationCache & {
  readonly kept: Map<string, string>
  readonly places: Set<string>
} {
  const [kept, places] = [new Map<string, string>(), new Set<string>()]
  return {
    kept,
    places,
    get: (url) => Promise.resolve(kept.get(url)),
    set: (url, text, place) => {
      places.add(place)
      return Promise.resolve(void kept.set(url, text))
    },
  }
}

const NUMBERS = [
  [5n, true],
  [6n, false],
  [1n << 39n, true],
  [(1n << 40n) - 1n, false],
] as const

describe('a source of revocations', () => {
  test.each([
    ['one of ordinary size', leaf, Array<string>(4).fill(SET_URL)],
    ['a large one', large, [0, 0, 32, 63].map(shardUrl)],
  ])('tells which numbers of a set are revoked: %s', async (_, asked, urls) => {
    const network = publishing(set)
    const source = httpRevocations(network.http())
    for (const [id, found] of NUMBERS) {
      const proof = await source(asked, id)
      expect(proof.found).toBe(found)
      expect(checkSetProof(REVOCATION_SHAPE, set.root, id, proof)).toBe(true)
    }
    expect(network.asked()).toEqual(urls)
  })

  test('asks the same whatever the number is, up to the size that everybody knows', async () => {
    for (const revoked of [0, WHOLE_SET_SIZE]) {
      const network = publishing(set)
      const source = httpRevocations(network.http(), memory())
      for (const [id] of NUMBERS) await source({ ...leaf, revoked }, id)
      expect(network.asked()).toEqual([SET_URL])
    }
  })

  test.each([
    ['set', leaf, SET_URL, {}],
    ['shard', large, shardUrl(0), SortedSet.from(REVOCATION_SHAPE, []).shard(0)],
  ])('asks for a %s once, and again if what was kept is damaged', async (_, asked, url, other) => {
    const network = publishing(set)
    const cache = memory()
    const source = httpRevocations(network.http(), cache)
    const first = await source(asked, 6n)
    expect(await source(asked, 6n)).toEqual(first)
    expect(network.asked()).toEqual([url])
    for (const damaged of ['', '{}', JSON.stringify(other)]) {
      cache.kept.set(url, damaged)
      expect(await source(asked, 6n)).toEqual(first)
      expect(network.asked()).toEqual([url])
    }
    expect(cache.places.size).toBe(1)
  })

  test.each([
    ['a set', leaf],
    ['a shard', large],
  ])('does not believe %s of another root, and does not keep it', async (_, asked) => {
    const cache = memory()
    const numbers = Array.from({ length: 200 }, (__, i) => BigInt(i) << 32n)
    for (const other of [[], numbers]) {
      const network = publishing(SortedSet.from(REVOCATION_SHAPE, other))
      const source = httpRevocations(network.http(), cache)
      expect(await verdictOf(() => source(asked, 5n))).toBe('SET_INVALID')
      expect(cache.kept.size).toBe(0)
    }
  })

  test('lets no issuer see by a second request whose part of a set it made wrong', async () => {
    const numbers = Array.from({ length: 200 }, (_, i) => BigInt(i) << 32n)
    const many = SortedSet.from(REVOCATION_SHAPE, numbers)
    const { values, nodes } = many.publish()
    const bytes = Buffer.from(values, 'base64url')
    bytes[bytes.length - 1] = 1
    const url = `${ISSUER}/status/sets/${fieldText(many.root)}`
    const network = new FakeNetwork()
    network.pages.set(url, () => json({ values: bytes.toString('base64url'), nodes }))
    const source = httpRevocations(network.http(), memory())
    const asked = { ...leaf, revocationRoot: many.root }
    for (let again = 0; again < 2; again++) {
      expect(await verdictOf(() => source(asked, 199n << 32n))).toBe('SET_INVALID')
    }
    expect((await source(asked, 1n << 32n)).found).toBe(true)
    expect(network.asked()).toEqual([url])
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
