import { expect } from 'vitest'
import { SHARDS } from '../../server/issuer/epochs.ts'
import { inDatabase } from './issuer-desk.ts'

/** Looks into an issuer's database for what must hold at any time between two transactions. */
export async function expectSound(url: string): Promise<void> {
  const { credentials, offers, tags, people, keys, epochs, roots, shards } = await inDatabase(
    url,
    async (query) => ({
      credentials: await query.selectFrom('issuer_credentials').selectAll().execute(),
      offers: await query.selectFrom('issuer_offers').selectAll().execute(),
      tags: await query.selectFrom('issuer_tags').selectAll().execute(),
      people: await query.selectFrom('issuer_people').selectAll().execute(),
      keys: await query.selectFrom('issuer_keys').selectAll().execute(),
      epochs: await query.selectFrom('issuer_epochs').select('epoch').orderBy('epoch').execute(),
      roots: await query.selectFrom('issuer_epoch_roots').selectAll().execute(),
      shards: await query
        .selectFrom('issuer_shards')
        .select(['root', 'first_prefix', 'last_prefix'])
        .orderBy('first_prefix')
        .execute(),
    }),
  )
  // An offer that is used has its credential, which belongs to the same person.
  const owners = new Map(credentials.map(({ commitment, subject }) => [commitment, subject]))
  for (const { commitment, subject } of offers) {
    if (commitment !== null) expect(owners.get(commitment)).toBe(subject)
  }
  const numbers = credentials.map((row) => `${row.key_id} ${row.revocation_id}`)
  expect(new Set(numbers).size).toBe(numbers.length)
  // A person has at most one tag that is good, and it is the person's own.
  const good = tags.filter(({ retired_at: at }) => at === null)
  const known = people.filter(({ tag }) => tag !== null)
  expect(good.map(({ tag, subject }) => `${subject} ${tag}`).sort()).toEqual(
    known.map(({ tag, subject }) => `${subject} ${tag}`).sort(),
  )
  expect(keys.filter(({ status }) => status === 'active')).toHaveLength(1)
  // Epochs are counted without a gap, and what the newest names is there, without a gap either.
  expect(epochs.map(({ epoch }) => epoch)).toEqual(epochs.map((_, i) => i + 1))
  const newest = roots.filter(({ epoch }) => epoch === epochs.length)
  expect(newest.length).toBeGreaterThan(0)
  for (const { root } of newest) {
    const parts = shards.filter((part) => part.root === root)
    expect(parts.map((part) => part.first_prefix)).toEqual([
      0,
      ...parts.slice(0, -1).map((part) => part.last_prefix + 1),
    ])
    expect(parts.at(-1)!.last_prefix).toBe(SHARDS - 1)
  }
}
