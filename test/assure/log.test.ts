import { expect, test } from 'vitest'
import { logCheck } from '../../scripts/assure/linking/log-check.ts'
import { missedAims, runCheck } from '../../scripts/assure/run/in-process.ts'

test('an issuer that tells two stories is found out, and an honest one is not accused', async () => {
  const { faults, seeded, figures } = await runCheck(logCheck, 'part')
  expect(faults).toEqual([])
  expect(seeded.filter(({ wasSeen }) => !wasSeen)).toEqual([])
  expect(seeded.length).toBeGreaterThan(0)
  expect(missedAims(figures)).toEqual([])
})
