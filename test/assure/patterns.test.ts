import { expect, test } from 'vitest'
import { patternsCheck } from '../../scripts/assure/patterns/patterns-check.ts'
import { missedAims, runCheck } from '../../scripts/assure/run/in-process.ts'

test('the harness sees every known fault pattern and passes every mended twin', async () => {
  const { faults, seeded, figures } = await runCheck(patternsCheck, 'part')
  expect(faults).toEqual([])
  expect(seeded.filter(({ wasSeen }) => !wasSeen)).toEqual([])
  expect(missedAims(figures)).toEqual([])
})
