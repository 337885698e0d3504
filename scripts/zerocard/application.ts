import type { Day } from '../../core/dates.ts'
import { dayFromUnixSeconds } from '../../core/dates.ts'
import { ZerocardError } from '../../core/errors.ts'
import type { Application } from '../../server/issuer/issuer.ts'
import type { IssuerStore } from '../../server/issuer/store.ts'
import type { EnrolmentFile } from './messages.ts'
import type { RegisterRow } from './register.ts'

/** What holds for everybody who is issued a credential in one run, unless the row says otherwise. */
export interface Terms {
  readonly issuer: string
  readonly schema: string
  /** The challenge that requests answer; undefined if every row has its own. */
  readonly nonce: string | undefined
  /** By default today. */
  readonly validFrom: Day | undefined
  /** By default a year after `validFrom`. */
  readonly validUntil: Day | undefined
  /** Seconds since 1970-01-01 UTC. */
  readonly now: number
}

const DAYS_PER_YEAR = 365

/**
 * Puts together what the issuer knows and what the holder sent.
 *
 * @throws ZerocardError with `ENROLMENT_INVALID` if the request is for another issuer or nonce,
 *   `INPUT_INVALID` if there is no nonce.
 */
export async function applicationFor(
  store: IssuerStore,
  row: Omit<RegisterRow, 'line'>,
  request: EnrolmentFile,
  terms: Terms,
): Promise<Application> {
  const nonce = row.nonce ?? terms.nonce
  if (nonce === undefined) {
    throw new ZerocardError(
      'INPUT_INVALID',
      'no nonce: expected a column nonce or the option --nonce',
    )
  }
  assertAnswers(request, terms.issuer, nonce)
  // A run that goes on after midnight must sign the same days as before.
  const granted = await store.findByCommitment(request.commitment)
  const validFrom =
    row.validFrom ?? terms.validFrom ?? granted?.validFrom ?? dayFromUnixSeconds(terms.now)
  const validUntil =
    row.validUntil ?? terms.validUntil ?? granted?.validUntil ?? validFrom + DAYS_PER_YEAR
  const { subject, attributes } = row
  return { subject, schema: terms.schema, attributes, validFrom, validUntil, request, nonce }
}

function assertAnswers(request: EnrolmentFile, issuer: string, nonce: string): void {
  if (request.issuer !== issuer) {
    throw new ZerocardError(
      'ENROLMENT_INVALID',
      `the request is for ${request.issuer}, not for ${issuer}`,
    )
  }
  if (request.nonce !== nonce) {
    throw new ZerocardError('ENROLMENT_INVALID', 'the request answers another nonce')
  }
}
