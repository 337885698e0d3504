// The public surface of `zerocard/server`: issuers and verifiers.
export { createPairingVerifier } from './pairing.ts'
export { Issuer } from './issuer.ts'
export type { Application, CheckedApplication, IssuerKey, IssuerOptions } from './issuer.ts'
export type { IssuedCredential, IssuerStore, RecordOutcome } from './issuer-store.ts'
export { MemoryIssuerStore } from './memory-issuer-store.ts'
export { MemoryVerifierStore } from './memory-verifier-store.ts'
export { SHARDS, makePublication, shardsOf } from './publication.ts'
export type { Publication, Publisher } from './publication.ts'
export { SqliteIssuerStore } from './sqlite-issuer-store.ts'
export { SqliteVerifierStore } from './sqlite-verifier-store.ts'
export { Verifier, assertFits } from './verifier.ts'
export type { Acceptance, VerificationRequest, VerifierOptions } from './verifier.ts'
export type {
  Settlement,
  SettlementOutcome,
  StoredRequest,
  VerifierStore,
} from './verifier-store.ts'
