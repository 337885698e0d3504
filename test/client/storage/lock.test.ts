import { afterEach, describe, expect, test, vi } from 'vitest'
import { exclusively } from '../../../client/storage/lock.ts'
import { verdictOf } from '../../support/refusal.ts'

afterEach(() => vi.unstubAllGlobals())

let count = 0
const newName = (): string => `lock-${String(count++)}`

const places: [string, () => void][] = [
  ['with the locks of the platform', () => expect(navigator.locks).toBeDefined()],
  ['without them', () => void vi.stubGlobal('navigator', {})],
  ['without a navigator', () => void vi.stubGlobal('navigator', undefined)],
]

describe.each(places)('actions under one name, %s,', (_place, arrange) => {
  test('run one after the other, in the order they came', async () => {
    arrange()
    const name = newName()
    const events: string[] = []
    const action = (label: string) => async (): Promise<void> => {
      events.push(`${label} begins`)
      await new Promise((resolve) => setTimeout(resolve, 2))
      events.push(`${label} ends`)
    }
    await Promise.all(['a', 'b', 'c'].map((label) => exclusively(name, action(label))))
    expect(events).toEqual(['a', 'b', 'c'].flatMap((label) => [`${label} begins`, `${label} ends`]))
  })

  test('give back what they come to, and what they throw, and the next one runs', async () => {
    arrange()
    const name = newName()
    expect(await exclusively(name, () => Promise.resolve(7))).toBe(7)
    const failing = exclusively(name, () => Promise.reject(new RangeError('mine')))
    await expect(failing).rejects.toThrow(RangeError)
    expect(await exclusively(name, () => Promise.resolve(8))).toBe(8)
  })

  test('do not wait for ever: who gives up never runs, and who comes later does', async () => {
    arrange()
    const name = newName()
    const { promise: end, resolve: finish } = Promise.withResolvers<undefined>()
    const slow = exclusively(name, () => end)
    const late = vi.fn(() => Promise.resolve())
    expect(await verdictOf(() => exclusively(name, late, 5))).toBe('STORAGE_FAILED')
    const events: string[] = []
    const next = exclusively(name, () => Promise.resolve(events.push('next')))
    // Time enough for who should wait to begin.
    await new Promise((resolve) => setTimeout(resolve, 5))
    events.push('slow ends')
    finish(undefined)
    await Promise.all([slow, next])
    expect(events).toEqual(['slow ends', 'next'])
    expect(late).not.toHaveBeenCalled()
  })

  test('do not wait for those under another name', async () => {
    arrange()
    const { promise: end, resolve: finish } = Promise.withResolvers<undefined>()
    const slow = exclusively(newName(), () => end)
    expect(await exclusively(newName(), () => Promise.resolve(1), 1000)).toBe(1)
    finish(undefined)
    await slow
  })
})
