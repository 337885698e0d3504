import { startEngine } from '../../../../client/groth16/engine.ts'
import { enrolmentInputs } from '../../../../client/witness.ts'
import { enrolmentNonce, holderCommitment, issuerScope } from '../../../../core/enrolment.ts'
import { createPairingVerifier } from '../../../../server/pairing.ts'
import { startFusedEngine } from '../../../../server/pairing/fused/engine.ts'
import { keys, prover } from '../../../support/tools.ts'

// Proves and verifies with the engines that work in this process; prints which, and the verdicts.

const { module } = await startEngine()
const fused = await startFusedEngine()
const verify = await createPairingVerifier()
const { key } = keys.enrolment
const { proof, publicSignals } = await prover.prove(
  'enrolment',
  enrolmentInputs({
    ...{ secret: 5n, blinding: 7n, commitment: holderCommitment(5n, 7n) },
    issuerScope: issuerScope('https://registry.example'),
    nonce: enrolmentNonce('n-1'),
  }),
)
const other = publicSignals.with(0, (publicSignals[0] ?? 0n) ^ 1n)
const verdicts = [verify(key, publicSignals, proof), verify(key, other, proof)]
console.log(JSON.stringify({ prover: module.kind, isFused: fused !== undefined, verdicts }))
