import { decryptJwe } from '../../../core/jwe.ts'
import type { Visit } from './holder.ts'
import { layersOf } from './layers.ts'
import { LOGIN } from './policies.ts'
import type { Exchange } from './record.ts'
import type { Evidence, Participant } from './scenario.ts'
import type { Dossier, Overlap } from './search.ts'
import type { Row } from './town.ts'

// What four services that pool everything hold of each episode: requests and answers to the last
// byte, opened answers, rows of their databases, lines of their logs.

/** An answer to a verifier, opened. */
export interface OpenedAnswer {
  /** Of the form as it came. */
  readonly sealedSize: number
  /** JSON, as it was encrypted. */
  readonly plain: string
  readonly presentation: string
}

/** By session. */
export type OpenedAnswers = ReadonlyMap<string, OpenedAnswer>

/** Opens what the wallets have sent, with the keys that verifiers have until they forget them. */
export async function openAnswers(evidence: Evidence): Promise<OpenedAnswers> {
  const visits = evidence.participants.flatMap(({ visits: own }) => own)
  const opened = await Promise.all(
    visits.map(async (visit) => [visit.session, await openAnswer(visit, evidence)] as const),
  )
  return new Map(opened)
}

async function openAnswer({ session, key }: Visit, evidence: Evidence): Promise<OpenedAnswer> {
  const sent = evidence.exchanges.findLast(({ url }) => url.endsWith(`/oid4vp/response/${session}`))
  const jwe = new URLSearchParams(sent?.body).get('response') ?? ''
  const plain = await decryptJwe(jwe, key, 'PRESENTATION_INVALID')
  const { vp_token: token } = plain as { readonly vp_token: { readonly eligibility: [string] } }
  return {
    sealedSize: sent?.body.length ?? 0,
    plain: JSON.stringify(plain),
    presentation: token.eligibility[0],
  }
}

/** All of the holders' episodes: issuances, visits, and what wallets fetch in idle moments. */
export function dossiersOf(evidence: Evidence, answers: OpenedAnswers): Dossier[] {
  const byHolder = Map.groupBy(evidence.exchanges, ({ holder }) => holder)
  const lines = logLines(evidence)
  const all = evidence.participants.flatMap((participant) => {
    const own = byHolder.get(participant.number) ?? []
    const episodes = Map.groupBy(own, ({ episode }) => episode)
    return [...episodes].map(([episode, exchanges]) => {
      const texts = [
        ...exchanges.flatMap((exchange) => textsOf(exchange, lines)),
        ...rowsOf(participant, episode, evidence).map((row) => JSON.stringify(row)),
        ...answersIn(participant, episode, answers),
      ]
      return { holder: participant.number, episode, texts }
    })
  })
  const isPublic = publicTexts(all)
  const own = all.map(({ texts, ...rest }) => {
    const layers = texts.filter((text) => !isPublic(text)).flatMap((text) => layersOf(text))
    return { ...rest, layers }
  })
  return [...own, published(evidence)]
}

/** Documents that anybody can fetch: what is in them is nobody's, even if one wallet did so. */
function published({ rows }: Evidence): Dossier {
  const documents = Object.values(rows)
    .flat()
    .flatMap(({ document, jws }) => [document, jws])
    .filter((text) => typeof text === 'string')
  return {
    holder: NOBODY,
    episode: 'published',
    layers: documents.flatMap((text) => layersOf(text)),
  }
}

/** What two holders got or sent, letter by letter, says nothing about one of them. */
function publicTexts(
  all: readonly { readonly holder: number; readonly texts: readonly string[] }[],
): (text: string) => boolean {
  const holders = new Map<string, number>()
  for (const { holder, texts } of all) {
    for (const text of texts) {
      holders.set(text, (holders.get(text) ?? holder) === holder ? holder : NOBODY)
    }
  }
  return (text) => holders.get(text) === NOBODY
}

const NOBODY = -1

/**
 * What may stand in several episodes: the pseudonym of the shop's scope, in the shop's own visits
 * that ask for it; and who a person is, at the issuers, who know that.
 */
export function isAllowed(evidence: Evidence): (overlap: Overlap) => boolean {
  const people = new Map(evidence.participants.map((one) => [one.number, one]))
  return ({ holder, episodes }) => {
    const visits = people.get(holder)?.visits ?? []
    if (episodes.every((episode) => episode.startsWith('issuance-'))) return true
    return episodes.every(
      (episode) => visits.find((visit) => visit.episode === episode)?.policy === LOGIN,
    )
  }
}

function textsOf(exchange: Exchange, lines: ReadonlyMap<string, readonly string[]>): string[] {
  const { method, url, headers, body, answer, requestId } = exchange
  const { pathname, search } = new URL(url)
  const head = [`${method} ${pathname}${search}`, ...headers.map((pair) => pair.join(': '))]
  return [head.join('\n'), body, answer, ...(lines.get(requestId) ?? [])]
}

function answersIn(
  { visits }: Participant,
  episode: string,
  answers: OpenedAnswers,
): readonly string[] {
  const visit = visits.find((one) => one.episode === episode)
  const opened = visit && answers.get(visit.session)
  return opened === undefined ? [] : [opened.plain]
}

interface LogLine {
  readonly requestId?: string
}

function logLines({ logs }: Evidence): ReadonlyMap<string, readonly string[]> {
  const lines = Object.values(logs).flat()
  return Map.groupBy(lines, (line) => (JSON.parse(line) as LogLine).requestId ?? '')
}

/** Rows that a service keeps of an episode, as far as it says itself whose they are. */
function rowsOf(
  { subject, visits }: Participant,
  episode: string,
  { rows }: Evidence,
): readonly Row[] {
  if (episode === 'issuance-registry' || episode === 'issuance-consulate') {
    const issuer = episode === 'issuance-registry' ? 'registry' : 'consulate'
    return rows[issuer].filter((row) => row['subject'] === subject)
  }
  const visit = visits.find((one) => one.episode === episode)
  if (visit === undefined) return []
  return rows[visit.verifier].filter((row) => row['id'] === visit.session)
}
