import { testPolicies } from '../support/policy-proofs.ts'

testPolicies((credentials) => credentials === 1, 1)
