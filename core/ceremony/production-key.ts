import { equalBytes } from '../bytes.ts'
import { ZerocardError } from '../errors.ts'
import type { VerificationKey } from '../groth16-key.ts'
import { isSameMultiple, verifyChain } from './chain.ts'
import type { Beacon, Contribution } from './contribution.ts'
import { assertKeyForm } from './key-form.ts'
import type { Announcement, Transcript } from './transcript.ts'

/** A verification key with what tells where it comes from. */
export interface KeyWithOrigin {
  /** Like `eligibility-1`. */
  readonly circuit: string
  readonly key: VerificationKey
  /** Absent for development keys. */
  readonly transcript?: Transcript | undefined
}

/**
 * Checks, before any proof is believed, that a key comes from a ceremony whose transcript verifies.
 * Takes about a tenth of a second a contribution and needs no large file; so it does not see
 * whether the key belongs to the circuit and the powers of tau that the transcript names. For that
 * there is `zerocard ceremony verify`.
 *
 * @throws ZerocardError with `KEY_FORGEABLE`, or `KEY_INVALID` for a key that no ceremony makes; the
 *   message names the circuit.
 */
export function assertProductionKey({ circuit, key, transcript }: KeyWithOrigin): void {
  try {
    assertKeyForm(key)
    if (transcript === undefined) throw refused('it comes without the transcript of a ceremony')
    if (transcript.circuit !== circuit) {
      throw refused(`its transcript is that of ${transcript.circuit}`)
    }
    assertAnnounced(transcript, transcript.contributions)
    const delta = verifyChain(transcript.circuitHash, transcript.contributions)
    if (!isSameMultiple(delta, key.delta)) throw refused('its transcript leads to another delta')
  } catch (cause) {
    if (!(cause instanceof ZerocardError)) throw cause
    throw new ZerocardError(cause.code, `the key of ${circuit}: ${cause.message}`, { cause })
  }
}

/**
 * Checks that the contributions are as many as announced, with the beacon at the end and only there.
 *
 * @throws ZerocardError with `KEY_FORGEABLE`.
 */
export function assertAnnounced(
  { minimumContributions, beacon }: Announcement,
  contributions: readonly Contribution[],
): void {
  const secret = contributions.filter((contribution) => contribution.beacon === undefined)
  if (secret.length < minimumContributions) {
    throw refused(
      `${String(secret.length)} of at least ${String(minimumContributions)} contributions, ` +
        'not counting beacons',
    )
  }
  const last = contributions.at(-1)?.beacon
  if (last === undefined || contributions.length !== secret.length + 1) {
    throw refused('its last contribution, and no other, must be the beacon')
  }
  if (last.iterations !== beacon.iterations) {
    throw refused(
      `the beacon has 2^${String(last.iterations)} iterations, ` +
        `announced were 2^${String(beacon.iterations)}`,
    )
  }
}

/** Whether two beacons give the same secret. */
export function isSameBeacon(a: Beacon, b: Beacon): boolean {
  return a.iterations === b.iterations && equalBytes(a.value, b.value)
}

function refused(reason: string): ZerocardError {
  return new ZerocardError('KEY_FORGEABLE', reason)
}
