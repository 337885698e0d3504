import { createHash } from 'node:crypto'
import type { Check, Conclusion, Scope } from '../check.ts'
import { honestInputs } from '../soundness/honest/inputs.ts'
import type { System } from '../soundness/engine.ts'
import {
  agree,
  buildsOf,
  commonNames,
  compileAll,
  namedInputs,
  otherValue,
  verdictsOf,
} from './builds.ts'
import type { Assignment } from './builds.ts'

type Input = {
  /** A circuit of `circuits/main/`, or the pinned constant that the compiler loses. */
  readonly circuit: string
  readonly seed: number
  readonly changes: number
}

type Result = {
  readonly circuit: string
  readonly honest: number
  readonly tried: number
  readonly refusedByAll: number
  /** What the builds disagree on, in words. */
  readonly disagreements: readonly string[]
}

const SEEDED = 'pinned-constant'

/** circom simplifies the contradiction away (iden3/circom#425): whatever is optimised accepts. */
const PINNED = `pragma circom 2.2.0;
template Pinned() {
  signal input in;
  signal output out;
  signal constant <-- 3;
  constant === 3;
  constant === 5;
  out <== in * in;
}
component main = Pinned();`

/** Changes of inputs and inner signals tried per circuit; the aim over all of them. */
const WHOLE = { enrolment: 60, 'eligibility-1': 24, 'eligibility-3': 12 }
const PART = 12
const AIM = { whole: 80, part: 10 }

/** What ships is the most simplified build; what was reviewed is the source. */
export const optimisationCheck: Check<Input, Result> = {
  id: 'soundness.optimisation',
  claim: 'The compiler loses no constraint when it simplifies a circuit.',
  method:
    'Each circuit is compiled at O0, O1 and O2. The same honest inputs, and the same inputs with one ' +
    'input or one inner signal changed and all that follows from it changed too, are put to the ' +
    'three builds by the names of signals: all must say the same. The seeded fault is a constant ' +
    'pinned to two values, which circom 2.2.3 simplifies away.',
  threats: ['T1', 'T10'],
  plan: (scope) => [
    { name: SEEDED, input: { circuit: SEEDED, seed: 0, changes: 0 } },
    ...Object.entries(scope === 'part' ? { enrolment: PART } : WHOLE).map(([circuit, changes]) => ({
      name: circuit,
      input: { circuit, seed: 1, changes },
    })),
  ],
  run: ({ circuit, seed, changes }, work) =>
    circuit === SEEDED ? runSeeded() : compare(circuit, seed, changes, work.progress),
  conclude,
}

async function runSeeded(): Promise<Result> {
  const builds = await compileAll(PINNED)
  const verdicts = verdictsOf(builds, new Map([['in', 4n]]))
  const disagreements = agree(verdicts) ? [] : [verdicts.byLevel.join(', ')]
  return { circuit: SEEDED, honest: 0, tried: 0, refusedByAll: 0, disagreements }
}

async function compare(
  circuit: string,
  seed: number,
  changes: number,
  progress: (share: number) => void,
): Promise<Result> {
  const builds = await buildsOf(circuit)
  const inputs = namedInputs(builds, honestInputs(circuit, seed))
  const honest = verdictsOf(builds, inputs)
  const isHonestAccepted = honest.byLevel.every((verdict) => verdict === 'accepted')
  const disagreements = isHonestAccepted && agree(honest) ? [] : ['the honest inputs']
  let refusedByAll = 0
  for (const [i, [name, assignment]] of changed(builds, inputs, changes).entries()) {
    progress(i / changes)
    const verdicts = verdictsOf(builds, assignment)
    if (!agree(verdicts)) disagreements.push(`${name}: ${verdicts.byLevel.join(', ')}`)
    if (verdicts.byLevel.every((verdict) => verdict === 'refused')) refusedByAll++
  }
  return {
    circuit,
    honest: isHonestAccepted ? 1 : 0,
    tried: changes,
    refusedByAll,
    disagreements,
  }
}

/** Half of the changes are of inputs, half of inner signals that no build has simplified away. */
function changed(
  builds: readonly System[],
  inputs: Assignment,
  count: number,
): [name: string, assignment: Assignment][] {
  const inner = pick(commonNames(builds), Math.ceil(count / 2))
  const outer = pick([...inputs.keys()], count - inner.length)
  return [...inner, ...outer].map((name, turn) => [
    name,
    new Map([...inputs, [name, otherValue(inputs.get(name) ?? 0n, turn)]]),
  ])
}

/** Some of the names, always the same, from everywhere. */
function pick(names: readonly string[], count: number): string[] {
  const rank = (name: string): string => createHash('sha256').update(name).digest('hex')
  const ranked = names.map((name) => [rank(name), name] as const)
  return ranked
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .slice(0, count)
    .map(([, name]) => name)
}

function conclude(results: readonly Result[], scope: Scope): Conclusion {
  const circuits = results.filter(({ circuit }) => circuit !== SEEDED)
  const sum = (of: (result: Result) => number): number =>
    circuits.reduce((total, result) => total + of(result), 0)
  return {
    figures: [
      { name: 'circuits compiled at O0, O1 and O2', value: circuits.length },
      {
        name: 'honest witnesses that all three builds accept',
        value: sum(({ honest }) => honest),
        aim: { atLeast: circuits.length },
      },
      {
        name: 'changed assignments put to all three',
        value: sum(({ tried }) => tried),
        aim: { atLeast: AIM[scope] },
      },
      { name: 'of them refused by all three', value: sum(({ refusedByAll }) => refusedByAll) },
      {
        name: 'disagreements',
        value: sum(({ disagreements }) => disagreements.length),
        aim: { atMost: 0 },
      },
    ],
    faults: circuits.flatMap(({ circuit, disagreements }) =>
      disagreements.map((words) => `${circuit}: the builds disagree on ${words}`),
    ),
    seeded: results
      .filter(({ circuit }) => circuit === SEEDED)
      .map(({ disagreements }) => ({
        fault: 'a constant pinned to two values, which the optimiser drops',
        wasSeen: disagreements.length > 0,
      })),
    notes: [
      'An assignment that changes an input which the statement leaves open is accepted by all three.',
    ],
  }
}
