import { parseCredential } from '../core/credential.ts'
import type { Credential } from '../core/credential.ts'
import { ZerocardError } from '../core/errors.ts'
import { parseField } from '../core/field.ts'
import { readWith } from '../core/json.ts'
import { generateSigningKey, publicJwk, signJws } from '../core/jws.ts'
import {
  PRE_AUTHORIZED_GRANT,
  PROOF_TYP,
  credentialAnswerJson,
  nonceAnswerJson,
  tokenAnswerJson,
} from '../core/openid.ts'
import type { Schema } from '../core/schema.ts'
import type { CredentialOffer } from './credential-offer.ts'
import { acceptCredential, requestCredential } from './holder.ts'
import type { EnrolmentTools, HeldCredential } from './holder.ts'
import { requestJson } from './http.ts'
import type { WalletHttp } from './http.ts'
import { fetchIssuer } from './issuer-metadata.ts'
import type { IssuerEndpoints } from './issuer-metadata.ts'
import { generateBlinding } from './phrase.ts'
import type { ProofProgress } from './prover.ts'
import { assertNotAborted } from './proving/abort.ts'

export { fetchOffer, readOfferLink } from './credential-offer.ts'
export type { CredentialOffer, OfferLink } from './credential-offer.ts'

// Getting a credential: OpenID for Verifiable Credential Issuance 1.0 with a pre-authorized code.

/**
 * An issuance that has begun, as JSON. Kept before anything is sent, because an answer can be lost
 * after the issuer has signed: asking again with the same blinding gets the same credential. It
 * holds secrets, and is forgotten when the credential is kept.
 */
export interface PendingIssuance {
  readonly issuer: string
  readonly configuration: string
  readonly code: string
  /** Decimal. Hides the holder's secret in the credential. */
  readonly blinding: string
  /** What the code was redeemed for; `expiresAt` is seconds since 1970-01-01 UTC. */
  readonly access?: { readonly token: string; readonly expiresAt: number }
}

/** What redeeming an offer needs of the holder. */
export interface Redemption {
  readonly secret: bigint
  readonly tools: EnrolmentTools
  /** What the person typed, if the offer asks for it. */
  readonly txCode?: string
  /** The holder's clock, seconds since 1970-01-01 UTC. */
  readonly now: number
  /** Keeps the issuance where a reload does not lose it; called before each step that counts. */
  readonly save: (pending: PendingIssuance) => Promise<void>
  readonly progress?: ProofProgress
  /** Stops until the proof is sent; what was saved can be gone on with. */
  readonly signal?: AbortSignal
}

/** A credential, checked, with the schema to read it by. */
export interface IssuedCredential {
  readonly held: HeldCredential
  readonly schema: Schema
  readonly issuer: string
  /** What the issuer calls itself, if it says. */
  readonly issuerName?: string
}

/** Seconds that an access token is taken to last if the issuer does not say. */
const DEFAULT_TOKEN_SECONDS = 300
/** A year: no time that an issuer says may lead to one that is no exact number. */
const MAX_TOKEN_SECONDS = 31_536_000

/**
 * Begins to redeem an offer.
 *
 * @param earlier - An issuance that was interrupted. The same offer goes on with it; a new offer of
 *   the same credential asks for the same commitment again.
 * @throws TypeError if `earlier` is of another issuer or another credential.
 */
export function beginIssuance(offer: CredentialOffer, earlier?: PendingIssuance): PendingIssuance {
  const { issuer, configuration, code } = offer
  if (earlier && (earlier.issuer !== issuer || earlier.configuration !== configuration)) {
    throw new TypeError('an earlier issuance of something else cannot be gone on with')
  }
  // The very same offer goes on where it stopped: its code was good for one token.
  if (earlier?.code === code) return earlier
  return { issuer, configuration, code, blinding: earlier?.blinding ?? String(generateBlinding()) }
}

/**
 * Redeems an offer: proves the holder's secret to the issuer, gets the credential, checks it. After
 * a failure it may be called again with what was last saved.
 *
 * @throws ZerocardError with `OFFER_INVALID` if the issuer contradicts itself; `CREDENTIAL_INVALID`,
 *   `SIGNATURE_INVALID`, `KEY_INVALID` or `HOLDER_MISMATCH` for a credential that is not what was
 *   asked for; `PROVING_FAILED`; `ABORTED`; the codes of {@link WalletHttp}, such as `FETCH_FAILED`.
 */
export async function redeemOffer(
  pending: PendingIssuance,
  redemption: Redemption,
  http: WalletHttp,
): Promise<IssuedCredential> {
  if (http.address(pending.issuer).origin !== pending.issuer) {
    throw new ZerocardError('OFFER_INVALID', 'an issuer is named by its origin')
  }
  assertNotAborted(redemption.signal)
  await redemption.save(pending)
  const issuer = await fetchIssuer(pending.issuer, pending.configuration, http)
  assertNotAborted(redemption.signal)
  const token = await accessToken(pending, redemption, issuer, http)
  const blinding = parseField(pending.blinding)
  const proof = await keyProof(blinding, redemption, issuer, http)
  assertNotAborted(redemption.signal)
  const credential = await askForCredential(pending.configuration, token, proof, issuer, http)
  assertFromIssuer(credential, issuer)
  const schemas = new Map([[issuer.schema.id, issuer.schema]])
  const origin = { jwk: issuer.jwk }
  const held = acceptCredential(redemption.secret, { credential, blinding, origin }, schemas)
  const { schema, name } = issuer
  return {
    held,
    schema,
    issuer: issuer.issuer,
    ...(name === undefined ? {} : { issuerName: name }),
  }
}

/** The code is redeemed once; what it was redeemed for serves until it expires. */
async function accessToken(
  pending: PendingIssuance,
  { txCode, now, save }: Redemption,
  issuer: IssuerEndpoints,
  http: WalletHttp,
): Promise<string> {
  if (pending.access !== undefined && now < pending.access.expiresAt) return pending.access.token
  const body = new URLSearchParams({
    grant_type: PRE_AUTHORIZED_GRANT,
    'pre-authorized_code': pending.code,
    ...(txCode === undefined ? {} : { tx_code: txCode }),
  })
  const json = await requestJson(http, { url: issuer.token, body })
  const answer = readWith(tokenAnswerJson, json, 'FETCH_FAILED', 'token answer')
  const seconds = Math.min(answer.expires_in ?? DEFAULT_TOKEN_SECONDS, MAX_TOKEN_SECONDS)
  const expiresAt = now + seconds
  await save({ ...pending, access: { token: answer.access_token, expiresAt } })
  return answer.access_token
}

/** The commitment with its proof, bound to the issuer and its newest nonce, under a one-time key. */
async function keyProof(
  blinding: bigint,
  { secret, tools, now, progress, signal }: Redemption,
  { issuer, nonce: url }: IssuerEndpoints,
  http: WalletHttp,
): Promise<string> {
  const json = await requestJson(http, { url, method: 'POST' })
  const answer = readWith(nonceAnswerJson, json, 'FETCH_FAILED', 'nonce answer')
  const { c_nonce: nonce, zerocard_now: iat = now } = answer
  const { request } = await requestCredential(secret, { issuer, nonce }, tools, blinding, {
    progress,
    signal,
  })
  const zerocard = {
    commitment: String(request.commitment),
    tag: String(request.tag),
    proof: request.proof,
  }
  const key = await generateSigningKey()
  const header = { typ: PROOF_TYP, jwk: await publicJwk(key.publicKey) }
  return signJws(header, { aud: issuer, iat, nonce, zerocard }, key.privateKey)
}

async function askForCredential(
  configuration: string,
  token: string,
  proof: string,
  { credential: url }: IssuerEndpoints,
  http: WalletHttp,
): Promise<Credential> {
  const body = { credential_configuration_id: configuration, proofs: { jwt: [proof] } }
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const json = await requestJson(http, { url, headers, body: JSON.stringify(body) })
  const answer = readWith(credentialAnswerJson, json, 'CREDENTIAL_INVALID', 'credential answer')
  return parseCredential(answer.credentials[0]?.credential)
}

/** A credential that no trust list would find under its issuer's name is worth nothing. */
function assertFromIssuer(credential: Credential, { issuer, keys }: IssuerEndpoints): void {
  if (credential.issuer !== issuer) {
    throw new ZerocardError('CREDENTIAL_INVALID', `${issuer} sent a credential of another issuer`)
  }
  if (!keys.some(({ x, y }) => x === credential.key.x && y === credential.key.y)) {
    throw new ZerocardError(
      'CREDENTIAL_INVALID',
      `${issuer} sent a credential under a key that it does not publish`,
    )
  }
}
