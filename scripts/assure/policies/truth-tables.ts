import { BORDER_WORLD, MODEL, borderPolicy } from './borders.ts'
import type { PolicyCircuit } from './policy-circuit.ts'
import { policyInputs, wordsOf } from './statement-inputs.ts'
import { NOTHING, sumOf } from './tally.ts'
import type { Tally } from './tally.ts'
import { holdsFor, trialOf } from './trial.ts'
import { encodePerson } from './world.ts'

// Every formula of up to three literals, against a truth function that is written down apart.

interface Formula {
  readonly rule: object
  readonly truth: (values: readonly boolean[]) => boolean
}

const NAMES = ['x', 'y', 'z']
const ASSIGNMENTS = Array.from({ length: 8 }, (_, n) => NAMES.map((_, i) => ((n >> i) & 1) === 1))

/** Which of three literals speak of the same attribute, up to its name. */
const PATTERNS = [
  [0, 1, 2],
  [0, 0, 1],
  [0, 1, 0],
  [0, 1, 1],
  [0, 0, 0],
] as const

/** All formulas; equal ones in other words are there too. */
export function allFormulas(): Formula[] {
  const triples = PATTERNS.flatMap((pattern) =>
    ASSIGNMENTS.map((signs) => pattern.map((name, i) => literal(name, signs[i] === true))),
  )
  const pairs = triples.map((triple) => triple.slice(0, 2))
  const singles = triples.flatMap((triple) => triple.slice(0, 1))
  const whole = [
    ...singles,
    ...[...pairs, ...triples].flatMap(joins),
    ...triples.flatMap(([a, b, c]) => (a && b && c ? nested(a, b, c) : [])),
  ]
  const distinct = new Map(
    [...whole, ...whole.map(not)].map((formula) => [JSON.stringify(formula.rule), formula]),
  )
  return [...distinct.values()]
}

/** Compares formulas `from`, `from + step`, and so on. */
export function compareTables(circuit: PolicyCircuit, from: number, step: number): Tally {
  const answers = new Map<string, boolean>()
  const formulas = allFormulas().filter((_, i) => i % step === from)
  return sumOf(formulas.map((formula) => compareTable(formula, circuit, answers)))
}

/** @param answers - Of the circuit, by program and person: many formulas have one program. */
function compareTable(
  { rule, truth }: Formula,
  circuit: PolicyCircuit,
  answers: Map<string, boolean>,
): Tally {
  const people = ASSIGNMENTS.map((values) => ({
    first: { ...MODEL, ...Object.fromEntries(NAMES.map((name, i) => [name, values[i] === true])) },
  }))
  const trial = trialOf(BORDER_WORLD, borderPolicy(rule), people)
  const { program } = trial
  const asked: boolean[] = []
  const decide = (i: number): boolean => {
    const person = people[i]
    if (typeof program === 'string' || person === undefined) return false
    const key = `${wordsOf(program)}/${i}`
    const known = answers.get(key)
    if (known !== undefined) return known
    const inputs = policyInputs(program, encodePerson(BORDER_WORLD, person))
    const { isAccepted } = circuit.decide(inputs)
    answers.set(key, isAccepted)
    asked.push(isAccepted)
    return isAccepted
  }
  const isRight = ASSIGNMENTS.every((values, i) => {
    const expected = truth(values)
    const person = people[i]
    return person !== undefined && holdsFor(trial, person) === expected && decide(i) === expected
  })
  const isRefusedRightly = typeof program !== 'string' || program === 'POLICY_INVALID'
  return {
    ...NOTHING,
    formulas: 1,
    evaluations: asked.length,
    accepted: asked.filter(Boolean).length,
    faults: isRight && isRefusedRightly ? [] : [`A wrong truth table: ${JSON.stringify(rule)}`],
  }
}

function joins(parts: readonly Formula[]): Formula[] {
  return [all(parts), any(parts), ...parts.map((_, i) => atLeast(i + 1, parts))]
}

/** Two of the literals inside, with and without NOT, in each of the three ways. */
function nested(a: Formula, b: Formula, c: Formula): Formula[] {
  return [
    [a, b, c],
    [b, a, c],
    [c, a, b],
  ].flatMap(([single, ...inside]) => {
    const inner = [all(inside), any(inside)]
    return [...inner, ...inner.map(not)].flatMap((part) =>
      single ? [all([single, part]), any([single, part])] : [],
    )
  })
}

function literal(name: number, isPositive: boolean): Formula {
  return {
    rule: { attribute: `first.${NAMES[name] ?? ''}`, eq: isPositive },
    truth: (values) => values[name] === isPositive,
  }
}

function not({ rule, truth }: Formula): Formula {
  return { rule: { not: rule }, truth: (values) => !truth(values) }
}

function all(parts: readonly Formula[]): Formula {
  return {
    rule: { all: parts.map(({ rule }) => rule) },
    truth: (values) => parts.every(({ truth }) => truth(values)),
  }
}

function any(parts: readonly Formula[]): Formula {
  return {
    rule: { any: parts.map(({ rule }) => rule) },
    truth: (values) => parts.some(({ truth }) => truth(values)),
  }
}

function atLeast(count: number, parts: readonly Formula[]): Formula {
  return {
    rule: { atLeast: count, of: parts.map(({ rule }) => rule) },
    truth: (values) => parts.filter(({ truth }) => truth(values)).length >= count,
  }
}
