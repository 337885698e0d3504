import type { ErrorCode } from '../../../core/errors.ts'
import type { FindingCode } from '../../guard/judge.ts'

/** Codes of services and command lines, which a wallet never meets. */
type ServiceCode = 'CONFIG_INVALID' | 'DATABASE_INVALID' | 'USAGE'
export type HolderCode = Exclude<ErrorCode, ServiceCode>

/** Problems that the page finds itself, before anything is asked of the wallet. */
export type OwnProblem =
  | 'PASSPHRASE_SHORT'
  | 'PASSPHRASES_DIFFER'
  | 'WORDS_WRONG'
  | 'CODE_MISSING'
  | 'FILE_MISSING'
  | 'LINK_MISSING'
  | 'CONFIRMATION_WRONG'
  | 'CAMERA_REFUSED'
  | 'CAMERA_MISSING'
  | 'NO_CODE_SEEN'
  | 'PASSKEY_FAILED'

/** @param about - The attribute's title. @param value - As the language writes it. */
export type FindingSentence = (about: string, value: string) => string

/** What happened, and what to do. */
export type ProblemSentence = readonly [happened: string, todo: string]

export interface ProblemWords {
  readonly codes: Readonly<Record<HolderCode, ProblemSentence>>
  readonly own: Readonly<Record<OwnProblem, ProblemSentence>>
  readonly findings: Readonly<Record<FindingCode, FindingSentence>>
  /** For a finding that has no sentence. */
  readonly finding: (code: string) => string
}
