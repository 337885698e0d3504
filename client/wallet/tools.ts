import type { ProvingTools } from '../holder.ts'
import { httpRevocations } from '../revocations.ts'
import type { WalletEnvironment } from './environment.ts'
import type { Keep } from './keep.ts'
import { keptShards } from './standing.ts'

/** What proofs are made with, with revocations from what is kept or else from the issuers. */
export function provingTools(keep: Keep, environment: WalletEnvironment): ProvingTools {
  const { prover, keys, verifyProof, http, clock } = environment
  const revocations = httpRevocations(http, keptShards(keep, clock))
  return { prover, keys, revocations, ...(verifyProof === undefined ? {} : { verifyProof }) }
}
