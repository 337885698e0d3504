import { MARKS, MEASURES } from './observations.ts'
import type { Measure, Observation, ShardFetch } from './observations.ts'

// How much two observations look alike, in numbers that a classifier can weigh.

/** What is compared: more is known from one to the next. */
export const VIEWS = ['content', 'times', 'shards'] as const
export type View = (typeof VIEWS)[number]

/** By which two values still count as near, in the measure's unit. */
const NEAR: Readonly<Record<Measure, number>> = {
  requests: 1,
  requestBytes: 10,
  answerBytes: 10,
  headerBytes: 10,
  formBytes: 10,
  firstByteOfKey: 16,
  firstByteOfProof: 16,
  lastByteOfProof: 16,
  firstByteOfNonce: 8,
  clock: 10,
  secondOfDay: 3600,
  duration: 4,
}
const TIMES: readonly Measure[] = ['clock', 'secondOfDay', 'duration']

/** Seconds from the beginning, or from the end, of a visit in which an issuer may be asked. */
const WINDOWS: readonly (readonly [from: number, to: number])[] = [
  [-60, 0],
  [0, 5],
  [5, 120],
  [120, 400],
]

/** Which of the features belong to a view, in the order of {@link featuresOf}. */
export function isIn(view: View): readonly boolean[] {
  const ofMeasures = MEASURES.flatMap((name) => {
    const isThere = view !== 'content' || !TIMES.includes(name)
    return [isThere, isThere]
  })
  return [...MARKS.map(() => true), ...ofMeasures, ...WINDOWS.map(() => view === 'shards')]
}

/** What is usual for a question: a longer policy makes a longer answer, whoever answers. */
export type Usual = (question: string, name: Measure) => number

export function usualOf(observations: readonly Observation[]): Usual {
  const byQuestion = Map.groupBy(observations, ({ question }) => question)
  const medians = new Map(
    [...byQuestion].map(([question, all]) => [
      question,
      new Map(MEASURES.map((name) => [name, median(all.map(({ measures }) => measures[name]))])),
    ]),
  )
  return (question, name) => medians.get(question)?.get(name) ?? 0
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}

/** What the issuers' requests say, by time. */
export class ShardTimes {
  readonly #fetches: readonly ShardFetch[]

  constructor(fetches: readonly ShardFetch[]) {
    this.#fetches = fetches.toSorted((a, b) => a.at - b.at)
  }

  /** Parts that were asked for in one of the windows around a visit. */
  around({ begins, ends }: Observation, window: readonly [number, number]): ReadonlySet<string> {
    const [from, to] = window
    const start = from < 0 ? begins : from === 0 ? begins : ends
    const [low, high] = [start + from, from < 0 ? begins : ends + to]
    const found = this.#fetches.filter(({ at }) => at >= low && at <= high)
    return new Set(found.map(({ place }) => place))
  }
}

/** How much a candidate looks like the same holder's as what is known. */
export function featuresOf(
  known: Observation,
  candidate: Observation,
  usual: Usual,
  shards: ShardTimes,
): number[] {
  const marks = MARKS.map((name) => Number(known.marks[name] === candidate.marks[name]))
  const measures = MEASURES.flatMap((name) => {
    const own = (one: Observation) => one.measures[name] - usual(one.question, name)
    const apart = Math.abs(own(known) - own(candidate))
    return [Number(apart === 0), Math.exp(-apart / NEAR[name])]
  })
  const places = known.kind === 'issuance' ? new Set(known.places) : placesAround(known, shards)
  const windows = WINDOWS.map((window) => {
    const asked = shards.around(candidate, window)
    return Number([...places].some((place) => asked.has(place)))
  })
  return [...marks, ...measures, ...windows]
}

function placesAround(known: Observation, shards: ShardTimes): Set<string> {
  return new Set(WINDOWS.flatMap((window) => [...shards.around(known, window)]))
}
