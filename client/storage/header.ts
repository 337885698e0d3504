import {
  canonicalJson,
  concatBytes,
  equalBytes,
  fromBase64url,
  fromUtf8,
  toBase64url,
  utf8,
} from '../../core/bytes.ts'
import { sha256 } from '../../core/hash.ts'
import { readWith } from '../../core/json.ts'
import * as z from '../../core/zod.ts'
import { storageFailed } from './record-store.ts'
import { costJson } from './stretch.ts'
import type { ScryptCost } from './stretch.ts'

// What stands before a vault's records: who can open it and how, readable by everybody.

/** One way in: the vault's key, sealed under a key that a passphrase or a passkey gives. */
export interface PassphraseEntrance {
  readonly cost: ScryptCost
  readonly salt: Uint8Array<ArrayBuffer>
  readonly sealed: Uint8Array<ArrayBuffer>
}

export interface PasskeyEntrance {
  readonly credentialId: Uint8Array<ArrayBuffer>
  readonly salt: Uint8Array<ArrayBuffer>
  readonly sealed: Uint8Array<ArrayBuffer>
}

export interface Entrances {
  /** Names the vault; random. */
  readonly id: Uint8Array<ArrayBuffer>
  readonly passphrase: PassphraseEntrance
  readonly passkey?: PasskeyEntrance
}

export interface VaultHeader extends Entrances {
  /** The vault's key under itself with the {@link entrances} as context: nobody else can add one. */
  readonly proof: Uint8Array<ArrayBuffer>
}

/** Key of the header in the database; records have longer ones. */
export const HEADER_KEY = 'header'

const HASH_BYTES = 32
/** Two sealed keys, two salts and a credential id of at most 1,023 bytes (WebAuthn). */
const MAX_HEADER_BYTES = 4096

const bytes = (max: number): z.ZodMiniType<Uint8Array<ArrayBuffer>, string> =>
  z.pipe(
    z.string().check(z.minLength(2), z.maxLength(Math.ceil((max * 4) / 3))),
    z.transform((text: string, context): Uint8Array<ArrayBuffer> => {
      try {
        return fromBase64url(text)
      } catch {
        context.issues.push({ code: 'custom', message: 'not base64url', input: text })
        return z.NEVER
      }
    }),
  )

const headerJson = (least: ScryptCost): z.ZodMiniType<VaultHeader> =>
  z.pipe(
    z.strictObject({
      version: z.literal(1),
      id: bytes(16),
      passphrase: z.strictObject({
        kdf: z.literal('scrypt'),
        cost: costJson(least),
        salt: bytes(32),
        sealed: bytes(64),
      }),
      passkey: z.optional(
        z.strictObject({ credentialId: bytes(1023), salt: bytes(32), sealed: bytes(64) }),
      ),
      proof: bytes(64),
    }),
    z.transform(({ id, passphrase, passkey, proof }) => ({
      ...{ id, passphrase, proof },
      ...(passkey === undefined ? {} : { passkey }),
    })),
  )

/** Everything in a header but its proof, as one text. */
export function entrancesContext(entrances: Entrances): Uint8Array<ArrayBuffer> {
  return utf8(canonicalJson(['zerocard/vault-header/1', plainEntrances(entrances)]))
}

/**
 * The bytes of a header: a hash before canonical JSON. The hash is no protection, anybody can make
 * it; it tells a damaged header from a wrong passphrase.
 */
export function writeHeader(header: VaultHeader): Uint8Array<ArrayBuffer> {
  const plain = { ...plainEntrances(header), proof: toBase64url(header.proof) }
  const text = utf8(canonicalJson(plain))
  return concatBytes(sha256(text), text)
}

/**
 * @param least - Cheaper passphrases than this are refused.
 * @throws ZerocardError with `STORAGE_FAILED` for everything that {@link writeHeader} does not write.
 */
export function readHeader(stored: Uint8Array, least: ScryptCost): VaultHeader {
  const text = stored.subarray(HASH_BYTES)
  if (stored.length > MAX_HEADER_BYTES || !equalBytes(sha256(text), stored.subarray(0, HASH_BYTES)))
    throw storageFailed('the beginning of the wallet is damaged')
  return readWith(headerJson(least), jsonOf(text), 'STORAGE_FAILED', 'header')
}

/** Undefined, which no schema takes, for what is no JSON. */
function jsonOf(text: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(text))
  } catch {
    return undefined
  }
}

function plainEntrances({ id, passphrase, passkey }: Entrances): Record<string, unknown> {
  const { cost, salt, sealed } = passphrase
  const { N, r, p } = cost
  return {
    version: 1,
    id: toBase64url(id),
    passphrase: {
      kdf: 'scrypt',
      cost: { N, r, p },
      salt: toBase64url(salt),
      sealed: toBase64url(sealed),
    },
    ...(passkey === undefined ? {} : { passkey: plainPasskey(passkey) }),
  }
}

function plainPasskey({ credentialId, salt, sealed }: PasskeyEntrance): Record<string, string> {
  return {
    credentialId: toBase64url(credentialId),
    salt: toBase64url(salt),
    sealed: toBase64url(sealed),
  }
}
