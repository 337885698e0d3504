import { expect, test } from 'vitest'
import { forgeriesCheck } from '../../scripts/assure/keys/forgeries-check.ts'
import { missedAims, runCheck } from '../../scripts/assure/run/in-process.ts'

test('proofs of a falsehood are forged under every weak key, and production refuses the key (N40, N41)', async () => {
  const { faults, seeded, figures } = await runCheck(forgeriesCheck, 'part')
  expect(faults).toEqual([])
  expect(seeded.filter(({ wasSeen }) => !wasSeen)).toEqual([])
  expect(seeded.length).toBeGreaterThan(3)
  expect(missedAims(figures)).toEqual([])
})
