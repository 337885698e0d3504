import { afterAll, describe, expect, test } from 'vitest'
import { DEFENCES } from './defences.ts'
import { Workshop } from './workshop.ts'

// A test that stays green without its defence tests nothing. So each defence is taken away, and the
// tests that the threat model names for it have to fail.

const workshop = new Workshop()
afterAll(() => workshop.close())

describe('without its defence, a test fails', () => {
  test.each(DEFENCES)('$group: $without', async (defence) => {
    const { failed, passed, trouble } = await workshop.try(defence)
    expect([...failed, ...passed].length, trouble).toBeGreaterThan(0)
    for (const name of defence.tests) {
      const [, ...titles] = name.split(' › ')
      const parts = titles.flatMap((title) => title.split('…')).filter((part) => part.trim() !== '')
      const own = failed.filter((title) => parts.every((part) => title.includes(part)))
      expect(own, name).not.toEqual([])
    }
  })
})
