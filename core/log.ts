import { concatBytes, fromBase64url, toBase64url } from './bytes.ts'
import { sha256 } from './hash.ts'
import * as z from './zod.ts'

// The Merkle tree of RFC 9162, section 2.1, over SHA-256: a log that can only be added to. Hashes
// are texts, base64url of 32 bytes.

export type LogHash = string

/** Everything a log needs to be added to: the roots of its complete parts, the largest first. */
export interface LogFrontier {
  readonly size: number
  /** One for each binary digit 1 of the size. */
  readonly peaks: readonly LogHash[]
}

/** The end of a log: the leaves from `base.size` on, and what stands for those before. */
export interface LogWindow {
  readonly base: LogFrontier
  readonly leaves: readonly LogHash[]
}

/** An hourly entry for a hundred thousand years. */
export const MAX_LOG_SIZE = 2 ** 30

export const EMPTY_LOG: LogFrontier = { size: 0, peaks: [] }

/** Canonical base64url of 32 bytes. */
export const logHash = z
  .string()
  .check(z.regex(/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/, 'expected a hash'))

export const logFrontier = z
  .strictObject({
    size: z.int().check(z.nonnegative(), z.maximum(MAX_LOG_SIZE)),
    peaks: z.array(logHash).check(z.maxLength(31)),
  })
  .check(z.refine(({ size, peaks }) => peaks.length === digitsOf(size).length, 'not of this size'))

export function leafHash(bytes: Uint8Array): LogHash {
  return toBase64url(sha256(concatBytes(Uint8Array.of(0), bytes)))
}

function nodeHash(left: LogHash, right: LogHash): LogHash {
  return toBase64url(
    sha256(concatBytes(Uint8Array.of(1), fromBase64url(left), fromBase64url(right))),
  )
}

export function addLeaf({ size, peaks }: LogFrontier, leaf: LogHash): LogFrontier {
  const left = [...peaks]
  let node = leaf
  for (let whole = size; whole % 2 === 1; whole = (whole - 1) / 2) {
    node = nodeHash(left.pop() ?? '', node)
  }
  return { size: size + 1, peaks: [...left, node] }
}

export function logRoot({ peaks }: LogFrontier): LogHash {
  const last = peaks.at(-1)
  if (last === undefined) return toBase64url(sha256(new Uint8Array()))
  return peaks.slice(0, -1).reduceRight((root, peak) => nodeHash(peak, root), last)
}

/** The end of the log as it was with fewer leaves. @throws TypeError outside the window. */
export function frontierAt({ base, leaves }: LogWindow, size: number): LogFrontier {
  const count = size - base.size
  if (count < 0 || count > leaves.length) throw new TypeError('not in this part of the log')
  return leaves.slice(0, count).reduce(addLeaf, base)
}

export function windowSize({ base, leaves }: LogWindow): number {
  return base.size + leaves.length
}

/** Shows that a leaf of the window is in the log with `size` leaves. @throws TypeError. */
export function proveInclusion(window: LogWindow, index: number, size: number): LogHash[] {
  if (index < window.base.size || index >= size || size > windowSize(window)) {
    throw new TypeError('not in this part of the log')
  }
  return pathOf(window, index, 0, size)
}

/** Shows that the log with `to` leaves begins with the one with `from`. @throws TypeError. */
export function proveConsistency(window: LogWindow, from: number, to: number): LogHash[] {
  if (from < window.base.size || from > to || to > windowSize(window)) {
    throw new TypeError('not in this part of the log')
  }
  return from === 0 || from === to ? [] : subproof(window, from, 0, to, true)
}

/** RFC 9162, section 2.1.3.2. @returns False for every proof that is not exactly this one. */
export function verifyInclusion(
  leaf: LogHash,
  index: number,
  proof: readonly LogHash[],
  { size, root }: { readonly size: number; readonly root: LogHash },
): boolean {
  if (!isSize(index) || !isSize(size) || index >= size) return false
  let [place, last, node] = [index, size - 1, leaf]
  for (const sibling of proof) {
    if (last === 0) return false
    if (place % 2 === 1 || place === last) {
      node = nodeHash(sibling, node)
      while (place % 2 === 0 && place !== 0) [place, last] = [half(place), half(last)]
    } else node = nodeHash(node, sibling)
    ;[place, last] = [half(place), half(last)]
  }
  return last === 0 && node === root
}

/** RFC 9162, section 2.1.4.2; an empty log is the beginning of every other. */
export function verifyConsistency(
  before: { readonly size: number; readonly root: LogHash },
  after: { readonly size: number; readonly root: LogHash },
  proof: readonly LogHash[],
): boolean {
  if (!isSize(before.size) || !isSize(after.size) || before.size > after.size) return false
  if (before.size === 0) return proof.length === 0 && before.root === logRoot(EMPTY_LOG)
  if (before.size === after.size) return proof.length === 0 && before.root === after.root
  const isWhole = digitsOf(before.size).length === 1
  const [first, ...rest] = isWhole ? [before.root, ...proof] : proof
  if (first === undefined) return false
  let [place, last] = [before.size - 1, after.size - 1]
  while (place % 2 === 1) [place, last] = [half(place), half(last)]
  let [old, now] = [first, first]
  for (const sibling of rest) {
    if (last === 0) return false
    if (place % 2 === 1 || place === last) {
      ;[old, now] = [nodeHash(sibling, old), nodeHash(sibling, now)]
      while (place % 2 === 0 && place !== 0) [place, last] = [half(place), half(last)]
    } else now = nodeHash(now, sibling)
    ;[place, last] = [half(place), half(last)]
  }
  return last === 0 && old === before.root && now === after.root
}

function pathOf(window: LogWindow, index: number, start: number, end: number): LogHash[] {
  if (end - start === 1) return []
  const middle = start + powerBelow(end - start)
  return index < middle
    ? [...pathOf(window, index, start, middle), hashOf(window, middle, end)]
    : [...pathOf(window, index, middle, end), hashOf(window, start, middle)]
}

/** `isWhole`: the hash of exactly this part is what whoever checks has already. */
function subproof(
  window: LogWindow,
  from: number,
  start: number,
  end: number,
  isWhole: boolean,
): LogHash[] {
  if (from === end) return isWhole ? [] : [hashOf(window, start, end)]
  const middle = start + powerBelow(end - start)
  return from <= middle
    ? [...subproof(window, from, start, middle, isWhole), hashOf(window, middle, end)]
    : [...subproof(window, from, middle, end, false), hashOf(window, start, middle)]
}

/** Of the leaves from `start` to before `end`. */
function hashOf(window: LogWindow, start: number, end: number): LogHash {
  const peak = peakAt(window.base, start, end)
  if (peak !== undefined) return peak
  if (end - start === 1) return leafAt(window, start)
  const middle = start + powerBelow(end - start)
  return nodeHash(hashOf(window, start, middle), hashOf(window, middle, end))
}

function leafAt({ base, leaves }: LogWindow, index: number): LogHash {
  const leaf = leaves[index - base.size]
  if (leaf === undefined) throw new TypeError('not in this part of the log')
  return leaf
}

function peakAt({ size, peaks }: LogFrontier, start: number, end: number): LogHash | undefined {
  let at = 0
  for (const [i, width] of digitsOf(size).entries()) {
    if (at === start && at + width === end) return peaks[i]
    at += width
  }
  return undefined
}

/** The powers of two that a size is the sum of, the largest first. */
function digitsOf(size: number): number[] {
  return Array.from({ length: 31 }, (_, i) => 2 ** (30 - i)).filter(
    (power) => Math.floor(size / power) % 2 === 1,
  )
}

/** The largest power of two below a number over 1. */
function powerBelow(size: number): number {
  return 2 ** (31 - Math.clz32(size - 1))
}

function half(value: number): number {
  return Math.floor(value / 2)
}

function isSize(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value <= MAX_LOG_SIZE
}
