// The public surface of `zerocard/client`: the holder, in a browser or anywhere else.
export { generateBlinding, generatePhrase, secretFromPhrase } from './phrase.ts'
export { acceptCredential, prepareProof, presentProof, requestCredential } from './holder.ts'
export type {
  CircuitKeys,
  EnrolmentTools,
  HeldCredential,
  Holder,
  PreparedProof,
  ProofRequest,
  ProofWatch,
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
export { cachedArtifacts, openWebArtifacts } from './proving/artifacts.ts'
export type { CachedArtifacts, WebArtifacts } from './proving/artifacts.ts'
export { createWorkerProver } from './proving/worker-prover.ts'
export type { WorkerProver, WorkerProverOptions } from './proving/worker-prover.ts'
export { createWalletHttp } from './http.ts'
export type { Fetch, WalletHttp, WalletHttpOptions, WalletRequest } from './http.ts'
export { httpRevocations } from './revocations.ts'
export type { RevocationCache } from './revocations.ts'
export { beginIssuance, fetchOffer, readOfferLink, redeemOffer } from './openid4vci.ts'
export type {
  CredentialOffer,
  IssuedCredential,
  OfferLink,
  PendingIssuance,
  Redemption,
} from './openid4vci.ts'
export {
  answerRequest,
  fetchRequest,
  fetchRequestTrust,
  prepareAnswer,
  readRequestLink,
  refuseRequest,
  requestSentence,
} from './openid4vp.ts'
export type {
  Answered,
  PresentationRequest,
  Proving,
  RequestLink,
  WalletKnowledge,
} from './openid4vp.ts'
