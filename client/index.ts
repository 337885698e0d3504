// The public surface of `zerocard/client`: the holder, in a browser or anywhere else.
export { generateBlinding, generatePhrase, secretFromPhrase } from './phrase.ts'
export { acceptCredential, prepareProof, presentProof, requestCredential } from './holder.ts'
export type {
  CircuitKeys,
  HeldCredential,
  Holder,
  PreparedProof,
  ProofRequest,
  ProvingTools,
  RevocationSource,
} from './holder.ts'
export { createProver } from './prover.ts'
export type {
  ArtifactSource,
  CircuitArtifacts,
  CircuitName,
  ProofProgress,
  Prover,
} from './prover.ts'
