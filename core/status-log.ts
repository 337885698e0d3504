import { utf8 } from './bytes.ts'
import { ZerocardError } from './errors.ts'
import { readWith } from './json.ts'
import {
  addLeaf,
  frontierAt,
  leafHash,
  logFrontier,
  logHash,
  logRoot,
  proveConsistency,
  proveInclusion,
  verifyConsistency,
  verifyInclusion,
  windowSize,
} from './log.ts'
import type { LogFrontier, LogHash, LogWindow } from './log.ts'
import { readOldStatus } from './status.ts'
import type { StatusDocument, StatusIssuer } from './status.ts'
import { jwkJson } from './trust.ts'
import * as z from './zod.ts'

// The status documents of an issuer as a log: each signs the root of all before it. Two documents
// that do not belong into one log show to everybody that the issuer has told two stories.

/** Documents of one part of a log, as it is published. */
export const LOG_TILE = 256

/** Parts of a log that are read at once: eleven years of hourly documents. */
const MAX_TILES = 400

/** Where the parts of an issuer's log are had from, by their numbers. */
export type TileSource = (tile: number) => Promise<LogWindow>

/** A status document as it was signed, opened. */
export interface SignedStatus {
  readonly text: string
  readonly status: StatusDocument
}

/** A log that was followed up to a document, which is its last leaf. */
export interface FollowedLog {
  readonly newest: SignedStatus
  readonly window: LogWindow
}

/** Two documents of an issuer that contradict each other, and why. `first` is not the later one. */
export interface Fork {
  readonly first: string
  readonly second: string
  readonly because:
    /** Two documents of one epoch. */
    | { readonly kind: 'same-epoch' }
    /** In the log of the second another document is in the place of the first. */
    | { readonly kind: 'left-out'; readonly leaf: LogHash; readonly path: readonly LogHash[] }
    /** The log of the second begins with another one than the first says. */
    | { readonly kind: 'rewritten'; readonly root: LogHash; readonly path: readonly LogHash[] }
    /** The second comes next, and its log is not the one of the first with the first in it. */
    | { readonly kind: 'not-continued'; readonly before: LogFrontier }
}

/** How a document stands to a log that was followed. */
export type Comparison =
  /** It is in the log. */
  | 'within'
  /** It comes next, and continues the log. */
  | 'next'
  /** Documents between the log's end and it are not known. */
  | 'later'
  /** It is older than what is kept of the log. */
  | 'before'
  | Fork

const tileJson = z.strictObject({
  before: logFrontier,
  documents: z.array(logHash).check(z.maxLength(LOG_TILE)),
})

/** A part of a log as its issuer publishes it: the whole is known by what a document has signed. */
export function parseTile(json: unknown): LogWindow {
  const { before, documents } = readWith(tileJson, json, 'STATUS_INVALID', 'log')
  return { base: before, leaves: documents }
}

export function tileToJson({ base, leaves }: LogWindow): z.output<typeof tileJson> {
  return { before: { ...base, peaks: [...base.peaks] }, documents: [...leaves] }
}

/** The number of the tile that has a document. */
export function tileOf(epoch: number): number {
  return Math.floor((epoch - 1) / LOG_TILE)
}

/**
 * What stands for a document in a log. The signature is not part of it: anybody can make another
 * valid one of it, and so could make two documents of one.
 */
export function documentHash(text: string): LogHash {
  return leafHash(utf8(text.slice(0, text.lastIndexOf('.'))))
}

/**
 * Opens the log before a document from the parts that were published, one after the other.
 *
 * @param tiles - The last is the one that ends with the document before `newest`, or has it.
 * @throws ZerocardError with `STATUS_INVALID` if they are not what the document has signed.
 */
export function openLog(newest: SignedStatus, tiles: readonly LogWindow[]): FollowedLog {
  const [first] = tiles
  const size = newest.status.epoch - 1
  if (first === undefined) throw new TypeError('no part of the log')
  const all = tiles.flatMap(({ leaves }) => leaves)
  const count = size - first.base.size
  // A part that began elsewhere would leave out what is to be compared.
  const end = (tileOf(Math.max(1, size)) + 1) * LOG_TILE
  const isInOrder = tiles.every(({ base }, i) => base.size === end - (tiles.length - i) * LOG_TILE)
  const isEnough = tiles.slice(0, -1).every(({ leaves }) => leaves.length === LOG_TILE)
  const window = { base: first.base, leaves: all.slice(0, Math.max(0, count)) }
  const fits = isInOrder && isEnough && count >= 0 && windowSize(window) === size
  if (!fits || logRoot(frontierAt(window, size)) !== newest.status.log) {
    throw new ZerocardError('STATUS_INVALID', 'the log is not the one that was signed')
  }
  return {
    newest,
    window: { base: window.base, leaves: [...window.leaves, documentHash(newest.text)] },
  }
}

/**
 * Opens the log before a document from parts that are asked for, one after the other.
 *
 * @param oldest - The epoch from which on the log is needed.
 * @throws ZerocardError with the codes of `tiles`; `STATUS_INVALID` if they are not what the document
 *   has signed, or too many.
 */
export async function readLog(
  newest: SignedStatus,
  oldest: number,
  tiles: TileSource,
): Promise<FollowedLog> {
  const last = tileOf(Math.max(1, newest.status.epoch - 1))
  const first = Math.min(last, tileOf(oldest))
  // An issuer chooses its epochs: a leap must not be a way around what is to be compared.
  if (last - first >= MAX_TILES) {
    throw new ZerocardError('STATUS_INVALID', 'too many documents since the last that was seen')
  }
  const parts: LogWindow[] = []
  for (let tile = first; tile <= last; tile++) parts.push(await tiles(tile))
  return openLog(newest, parts)
}

/** The log of a first document, of which nothing is before. */
export function newLog(newest: SignedStatus): FollowedLog | undefined {
  const base = { size: 0, peaks: [] }
  const isFirst = newest.status.epoch === 1 && newest.status.log === logRoot(base)
  return isFirst ? { newest, window: { base, leaves: [documentHash(newest.text)] } } : undefined
}

/** Compares another document of the same issuer, under the same key, with a log. */
export function compareStatus({ newest, window }: FollowedLog, other: SignedStatus): Comparison {
  const { epoch, log } = other.status
  const last = newest.status.epoch
  if (epoch > last + 1) return 'later'
  if (epoch === last + 1) {
    if (logRoot(frontierAt(window, last)) === log) return 'next'
    const before = frontierAt(window, last - 1)
    return fork(newest, other, { kind: 'not-continued', before })
  }
  if (epoch <= window.base.size) return 'before'
  const leaf = window.leaves[epoch - 1 - window.base.size] ?? ''
  const isSame = leaf === documentHash(other.text)
  if (epoch === last) return isSame ? 'within' : fork(other, newest, { kind: 'same-epoch' })
  if (!isSame) {
    const path = proveInclusion(window, epoch - 1, last - 1)
    return fork(other, newest, { kind: 'left-out', leaf, path })
  }
  const root = logRoot(frontierAt(window, epoch - 1))
  if (root === log) return 'within'
  const path = proveConsistency(window, epoch - 1, last - 1)
  return fork(other, newest, { kind: 'rewritten', root, path })
}

/** Compares two documents of an issuer where no log is known: those of one epoch contradict. */
export function compareEpochs(known: SignedStatus, other: SignedStatus): Comparison {
  if (known.status.epoch !== other.status.epoch) return 'later'
  const isSame = documentHash(known.text) === documentHash(other.text)
  return isSame ? 'within' : fork(known, other, { kind: 'same-epoch' })
}

/** The log with the document that comes next, shortened to what later comparisons need. */
export function continueLog({ window }: FollowedLog, next: SignedStatus): FollowedLog {
  const longer = { ...window, leaves: [...window.leaves, documentHash(next.text)] }
  return { newest: next, window: shortened(longer) }
}

/** At least the last tile and all of the one before stay. */
export function shortened(window: LogWindow): LogWindow {
  const start = Math.max(0, tileOf(windowSize(window)) - 1) * LOG_TILE
  if (start <= window.base.size) return window
  return {
    base: frontierAt(window, start),
    leaves: window.leaves.slice(start - window.base.size),
  }
}

function fork(first: SignedStatus, second: SignedStatus, because: Fork['because']): Fork {
  return { first: first.text, second: second.text, because }
}

/** Name and version of the format of evidence. */
export const FORK_FORMAT = 'zerocard-fork/1'

const path = z.array(logHash).check(z.maxLength(64))
const document = z.string().check(z.maxLength(64 * 1024))

/** Evidence that an issuer has told two stories, for everybody. */
export const forkJson = z.strictObject({
  format: z.literal(FORK_FORMAT),
  issuer: z.string().check(z.minLength(1), z.maxLength(200)),
  /** The key that has signed both. */
  jwk: jwkJson,
  first: document,
  second: document,
  because: z.union([
    z.strictObject({ kind: z.literal('same-epoch') }),
    z.strictObject({ kind: z.literal('left-out'), leaf: logHash, path }),
    z.strictObject({ kind: z.literal('rewritten'), root: logHash, path }),
    z.strictObject({ kind: z.literal('not-continued'), before: logFrontier }),
  ]),
})

export type ForkEvidence = z.output<typeof forkJson>

export function forkEvidence({ issuer, jwk }: StatusIssuer, found: Fork): ForkEvidence {
  return readWith(forkJson, { format: FORK_FORMAT, issuer, jwk, ...found }, 'INPUT_INVALID', 'fork')
}

/**
 * Checks evidence, with nothing else to go by.
 *
 * @returns Who is found to have told two stories, and in which documents.
 * @throws ZerocardError with `INPUT_INVALID` for what proves nothing, `STATUS_INVALID` for documents
 *   that the key has not signed.
 */
export async function checkFork(json: unknown): Promise<{
  readonly evidence: ForkEvidence
  readonly epochs: readonly [first: number, second: number]
}> {
  const evidence = readWith(forkJson, json, 'INPUT_INVALID', 'evidence')
  const first = await readOldStatus(evidence.first, evidence)
  const second = await readOldStatus(evidence.second, evidence)
  const hashes = [documentHash(evidence.first), documentHash(evidence.second)] as const
  if (!contradict(first, second, hashes, evidence.because)) {
    throw new ZerocardError('INPUT_INVALID', 'the two documents can belong to one log')
  }
  return { evidence, epochs: [first.epoch, second.epoch] }
}

function contradict(
  first: StatusDocument,
  second: StatusDocument,
  [hash, otherHash]: readonly [LogHash, LogHash],
  because: Fork['because'],
): boolean {
  const head = { size: second.epoch - 1, root: second.log }
  switch (because.kind) {
    case 'same-epoch':
      return first.epoch === second.epoch && hash !== otherHash
    case 'left-out': {
      const { leaf, path: way } = because
      return leaf !== hash && verifyInclusion(leaf, first.epoch - 1, way, head)
    }
    case 'rewritten': {
      const before = { size: first.epoch - 1, root: because.root }
      return because.root !== first.log && verifyConsistency(before, head, because.path)
    }
    case 'not-continued': {
      const { before } = because
      const isOfFirst = before.size === first.epoch - 1 && logRoot(before) === first.log
      const isNext = second.epoch === first.epoch + 1
      return isOfFirst && isNext && logRoot(addLeaf(before, hash)) !== second.log
    }
  }
}
