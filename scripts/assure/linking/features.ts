import { MARKS, MEASURES } from './observations.ts'
import type { IssuerRequest, Measure, Observation } from './observations.ts'

// How much two observations look alike, in numbers that a classifier can weigh.

/** What is compared: more is known from one to the next. */
export const VIEWS = ['content', 'times', 'issuers'] as const
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
type Window = readonly [from: number, to: number]
const WINDOWS: readonly Window[] = [
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
  return [
    ...MARKS.map(() => true),
    ...ofMeasures,
    ...[...WINDOWS, ...WINDOWS].map(() => view === 'issuers'),
  ]
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

/** What the issuers' requests say, by time: who was asked, and for which part of the revocations. */
export class IssuerTimes {
  readonly #requests: readonly IssuerRequest[]

  constructor(requests: readonly IssuerRequest[]) {
    this.#requests = requests.toSorted((a, b) => a.at - b.at)
  }

  /** What was asked in one of the windows around a visit. */
  around({ begins, ends }: Observation, window: Window): Asked {
    const [from, to] = window
    const start = from < 0 ? begins : from === 0 ? begins : ends
    const [low, high] = [start + from, from < 0 ? begins : ends + to]
    const found = this.#requests.filter(({ at }) => at >= low && at <= high)
    return {
      issuers: new Set(found.map(({ issuer }) => issuer)),
      parts: new Set(found.flatMap(({ part }) => part ?? [])),
    }
  }

  /** In any of the windows; of an issuance, whose it is. */
  about(known: Observation): Asked {
    const { issuer, part } = known
    if (issuer !== undefined) {
      return { issuers: new Set([issuer]), parts: new Set(part === undefined ? [] : [part]) }
    }
    const all = WINDOWS.map((window) => this.around(known, window))
    return {
      issuers: new Set(all.flatMap(({ issuers }) => [...issuers])),
      parts: new Set(all.flatMap(({ parts }) => [...parts])),
    }
  }
}

interface Asked {
  readonly issuers: ReadonlySet<string>
  readonly parts: ReadonlySet<string>
}

/** How much a candidate looks like the same holder's as what is known. */
export function featuresOf(
  known: Observation,
  candidate: Observation,
  usual: Usual,
  times: IssuerTimes,
): number[] {
  const marks = MARKS.map((name) => Number(known.marks[name] === candidate.marks[name]))
  const measures = MEASURES.flatMap((name) => {
    const own = (one: Observation) => one.measures[name] - usual(one.question, name)
    const apart = Math.abs(own(known) - own(candidate))
    return [Number(apart === 0), Math.exp(-apart / NEAR[name])]
  })
  const about = times.about(known)
  const around = WINDOWS.map((window) => times.around(candidate, window))
  return [
    ...marks,
    ...measures,
    ...around.map(({ issuers }) => likeness(about.issuers, issuers)),
    ...around.map(({ parts }) => Number(haveCommon(about.parts, parts))),
  ]
}

/** Whether the same were asked, or others; nothing is said by none. */
function likeness(known: ReadonlySet<string>, asked: ReadonlySet<string>): number {
  if (known.size === 0 || asked.size === 0) return 0
  return haveCommon(known, asked) ? 1 : -1
}

function haveCommon(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return [...a].some((one) => b.has(one))
}
