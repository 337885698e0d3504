import { ZerocardError } from '../../core/errors.ts'
import { named } from '../zerocard/files.ts'
import type { Ceremony } from './ceremony-file.ts'
import { blake2b512Of, readAgain } from './hashes.ts'
import type { CheckedFile } from './hashes.ts'
import { readPowersHistory } from './powers-history.ts'
import { publishedName } from './known-powers.ts'

/**
 * Decides whether a coordinator's powers of tau are what they should be. A file's name proves
 * nothing, so it is its hash that has to be known.
 *
 * @param pinned - The hash that the coordinator expects.
 * @throws ZerocardError with `ARTIFACT_INVALID` for a file of another hash, `USAGE` for one that
 *   is neither known nor pinned, or `KEY_FORGEABLE` for one that only public beacons have contributed
 *   to.
 */
export async function choosePowers(
  path: string,
  pinned: string | undefined,
): Promise<Ceremony['powersOfTau']> {
  const blake2b512 = await blake2b512Of(path)
  if (pinned !== undefined && pinned !== blake2b512) throw other(path, pinned, blake2b512)
  if (pinned === undefined && publishedName(blake2b512) === undefined) {
    throw new ZerocardError(
      'USAGE',
      `${path}: no published file that is known here; its BLAKE2b-512 is ${blake2b512}; ` +
        'if you know from elsewhere that this is the right one, give it with --ptau-hash',
    )
  }
  assertSecret(path, blake2b512)
  return { blake2b512, bytes: readAgain({ path, blake2b512 }).length }
}

/**
 * @returns The powers, for whoever reads them again.
 * @throws ZerocardError with `ARTIFACT_INVALID` unless these are the ceremony's powers of tau, or
 *   `KEY_FORGEABLE` if only public beacons have contributed to them.
 */
export async function assertPowers({ powersOfTau }: Ceremony, path: string): Promise<CheckedFile> {
  const blake2b512 = await blake2b512Of(path)
  if (blake2b512 !== powersOfTau.blake2b512) throw other(path, powersOfTau.blake2b512, blake2b512)
  assertSecret(path, blake2b512)
  return { path, blake2b512 }
}

/**
 * Whoever knows alpha and beta forges under every key that is made from them, whatever contributors
 * do to delta; and what comes from beacons is known to everybody.
 */
function assertSecret(path: string, blake2b512: string): void {
  if (publishedName(blake2b512) !== undefined) return
  const kinds = named(path, () => readPowersHistory(readAgain({ path, blake2b512 })))
  if (kinds.includes('secret')) return
  throw new ZerocardError(
    'KEY_FORGEABLE',
    `${path}: anybody knows these powers of tau: nobody has contributed to them but public beacons`,
  )
}

function other(path: string, expected: string, got: string): ZerocardError {
  return new ZerocardError(
    'ARTIFACT_INVALID',
    `${path}: other powers of tau, or damaged ones: expected BLAKE2b-512 ` +
      `${expected.slice(0, 16)}…, got ${got.slice(0, 16)}…`,
  )
}
