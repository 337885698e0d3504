import type { AssuranceFigure, Check, Conclusion, Scope, Unit } from '../check.ts'
import { EXPLANATIONS, explanationOf } from './explained.ts'
import { SEEDED, portions, templatePortions } from './plan.ts'
import type { Portion, Seen } from './plan.ts'
import { LOOSE, compileFaulty } from './seeded.ts'
import { searchSecondWitness } from './second-witness.ts'
import { honestWitness, loadSubject } from './subjects.ts'
import { violations } from './violations.ts'
import { killWireMutants } from './wire-mutants.ts'

type Result = {
  readonly subject: string
  readonly witnesses: number
  readonly tried: number
  /** Survivors by reason. */
  readonly explained: Readonly<Record<string, number>>
  readonly faults: readonly string[]
  readonly seeded: readonly Seen[]
}

/** Enough for 500,000 changed wires of each circuit. */
const WITNESSES = {
  enrolment: 900,
  'eligibility-1': 40,
  'eligibility-3': 14,
} as const
const AIM = 500_000

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
      : [...portions('enrolment', 2, 2), ...portions('eligibility-1', 1, 1)]
  return [SEEDED, ...templatePortions(scope), ...circuits]
}

async function examine({ subject, from, count }: Portion): Promise<Result> {
  const explained: Record<string, number> = {}
  const faults: string[] = []
  let tried = 0
  for (let index = from; index < from + count; index++) {
    const changes = await changesOf(subject, index)
    tried += changes.tried
    for (const reason of changes.reasons) explained[reason] = (explained[reason] ?? 0) + 1
    faults.push(...changes.faults.map((words) => `${subject}, honest inputs ${index}: ${words}`))
  }
  return { subject, witnesses: count, tried, explained, faults, seeded: [] }
}

interface Changes {
  readonly tried: number
  readonly reasons: readonly string[]
  readonly faults: readonly string[]
}

async function changesOf(subject: string, index: number): Promise<Changes> {
  const { system } = await loadSubject(subject)
  const witness = await honestWitness(subject, index)
  const nothing = { tried: 0, reasons: [] }
  if (witness === undefined) return { ...nothing, faults: ['they are refused'] }
  if (violations(system, witness).length > 0) {
    return { ...nothing, faults: ['their own witness breaks a constraint'] }
  }
  const { tried, survivors } = killWireMutants(system, witness)
  const judged = survivors.map((mutant) => ({ mutant, reason: explanationOf(mutant, system) }))
  return {
    tried,
    reasons: judged.flatMap(({ reason }) => reason ?? []),
    faults: judged
      .filter(({ reason }) => reason === undefined)
      .map(({ mutant }) => `${system.nameOf(mutant.wire)} can be changed`),
  }
}

async function seededResult(): Promise<Result> {
  const seeded: Seen[] = []
  for (const faulty of LOOSE) {
    const { system, inputs } = await compileFaulty(faulty)
    const { witness = [] } = searchSecondWitness(system, inputs)
    const { survivors } = killWireMutants(system, witness)
    const wasSeen = survivors.some((mutant) => explanationOf(mutant, system) === undefined)
    seeded.push({ fault: faulty.fault, wasSeen })
  }
  return { subject: 'seeded', witnesses: 0, tried: 0, explained: {}, faults: [], seeded }
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
