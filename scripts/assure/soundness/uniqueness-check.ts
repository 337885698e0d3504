import { reduce } from '../../../core/field.ts'
import type { AssuranceFigure, Check, Conclusion, Scope, Unit } from '../check.ts'
import { leftoversOf } from './leftovers.ts'
import type { Leftovers } from './leftovers.ts'
import { SEEDED, portions, templateCount, templatePortions } from './plan.ts'
import type { Portion, Seen } from './plan.ts'
import { searchSecondWitness } from './second-witness.ts'
import { AMBIGUOUS, compileFaulty } from './seeded.ts'
import type { SecondWitnessSearch } from './second-witness.ts'
import {
  expectedOutputs,
  honestInputsOf,
  honestWitness,
  isCircuit,
  loadSubject,
} from './subjects.ts'
import type { System } from './system.ts'

type Result = {
  readonly subject: string
  readonly witnesses: number
  /** Wires without the constant, times witnesses. */
  readonly wires: number
  /** Helpers of comparisons with zero where zero is compared. */
  readonly explained: number
  readonly compared: number
  /** Of the first portion of a subject only: it does not depend on inputs. */
  readonly leftovers: Leftovers | null
  readonly faults: readonly string[]
  readonly seeded: readonly Seen[]
}

const WITNESSES = { part: 2, whole: 1_000 } as const
/** Of every so many witnesses, one is compared with what the circuit's own program computes. */
const COMPARED_EACH = 5

export const uniquenessCheck: Check<Portion, Result> = {
  id: 'soundness.uniqueness',
  claim: 'The inputs of each circuit determine its witness: a prover has nothing to choose.',
  method:
    'From honest inputs alone (example policies and people, and statements at the edges of every ' +
    'domain), all wires of the compiled constraints are deduced, without the circuit’s own ' +
    'program. A step is made only if a constraint leaves one possibility: of a sum of digits every ' +
    'reading is considered, the number plus multiples of the field’s order among them, and of a ' +
    'square both roots. What stays open is tried, and any second assignment that satisfies all ' +
    'constraints is a fault. Open may stay only the helper of a comparison with zero, where zero is ' +
    'compared. One witness in five is compared with the program’s. The templates are examined one ' +
    'by one as well, without optimisation; their outputs are compared with a model’s. Besides, wires ' +
    'are derived without values, where a constraint determines its wire with a constant ' +
    'coefficient, or digits can write no number in two ways: that holds for all inputs.',
  threats: ['T1', 'T4', 'T5'],
  plan,
  run: async (portion) => (portion.subject === 'seeded' ? seededResult() : examine(portion)),
  conclude,
}

function plan(scope: Scope): Unit<Portion>[] {
  const circuits =
    scope === 'whole'
      ? [
          ...portions('enrolment', WITNESSES.whole, 250),
          ...portions('eligibility-1', WITNESSES.whole, 50),
          ...portions('eligibility-3', WITNESSES.whole, 20),
        ]
      : [
          ...portions('enrolment', WITNESSES.part, WITNESSES.part),
          ...portions('eligibility-1', WITNESSES.part, WITNESSES.part),
        ]
  return [SEEDED, ...templatePortions(scope), ...circuits]
}

async function examine({ subject, from, count }: Portion): Promise<Result> {
  const { system } = await loadSubject(subject)
  const faults: string[] = []
  let [explained, compared] = [0, 0]
  for (let index = from; index < from + count; index++) {
    const examined = await examineInputs(subject, index)
    explained += examined.explained
    compared += examined.compared
    faults.push(...examined.faults.map((words) => `${subject}, honest inputs ${index}: ${words}`))
  }
  const leftovers = from === 0 ? leftoversOf(system) : null
  for (const name of leftovers?.open ?? []) faults.push(`${subject}: nothing determines ${name}`)
  const wires = count * (system.r1cs.wires - 1)
  return { subject, witnesses: count, wires, explained, compared, leftovers, faults, seeded: [] }
}

interface Examined {
  readonly explained: number
  readonly compared: number
  readonly faults: readonly string[]
}

async function examineInputs(subject: string, index: number): Promise<Examined> {
  const compiled = await loadSubject(subject)
  const inputs = compiled.inputsOf(honestInputsOf(subject, index))
  const isCompared = isCircuit(subject) && index % COMPARED_EACH === 0
  const honest = isCompared ? await honestWitness(subject, index) : undefined
  const search = searchSecondWitness(compiled.system, inputs, honest)
  return {
    explained: search.undetermined.length - search.unexplained.length,
    compared: isCompared ? 1 : 0,
    faults: [
      ...(isCompared && honest === undefined ? ['the program refuses them'] : []),
      ...flawsOf(search, compiled.system),
      ...wrongOutputs(search, compiled.system, expectedOutputs(subject, index)),
    ],
  }
}

function flawsOf({ witness, unexplained, second }: SecondWitnessSearch, system: System): string[] {
  const names = unexplained.slice(0, 3).map((wire) => system.nameOf(wire))
  return [
    ...(witness === undefined ? ['no witness satisfies the constraints'] : []),
    ...(names.length > 0 ? [`not determined: ${names.join(', ')}`] : []),
    ...(second === undefined ? [] : ['there is a second witness']),
  ]
}

function wrongOutputs(
  { witness }: SecondWitnessSearch,
  system: System,
  expected: Readonly<Record<string, bigint>>,
): string[] {
  if (witness === undefined) return []
  return Object.entries(expected)
    .filter(([name, value]) => witness[system.wireOf(name)] !== reduce(value))
    .map(([name]) => `${name} is not what it should be`)
}

async function seededResult(): Promise<Result> {
  const seeded: Seen[] = []
  for (const faulty of AMBIGUOUS) {
    const { system, inputs } = await compileFaulty(faulty)
    const { second } = searchSecondWitness(system, inputs)
    const left = leftoversOf(system)
    const isLeft = left.divided + left.readInSeveralWays + left.open.length + left.helpers > 0
    seeded.push({ fault: faulty.fault, wasSeen: second !== undefined })
    seeded.push({ fault: `${faulty.fault}, seen without values`, wasSeen: isLeft })
  }
  const nothing = { witnesses: 0, wires: 0, explained: 0, compared: 0, leftovers: null, faults: [] }
  return { subject: 'seeded', ...nothing, seeded }
}

function conclude(results: readonly Result[], scope: Scope): Conclusion {
  const sum = (of: (result: Result) => number, subject?: string): number =>
    results
      .filter((result) => subject === undefined || result.subject === subject)
      .reduce((total, result) => total + of(result), 0)
  const circuits =
    scope === 'whole'
      ? ['enrolment', 'eligibility-1', 'eligibility-3']
      : ['enrolment', 'eligibility-1']
  const perCircuit = circuits.map((circuit): AssuranceFigure => ({
    name: `witnesses of ${circuit} deduced from their inputs`,
    value: sum(({ witnesses }) => witnesses, circuit),
    aim: { atLeast: WITNESSES[scope] },
  }))
  const templates = results.filter(({ subject }) => subject !== 'seeded' && !isCircuit(subject))
  return {
    figures: [
      ...perCircuit,
      {
        name: 'templates examined one by one',
        value: templates.length,
        aim: { atLeast: templateCount(scope) },
      },
      { name: 'values of wires deduced', value: sum(({ wires }) => wires) },
      {
        name: 'witnesses compared with those of the program',
        value: sum(({ compared }) => compared),
      },
      {
        name: 'helpers of comparisons with zero that stayed open, as they may',
        value: sum(({ explained }) => explained),
      },
      ...leftoverFigures(results),
      {
        name: 'witnesses with a second one, or with another wire that stayed open',
        value: results.flatMap(({ faults }) => faults).length,
        aim: { atMost: 0 },
      },
    ],
    faults: results.flatMap(({ faults }) => faults),
    seeded: results.flatMap(({ seeded }) => seeded),
    notes: [
      'Where a divisor or a second reading of a number is involved, uniqueness is shown for the tested inputs, not for all inputs. None of this says anything of a wrong specification.',
      ...results.flatMap(({ subject, leftovers }) => edgeCases(subject, leftovers)),
    ],
  }
}

function leftoverFigures(results: readonly Result[]): AssuranceFigure[] {
  const all = results.flatMap(({ leftovers }) => leftovers ?? [])
  const sum = (of: (left: Leftovers) => number): number =>
    all.reduce((total, left) => total + of(left), 0)
  return [
    {
      name: 'wires that follow whatever the inputs are, from them and the wires listed next',
      value: sum(({ always }) => always),
    },
    { name: 'wires that follow unless a divisor is 0', value: sum(({ divided }) => divided) },
    {
      name: 'digits of numbers that could be read in several ways, but for other constraints',
      value: sum(({ readInSeveralWays }) => readInSeveralWays),
    },
    {
      name: 'helpers of comparisons with zero, free where zero is compared',
      value: sum(({ helpers }) => helpers),
    },
    {
      name: 'wires that follow from nothing',
      value: sum(({ open }) => open.length),
      aim: { atMost: 0 },
    },
  ]
}

function edgeCases(subject: string, leftovers: Leftovers | null): string[] {
  const places = Object.entries(leftovers?.places ?? {})
  if (places.length === 0) return []
  const list = places.map(([place, count]) => `${place} (${count})`).join(', ')
  return [`${subject} can have edge cases only in: ${list}.`]
}
