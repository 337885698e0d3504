export type Strength = 'none' | 'short' | 'weak' | 'fair' | 'good'

/** Shorter passphrases are refused. */
export const MIN_PASSPHRASE = 8
const FAIR_LENGTH = 14
const GOOD_LENGTH = 20
/** Fewer different characters than this are a pattern, however long. */
const MIN_VARIETY = 7

/** What can honestly be said of a passphrase: how long and how varied it is, not how guessable. */
export function strengthOf(passphrase: string): Strength {
  const length = lengthOf(passphrase)
  if (length === 0) return 'none'
  if (length < MIN_PASSPHRASE) return 'short'
  const isVaried = new Set(Array.from(passphrase)).size >= MIN_VARIETY
  if (length < FAIR_LENGTH || !isVaried) return 'weak'
  return length < GOOD_LENGTH ? 'fair' : 'good'
}

/** In code points: an emoji is one, or few. */
export function lengthOf(passphrase: string): number {
  return Array.from(passphrase).length
}
