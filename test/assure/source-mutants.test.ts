import { expect, test } from 'vitest'
import { mutantsOf } from '../../scripts/assure/mutation/mutator.ts'
import { sourceMutantsCheck } from '../../scripts/assure/mutation/source-mutants-check.ts'
import { missedAims, runCheck } from '../../scripts/assure/run/in-process.ts'

test('a sample of weakened constraints is seen by the harness', async () => {
  const { faults, figures } = await runCheck(sourceMutantsCheck, 'part')
  expect(faults).toEqual([])
  expect(missedAims(figures)).toEqual([])
})

test('every constraint of a template is weakened, and comments are not', () => {
  const source = `template T(N) {
    // x <== y;
    signal input {binary} x;
    assert(x.binary == 1);
    signal y <== Two()(left <== x, right <== 1);
    for (var i = 0; i < N; i++) y === x;
    _ <== Bits(N)(y);
}
`
  const mutants = mutantsOf('t.circom', source)
  const after = mutants.map((mutant) => mutant.after)
  expect(after).toContain('signal y <-- Two()(left <== x, right <== 1)')
  expect(after).toContain('signal y <== Two()(left <== 1, right <== 1)')
  expect(after).toContain('signal y <== Two()(left <== x, right <== 0)')
  expect(after).toContain('for (var i = 0; i < N; i++) assert(1 == 1)')
  expect(after).toContain('for (var i = 0; i < N; i++) y === y')
  expect(after).toContain('_ <== Bits(N + 1)(y)')
  expect(mutants.filter(({ before }) => /assert|input/.test(before))).toEqual([])
  expect(mutants.find(({ operator }) => operator === 'widen')?.line).toBe(7)
})
