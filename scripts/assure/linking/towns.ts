import type { Scope, Unit } from '../check.ts'
import { LEAKS, leakNamed } from './leaks.ts'
import { QUESTIONS } from './policies.ts'
import type { Group, Proving } from './scenario.ts'

// The towns that the audit plays, and who lives in them.

/** A town and its people. */
export type TownInput = Readonly<{
  seed: number
  days: number
  isJudged: boolean
  groups: readonly GroupInput[]
}>

export type GroupInput = Readonly<{
  kind: Kind
  people: number
  visits: number
  proving: Proving
  /** Name of a leak; of one that is everybody's, the audit has to find it. */
  leak: string
  /** Of the questions, by their places. */
  questions: readonly number[]
}>

/**
 * `everyday`: whoever visits verifiers once each. `regular`: some come again and again, so that their
 * proofs are made ahead. `leaking`: built wrong on purpose.
 */
export type Kind = 'everyday' | 'regular' | 'leaking'

export function townsOf(scope: Scope): Unit<TownInput>[] {
  return scope === 'part' ? partUnits() : wholeUnits()
}

const EVERYDAY: GroupInput = {
  kind: 'everyday',
  people: 63,
  visits: QUESTIONS.length,
  proving: 'trapdoor',
  leak: '',
  questions: [0, 1, 2, 3],
}
const LEAKING: GroupInput = { ...EVERYDAY, kind: 'leaking', people: 4 }

/** Leaks that only show in how often a classifier is right: these need more people. */
const GUESSED = ['own-root', 'own-order', 'slow-clock']

function partUnits(): Unit<TownInput>[] {
  const leaks = ['same-key', 'own-size', 'shard-at-proof']
  const leaking = leaks.map((leak) => ({ ...LEAKING, people: 2, visits: 2, leak }))
  return [unit('small-town', 31, [{ ...EVERYDAY, people: 4 }, ...leaking], { days: 1 })]
}

function wholeUnits(): Unit<TownInput>[] {
  const names = LEAKS.map(({ name }) => name)
  const found = names.filter((name) => !GUESSED.includes(name))
  return [
    ...Array.from({ length: 15 }, (_, i) => unit(`town-${String(i + 1)}`, i + 1, [EVERYDAY])),
    unit('real-proofs', 21, [{ ...EVERYDAY, people: 5, visits: 3, proving: 'groth16' }]),
    unit('checked-witnesses', 22, [{ ...EVERYDAY, people: 12, proving: 'checked' }]),
    unit('regulars', 23, REGULARS),
    unit(
      'leaks-found',
      24,
      found.map((leak) => ({ ...LEAKING, leak })),
    ),
    unit(
      'leaks-guessed',
      25,
      GUESSED.map((leak) => ({ ...LEAKING, people: 14, leak })),
    ),
  ]
}

/** Some come for wine all the time; others come once in a while. */
const REGULARS: readonly GroupInput[] = [
  { ...EVERYDAY, kind: 'regular', people: 16, visits: 8, questions: [0, 0, 0, 2] },
  { ...EVERYDAY, kind: 'regular', people: 24, visits: 3, questions: [0, 2, 0] },
]

function unit(
  name: string,
  seed: number,
  groups: readonly GroupInput[],
  { days = 2 }: { readonly days?: number } = {},
): Unit<TownInput> {
  // Where proofs cannot be wrong, that services verify them costs time and shows nothing.
  const isJudged = seed === 1 || groups.some(({ proving }) => proving !== 'trapdoor')
  return { name, input: { seed, days, isJudged, groups } }
}

/** As a scenario has it. */
export function groupOf({ kind, people, visits, proving, leak, questions }: GroupInput): Group {
  const asked = questions.flatMap((place) => QUESTIONS[place] ?? [])
  const common = { people, visits, proving, questions: asked }
  return leak === '' ? { ...common, name: kind } : { ...common, name: leak, leak: leakNamed(leak) }
}
