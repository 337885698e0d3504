import type { Point, Signature } from '../../core/eddsa.ts'
import type { PublicJwk } from '../../core/jws.ts'

/**
 * Where an issuer's private keys are. The keys of this service lie encrypted in its database; a
 * machine that was made to keep keys can stand behind this interface just as well.
 */
export interface KeyVault {
  /** Makes a key that signs credentials. Nothing trusts it before it is published. */
  create(): Promise<VaultKey>
  /** The ids of all keys that sign credentials. */
  list(): Promise<readonly string[]>
  /**
   * Signs a field element with EdDSA-Poseidon.
   *
   * @throws ZerocardError with `KEY_INVALID` if the key is unknown or damaged.
   */
  sign(id: string, message: bigint): Promise<Signature>
  /** The key that signs status documents; made at the first call. It cannot be read out. */
  documentKey(): Promise<DocumentKey>
}

export interface VaultKey {
  /** See `keyIdOf`. */
  readonly id: string
  readonly key: Point
}

export interface DocumentKey {
  readonly jwk: PublicJwk
  readonly privateKey: CryptoKey
}
