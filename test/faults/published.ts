import { expect } from 'vitest'
import type { PublicJwk } from '../../core/jws.ts'
import { fieldText } from '../../core/presentation.ts'
import { parseShard } from '../../core/set-shard.ts'
import { REVOCATION_SHAPE, SHARD_LEVELS, openSet, proveFromShard } from '../../core/sorted-set.ts'
import { openStatus } from '../../core/status.ts'
import type { IssuerKeyStatus, StatusDocument } from '../../core/status.ts'
import { TOKENS, ISSUER } from '../server/issuer/service-world.ts'
import type { TestService } from '../server/issuer/service-world.ts'
import { NOW } from '../support/world.ts'

// What the world can read of an issuer: epochs that never change, never go back and are whole.

/** Remembers every document it sees, as the world does. */
export class Reader {
  readonly #seen = new Map<number, string>()
  #jwk: PublicJwk | undefined

  /**
   * Reads everything that is published.
   *
   * @returns The newest status.
   */
  async read(desk: TestService): Promise<StatusDocument> {
    const newest = await this.#newest(desk)
    const { json } = await desk.send('GET', '/status/epochs')
    const { epochs } = json as unknown as { epochs: { epoch: number }[] }
    const numbers = epochs.map(({ epoch }) => epoch)
    // Each number once, none left out, the newest first.
    expect(numbers).toEqual(Array.from({ length: newest.epoch }, (_, i) => newest.epoch - i))
    expect(Math.max(0, ...this.#seen.keys())).toBeLessThanOrEqual(newest.epoch)
    for (const epoch of numbers.slice(0, RECENT)) {
      const { text } = await desk.send('GET', `/status/epochs/${epoch}`)
      expect(text).toBe(this.#seen.get(epoch) ?? text)
      this.#seen.set(epoch, text)
    }
    for (const key of newest.keys) await expectWhole(desk, key)
    return newest
  }

  async #newest(desk: TestService): Promise<StatusDocument> {
    this.#jwk ??= (await desk.send('GET', '/.well-known/zerocard-issuer')).json.jwk
    const { text } = await desk.send('GET', '/status')
    return openStatus(text, { issuer: ISSUER, jwk: this.#jwk }, NOW)
  }
}

/** Publishes. @returns The new epoch's number. */
export async function publish(desk: TestService): Promise<number> {
  const { status, json } = await desk.send('POST', '/v1/epochs', { token: TOKENS['publisher']! })
  expect(status).toBe(201)
  return (json as unknown as { epoch: number }).epoch
}

/** Whether a number is revoked, by what is published. */
export async function isRevoked(
  desk: TestService,
  keys: readonly IssuerKeyStatus[],
  number: bigint,
): Promise<boolean> {
  for (const { revocationRoot: root } of keys) {
    const prefix = Number(number >> BigInt(REVOCATION_SHAPE.valueBits - 3 * SHARD_LEVELS))
    const { values } = await fetchShard(desk, root, prefix)
    if (values.includes(String(number))) return true
  }
  return false
}

/** Epochs whose documents are read again each time. */
const RECENT = 3

/** Every shard of a key's set is there, belongs to its root, and together they hold what is said. */
async function expectWhole(
  desk: TestService,
  { revocationRoot: root, revoked }: IssuerKeyStatus,
): Promise<void> {
  let count = 0
  for (let prefix = 0; prefix < 8 ** SHARD_LEVELS;) {
    const shard = await fetchShard(desk, root, prefix)
    const value = BigInt(prefix) << BigInt(REVOCATION_SHAPE.valueBits - 3 * SHARD_LEVELS)
    proveFromShard(REVOCATION_SHAPE, root, shard, value)
    count += shard.values.length
    prefix += 8 ** (SHARD_LEVELS - shard.shardLevels)
  }
  expect(count).toBe(revoked)
  const whole = await desk.send('GET', `/status/sets/${fieldText(root)}`)
  expect(whole.status).toBe(200)
  const proofOf = openSet(REVOCATION_SHAPE, root, whole.json)
  for (let prefix = 0n; prefix < 64n; prefix++) proofOf(prefix << 34n)
}

async function fetchShard(
  desk: TestService,
  root: bigint,
  prefix: number,
): Promise<ReturnType<typeof parseShard>> {
  const { status, json } = await desk.send('GET', `/status/shards/${fieldText(root)}/${prefix}`)
  expect(status).toBe(200)
  return parseShard(json)
}
