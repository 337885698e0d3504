import { describe, expect, test } from 'vitest'
import type { Policy } from '../../../core/policy/policy.ts'
import { EXAMPLES, Site, TODAY, worstOf } from './support.ts'

// What sites ask in earnest must not be refused.

const YEAR = Array.from({ length: 365 }, (_, day) => TODAY + day)

/** The worst level of each day on which a site asks all of the policies. */
function yearOf(policies: readonly Policy[], answers: boolean): string[] {
  const site = new Site()
  return YEAR.flatMap((day) =>
    policies.map((policy) => worstOf(site.ask(policy, day, { answers }))),
  )
}

describe.each([...EXAMPLES.keys()])('%s, asked every day for a year', (id) => {
  test.each([
    ['answered', true],
    ['never answered', false],
  ])('and %s is never refused', (_, answers) => {
    expect(yearOf([EXAMPLES.get(id)!], answers)).not.toContain('refuse')
  })
})

test.each([
  ['over-18@1', 'title-review@1', 'parental-consent@1'],
  ['museum-under-26@1', 'railcard-16-25@1', 'smartpass-60@1'],
  ['teen-rides@1', 'livestream-16@1', 'over-18@1'],
  ['winter-fuel-2025@1', 'eco4-flex@1', 'healthy-start@1'],
  ['snap-gross-2026@1', 'federal-juror@1', 'library-card@1'],
  ['transit-reduced-fare@1', 'refill-controlled@1', 'over-18@1'],
])('one site that asks %s, %s and %s every day is never refused', (...ids) => {
  const policies = ids.map((id) => EXAMPLES.get(id)!)
  expect(yearOf(policies, true)).not.toContain('refuse')
})

test('a site that asks every example of one person on one day is not refused', () => {
  const site = new Site()
  const levels = [...EXAMPLES.values()].map((policy) =>
    worstOf(site.ask(policy, TODAY, { answers: true })),
  )
  expect(levels).not.toContain('refuse')
})

test.each([
  'over-18@1',
  'livestream-16@1',
  'title-review@1',
  'smartpass-60@1',
  'transit-reduced-fare@1',
  'federal-juror@1',
  'snap-gross-2026@1',
  'refill-controlled@1',
])('%s, once answered, is answered every day without another question', (id) => {
  expect(new Set(yearOf([EXAMPLES.get(id)!], true))).toEqual(new Set(['note']))
})

test('a site whose age limit differs from day to day is refused', () => {
  const site = new Site()
  site.ask(EXAMPLES.get('over-18@1')!)
  const later = YEAR.map((day) => worstOf(site.ask(EXAMPLES.get('teen-rides@1')!, day)))
  expect(later).toContain('warn')
  const near = site.codes({ attribute: 'person.birthDate', lte: '2008-11-25' })
  expect(near).toContain('NARROWS')
})
