/** Everything that the wallet can notice about a question, as one closed list. */
export const FINDING_CODES = [
  'UNVERIFIED_VERIFIER',
  'NARROWS',
  'BUDGET_SPENT',
  'COULD_NOT_BEFORE',
  'CHANGES_LATER',
  'UNUSUAL_AGE',
  'UNUSUAL_DATE',
  'COMPARES',
  'NARROW_LIST',
  'LIST_NARROWED',
  'SINGLE_ISSUER',
  'FEW_ISSUERS',
  'DISCLOSES',
  'RECOGNISES',
  'SHARED_SCOPE',
  'ASKED_BEFORE',
] as const

export type FindingCode = (typeof FINDING_CODES)[number]

/** `refuse`: there is no answer, whatever the person wants; `warn`: only to who accepts it. */
export type FindingLevel = 'note' | 'warn' | 'refuse'

/** What the wallet noticed about a question. */
export interface Finding {
  readonly code: FindingCode
  readonly level: FindingLevel
  /** Which attribute it is about, like `person.birthDate`; of a trust list, the credential's name. */
  readonly path?: string
  readonly value?: string | number
}

const LEVELS: readonly FindingLevel[] = ['note', 'warn', 'refuse']

/** The worst of the findings; `note` if there are none. */
export function worstLevel(findings: readonly Finding[]): FindingLevel {
  const worst = Math.max(0, ...findings.map(({ level }) => LEVELS.indexOf(level)))
  return LEVELS[worst] ?? 'refuse'
}
