import { fileURLToPath } from 'node:url'
import type { AnyCheck } from './check.ts'
import { reproducibleBuildCheck } from './build/reproducible-check.ts'
import { forgeriesCheck } from './keys/forgeries-check.ts'
import { collusionCheck } from './linking/collusion-check.ts'
import { logCheck } from './linking/log-check.ts'
import { optimisationCheck } from './mutation/optimisation-check.ts'
import { sourceMutantsCheck } from './mutation/source-mutants-check.ts'
import { patternsCheck } from './patterns/patterns-check.ts'
import { policiesCheck } from './policies/policies-check.ts'
import { domainsCheck } from './soundness/domains-check.ts'
import { uniquenessCheck } from './soundness/uniqueness-check.ts'
import { wiresCheck } from './soundness/wires-check.ts'
import { librariesCheck } from './verifying/libraries-check.ts'
import { messagesCheck } from './verifying/messages-check.ts'
import { proofsCheck } from './verifying/proofs-check.ts'
import { vectorsCheck } from './verifying/vectors-check.ts'

/** A check, and where what it depends on is found. */
export interface Entry {
  readonly check: AnyCheck
  /** Path of its file. */
  readonly file: string
  /** Files and folders that it reads besides its imports, from the project's root. */
  readonly reads: readonly string[]
  /** Done only if it is asked for by its whole name: it takes too long for a run of an hour. */
  readonly isOnRequest?: boolean
}

/** Every check of the assurance run, in the order of the report. */
export const ENTRIES: readonly Entry[] = [
  entry(reproducibleBuildCheck, './build/reproducible-check.ts'),
  entry(uniquenessCheck, './soundness/uniqueness-check.ts', ['examples']),
  entry(wiresCheck, './soundness/wires-check.ts', ['examples']),
  entry(domainsCheck, './soundness/domains-check.ts', ['examples']),
  entry(patternsCheck, './patterns/patterns-check.ts'),
  entry(optimisationCheck, './mutation/optimisation-check.ts'),
  entry(sourceMutantsCheck, './mutation/source-mutants-check.ts'),
  entry(policiesCheck, './policies/policies-check.ts'),
  entry(vectorsCheck, './verifying/vectors-check.ts', ['test/vectors', 'examples']),
  entry(proofsCheck, './verifying/proofs-check.ts', ['test/vectors']),
  {
    ...entry(librariesCheck, './verifying/libraries-check.ts', ['test/vectors']),
    isOnRequest: true,
  },
  entry(messagesCheck, './verifying/messages-check.ts', ['test/vectors']),
  entry(forgeriesCheck, './keys/forgeries-check.ts'),
  entry(collusionCheck, './linking/collusion-check.ts', ['examples']),
  entry(logCheck, './linking/log-check.ts'),
]

export const CHECKS: readonly AnyCheck[] = ENTRIES.map(({ check }) => check)

/** @param prefixes - Of names; by default all that are not on request. */
export function askedFor(prefixes: readonly string[] = ['']): Entry[] {
  return ENTRIES.filter(({ check: { id }, isOnRequest = false }) =>
    isOnRequest ? prefixes.includes(id) : prefixes.some((prefix) => id.startsWith(prefix)),
  )
}

function entry(check: AnyCheck, file: string, reads: readonly string[] = []): Entry {
  return { check, file: fileURLToPath(new URL(file, import.meta.url)), reads }
}
