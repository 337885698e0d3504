import { toBase64url } from '../../core/bytes.ts'
import { ZerocardError } from '../../core/errors.ts'
import { jwkThumbprint } from '../../core/jws.ts'
import { signResultToken } from '../../core/result-token.ts'
import type { ResultKey } from '../../core/result-token.ts'
import { randomName } from './secrets.ts'
import type { Session } from './session.ts'
import type { SessionView } from './session-desk.ts'
import { keptSigningKey } from './signing-key.ts'
import type { SigningKey } from './signing-key.ts'
import type { VerifierStore } from './store.ts'

/** Row of the key: one of its own, so that nothing else it signed can pass for a result. */
const KEY_ID = 'result'

/** Seconds that a token is good: long enough for a page to hand it on, and for a form to be filled. */
const LIFETIME = 300

/** Signs what was proven, for pages to hand to their sites. */
export class ResultSigner {
  /** The keys that are good now. */
  readonly keys: readonly [ResultKey]
  readonly #origin: string
  readonly #key: CryptoKey

  private constructor(origin: string, { key }: SigningKey, published: ResultKey) {
    this.keys = [published]
    this.#origin = origin
    this.#key = key
  }

  static async open(store: VerifierStore, origin: string, now: number): Promise<ResultSigner> {
    const signing = await keptSigningKey(store, KEY_ID, now)
    const kid = toBase64url(await jwkThumbprint(signing.jwk))
    return new ResultSigner(origin, signing, { ...signing.jwk, kid })
  }

  /**
   * @param now - Seconds since 1970-01-01 UTC.
   * @throws ZerocardError with `NOT_FOUND` unless the session was verified.
   */
  async sign(session: Session, view: SessionView, now: number): Promise<string> {
    const { asOf, verifiedAt, pseudonym, isReturning, disclosed } = view
    if (view.status !== 'verified' || asOf === undefined || verifiedAt === undefined) {
      throw new ZerocardError('NOT_FOUND', 'this session has no result')
    }
    const { challenge: nonce } = session
    const result = {
      issuer: this.#origin,
      audience: session.pageOrigin ?? this.#origin,
      session: session.id,
      policy: session.policy,
      asOf,
      verifiedAt,
      issuedAt: now,
      expiresAt: now + LIFETIME,
      id: randomName(),
      ...(nonce === undefined ? {} : { nonce }),
      ...(pseudonym === undefined ? {} : { pseudonym }),
      ...(isReturning === undefined ? {} : { isReturning }),
      ...(disclosed === undefined ? {} : { disclosed }),
    }
    return signResultToken(result, this.keys[0], this.#key)
  }
}
