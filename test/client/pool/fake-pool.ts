import { toBase64url } from '../../../core/bytes.ts'
import { publicJwk } from '../../../core/jws.ts'
import { ProofPool } from '../../../client/pool/pool.ts'
import type { PoolPlan, PoolStore, PoolTools } from '../../../client/pool/pool.ts'

// Pools without proofs: a text with a number stands for one.

export const ADULT: PoolPlan = {
  policy: toBase64url(new Uint8Array(32).fill(1)),
  circuit: toBase64url(new Uint8Array(32).fill(9)),
  audience: 'https://shop.example',
  asOf: 46_000,
  trustRoots: [5n],
  wanted: 2,
}
export const ONCE: PoolPlan = {
  ...ADULT,
  policy: toBase64url(new Uint8Array(32).fill(2)),
  trustRoots: [5n, 6n],
  use: 0,
  wanted: 3,
}

/** What a database does, as far as two tabs can see it. */
export class FakeStore implements PoolStore {
  readonly entries = new Map<string, unknown>()
  isBroken = false
  readonly #pause: () => Promise<unknown>

  constructor(pause: () => Promise<unknown> = () => Promise.resolve()) {
    this.#pause = pause
  }

  async load(): ReturnType<PoolStore['load']> {
    await this.#pause()
    return [...this.entries].map(([name, entry]) => [name, structuredClone(entry)] as const)
  }

  async write(changes: Parameters<PoolStore['write']>[0]): Promise<void> {
    await this.#pause()
    if (this.isBroken) throw new Error('the disk is full')
    for (const { name, entry } of changes) {
      if (entry === undefined) this.entries.delete(name)
      else this.entries.set(name, structuredClone(entry))
    }
  }
}

/** Makes numbered proofs. */
export function counter(
  pause: () => Promise<unknown> = () => Promise.resolve(),
): PoolTools<PoolPlan>['prepare'] {
  let serial = 0
  return async ({ policy, circuit, audience, asOf, trustRoots, use }, oneTimeKey) => {
    await pause()
    const { publicKey, privateKey } = await oneTimeKey()
    serial++
    return {
      policy,
      circuit,
      audience,
      asOf,
      trustRoots,
      ...(use === undefined ? {} : { pseudonym: BigInt(use) }),
      proof: `proof ${String(serial)}`,
      jwk: await publicJwk(publicKey),
      privateKey,
    }
  }
}

/** One at a time, in this test. */
export function line(): PoolTools<PoolPlan>['exclusively'] {
  let last: Promise<unknown> = Promise.resolve()
  return async (action) => {
    const mine = last.then(action, action)
    last = mine.catch(() => undefined)
    return mine
  }
}

export function poolOf(store: FakeStore, more: Partial<PoolTools<PoolPlan>> = {}): ProofPool {
  return new ProofPool({ store, prepare: counter(), exclusively: line(), ...more })
}
