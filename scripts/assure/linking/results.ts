import type { AssuranceFigure, Conclusion, Scope, SeededFault } from '../check.ts'
import { VIEWS } from './features.ts'
import type { View } from './features.ts'
import type { GroupFindings } from './findings.ts'
import { play as playGame } from './game.ts'
import type { Round, Score } from './game.ts'
import { leakNamed } from './leaks.ts'
import { NOTES } from './notes.ts'
import type { Kind } from './towns.ts'

// What the findings in all towns say together.

/** By the names of groups. */
export interface TownResult {
  readonly [name: string]: GroupResult
}
type GroupResult = Readonly<{
  kind: Kind
  people: number
  visits: number
  overlaps: readonly string[]
  lengths: readonly string[]
  repeats: number
  otherRoots: number
  askedInVisit: number
  askedBeforeConsent: number
  rounds: readonly Readonly<Round>[]
}>

export function resultOf(
  { group, ...rest }: GroupFindings,
  groups: readonly { readonly name: string; readonly kind: Kind }[],
): GroupResult {
  const kind = groups.find(({ name }) => name === group)?.kind ?? 'everyday'
  return { ...rest, kind }
}

export function conclude(results: readonly TownResult[], scope: Scope): Conclusion {
  const groups = results.flatMap((result) => Object.entries(result))
  const of = (kind: Kind) => groups.filter(([, one]) => one.kind === kind).map(([, one]) => one)
  const honest = [...of('everyday'), ...of('regular')]
  return {
    figures: [
      ...counts(honest),
      ...VIEWS.flatMap((view) => guesses(view, of('everyday'), scope)),
      ...guesses('issuers', of('everyday').map(knowingIssuances), scope, ' from issuances'),
      ...(scope === 'whole' ? guesses('times', of('regular'), 'part', ' of regulars') : []),
    ],
    faults: honest.flatMap(faultsOf),
    seeded: groups.filter(([, one]) => one.kind === 'leaking').map(seededOf),
    notes: NOTES,
  }
}

function counts(honest: readonly GroupResult[]): AssuranceFigure[] {
  const sum = (of: (one: GroupResult) => number) =>
    honest.reduce((total, one) => total + of(one), 0)
  const visits = sum((one) => one.visits)
  const none = { atMost: 0 }
  return [
    { name: 'holders', value: sum(({ people }) => people) },
    { name: 'visits', value: visits },
    {
      name: 'values that two episodes of one holder share and nobody else has',
      value: sum(({ overlaps }) => overlaps.length),
      aim: none,
    },
    {
      name: 'questions whose answers differ in length',
      value: sum(({ lengths }) => lengths.length),
      aim: none,
    },
    {
      name: 'parts of revocations that a wallet asked for twice',
      value: sum(({ repeats }) => repeats),
      aim: none,
    },
    {
      name: 'visits whose proof has another trust root than those of the day',
      value: sum(({ otherRoots }) => otherRoots),
      aim: none,
    },
    {
      name: 'visits in which an issuer was asked before the consent',
      value: sum(({ askedBeforeConsent }) => askedBeforeConsent),
      aim: none,
    },
    {
      name: 'visits in which an issuer was asked after the consent',
      value: rounded((100 * sum(({ askedInVisit }) => askedInVisit)) / visits),
      unit: '%',
    },
  ]
}

const SEEDS = [1, 2, 3]
/** Per cent of right guesses; section 8 of the plan of assurance. */
const MOST = 51

const TITLES: Readonly<Record<View, string>> = {
  content: 'sizes, orders and headers',
  times: 'these and times at the verifiers',
  issuers: 'these and what issuers were asked around a visit',
}

/** Few people make a wide interval: only the whole run has an aim. */
function guesses(
  view: View,
  groups: readonly GroupResult[],
  scope: Scope,
  whose = '',
): AssuranceFigure[] {
  const { accuracy, margin, rounds } = scoreOf(view, groups)
  const title = `right guesses${whose} by ${TITLES[view]}`
  const isAim = scope === 'whole'
  return [
    { name: title, value: rounded(100 * accuracy), unit: '%' },
    {
      name: `${title}: lower end of the 95 % interval`,
      value: rounded(100 * (accuracy - margin)),
      unit: '%',
      ...(isAim ? { aim: { atMost: MOST } } : {}),
    },
    {
      name: `${title}: upper end, from ${String(rounds)} rounds`,
      value: rounded(100 * (accuracy + margin)),
      unit: '%',
    },
  ]
}

function knowingIssuances(group: GroupResult): GroupResult {
  return { ...group, rounds: group.rounds.filter(({ known }) => known === 'issuance') }
}

function scoreOf(view: View, groups: readonly GroupResult[]): Score {
  return playGame(
    groups.flatMap(({ rounds }) => rounds),
    view,
    SEEDS,
  )
}

function faultsOf({ overlaps, lengths }: GroupResult): string[] {
  return [
    ...overlaps.map((overlap) => `One holder's ${overlap}.`),
    ...lengths.map((question) => `Answers differ in length: ${question}.`),
  ]
}

/** Far from a coin, so that it is no accident. */
const SUSPICIOUS = 0.55

function seededOf([name, found]: readonly [string, GroupResult]): SeededFault {
  const isGuessed = (): boolean =>
    VIEWS.some((view) => {
      const { accuracy, margin } = scoreOf(view, [found])
      return accuracy - margin > SUSPICIOUS
    })
  const { overlaps, lengths, repeats, otherRoots } = found
  const isFound = overlaps.length > 0 || lengths.length > 0 || repeats > 0 || otherRoots > 0
  return { fault: leakNamed(name).fault, wasSeen: isFound || isGuessed() }
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}
