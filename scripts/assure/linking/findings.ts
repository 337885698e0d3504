import { dossiersOf, isAllowed, openAnswers } from './dossiers.ts'
import { issuerRequests, observationsOf } from './observations.ts'
import type { Observation } from './observations.ts'
import { roundsOf } from './game.ts'
import type { Round } from './game.ts'
import type { Evidence, Participant } from './scenario.ts'
import { overlaps } from './search.ts'

// What the pooled records of a town say about one group of its people. Plain JSON.

export interface GroupFindings {
  readonly group: string
  readonly people: number
  readonly visits: number
  /** Values that tie episodes of one holder together, as sentences. */
  readonly overlaps: readonly string[]
  /** Lengths of answers to one question that are more than one. */
  readonly lengths: readonly string[]
  /** Parts of revocations that one wallet asked for twice. */
  readonly repeats: number
  /** Visits whose proof speaks of another trust root than most of the day. */
  readonly otherRoots: number
  /** Visits in which an issuer was asked after the consent, and before it. */
  readonly askedInVisit: number
  readonly askedBeforeConsent: number
  readonly rounds: readonly Round[]
}

/** @param firstHolder - Added to the holders' numbers, so that those of several towns differ. */
export async function findingsOf(
  evidence: Evidence,
  groups: readonly string[],
  seed: number,
  firstHolder: number,
): Promise<GroupFindings[]> {
  const answers = await openAnswers(evidence)
  const found = overlaps(dossiersOf(evidence, answers), isAllowed(evidence))
  const observations = observationsOf(evidence, answers)
  const requests = issuerRequests(evidence)
  return groups.map((group) => {
    const people = evidence.participants.filter((one) => one.group === group)
    const numbers = new Set(people.map(({ number }) => number))
    const own = observations.filter(({ holder }) => numbers.has(holder))
    return {
      group,
      people: people.length,
      visits: own.filter(({ kind }) => kind === 'visit').length,
      overlaps: found
        .filter(({ holder }) => numbers.has(holder))
        .map(
          ({ episodes, sample, pieces }) =>
            `${episodes.join(', ')}: ${JSON.stringify(sample)}, ${String(pieces)} pieces in all`,
        ),
      lengths: unequalLengths(own),
      repeats: repeatsOf(numbers, evidence),
      otherRoots: own.filter(({ kind, marks }) => kind === 'visit' && marks.root === 'other')
        .length,
      ...issuersAsked(people, evidence),
      rounds: roundsOf(own, requests, seed).map(({ holder, ...rest }) => ({
        holder: holder + firstHolder,
        ...rest,
      })),
    }
  })
}

/** Answers to one question are of one length; one that shows a text is as long as the text. */
function unequalLengths(observations: readonly Observation[]): string[] {
  const visits = observations.filter(({ kind }) => kind === 'visit')
  const byQuestion = Map.groupBy(visits, ({ question, shown }) => `${question} ${shown.length}`)
  return [...byQuestion].flatMap(([question, all]) => {
    const lengths = new Set(all.map(({ measures }) => measures.formBytes))
    return lengths.size > 1 ? [`${question}: ${[...lengths].join(', ')}`] : []
  })
}

/** What is kept need not be asked for again: whoever does so tells that it is needed now. */
function repeatsOf(numbers: ReadonlySet<number>, { exchanges }: Evidence): number {
  const asked = exchanges
    .filter(({ holder, url }) => numbers.has(holder) && url.includes('/status/shards/'))
    .map(({ holder, url }) => `${String(holder)} ${url}`)
  return asked.length - new Set(asked).size
}

function issuersAsked(
  people: readonly Participant[],
  { exchanges }: Evidence,
): Pick<GroupFindings, 'askedInVisit' | 'askedBeforeConsent'> {
  const byHolder = Map.groupBy(exchanges, ({ holder }) => holder)
  let [askedInVisit, askedBeforeConsent] = [0, 0]
  for (const { number, visits } of people) {
    for (const { episode } of visits) {
      const own = (byHolder.get(number) ?? []).filter((one) => one.episode === episode)
      const issuers = own.filter(({ service }) => service === 'registry' || service === 'consulate')
      // Until the question is agreed to, the clock stands where it was read.
      const isEarly = issuers.some(({ at }) => at === own[0]?.at)
      askedInVisit += Number(issuers.length > 0)
      askedBeforeConsent += Number(isEarly)
    }
  }
  return { askedInVisit, askedBeforeConsent }
}
