import type { Check, Conclusion } from '../check.ts'
import { PARTS, findingsIn } from './harness.ts'
import type { Part } from './harness.ts'
import { PATTERNS, compilePatterns } from './twins.ts'

type Found = readonly {
  readonly pattern: string
  /** Parts of the harness that see the fault. */
  readonly faulty: readonly Part[]
  /** Parts that see one where there is none any more. */
  readonly mended: readonly Part[]
}[]

/** Patterns of public faults that section 8 of the plan asks for. */
const PATTERNS_AIM = 12

/** Known faults of circuits, rebuilt: the harness has to see each, and none in its mended twin. */
export const patternsCheck: Check<null, Found> = {
  id: 'soundness.patterns',
  claim: 'The harness sees the faults that made published circuits forgeable.',
  method:
    'Faults known from audits and incidents are rebuilt as small circuits, each with a mended twin. ' +
    'Every part of the harness is run on both: the search for a second witness, changes of single ' +
    'wires, inputs out of their range, and a comparison with a plain model over a small domain.',
  threats: ['T1', 'T2', 'T3', 'T4', 'T5', 'T6', 'T11', 'T12', 'T13'],
  plan: () => [{ name: 'all', input: null }],
  async run(_, work) {
    const twins = await compilePatterns()
    return PATTERNS.map((pattern, i) => {
      work.progress(i / PATTERNS.length)
      const pair = twins.get(pattern.name)
      if (pair === undefined) throw new TypeError(`no circuit of ${pattern.name}`)
      return {
        pattern: pattern.name,
        faulty: findingsIn(pair.faulty, pattern),
        mended: findingsIn(pair.mended, pattern),
      }
    })
  },
  conclude: (results) => conclude(results.flat()),
}

function conclude(found: Found): Conclusion {
  const seen = found.filter(({ faulty }) => faulty.length > 0)
  return {
    figures: [
      { name: 'fault patterns seen', value: seen.length, aim: { atLeast: PATTERNS_AIM } },
      { name: 'fault patterns not seen', value: found.length - seen.length, aim: { atMost: 0 } },
      ...PARTS.map((part) => ({
        name: `of them seen by ${part}`,
        value: found.filter(({ faulty }) => faulty.includes(part)).length,
      })),
    ],
    faults: found
      .filter(({ mended }) => mended.length > 0)
      .map(({ pattern, mended }) => `the mended twin of ${pattern} fails: ${mended.join(', ')}`),
    seeded: found.map(({ pattern, faulty }) => ({
      fault: describe(pattern),
      wasSeen: faulty.length > 0,
    })),
    notes: found.map(({ pattern, faulty }) => `${pattern}: seen by ${faulty.join(', ') || 'none'}`),
  }
}

function describe(name: string): string {
  const pattern = PATTERNS.find((candidate) => candidate.name === name)
  return pattern === undefined ? name : `${pattern.threat}: ${pattern.fault}`
}
