import type { PlainCredentials } from '../../../core/policy/evaluate.ts'
import type { CircuitShape } from '../../../core/shapes.ts'
import type { Dice } from './dice.ts'
import type { PolicyCircuit } from './policy-circuit.ts'
import type { PublicProgram } from './statement-inputs.ts'
import { policyInputs } from './statement-inputs.ts'
import { NOTHING, sumOf } from './tally.ts'
import type { Tally } from './tally.ts'
import type { Trial } from './trial.ts'
import { GROUP, holdsFor, isPerCredential, randomTrial } from './trial.ts'
import { encodePerson } from './world.ts'

/** One answer in this many is also found in the slow way, which takes about 15 times as long. */
const SLOW_SHARE = 300
const GROUPS = 8

export interface Circuits {
  readonly of: (slots: CircuitShape['slots']) => Promise<PolicyCircuit>
}

/** Tries random policies until the circuit was asked often enough. */
export async function compareRandom(
  credentials: number,
  evaluations: number,
  dice: Dice,
  { of }: Circuits,
  progress: (share: number) => void,
): Promise<Tally> {
  let tally = NOTHING
  const isSlow = (): boolean => dice.below(SLOW_SHARE) === 0
  while (tally.evaluations < evaluations) {
    const trial = randomTrial(credentials, GROUPS, dice)
    tally = sumOf([tally, await compareTrial(trial, { of }, isSlow)])
    progress(tally.evaluations / evaluations)
  }
  return tally
}

/**
 * Asks evaluator and circuit about everybody.
 *
 * @param isSlow - Whether the next answer is to be found in the slow way too.
 */
export async function compareTrial(
  trial: Trial,
  circuits: Circuits,
  isSlow: () => boolean,
): Promise<Tally> {
  const { program } = trial
  if (typeof program === 'string') return refusedTally(trial, program)
  const circuit = await circuits.of(program.compiled.shape.slots)
  const answers: Tally[] = []
  for (const person of trial.people) {
    answers.push(await comparePerson(trial, program, person, circuit, isSlow()))
  }
  const ambiguous = trial.isAmbiguous
    ? [told('is another program if written otherwise', trial)]
    : []
  return sumOf([
    ...answers,
    { ...NOTHING, policies: 1, borders: bordersAmong(answers), faults: ambiguous },
  ])
}

async function comparePerson(
  trial: Trial,
  program: PublicProgram,
  person: PlainCredentials,
  circuit: PolicyCircuit,
  isSlow: boolean,
): Promise<Tally> {
  const expected = holdsFor(trial, person)
  const inputs = policyInputs(program, encodePerson(trial.world, person))
  const { isAccepted, ...naming } = circuit.decide(inputs)
  const isNamedOtherwise = isAccepted && naming.isPerCredential !== isPerCredential(trial.policy)
  const slowly = isSlow ? await circuit.decideSlowly(inputs) : isAccepted
  return {
    ...NOTHING,
    evaluations: 1,
    accepted: isAccepted ? 1 : 0,
    checkedWitnesses: isSlow && expected ? 1 : 0,
    forcedRefusals: isSlow && !expected ? 1 : 0,
    slips: slipsSeen(trial, person, isAccepted),
    faults: [
      ...(isAccepted === expected ? [] : [told(`is ${String(isAccepted)} in the circuit`, trial)]),
      ...(slowly === expected ? [] : [told(`is ${String(slowly)} for the constraints`, trial)]),
      ...(isNamedOtherwise ? [told('counts other pseudonyms in the circuit', trial)] : []),
    ],
  }
}

/** What the compiler finds contradictory must hold for nobody. */
function refusedTally(trial: Trial, code: string): Tally {
  const isWrong =
    code === 'POLICY_INVALID' && trial.people.some((person) => holdsFor(trial, person))
  return {
    ...NOTHING,
    refused: { [code]: 1 },
    faults: isWrong ? [told('is refused as a contradiction, but holds', trial)] : [],
  }
}

/** An evaluator with a slip is seen when the circuit answers otherwise. */
function slipsSeen(
  trial: Trial,
  person: PlainCredentials,
  isAccepted: boolean,
): Record<string, number> {
  const seen = trial.misread.filter(({ policy }) => holdsFor(trial, person, policy) !== isAccepted)
  return Object.fromEntries(seen.map(({ fault }) => [fault, 1]))
}

function bordersAmong(answers: readonly Tally[]): number {
  const groups = Array.from({ length: answers.length / GROUP }, (_, i) =>
    answers.slice(i * GROUP, (i + 1) * GROUP),
  )
  return groups.filter((group) => new Set(group.map(({ accepted }) => accepted)).size > 1).length
}

function told(what: string, { policy, world }: Trial): string {
  const rule = JSON.stringify(policy.where ?? null).slice(0, 1_000)
  return `On day ${world.asOf} a policy ${what}: ${rule}`
}
