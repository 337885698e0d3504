import type { AssuranceFigure, Check, Conclusion, Scope, SeededFault, Unit } from '../check.ts'
import { SEEDED, portions, templatePortions } from './plan.ts'
import type { Portion } from './plan.ts'
import { searchSecondWitness } from './second-witness.ts'
import { AMBIGUOUS, compileFaulty } from './seeded.ts'
import { honestInputsOf, isCircuit, loadSubject } from './subjects.ts'

type Result = {
  readonly subject: string
  readonly witnesses: number
  /** Wires without the constant, times witnesses. */
  readonly wires: number
  /** Helpers of comparisons with zero where zero is compared. */
  readonly explained: number
  readonly compared: number
  readonly faults: readonly string[]
  readonly seeded: readonly SeededFault[]
}

const WITNESSES = { part: 3, whole: 1_000 } as const
const TEMPLATE_WITNESSES = { part: 1, whole: 12 } as const
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
    'by one as well, without optimisation.',
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
  return [SEEDED, ...templatePortions(TEMPLATE_WITNESSES[scope]), ...circuits]
}

async function examine({ subject, from, count }: Portion): Promise<Result> {
  const { system, ...compiled } = await prepared(subject)
  const faults: string[] = []
  let [explained, compared] = [0, 0]
  for (let index = from; index < from + count; index++) {
    const inputs = honestInputsOf(subject, index)
    const isCompared = index % COMPARED_EACH === 0
    const honest = isCompared ? await compiled.witness(inputs) : undefined
    if (isCompared) compared++
    const search = searchSecondWitness(system, compiled.inputsOf(inputs), honest)
    explained += search.undetermined.length - search.unexplained.length
    const names = search.unexplained.slice(0, 3).map((wire) => system.nameOf(wire))
    const told = `${subject}, honest inputs ${index}`
    if (search.witness === undefined) faults.push(`${told}: no witness satisfies the constraints`)
    if (names.length > 0) faults.push(`${told}: not determined: ${names.join(', ')}`)
    if (search.second !== undefined) faults.push(`${told}: there is a second witness`)
  }
  const wires = count * (system.r1cs.wires - 1)
  return { subject, witnesses: count, wires, explained, compared, faults, seeded: [] }
}

async function prepared(subject: string) {
  const compiled = await loadSubject(subject)
  return {
    system: compiled.system,
    witness: compiled.witness.bind(compiled),
    inputsOf: compiled.inputsOf.bind(compiled),
  }
}

async function seededResult(): Promise<Result> {
  const seeded: SeededFault[] = []
  for (const faulty of AMBIGUOUS) {
    const compiled = await compileFaulty(faulty)
    const honest = await compiled.witness(faulty.inputs)
    const { second } = searchSecondWitness(
      compiled.system,
      compiled.system.inputsOf(honest),
      honest,
    )
    seeded.push({ fault: faulty.fault, wasSeen: second !== undefined })
  }
  const nothing = { witnesses: 0, wires: 0, explained: 0, compared: 0, faults: [] }
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
      { name: 'templates examined one by one', value: templates.length, aim: { atLeast: 12 } },
      { name: 'values of wires deduced', value: sum(({ wires }) => wires) },
      {
        name: 'witnesses compared with those of the program',
        value: sum(({ compared }) => compared),
      },
      {
        name: 'helpers of comparisons with zero that stayed open, as they may',
        value: sum(({ explained }) => explained),
      },
      {
        name: 'witnesses with a second one, or with another wire that stayed open',
        value: results.flatMap(({ faults }) => faults).length,
        aim: { atMost: 0 },
      },
    ],
    faults: results.flatMap(({ faults }) => faults),
    seeded: results.flatMap(({ seeded }) => seeded),
    notes: [
      'Uniqueness is shown for the tested inputs, not for all inputs, and says nothing of a wrong specification.',
    ],
  }
}
