import { expect, test } from 'vitest'
import { optimisationCheck } from '../../scripts/assure/mutation/optimisation-check.ts'
import { missedAims, runCheck } from '../../scripts/assure/run/in-process.ts'

test('enrolment says the same at every level of optimisation', async () => {
  const { faults, seeded, figures } = await runCheck(optimisationCheck, 'part')
  expect(faults).toEqual([])
  expect(seeded.filter(({ wasSeen }) => !wasSeen)).toEqual([])
  expect(missedAims(figures)).toEqual([])
})
