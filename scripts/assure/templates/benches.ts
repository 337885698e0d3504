import { comparisonBench, formulaBench, selectBench, tagsBench } from './arithmetic.ts'
import type { Bench } from './bench.ts'
import { credentialBench, equationBench } from './credentials.ts'
import { eligibilityBench } from './eligibility.ts'
import { enrolmentBench, pseudonymBench } from './names.ts'
import { policyBench, programBench } from './policies.ts'
import { gapBench, issuerBench, setBench, treeBench } from './trees.ts'

/** Files of `circuits/` with the benches that judge their templates, the quickest first. */
export const BENCHES: Readonly<Record<string, readonly (() => Bench)[]>> = {
  'comparison.circom': [comparisonBench],
  'credential.circom': [equationBench, credentialBench],
  'eligibility.circom': [eligibilityBench],
  'enrolment.circom': [enrolmentBench],
  'formula.circom': [formulaBench],
  'holder.circom': [pseudonymBench],
  'issuer.circom': [issuerBench],
  // Two look-ups are told apart only in the whole statement.
  'policy.circom': [policyBench, eligibilityBench],
  'program.circom': [programBench, eligibilityBench],
  'pseudonym.circom': [pseudonymBench],
  'select.circom': [selectBench],
  'sorted-set.circom': [gapBench, setBench],
  'tags.circom': [tagsBench],
  'tree.circom': [treeBench],
}
