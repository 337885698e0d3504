import { expect, test } from 'vitest'
import { policiesCheck } from '../../scripts/assure/policies/policies-check.ts'
import { missedAims, runCheck } from '../../scripts/assure/run/in-process.ts'

test('evaluator and circuit agree on random policies, and slips of the evaluator are seen', async () => {
  const { faults, seeded, figures } = await runCheck(policiesCheck, 'part')
  expect(faults).toEqual([])
  expect(seeded.filter(({ wasSeen }) => !wasSeen)).toEqual([])
  expect(seeded.length).toBeGreaterThan(15)
  expect(missedAims(figures)).toEqual([])
})
