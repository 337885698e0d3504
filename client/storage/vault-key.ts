import { equalBytes, utf8 } from '../../core/bytes.ts'
import { ZerocardError } from '../../core/errors.ts'
import { entrancesContext } from './header.ts'
import type { Entrances, PassphraseEntrance, PasskeyEntrance, VaultHeader } from './header.ts'
import type { PrfSecret } from './passkey.ts'
import { storageFailed } from './record-store.ts'
import { importSealingKey, seal, unseal } from './seal.ts'
import { SALT_BYTES, stretch } from './stretch.ts'
import type { ScryptCost, StretchProgress } from './stretch.ts'

// The one random key behind everything in a vault, and the ways to it.

const VAULT_KEY_BYTES = 32
const PASSPHRASE = 'zerocard/vault-passphrase/1'
const PASSKEY = 'zerocard/vault-passkey/1'
const RECORDS = 'zerocard/vault-records/1'
const NAMES = 'zerocard/vault-names/1'

/** What an open vault holds: keys that can be used and not read. */
export interface VaultKeys {
  readonly records: CryptoKey
  readonly names: CryptoKey
}

type Bytes = Uint8Array<ArrayBuffer>

/** The vault's key itself. Whoever gets it wipes it. */
export function generateVaultKey(): Bytes {
  return crypto.getRandomValues(new Uint8Array(VAULT_KEY_BYTES))
}

export async function deriveKeys(vaultKey: Bytes, id: Bytes): Promise<VaultKeys> {
  const source = await crypto.subtle.importKey('raw', vaultKey, 'HKDF', false, ['deriveKey'])
  const derive = (info: string, target: AesKeyGenParams | HmacKeyGenParams, usages: KeyUsage[]) =>
    crypto.subtle.deriveKey(
      { name: 'HKDF', hash: 'SHA-256', salt: id, info: utf8(info) },
      source,
      target,
      false,
      usages,
    )
  return {
    records: await derive(RECORDS, { name: 'AES-GCM', length: 256 }, ['encrypt', 'decrypt']),
    names: await derive(NAMES, { name: 'HMAC', hash: 'SHA-256', length: 256 }, ['sign']),
  }
}

export async function passphraseEntrance(
  vaultKey: Bytes,
  passphrase: string,
  cost: ScryptCost,
  progress?: StretchProgress,
): Promise<PassphraseEntrance> {
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES))
  const key = await stretch(passphrase, salt, cost, progress)
  return { cost, salt, sealed: await seal(key, utf8(PASSPHRASE), vaultKey) }
}

/** @throws ZerocardError with `UNLOCK_FAILED`. */
export async function openByPassphrase(
  { cost, salt, sealed }: PassphraseEntrance,
  passphrase: string,
  progress?: StretchProgress,
): Promise<Bytes> {
  const key = await stretch(passphrase, salt, cost, progress)
  return found(await unseal(key, utf8(PASSPHRASE), sealed), 'this passphrase does not open it')
}

export async function passkeyEntrance(
  vaultKey: Bytes,
  { credentialId, salt, output }: PrfSecret,
): Promise<PasskeyEntrance> {
  const key = await keyFromPrf(output, salt)
  return { credentialId, salt, sealed: await seal(key, utf8(PASSKEY), vaultKey) }
}

/** @throws ZerocardError with `UNLOCK_FAILED`. */
export async function openByPasskey(
  { salt, sealed }: PasskeyEntrance,
  output: Bytes,
): Promise<Bytes> {
  const key = await keyFromPrf(output, salt)
  return found(await unseal(key, utf8(PASSKEY), sealed), 'this passkey does not open it')
}

/** A header for these ways in, which only who has the vault's key can make. */
export async function proveEntrances(
  entrances: Entrances,
  vaultKey: Bytes,
  { records }: VaultKeys,
): Promise<VaultHeader> {
  const { id, passphrase, passkey } = entrances
  const proof = await seal(records, entrancesContext(entrances), vaultKey)
  return { id, passphrase, proof, ...(passkey === undefined ? {} : { passkey }) }
}

/**
 * The vault's key out of a header that belongs to these keys.
 *
 * @throws ZerocardError with `STORAGE_FAILED` if somebody else wrote the header, or part of it.
 */
export async function vaultKeyOf(header: VaultHeader, { records }: VaultKeys): Promise<Bytes> {
  const vaultKey = await unseal(records, entrancesContext(header), header.proof)
  if (vaultKey === undefined) throw storageFailed('the beginning of the wallet was altered')
  return vaultKey
}

/**
 * The keys behind a vault's key that an entrance gave.
 *
 * @throws ZerocardError with `STORAGE_FAILED` if the header was altered.
 */
export async function keysBehind(header: VaultHeader, vaultKey: Bytes): Promise<VaultKeys> {
  const keys = await deriveKeys(vaultKey, header.id)
  const proven = await vaultKeyOf(header, keys)
  const isSame = equalBytes(proven, vaultKey)
  proven.fill(0)
  if (!isSame) throw storageFailed('the beginning of the wallet was altered')
  return keys
}

async function keyFromPrf(output: Bytes, salt: Bytes): Promise<CryptoKey> {
  const source = await crypto.subtle.importKey('raw', output, 'HKDF', false, ['deriveBits'])
  const algorithm = { name: 'HKDF', hash: 'SHA-256', salt, info: utf8(PASSKEY) }
  const secret = new Uint8Array(await crypto.subtle.deriveBits(algorithm, source, 256))
  try {
    return await importSealingKey(secret)
  } finally {
    secret.fill(0)
  }
}

function found(vaultKey: Bytes | undefined, otherwise: string): Bytes {
  if (vaultKey === undefined) throw new ZerocardError('UNLOCK_FAILED', otherwise)
  return vaultKey
}
