import { ZerocardError } from './errors.ts'
import { assertField } from './field.ts'
import { verifyGroth16 } from './groth16.ts'
import type { ProofVerifier } from './groth16.ts'
import type { VerificationKey } from './groth16-key.ts'
import { TAG, hashToField, poseidon } from './hash.ts'
import { pseudonym } from './pseudonym.ts'

// Before an issuer signs, the holder shows that it knows the secret behind its commitment, and a
// tag that is the same for every commitment of one secret shown to one issuer. The issuer keeps
// the tag with the person, so a person cannot come back with a second secret (design, section 6).

/** What a holder sends to be issued a credential. */
export interface EnrolmentRequest {
  /** Poseidon commitment to the holder's secret; what the issuer signs. */
  readonly commitment: bigint
  /** The holder's name at this issuer, the same for each of its commitments. */
  readonly tag: bigint
  /** Compressed proof of the `enrolment` circuit, base64url. */
  readonly proof: string
}

/** Hides `secret` under `blinding`; both are field elements. */
export function holderCommitment(secret: bigint, blinding: bigint): bigint {
  assertField(secret)
  assertField(blinding)
  return poseidon([TAG.holder, secret, blinding])
}

/** The holder's tag at the issuer whose scope this is: the first pseudonym there. */
export function enrolmentTag(secret: bigint, scope: bigint): bigint {
  return pseudonym(secret, 0n, scope, 0n)
}

/** The scope in which an issuer sees tags: no site and no other issuer has the same. */
export function issuerScope(issuer: string): bigint {
  return hashToField('zerocard/scope/1', 'issuer', issuer)
}

/** An issuer's challenge, any text, as the field element the proof is bound to. */
export function enrolmentNonce(nonce: string): bigint {
  return hashToField('zerocard/enrolment-nonce/1', nonce)
}

/** The public signals of the `enrolment` circuit, in its order. */
export function enrolmentSignals(
  request: Pick<EnrolmentRequest, 'commitment' | 'tag'>,
  issuer: string,
  nonce: string,
): bigint[] {
  return [request.tag, request.commitment, issuerScope(issuer), enrolmentNonce(nonce)]
}

/**
 * Checks that whoever sent the request knows what is behind its commitment.
 *
 * @param expected - The issuer's own name and the challenge it gave out for this request.
 * @throws ZerocardError with `ENROLMENT_INVALID` if it does not.
 */
export async function verifyEnrolment(
  request: EnrolmentRequest,
  expected: { readonly issuer: string; readonly nonce: string },
  key: VerificationKey,
  verify: ProofVerifier = verifyGroth16,
): Promise<void> {
  const signals = enrolmentSignals(request, expected.issuer, expected.nonce)
  if (
    request.commitment === 0n ||
    request.tag === 0n ||
    !(await verify(key, signals, request.proof))
  ) {
    throw new ZerocardError(
      'ENROLMENT_INVALID',
      'the enrolment proof does not show the secret behind this commitment for this issuer and nonce',
    )
  }
}
