import { isText } from './layers.ts'

// Whether two records of one holder share anything that not everybody's have: any run of bytes, in
// whatever form it is written.

/** What the services know of one episode of one holder. */
export interface Dossier {
  readonly holder: number
  readonly episode: string
  readonly layers: readonly Buffer[]
}

/** Something that stands in several episodes of one holder and nowhere else. */
export interface Overlap {
  readonly holder: number
  readonly episodes: readonly string[]
  /** A piece of it. */
  readonly sample: string
  /** How many pieces: what was longer, or several things, has many. */
  readonly pieces: number
}

/** Bytes that are compared at a time: 64 bits. */
const RUN = 8
/**
 * The same in characters of base64url. Of eight, which are 48 bits, the visits of a thousand holders
 * have so many that two are equal by chance in one run of a hundred.
 */
const BASE64URL_RUN = 11
/** Runs of fewer digits are equal by chance. Whole numbers, like a time, count from eight digits. */
const DIGITS_RUN = 15

type Key = string

/**
 * @param isAllowed - Whether a run may stand in these episodes: a pseudonym in the visits in which it
 *   is asked for.
 */
export function overlaps(
  dossiers: readonly Dossier[],
  isAllowed: (overlap: Overlap) => boolean,
): Overlap[] {
  const byHolder = Map.groupBy(dossiers, ({ holder }) => holder)
  const candidates = new Map<Key, Candidate>()
  const shared = [...byHolder].map(([holder, own]) => ({ holder, runs: sharedRuns(own) }))
  for (const { holder, runs } of shared) {
    for (const [run, episodes] of runs) {
      const known = candidates.get(run)
      if (known === undefined) candidates.set(run, { holder, episodes, isPublic: false })
      else known.isPublic = true
    }
  }
  for (const { holder, layers } of dossiers) markPublic(candidates, holder, layers)
  return grouped([...candidates].filter(([, { isPublic }]) => !isPublic)).filter(
    (overlap) => !isAllowed(overlap),
  )
}

interface Candidate {
  readonly holder: number
  readonly episodes: ReadonlySet<string>
  isPublic: boolean
}

/** Runs that stand in at least two episodes of one holder. */
function sharedRuns(own: readonly Dossier[]): Map<Key, Set<string>> {
  const first = new Map<Key, string>()
  const shared = new Map<Key, Set<string>>()
  for (const { episode, layers } of own) {
    eachRun(layers, (run) => {
      const before = first.get(run)
      if (before === undefined) first.set(run, episode)
      else if (before !== episode) {
        const all = shared.get(run) ?? new Set([before])
        shared.set(run, all.add(episode))
      }
    })
  }
  return shared
}

function markPublic(
  candidates: ReadonlyMap<Key, Candidate>,
  holder: number,
  layers: readonly Buffer[],
): void {
  eachRun(layers, (run) => {
    const candidate = candidates.get(run)
    if (candidate !== undefined && candidate.holder !== holder) candidate.isPublic = true
  })
}

type Take = (run: Key) => void

/** Runs of the words of a text and of whatever is no text; separators are everybody's. */
function eachRun(layers: readonly Buffer[], take: Take): void {
  for (const layer of layers) {
    const text = layer.toString('latin1')
    if (!isText(text)) eachRunIn(text, take)
    else for (const word of text.match(WORD) ?? []) eachRunOfWord(word, take)
  }
}

const WORD = /[A-Za-z0-9_-]{8,}/g
const NUMBER = /^[0-9]+$/
const HEX = /^[0-9a-fA-F]+$/

/** What is written in hex or base64url is looked at as what it says: eight digits are few bits. */
function eachRunOfWord(word: string, take: Take): void {
  if (NUMBER.test(word)) eachRunOfNumber(word, take)
  else if (HEX.test(word)) take(`word ${word}`)
  else if (!isText(Buffer.from(word, 'base64url').toString('latin1'))) {
    // A short one can only be equal as a whole.
    if (word.length < BASE64URL_RUN) take(`word ${word}`)
    eachRunIn(word, take, BASE64URL_RUN)
  }
}

function eachRunOfNumber(number: string, take: Take): void {
  if (number.length < DIGITS_RUN) take(`word ${number}`)
  for (let i = 0; i + DIGITS_RUN <= number.length; i++) take(number.slice(i, i + DIGITS_RUN))
}

function eachRunIn(text: string, take: Take, length = RUN): void {
  for (let i = 0; i + length <= text.length; i++) {
    const run = text.slice(i, i + length)
    if (!MONOTONOUS.test(run)) take(run)
  }
}

/** What fills up, like zeros. */
const MONOTONOUS = /^(.)\1*$/s

/** One finding for each holder and set of episodes. */
function grouped(found: readonly (readonly [Key, Candidate])[]): Overlap[] {
  const groups = Map.groupBy(found, ([, { holder, episodes }]) =>
    [holder, ...[...episodes].sort()].join(' '),
  )
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    if (first === undefined) return []
    const [sample, { holder, episodes }] = first
    return [{ holder, episodes: [...episodes].sort(), sample, pieces: group.length }]
  })
}
