// The public surface of `zerocard`: what issuers, holders and verifiers share. No I/O, no clock.
export { ZerocardError } from './errors.ts'
export type { ErrorCode } from './errors.ts'
export { dayFromIso, dayFromUnixSeconds, isoFromDay } from './dates.ts'
export type { Day, LeapDay } from './dates.ts'
export type { AttributeType, AttributeValue } from './attribute.ts'
export { encodeAttribute } from './attribute.ts'
export { parseSchema, schemaHash, schemaWords } from './schema.ts'
export type { Schema, SchemaAttribute, SchemaTranslation, SchemaWords } from './schema.ts'
export { assertPublicKey, generatePrivateKey, publicKeyOf } from './eddsa.ts'
export type { Point, Signature } from './eddsa.ts'
export {
  checkCredential,
  credentialToJson,
  issueCredential,
  issuerSigner,
  parseCredential,
} from './credential.ts'
export type { Credential, CredentialBody, IssuerSigner } from './credential.ts'
export { enrolmentTag, holderCommitment, issuerScope, verifyEnrolment } from './enrolment.ts'
export type { EnrolmentRequest } from './enrolment.ts'
export { generateSigningKey, publicJwk } from './jws.ts'
export type { PublicJwk } from './jws.ts'
export {
  REVOCATION_SHAPE,
  SortedSet,
  WHOLE_SET_SIZE,
  checkSetProof,
  openSet,
  parseShard,
  proveFromShard,
  shardPrefix,
} from './sorted-set.ts'
export type { PublishedSet, SetProof, SetShape, SetShard } from './sorted-set.ts'
export { openStatus, signStatus } from './status.ts'
export type { IssuerKeyStatus, StatusDocument } from './status.ts'
export { buildTrust, openTrust, trustToJson } from './trust.ts'
export type { TrustLeaf, TrustList, TrustedIssuer } from './trust.ts'
export { parsePolicy, policyHash, policyPurpose } from './policy/policy.ts'
export type { Policy } from './policy/policy.ts'
export { evaluatePolicy } from './policy/evaluate.ts'
export { compilePolicy, policyUse } from './policy/compile.ts'
export type { PolicyUse } from './policy/compile.ts'
export { policySentence, sentenceText } from './policy/sentence.ts'
export type { PolicySentence } from './policy/sentence.ts'
export { LANGUAGES, isLanguage } from './policy/languages/languages.ts'
export type { Language } from './policy/languages/languages.ts'
export { parseManifest } from './manifest.ts'
export type { Manifest } from './manifest.ts'
export { isDevelopmentKey, parseVerificationKey, verificationKeyId } from './groth16-key.ts'
export type { VerificationKey } from './groth16-key.ts'
export { verifyGroth16 } from './groth16.ts'
export type { ProofVerifier } from './groth16.ts'
export { parsePresentation } from './presentation.ts'
export type { Presentation, PresentationClaims } from './presentation.ts'
export { verifyPresentation } from './verify.ts'
export type {
  AcceptedKey,
  AcceptedKeys,
  AcceptedRoot,
  Expectation,
  VerifiedPresentation,
} from './verify.ts'
export type { Schemas } from './statement.ts'
export { MAX_TRUST_LIST_BYTES, TRUST_LIST_TYP, openTrustList, signTrustList } from './trust-list.ts'
export type { SignedTrustList } from './trust-list.ts'
