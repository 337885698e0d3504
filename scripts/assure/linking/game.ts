import { createRandom } from '../../../examples/population/random.ts'
import type { Random } from '../../../examples/population/random.ts'
import { IssuerTimes, featuresOf, isIn, usualOf } from './features.ts'
import type { Usual, View } from './features.ts'
import { LOGIN } from './policies.ts'
import type { IssuerRequest, Observation } from './observations.ts'

// The linking game: an issuance or a visit is known, and two visits that answer one question on one
// day, with one value shown if any is; one of them is the same holder's. Which?

/** One round: by how much the right visit looks more alike than the other one. */
export interface Round {
  /** Whose; rounds of one holder are not independent. */
  readonly holder: number
  /** What is known: an issuance, or a visit. */
  readonly known: Observation['kind']
  readonly advantage: readonly number[]
}

/** What a classifier reached on rounds that it has not learnt from. */
export interface Score {
  /** Share of right guesses, 0 to 1; a coin has 0.5. */
  readonly accuracy: number
  /** Half the width of the 95 % interval, with holders as the independent units. */
  readonly margin: number
  readonly rounds: number
}

/** Rounds of one holder that are drawn at most. */
const ROUNDS_EACH = 24

export function roundsOf(
  observations: readonly Observation[],
  requests: readonly IssuerRequest[],
  seed: number,
): Round[] {
  const random = createRandom(seed)
  const tools = { usual: usualOf(observations), times: new IssuerTimes(requests) }
  const visits = observations.filter(({ kind }) => kind === 'visit')
  const alike = Map.groupBy(visits, likeness)
  const byHolder = Map.groupBy(observations, ({ holder }) => holder)
  return [...byHolder.values()].flatMap((own) => {
    const pairs = own.flatMap((known) =>
      own.filter((visit) => isFair(known, visit)).map((visit) => [known, visit] as const),
    )
    return shuffled(pairs, random)
      .slice(0, ROUNDS_EACH)
      .flatMap(([known, visit]) => {
        const others = alike.get(likeness(visit))?.filter(({ holder }) => holder !== visit.holder)
        if (others === undefined || others.length === 0) return []
        return [roundOf(known, visit, random.pick(others), tools)]
      })
  })
}

function roundOf(
  known: Observation,
  own: Observation,
  other: Observation,
  { usual, times }: { readonly usual: Usual; readonly times: IssuerTimes },
): Round {
  const theirs = featuresOf(known, other, usual, times)
  const advantage = featuresOf(known, own, usual, times).map(
    (value, i) => Math.round((value - (theirs[i] ?? 0)) * PRECISION) / PRECISION,
  )
  return { holder: own.holder, known: known.kind, advantage }
}

const PRECISION = 1000

/** What the services may tell visits by, because it is what they asked for. */
function likeness({ question, day, shown }: Observation): string {
  return [question, day, shown].join(' ')
}

/** Visits that a pseudonym ties together by design are no riddle. */
function isFair(known: Observation, visit: Observation): boolean {
  if (visit.kind !== 'visit' || visit === known) return false
  return !(known.question.endsWith(LOGIN) && visit.question.endsWith(LOGIN))
}

/**
 * Learns on one half of the holders and guesses on the other, both ways round, as often as there
 * are seeds.
 */
export function play(rounds: readonly Round[], view: View, seeds: readonly number[]): Score {
  const used = isIn(view)
  const seen = rounds.map(({ advantage, ...rest }) => ({
    ...rest,
    advantage: advantage.filter((_, i) => used[i]),
  }))
  const byHolder = [...Map.groupBy(seen, ({ holder }) => holder)]
  const guesses = new Map<number, number[]>()
  for (const seed of seeds) {
    const mixed = shuffled(byHolder, createRandom(seed))
    const middle = Math.floor(mixed.length / 2)
    const halves = [mixed.slice(0, middle), mixed.slice(middle)] as const
    for (const [learnt, asked] of [halves, halves.toReversed()]) {
      const weights = learn(learnt.flatMap(([, own]) => own))
      for (const [holder, own] of asked) {
        guesses.set(holder, [...(guesses.get(holder) ?? []), ...own.map(rightness(weights))])
      }
    }
  }
  return scoreOf([...guesses.values()], rounds.length)
}

/** 1 for a right guess, 0 for a wrong one; a coin is thrown where nothing speaks for either. */
function rightness(weights: readonly number[]): (round: Round) => number {
  return ({ advantage }) => {
    const sum = dot(weights, advantage)
    return Math.abs(sum) < 1e-9 ? 0.5 : Number(sum > 0)
  }
}

function scoreOf(guesses: readonly (readonly number[])[], rounds: number): Score {
  const total = guesses.reduce((sum, own) => sum + own.length, 0)
  const right = guesses.reduce((sum, own) => sum + sumOf(own), 0)
  const accuracy = right / total
  // A ratio of sums over holders; its variance by the residuals of the holders.
  const residuals = guesses.map((own) => sumOf(own) - accuracy * own.length)
  const variance = residuals.reduce((sum, residual) => sum + residual ** 2, 0) / total ** 2
  return { accuracy, margin: 1.96 * Math.sqrt(variance), rounds }
}

/** Steps of gradient ascent, and how strongly weights are kept small. */
const STEPS = 120
const DECAY = 0.002

/** Logistic regression on differences: the weights by which the right visit is the more alike. */
function learn(rounds: readonly Round[]): number[] {
  const size = rounds[0]?.advantage.length ?? 0
  let weights: number[] = Array.from({ length: size }, () => 0)
  // The slope changes by at most a quarter of the square's mean: a longer step would swing.
  const squares = sumOf(rounds.map(({ advantage }) => dot(advantage, advantage)))
  const rate = 4 / (squares / Math.max(1, rounds.length) + 4 * DECAY)
  for (let step = 0; step < STEPS; step++) {
    const gradient: number[] = Array.from({ length: size }, () => 0)
    for (const { advantage } of rounds) {
      const doubt = 1 / (1 + Math.exp(dot(weights, advantage)))
      for (let i = 0; i < size; i++) gradient[i] = (gradient[i] ?? 0) + doubt * (advantage[i] ?? 0)
    }
    weights = weights.map(
      (weight, i) => weight + rate * ((gradient[i] ?? 0) / rounds.length - DECAY * weight),
    )
  }
  return weights
}

function dot(a: readonly number[], b: readonly number[]): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0)
  return sum
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  return items
    .map((item) => ({ item, place: random.fraction() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item)
}
