import type { AssuranceFigure, Check, Conclusion, Scope, SeededFault, Unit } from '../check.ts'
import { EXPLANATIONS, explanationOf } from './explained.ts'
import { SEEDED, portions, templatePortions } from './plan.ts'
import type { Portion } from './plan.ts'
import { LOOSE, compileFaulty } from './seeded.ts'
import { honestInputsOf, loadSubject } from './subjects.ts'
import { violations } from './violations.ts'
import { killWireMutants } from './wire-mutants.ts'

type Result = {
  readonly subject: string
  readonly witnesses: number
  readonly tried: number
  /** Survivors by reason. */
  readonly explained: Readonly<Record<string, number>>
  readonly faults: readonly string[]
  readonly seeded: readonly SeededFault[]
}

/** Enough for 500,000 changed wires of each circuit. */
const WITNESSES = {
  enrolment: 900,
  'eligibility-1': 40,
  'eligibility-3': 14,
} as const
const AIM = 500_000
const TEMPLATE_WITNESSES = { part: 1, whole: 12 } as const

export const wiresCheck: Check<Portion, Result> = {
  id: 'soundness.wires',
  claim: 'No single wire of an honest witness can be changed without breaking a constraint.',
  method:
    'Each wire of each witness is changed alone, all others staying as they are. A constraint that ' +
    'holds is off by a polynomial of degree two at most in the change, so its constraints tell for ' +
    'all other elements of the field at once which of them would pass: none is left out. A wire ' +
    'that can be changed has to be on a list with the reason why that does no harm.',
  threats: ['T1', 'T2', 'T6'],
  plan,
  run: async (portion) => (portion.subject === 'seeded' ? seededResult() : examine(portion)),
  conclude,
}

function plan(scope: Scope): Unit<Portion>[] {
  const circuits =
    scope === 'whole'
      ? [
          ...portions('enrolment', WITNESSES.enrolment, 300),
          ...portions('eligibility-1', WITNESSES['eligibility-1'], 20),
          ...portions('eligibility-3', WITNESSES['eligibility-3'], 7),
        ]
      : [...portions('enrolment', 2, 2), ...portions('eligibility-1', 2, 2)]
  return [SEEDED, ...templatePortions(TEMPLATE_WITNESSES[scope]), ...circuits]
}

async function examine({ subject, from, count }: Portion): Promise<Result> {
  const compiled = await loadSubject(subject)
  const { system } = compiled
  const explained: Record<string, number> = {}
  const faults: string[] = []
  let tried = 0
  for (let index = from; index < from + count; index++) {
    const witness = await compiled.witness(honestInputsOf(subject, index))
    const told = `${subject}, honest inputs ${index}`
    if (violations(system, witness).length > 0) {
      faults.push(`${told}: the program's own witness breaks a constraint`)
      continue
    }
    const mutants = killWireMutants(system, witness)
    tried += mutants.tried
    for (const mutant of mutants.survivors) {
      const reason = explanationOf(mutant, system)
      if (reason === undefined) faults.push(`${told}: ${system.nameOf(mutant.wire)} can be changed`)
      else explained[reason] = (explained[reason] ?? 0) + 1
    }
  }
  return { subject, witnesses: count, tried, explained, faults, seeded: [] }
}

async function seededResult(): Promise<Result> {
  const seeded: SeededFault[] = []
  for (const faulty of LOOSE) {
    const { system, ...compiled } = await faultyParts(faulty)
    const { survivors } = killWireMutants(system, compiled.witness)
    const wasSeen = survivors.some((mutant) => explanationOf(mutant, system) === undefined)
    seeded.push({ fault: faulty.fault, wasSeen })
  }
  return { subject: 'seeded', witnesses: 0, tried: 0, explained: {}, faults: [], seeded }
}

async function faultyParts(faulty: (typeof LOOSE)[number]) {
  const compiled = await compileFaulty(faulty)
  return { system: compiled.system, witness: await compiled.witness(faulty.inputs) }
}

function conclude(results: readonly Result[], scope: Scope): Conclusion {
  const circuits =
    scope === 'whole'
      ? ['enrolment', 'eligibility-1', 'eligibility-3']
      : ['enrolment', 'eligibility-1']
  const triedOf = (subject: string): number =>
    results.reduce((sum, result) => (result.subject === subject ? sum + result.tried : sum), 0)
  const survivorsFor = (reason: string): number =>
    results.reduce((sum, { explained }) => sum + (explained[reason] ?? 0), 0)
  return {
    figures: [
      ...circuits.map((circuit): AssuranceFigure => ({
        name: `wires of ${circuit} changed, each to all other values`,
        value: triedOf(circuit),
        aim: { atLeast: scope === 'whole' ? AIM : 1_000 },
      })),
      {
        name: 'wires changed in all, the templates’ among them',
        value: results.reduce((sum, { tried }) => sum + tried, 0),
      },
      ...EXPLANATIONS.map(({ reason }): AssuranceFigure => ({
        name: `unnoticed, as it may be (${reason})`,
        value: survivorsFor(reason),
      })),
      {
        name: 'unnoticed without a reason',
        value: results.flatMap(({ faults }) => faults).length,
        aim: { atMost: 0 },
      },
    ],
    faults: results.flatMap(({ faults }) => faults),
    seeded: results.flatMap(({ seeded }) => seeded),
    notes: EXPLANATIONS.map(({ reason }) => `May be changed alone: ${reason}.`),
  }
}
