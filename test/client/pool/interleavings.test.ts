import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readEntry } from '../../../client/pool/pool.ts'
import type { PoolPlan, ProofPool } from '../../../client/pool/pool.ts'
import { ADULT, FakeStore, ONCE, counter, line, poolOf } from './fake-pool.ts'

// Tabs that take and refresh at the same time, while days pass, lists change and numbers are shown.

type Action = 'take adult' | 'take once' | 'refresh' | 'new day' | 'new root' | 'shown'

const action = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom<Action>('take adult', 'take once') },
  { weight: 3, arbitrary: fc.constant<Action>('refresh') },
  { weight: 2, arbitrary: fc.constantFrom<Action>('new day', 'new root', 'shown') },
)
const acts = fc.array(fc.tuple(fc.nat(1), action), { minLength: 4, maxLength: 14 })

interface Given {
  readonly proof: string
  readonly day: number
  readonly roots: string
  readonly pseudonym: bigint | undefined
}

class World {
  day = ADULT.asOf
  root = 5n
  use = 0
  readonly given: Given[] = []

  get adult(): PoolPlan {
    return { ...ADULT, asOf: this.day, trustRoots: [this.root] }
  }

  get once(): PoolPlan {
    return { ...ONCE, asOf: this.day, trustRoots: [this.root, 6n], use: this.use }
  }

  async take(pool: ProofPool, plan: PoolPlan): Promise<void> {
    const prepared = await pool.take(plan)
    if (prepared === undefined) return
    const { proof, asOf, trustRoots, pseudonym } = prepared
    this.given.push({ proof, day: asOf, roots: trustRoots.join(), pseudonym })
    expect({ asOf, trustRoots, pseudonym }).toEqual({
      asOf: plan.asOf,
      trustRoots: plan.trustRoots,
      pseudonym: plan.use === undefined ? undefined : BigInt(plan.use),
    })
  }

  async act(pool: ProofPool, what: Action): Promise<unknown> {
    if (what === 'take adult') return this.take(pool, this.adult)
    if (what === 'take once') return this.take(pool, this.once)
    if (what === 'refresh') return pool.refresh([this.adult, this.once])
    if (what === 'new day') this.day++
    if (what === 'new root') this.root++
    if (what === 'shown') this.use++
    return undefined
  }
}

test('no proof is given twice, and none for another day, list or number, in whatever order', async () => {
  let taken = 0
  const property = fc.asyncProperty(fc.scheduler(), acts, async (scheduler, actions) => {
    const pause = () => scheduler.schedule(Promise.resolve())
    const store = new FakeStore(pause)
    const shared = { exclusively: line(), prepare: counter(pause) }
    const tabs = [poolOf(store, shared), poolOf(store, shared)]
    const world = new World()
    await scheduler.waitFor(tabs[0]!.refresh([world.adult, world.once]))
    const running = actions.map(async ([tab, what]) => {
      await scheduler.schedule(Promise.resolve())
      return world.act(tabs[tab]!, what)
    })
    await scheduler.waitFor(Promise.all(running))
    const proofs = world.given.map(({ proof }) => proof)
    const left = [...store.entries.values()].map((json) => readEntry(json)!)
    expect(new Set(proofs).size).toBe(proofs.length)
    expect(left.filter(({ proof }) => proofs.includes(proof))).toEqual([])
    const numbered = left
      .filter(({ use }) => use !== undefined)
      .map(({ use, asOf, trustRoots }) => [use, asOf, trustRoots].join())
    expect(new Set(numbered).size).toBe(numbered.length)
    taken += proofs.length
  })
  await fc.assert(property, { numRuns: 100 })
  expect(taken).toBeGreaterThan(100)
})
