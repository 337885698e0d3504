import type { CompareOp } from './condition.ts'

// What the sentences of every language share. Texts come from the verifier, who may want them to
// look like something else: everything that is not plain reading is shown as its code point.

/** Lists are shown up to here; of longer ones the first few and how many there are. */
export const SHOWN_VALUES = 12

/** The operator that holds where the other does not. */
export const OPPOSITE: Readonly<Record<CompareOp, CompareOp>> = {
  eq: 'ne',
  ne: 'eq',
  lt: 'gte',
  lte: 'gt',
  gt: 'lte',
  gte: 'lt',
}

/** `1,200,000`, with a minus sign if need be. Four digits stay together: they may be a year. */
export function groupedDigits(value: bigint): string {
  const digits = String(value).replace(
    /\B(?=(\d{3})+(?!\d))/g,
    /\d{5}/.test(String(value)) ? ',' : '',
  )
  return digits.replace('-', '−')
}

/** A text between quotation marks. */
export function quotedText(text: string): string {
  return quotedName(plainText(text).replace(/[\u200c\u200d]/g, escaped))
}

/** A name or title between quotation marks, after {@link plainText}. */
export function quotedName(name: string): string {
  return `“${name.replace(/[“”]/g, escaped)}”`
}

/** A name or title; the joiners that some scripts need stay as they are. */
export function plainText(text: string): string {
  return text.replace(/(?![\u200c\u200d])[\p{C}\p{Zl}\p{Zp}]/gu, escaped)
}

/** Line breaks, direction marks and the like, as their code point. */
function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
}
