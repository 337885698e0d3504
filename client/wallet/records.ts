import { toBase64url } from '../../core/bytes.ts'
import type { Change, DocumentOf } from './documents.ts'
import type { Keep } from './keep.ts'
import type { HistoryEntry } from './types.ts'

/** Entries of the history; the oldest go first. */
const MAX_HISTORY = 1_000

/** A name for a document, random: 96 bits. */
export function newId(): string {
  return toBase64url(crypto.getRandomValues(new Uint8Array(12)))
}

/** Something that goes into the history. */
export function happened(entry: DocumentOf<'history'>): Extract<Change, { kind: 'history' }> {
  return { kind: 'history', id: newId(), value: entry }
}

/** Newest first. */
export function historyOf(keep: Keep): readonly HistoryEntry[] {
  return keep
    .all('history')
    .map(([id, entry]) => ({ id, ...entry }))
    .sort((a, b) => b.at - a.at)
}

/** Entries beyond what a history keeps. */
export function tooOld(keep: Keep): readonly Change[] {
  return historyOf(keep)
    .slice(MAX_HISTORY)
    .map(({ id }) => ({ kind: 'history', id, value: undefined }))
}
