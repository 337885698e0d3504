import type { AssuranceFigure, Check, Conclusion, Scope, Unit, Work } from '../check.ts'
import { borderTrials } from './borders.ts'
import { compareRandom, compareTrial } from './comparison.ts'
import { Dice } from './dice.ts'
import { policyCircuit } from './policy-circuit.ts'
import { PROGRAM_SLIPS, programSlipsSeen } from './program-slips.ts'
import { SLIPS } from './slips.ts'
import { sumOf } from './tally.ts'
import type { Tally } from './tally.ts'
import { allFormulas, compareTables } from './truth-tables.ts'
import { compareWhole } from './whole-circuit.ts'

type Comparing = {
  readonly kind: 'random' | 'whole'
  readonly seed: string
  readonly credentials: number
  readonly evaluations: number
}
type Input =
  | Comparing
  | { readonly kind: 'borders' }
  /** Every `step`-th formula, beginning with number `from`. */
  | { readonly kind: 'tables'; readonly from: number; readonly step: number }

const AIM = 100_000
/** One answer in this many on the borders is found in the slow way too. */
const BORDERS_SLOW = 30
/** Evaluations of a unit by the policy's credentials: about half a minute each. */
const RANDOM = { units: { 1: 48, 2: 2, 3: 3 }, evaluations: { 1: 2_000, 2: 700, 3: 900 } }
const WHOLE = { units: { 1: 6, 3: 4 }, evaluations: { 1: 50, 3: 25 } }

/** The policies of people and of the circuit agree. */
export const policiesCheck: Check<Input, Tally> = {
  id: 'statement.policies',
  claim:
    'A person has a witness for a policy if and only if the policy, read as it is written, holds ' +
    'for that person.',
  method:
    'Random policies of every kind over random schemas are decided for random people twice: by an ' +
    'evaluator that works on plain values with a calendar of its own, and by the circuit, given ' +
    'what the compiler makes of the policy. People stand on the border of a rule, one step before ' +
    'it and one beyond. Some answers are found a second time: accepted witnesses in all their ' +
    'constraints, refusals by what the constraints force without the witness program. All ' +
    'formulas of up to three literals are compared with their truth tables.',
  threats: ['T12', 'T14', 'T34'],
  plan,
  run,
  conclude,
}

function plan(scope: Scope): Unit<Input>[] {
  const borders: Unit<Input> = { name: 'borders', input: { kind: 'borders' } }
  if (scope === 'part') {
    return [
      borders,
      { name: 'tables', input: { kind: 'tables', from: 0, step: 150 } },
      // With several credentials there is nothing compiled yet that another test has use for.
      unit('random', 1, 96, 'part'),
      unit('whole', 1, 2, 'part'),
    ]
  }
  return [
    borders,
    ...[0, 1].map((from) => ({
      name: `tables-${from}`,
      input: { kind: 'tables' as const, from, step: 2 },
    })),
    ...units('random', RANDOM),
    ...units('whole', WHOLE),
  ]
}

function units(
  kind: Comparing['kind'],
  sizes: {
    readonly units: Readonly<Record<number, number>>
    readonly evaluations: Readonly<Record<number, number>>
  },
): Unit<Input>[] {
  return Object.entries(sizes.units).flatMap(([credentials, count]) =>
    Array.from({ length: count }, (_, i) =>
      unit(kind, Number(credentials), sizes.evaluations[Number(credentials)] ?? 0, String(i)),
    ),
  )
}

function unit(kind: Comparing['kind'], credentials: number, evaluations: number, number: string) {
  const name = `${kind}-${credentials}-${number}`
  return { name, input: { kind, seed: `policies/${name}`, credentials, evaluations } }
}

async function run(input: Input, work: Work): Promise<Tally> {
  const progress = work.progress.bind(work)
  const circuits = { of: policyCircuit }
  switch (input.kind) {
    case 'borders': {
      const dice = new Dice('policies/borders')
      const tallies: Tally[] = []
      for (const trial of borderTrials())
        tallies.push(await compareTrial(trial, circuits, () => dice.below(BORDERS_SLOW) === 0))
      return sumOf([...tallies, programSlipsSeen(await policyCircuit(1))])
    }
    case 'tables':
      return compareTables(await policyCircuit(1), input.from, input.step)
    case 'random': {
      const { credentials, evaluations, seed } = input
      return compareRandom(credentials, evaluations, new Dice(seed), circuits, progress)
    }
    case 'whole': {
      const { credentials, evaluations, seed } = input
      return compareWhole(credentials, evaluations, new Dice(seed), progress)
    }
  }
}

function conclude(results: readonly Tally[], scope: Scope): Conclusion {
  const tally = sumOf(results)
  return {
    figures: figuresOf(tally, scope === 'whole'),
    faults: tally.faults,
    seeded: [
      ...SLIPS.map(({ fault }) => [fault, `an evaluator in which ${fault}`] as const),
      ...PROGRAM_SLIPS.map(({ fault }) => [fault, `a compiler that ${fault}`] as const),
    ].map(([slip, fault]) => ({ fault, wasSeen: (tally.slips[slip] ?? 0) > 0 })),
    notes: [
      'Policies that do not fit the circuit are refused by the compiler and not compared; those ' +
        'that it refuses as contradictions hold for none of the people.',
      'The evaluator and the compiler read policies with the same parser; what a sentence on the ' +
        'screen says is tested in test/core/policy.',
    ],
  }
}

function figuresOf(tally: Tally, isWhole: boolean): AssuranceFigure[] {
  const aim = (whole: number, part: number) => ({ aim: { atLeast: isWhole ? whole : part } })
  const share = tally.accepted / Math.max(1, tally.evaluations)
  return [
    { name: 'answers of the circuit compared', value: tally.evaluations, ...aim(AIM, 200) },
    { name: 'of these, accepted', value: Math.round(100 * share), unit: '%', ...aim(30, 30) },
    { name: 'random policies', value: tally.policies, ...aim(3_500, 10) },
    { name: 'refused as too large', value: tally.refused['POLICY_TOO_LARGE'] ?? 0, ...aim(50, 0) },
    { name: 'refused as contradictions', value: tally.refused['POLICY_INVALID'] ?? 0 },
    { name: 'borders stepped over', value: tally.borders, ...aim(4_000, 20) },
    { name: 'truth tables', value: tally.formulas, ...aim(allFormulas().length, 10) },
    {
      name: 'witnesses held against all constraints',
      value: tally.checkedWitnesses,
      ...aim(250, 1),
    },
    { name: 'refusals forced from the inputs', value: tally.forcedRefusals, ...aim(100, 1) },
    { name: 'answers of the whole circuits', value: tally.wholeCircuits, ...aim(400, 2) },
    { name: 'disagreements', value: tally.faults.length, aim: { atMost: 0 } },
  ]
}
