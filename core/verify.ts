import type { AttributeValue } from './attribute.ts'
import { toBase64url } from './bytes.ts'
import { dayFromUnixSeconds } from './dates.ts'
import type { Day } from './dates.ts'
import type { Transcript } from './ceremony/transcript.ts'
import { ZerocardError } from './errors.ts'
import { verifyGroth16 } from './groth16.ts'
import type { ProofVerifier } from './groth16.ts'
import type { VerificationKey } from './groth16-key.ts'
import { verifyJws } from './jws.ts'
import { freshnessSeconds, policyHash } from './policy/policy.ts'
import type { Policy } from './policy/policy.ts'
import { PRESENTATION_TYP, parsePresentation, presenterOf } from './presentation.ts'
import type { Presentation } from './presentation.ts'
import { shapeForCredentials } from './shapes.ts'
import { buildStatement, publicSignals } from './statement.ts'
import type { ProgramMemo, Schemas, Statement } from './statement.ts'

/** A trust root that a verifier has published, with the time it was made. */
export interface AcceptedRoot {
  readonly root: bigint
  /** Seconds since 1970-01-01 UTC. */
  readonly madeAt: number
}

/** A verification key with the circuit it belongs to, such as `eligibility-1`. */
export interface AcceptedKey {
  readonly circuit: string
  readonly key: VerificationKey
  /** How the key came about; without it, no verifier in production accepts the key. */
  readonly transcript?: Transcript | undefined
}

/** Accepted keys by `verificationKeyId`. */
export type AcceptedKeys = ReadonlyMap<string, AcceptedKey>

/** What a verifier expects: its own state, never anything from the message. */
export interface Expectation {
  readonly policy: Policy
  readonly schemas: Schemas
  /** The verifier's own origin or name. */
  readonly audience: string
  /** The nonce of this request. Consuming it, so that it serves once, is the caller's part. */
  readonly nonce: string
  /** Roots the verifier has published, per credential name of the policy. */
  readonly trust: Readonly<Record<string, readonly AcceptedRoot[]>>
  /** Verification keys the verifier accepts, by their id, each for one circuit. */
  readonly keys: AcceptedKeys
  /** The verifier's clock, seconds since 1970-01-01 UTC. */
  readonly now: number
  /**
   * When this request was made: a holder who repeats that time, and not that of the own clock, is not
   * told by it. Without it, requests are answered in time that are at most
   * {@link MAX_PRESENTATION_AGE} old.
   */
  readonly askedAt?: number
  /** Judges proofs; by default the portable engine. */
  readonly verifyProof?: ProofVerifier
  /** Saves milliseconds to whoever judges many answers; one for each policy with its schemas. */
  readonly memo?: ProgramMemo
}

/** Seconds by which the holder's clock may differ, and for which a request is answered by default. */
export const MAX_PRESENTATION_AGE = 300

const proven: unique symbol = Symbol('proven')

/** Facts that were proven. There is no way to obtain one but {@link verifyPresentation}. */
export interface VerifiedPresentation {
  readonly [proven]: true
  readonly policy: string
  readonly audience: string
  readonly asOf: Day
  /** The holder's name in the policy's scope, if the policy asked for one. */
  readonly pseudonym?: bigint
  /** The attributes the policy asked to see, proven. */
  readonly disclosed: Readonly<Record<string, AttributeValue>>
}

/**
 * Checks a presentation against the policy it answers, cheapest checks first.
 *
 * Replay is the caller's to prevent: it must consume the nonce, and for a policy with `once` record
 * the pseudonym, in one transaction after this returns. Proof bytes never identify a presentation:
 * anybody can change them and keep the proof valid.
 *
 * @param text - The presentation as received.
 * @returns What was proven.
 * @throws ZerocardError with `PRESENTATION_INVALID`, `KEY_UNKNOWN`, `AUDIENCE_MISMATCH`,
 *   `NONCE_MISMATCH`, `POLICY_MISMATCH`, `PRESENTATION_EXPIRED`, `DATE_REFUSED`,
 *   `TRUST_ROOT_UNKNOWN`, `PRESENTATION_SIGNATURE_INVALID` or `PROOF_INVALID`.
 */
export async function verifyPresentation(
  text: string,
  expected: Expectation,
): Promise<VerifiedPresentation> {
  const presentation = parsePresentation(text)
  const key = checkKey(presentation, expected)
  checkAddress(presentation, expected)
  checkTimes(presentation, expected)
  const trustRoots = checkTrustRoots(presentation, expected)
  checkAnswers(presentation, expected)
  await checkSignature(text, presentation)
  const statement = await rebuildStatement(presentation, expected, trustRoots)
  await checkProof(presentation, statement, key, expected)
  return provenFacts(presentation, expected)
}

function checkKey({ claims }: Presentation, { keys, policy }: Expectation): VerificationKey {
  const accepted = keys.get(claims.circuit)
  const { name } = shapeForCredentials(Object.keys(policy.credentials).length)
  if (accepted?.circuit !== name) {
    throw new ZerocardError(
      'KEY_UNKNOWN',
      `the proof is for a key that is not accepted here for ${name}`,
    )
  }
  return accepted.key
}

function checkAddress({ claims }: Presentation, expected: Expectation): void {
  if (claims.audience !== expected.audience) {
    throw new ZerocardError('AUDIENCE_MISMATCH', `the presentation is not for ${expected.audience}`)
  }
  if (claims.nonce !== expected.nonce) {
    throw new ZerocardError('NONCE_MISMATCH', 'the presentation answers another request')
  }
  if (claims.policy !== toBase64url(policyHash(expected.policy))) {
    throw new ZerocardError(
      'POLICY_MISMATCH',
      `the presentation does not answer ${expected.policy.id}`,
    )
  }
}

function checkTimes({ claims }: Presentation, { now, askedAt = now }: Expectation): void {
  const { issuedAt } = claims
  const isEarly = issuedAt < Math.min(askedAt, now) - MAX_PRESENTATION_AGE
  if (isEarly || issuedAt > now + MAX_PRESENTATION_AGE) {
    throw new ZerocardError(
      'PRESENTATION_EXPIRED',
      'the presentation was not signed for a request of now',
    )
  }
  const today = dayFromUnixSeconds(now)
  if (claims.asOf !== today && claims.asOf !== today - 1) {
    throw new ZerocardError(
      'DATE_REFUSED',
      'the proof speaks of another day than today or yesterday',
    )
  }
}

function checkTrustRoots({ claims }: Presentation, expected: Expectation): Record<string, bigint> {
  const { policy, trust, now } = expected
  const aliases = Object.keys(policy.credentials)
  if (claims.trustRoots.length !== aliases.length) {
    throw new ZerocardError(
      'TRUST_ROOT_UNKNOWN',
      'expected one trust root for each credential of the policy',
    )
  }
  const oldest = now - freshnessSeconds(policy)
  return Object.fromEntries(
    aliases.map((alias, i) => {
      const known = trust[alias]?.find(({ root }) => root === claims.trustRoots[i])
      if (known === undefined || known.madeAt < oldest) {
        throw new ZerocardError(
          'TRUST_ROOT_UNKNOWN',
          `the trust root for ${alias} is unknown or too old`,
        )
      }
      return [alias, known.root]
    }),
  )
}

/** A presentation carries exactly the answers the policy asks for. */
function checkAnswers({ claims }: Presentation, { policy }: Expectation): void {
  const wantsPseudonym = policy.once !== undefined || policy.recognise !== undefined
  if (wantsPseudonym !== (claims.pseudonym !== undefined) || claims.pseudonym === 0n) {
    throw new ZerocardError(
      'PRESENTATION_INVALID',
      'presentation.pseudonym: present exactly if the policy asks for it',
    )
  }
  const given = claims.disclosed ?? {}
  const isComplete = policy.disclose.every((path) => Object.hasOwn(given, path))
  if (!isComplete || Object.keys(given).length !== policy.disclose.length) {
    throw new ZerocardError(
      'PRESENTATION_INVALID',
      'presentation.disclosed: exactly what the policy asks for',
    )
  }
}

async function checkSignature(text: string, { jwk }: Presentation): Promise<void> {
  await verifyJws(text, jwk, PRESENTATION_TYP, 'PRESENTATION_SIGNATURE_INVALID')
}

async function rebuildStatement(
  { claims, jwk }: Presentation,
  expected: Expectation,
  trustRoots: Record<string, bigint>,
): Promise<Statement> {
  const presenter = await presenterOf(jwk)
  try {
    return buildStatement(expected.policy, {
      schemas: expected.schemas,
      asOf: claims.asOf,
      trustRoots,
      audience: expected.audience,
      presenter,
      disclosed: claims.disclosed ?? {},
      ...(expected.memo === undefined ? {} : { memo: expected.memo }),
    })
  } catch (cause) {
    if (!(cause instanceof ZerocardError) || cause.code !== 'ATTRIBUTE_INVALID') throw cause
    throw new ZerocardError('PRESENTATION_INVALID', `presentation.disclosed: ${cause.message}`, {
      cause,
    })
  }
}

async function checkProof(
  { claims }: Presentation,
  statement: Statement,
  key: VerificationKey,
  { verifyProof = verifyGroth16 }: Expectation,
): Promise<void> {
  const signals = publicSignals(statement, claims.pseudonym ?? 0n)
  if (!(await verifyProof(key, signals, claims.proof))) {
    throw new ZerocardError('PROOF_INVALID', 'the proof does not show what the policy asks')
  }
}

function provenFacts(
  { claims }: Presentation,
  { policy, audience }: Expectation,
): VerifiedPresentation {
  return {
    [proven]: true,
    policy: policy.id,
    audience,
    asOf: claims.asOf,
    ...(claims.pseudonym === undefined ? {} : { pseudonym: claims.pseudonym }),
    disclosed: Object.fromEntries(
      Object.entries(claims.disclosed ?? {}).map(([path, value]) => [path, provenForm(value)]),
    ),
  }
}

/** A text was signed in its NFC form, whatever form it came in. */
function provenForm(value: AttributeValue): AttributeValue {
  return typeof value === 'string' ? value.normalize('NFC') : value
}
