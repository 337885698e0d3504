import { toBase64url } from '../core/bytes.ts'
import type { AttributeValue } from '../core/attribute.ts'
import { checkCredential } from '../core/credential.ts'
import type { Credential } from '../core/credential.ts'
import type { Day } from '../core/dates.ts'
import {
  enrolmentNonce,
  enrolmentTag,
  enrolmentSignals,
  holderCommitment,
  issuerScope,
} from '../core/enrolment.ts'
import type { EnrolmentRequest } from '../core/enrolment.ts'
import { ZerocardError } from '../core/errors.ts'
import { verifyGroth16 } from '../core/groth16.ts'
import type { ProofVerifier } from '../core/groth16.ts'
import type { VerificationKey } from '../core/groth16-key.ts'
import { generateSigningKey, publicJwk } from '../core/jws.ts'
import type { PublicJwk } from '../core/jws.ts'
import { policyShape } from '../core/policy/compile.ts'
import { policyHash } from '../core/policy/policy.ts'
import type { Policy } from '../core/policy/policy.ts'
import { presenterOf, signPresentation } from '../core/presentation.ts'
import { pseudonym } from '../core/pseudonym.ts'
import type { SetProof } from '../core/sorted-set.ts'
import { buildStatement, publicSignals, slotAliases } from '../core/statement.ts'
import type { Schemas, Statement } from '../core/statement.ts'
import type { TrustLeaf, TrustList } from '../core/trust.ts'
import { generateBlinding } from './phrase.ts'
import { assertNotAborted, unlessAborted } from './proving/abort.ts'
import type { CircuitName, ProofProgress, Prover } from './prover.ts'
import { selectCredentials } from './selection.ts'
import type { ChosenCredential } from './selection.ts'
import { eligibilityInputs, enrolmentInputs } from './witness.ts'
import type { SlotWitness } from './witness.ts'

/** A credential with the number that hides the holder's secret in it. */
export interface HeldCredential {
  readonly credential: Credential
  readonly blinding: bigint
  /** Absent: lists are believed in what they say of the issuer's keys. */
  readonly origin?: IssuerKnowledge
}

/** What was learnt of a credential's issuer from its own origin, which lists have to agree with. */
export interface IssuerKnowledge {
  /** Signs the issuer's documents. */
  readonly jwk: PublicJwk
  /** The revocations of the credential's key in the newest status document that was seen. */
  readonly status?: { readonly epoch: number; readonly revocationRoot: bigint }
}

/** A person, as far as proofs are concerned. */
export interface Holder {
  readonly secret: bigint
  readonly credentials: readonly HeldCredential[]
}

/** Shows that a number is or is not revoked, from what the issuer publishes. */
export type RevocationSource = (leaf: TrustLeaf, revocationId: bigint) => Promise<SetProof>

/** A verification key with its name, per circuit. */
export type CircuitKeys = Readonly<
  Record<CircuitName, { readonly id: string; readonly key: VerificationKey }>
>

/** What a holder proves with. */
export interface ProvingTools {
  readonly prover: Prover
  readonly keys: CircuitKeys
  readonly revocations: RevocationSource
  /** Judges every proof before it leaves; by default the portable engine. */
  readonly verifyProof?: ProofVerifier
  /** Makes the key that will sign; by default one that cannot be exported. */
  readonly oneTimeKey?: () => Promise<CryptoKeyPair>
}

/** Who watches a proof being made, and may stop it. */
export interface ProofWatch {
  readonly progress?: ProofProgress | undefined
  /** When it is aborted, the call throws `ABORTED`, and nothing has left. */
  readonly signal?: AbortSignal | undefined
}

/** What a holder enrols with. */
export type EnrolmentTools = Pick<ProvingTools, 'prover' | 'keys' | 'verifyProof'>

/** What is to be proved, and to whom. */
export interface ProofRequest {
  readonly policy: Policy
  readonly schemas: Schemas
  readonly audience: string
  /** The day the proof speaks of: today, by the holder's own clock. */
  readonly asOf: Day
  /** The opened trust list per credential name of the policy. */
  readonly trust: Readonly<Record<string, TrustList>>
  /** Which of the names that the policy's `limit` allows; 0 is the first. */
  readonly use?: number
}

/** A proof that only waits for a verifier's nonce. To be presented once, then forgotten. */
export interface PreparedProof {
  readonly policy: string
  readonly circuit: string
  readonly audience: string
  readonly asOf: Day
  readonly trustRoots: readonly bigint[]
  readonly pseudonym?: bigint
  readonly disclosed?: Readonly<Record<string, AttributeValue>>
  readonly proof: string
  readonly jwk: PublicJwk
  /** Cannot be exported; signs one presentation. */
  readonly privateKey: CryptoKey
}

/**
 * Asks for a credential: a commitment to the holder's secret, with a proof that the holder knows it.
 *
 * @param blinding - Fresh by default. Given only to ask again for what was asked for before: the
 *   same blinding makes the same commitment.
 * @returns The request to send, and the blinding to keep.
 * @throws ZerocardError with `PROVING_FAILED` or `ABORTED`.
 */
export async function requestCredential(
  secret: bigint,
  issuer: { readonly issuer: string; readonly nonce: string },
  tools: EnrolmentTools,
  blinding: bigint = generateBlinding(),
  { progress, signal }: ProofWatch = {},
): Promise<{ request: EnrolmentRequest; blinding: bigint }> {
  const scope = issuerScope(issuer.issuer)
  const commitment = holderCommitment(secret, blinding)
  const inputs = {
    secret,
    blinding,
    commitment,
    issuerScope: scope,
    nonce: enrolmentNonce(issuer.nonce),
  }
  const { proof } = await tools.prover.prove('enrolment', enrolmentInputs(inputs), progress, signal)
  const request = { commitment, tag: enrolmentTag(secret, scope), proof }
  await assertVerifies(
    'enrolment',
    enrolmentSignals(request, issuer.issuer, issuer.nonce),
    proof,
    tools,
  )
  assertNotAborted(signal)
  return { request, blinding }
}

/**
 * Checks a credential before it is kept: the issuer's signature, and that it is the holder's own.
 *
 * @throws ZerocardError with `SIGNATURE_INVALID`, `CREDENTIAL_INVALID`, `KEY_INVALID` or
 *   `HOLDER_MISMATCH`.
 */
export function acceptCredential(
  secret: bigint,
  held: HeldCredential,
  schemas: Schemas,
): HeldCredential {
  const schema = schemas.get(held.credential.schema)
  if (schema === undefined) {
    throw new ZerocardError('CREDENTIAL_INVALID', `the schema ${held.credential.schema} is unknown`)
  }
  checkCredential(held.credential, schema)
  if (holderCommitment(secret, held.blinding) !== held.credential.commitment) {
    throw new ZerocardError('HOLDER_MISMATCH', 'the credential was made for another holder')
  }
  return held
}

/**
 * Makes the proof for a policy, the slow part of presenting, bound to a new one-time key.
 *
 * @throws ZerocardError with `POLICY_NOT_SATISFIED`, `ISSUER_UNTRUSTED`, `CREDENTIAL_EXPIRED`,
 *   `CREDENTIAL_NOT_YET_VALID`, `CREDENTIAL_REVOKED`, `HOLDER_MISMATCH`, `USE_EXHAUSTED`,
 *   `POLICY_TOO_LARGE`, `PROVING_FAILED` or `ABORTED`. No message holds an attribute.
 */
export async function prepareProof(
  holder: Holder,
  request: ProofRequest,
  tools: ProvingTools,
  progress?: ProofProgress,
  signal?: AbortSignal,
): Promise<PreparedProof> {
  assertNotAborted(signal)
  const chosen = await unlessAborted(selectCredentials(holder, request, tools.revocations), signal)
  const oneTimeKey = await (tools.oneTimeKey ?? generateSigningKey)()
  const jwk = await publicJwk(oneTimeKey.publicKey)
  const disclosed = disclosedValues(request.policy, chosen)
  const statement = buildStatement(request.policy, {
    schemas: request.schemas,
    asOf: request.asOf,
    trustRoots: mapValues(request.trust, ({ root }) => root),
    audience: request.audience,
    presenter: await presenterOf(jwk),
    disclosed,
  })
  const use = request.use ?? 0
  if (use < 0 || use >= statement.limit) {
    throw new ZerocardError(
      'USE_EXHAUSTED',
      `${request.policy.id} allows ${String(statement.limit)}, all used`,
    )
  }
  const slots = slotAliases(request.policy, statement.compiled.shape).map((alias) =>
    slotWitness(chosen[alias] as ChosenCredential),
  )
  const circuit = policyShape(request.policy).name
  const inputs = eligibilityInputs(statement, holder.secret, use, slots)
  const { proof } = await tools.prover.prove(circuit, inputs, progress, signal)
  const name = statementPseudonym(statement, holder.secret, slots[0] as SlotWitness, use)
  await assertVerifies(circuit, publicSignals(statement, name), proof, tools)
  assertNotAborted(signal)
  return {
    policy: toBase64url(policyHash(request.policy)),
    circuit: tools.keys[circuit].id,
    audience: request.audience,
    asOf: request.asOf,
    trustRoots: Object.keys(request.policy.credentials).map(
      (alias) => statement.context.trustRoots[alias] as bigint,
    ),
    ...(statement.scope === 0n ? {} : { pseudonym: name }),
    ...(request.policy.disclose.length === 0 ? {} : { disclosed }),
    proof,
    jwk,
    privateKey: oneTimeKey.privateKey,
  }
}

/**
 * Answers a verifier's request with a prepared proof: one signature.
 *
 * @param issuedAt - Seconds since 1970-01-01 UTC. The verifier's own time, where it has said one: the
 *   device's would tell one visit by another.
 * @returns The presentation, a compact JWS.
 */
export async function presentProof(
  prepared: PreparedProof,
  nonce: string,
  issuedAt: number,
): Promise<string> {
  const { jwk, privateKey, ...claims } = prepared
  return signPresentation({ ...claims, nonce, issuedAt }, jwk, privateKey)
}

function slotWitness({ held, schema, revocation, trustPath }: ChosenCredential): SlotWitness {
  return { credential: held.credential, blinding: held.blinding, schema, revocation, trustPath }
}

function statementPseudonym(
  statement: Statement,
  secret: bigint,
  first: SlotWitness,
  use: number,
): bigint {
  const per = statement.isPerCredential ? first.blinding : 0n
  return pseudonym(secret, per, statement.scope, BigInt(use))
}

function disclosedValues(
  policy: Policy,
  chosen: Readonly<Record<string, ChosenCredential>>,
): Record<string, AttributeValue> {
  return Object.fromEntries(
    policy.disclose.map((path) => {
      const [alias = '', name = ''] = path.split('.')
      return [path, chosen[alias]?.held.credential.attributes[name] as AttributeValue]
    }),
  )
}

/** Nothing leaves unverified: hardware faults and bad keys must not become strange presentations. */
async function assertVerifies(
  circuit: CircuitName,
  signals: readonly bigint[],
  proof: string,
  { keys, verifyProof = verifyGroth16 }: Pick<ProvingTools, 'keys' | 'verifyProof'>,
): Promise<void> {
  if (!(await verifyProof(keys[circuit].key, signals, proof))) {
    throw new ZerocardError(
      'PROVING_FAILED',
      `the proof just made does not verify under the key of ${circuit}`,
    )
  }
}

function mapValues<T, U>(
  record: Readonly<Record<string, T>>,
  map: (value: T) => U,
): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]))
}
