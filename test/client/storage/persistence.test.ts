import { afterEach, describe, expect, test, vi } from 'vitest'
import { askForPersistence, estimate, isPersistent } from '../../../client/storage/persistence.ts'

afterEach(() => vi.unstubAllGlobals())

function browserWith(storage: unknown): void {
  vi.stubGlobal('navigator', { storage })
}

describe('the promise to keep what is stored', () => {
  test.each([true, false])('is what the browser answers: %s', async (answer) => {
    browserWith({ persisted: () => Promise.resolve(false), persist: () => Promise.resolve(answer) })
    expect(await askForPersistence()).toBe(answer)
    expect(await isPersistent()).toBe(false)
  })

  test('is not asked for again once given', async () => {
    const persist = vi.fn()
    browserWith({ persisted: () => Promise.resolve(true), persist })
    expect(await askForPersistence()).toBe(true)
    expect(persist).not.toHaveBeenCalled()
  })

  test.each([
    ['no navigator', () => void vi.stubGlobal('navigator', undefined)],
    ['no storage manager', () => browserWith(undefined)],
    ['a storage manager without it', () => browserWith({})],
    [
      'one that fails',
      () => browserWith({ persisted: () => Promise.reject(new TypeError('opaque origin')) }),
    ],
  ])('is unknown with %s', async (_what, arrange) => {
    arrange()
    expect(await askForPersistence()).toBeUndefined()
    expect(await isPersistent()).toBeUndefined()
    expect(await estimate()).toBeUndefined()
  })
})

describe('the room of this origin', () => {
  test('is what the browser says', async () => {
    browserWith({ estimate: () => Promise.resolve({ usage: 10, quota: 1000 }) })
    expect(await estimate()).toEqual({ used: 10, quota: 1000 })
  })

  test.each([{ usage: 10 }, { quota: 1000 }, {}])('is unknown from %j alone', async (told) => {
    browserWith({ estimate: () => Promise.resolve(told) })
    expect(await estimate()).toBeUndefined()
  })
})
