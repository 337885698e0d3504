import { describe, expect, test } from 'vitest'
import type { AnyCheck } from '../../scripts/assure/check.ts'
import { missedAims, runCheck } from '../../scripts/assure/run/in-process.ts'
import { librariesCheck } from '../../scripts/assure/verifying/libraries-check.ts'
import { messagesCheck } from '../../scripts/assure/verifying/messages-check.ts'
import { proofsCheck } from '../../scripts/assure/verifying/proofs-check.ts'
import { vectorsCheck } from '../../scripts/assure/verifying/vectors-check.ts'

describe.each<[string, AnyCheck]>([
  ['vectors', vectorsCheck],
  ['mutated proofs', proofsCheck],
  ['proofs before libraries', librariesCheck],
  ['malformed messages', messagesCheck],
])('%s', (_, check) => {
  test('are judged alike by both verifiers, and seeded mistakes are seen', async () => {
    const { faults, seeded, figures } = await runCheck(check, 'part')
    expect(faults).toEqual([])
    expect(seeded.filter(({ wasSeen }) => !wasSeen)).toEqual([])
    expect(seeded.length).toBeGreaterThan(0)
    expect(missedAims(figures)).toEqual([])
  })
})
