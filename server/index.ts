// The public surface of `zerocard/server`: issuers and verifiers.
export { createPairingVerifier } from './pairing.ts'
export { Issuer } from './issuer/issuer.ts'
export type {
  Application,
  CheckedApplication,
  CredentialSigner,
  IssuerKey,
  IssuerOptions,
} from './issuer/issuer.ts'
export { keyIdOf } from './issuer/issued.ts'
export type { IssuedCredential, RecordOutcome } from './issuer/issued.ts'
export { IssuerStore } from './issuer/store.ts'
export { SHARDS, shardsOf } from './issuer/epochs.ts'
export { Publisher } from './issuer/publisher.ts'
export type { Publication, PublishedKey, PublisherOptions } from './issuer/publisher.ts'
export { Verifier } from './verifier/verifier.ts'
export type {
  Acceptance,
  Recorder,
  VerificationRequest,
  VerifierOptions,
} from './verifier/verifier.ts'
export { assertFits } from './verifier/policy-book.ts'
export { VerifierStore } from './verifier/store.ts'
export type { Settlement, SettlementOutcome } from './verifier/settlement.ts'
export { OpenVerifier, openVerifier } from './verifier/open-verifier.ts'
export type { OpenVerifierOptions, PolicyView } from './verifier/open-verifier.ts'
export type { CreatedSession, Question, SessionView } from './verifier/session-desk.ts'
export { SessionEvents } from './verifier/events.ts'
export { verifierRoutes } from './verifier/routes.ts'
export { openVerifierService, startVerifierService } from './verifier/service.ts'
export type { OpenedVerifierService, VerifierServiceOptions } from './verifier/service.ts'
export { verifyResultToken } from '../core/result-token.ts'
export type { ProvenResult, ResultExpectation, ResultKey } from '../core/result-token.ts'
export { fetchResultKeys } from './verifier/result-keys.ts'
export type { PageOrigin } from './verifier/page-routes.ts'
export { verifyWebhook } from './verifier/webhook-signature.ts'
export { startTrustService } from './trust/service.ts'
export { startIssuerService } from './issuer/service.ts'
export { openDatabase } from './storage/database.ts'
export type { Database, DatabaseOptions } from './storage/database.ts'
export type { RunningService } from './http/listen.ts'
