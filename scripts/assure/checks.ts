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
  entry(messagesCheck, './verifying/messages-check.ts', ['test/vectors']),
  entry(forgeriesCheck, './keys/forgeries-check.ts'),
  entry(collusionCheck, './linking/collusion-check.ts', ['examples']),
  entry(logCheck, './linking/log-check.ts'),
]

export const CHECKS: readonly AnyCheck[] = ENTRIES.map(({ check }) => check)

function entry(check: AnyCheck, file: string, reads: readonly string[] = []): Entry {
  return { check, file: fileURLToPath(new URL(file, import.meta.url)), reads }
}
