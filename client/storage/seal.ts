import { concatBytes } from '../../core/bytes.ts'

// AES-256-GCM with a random IV before each sealed text, and the padding that hides lengths.

/** As NIST SP 800-38D recommends for GCM: 96 random bits, a tag of 128. */
const IV_BYTES = 12
const TAG_BYTES = 16

/** The least a padded text takes, and the step of long ones; bytes. */
const SMALLEST = 512
const LARGEST_STEP = 64 * 1024
const LENGTH_BYTES = 4

/** A key that seals and cannot be read by anybody, this page included. */
export async function importSealingKey(secret: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', secret, 'AES-GCM', false, ['encrypt', 'decrypt'])
}

/** @param context - What is sealed and where it belongs: worth nothing in another place. */
export async function seal(
  key: CryptoKey,
  context: Uint8Array<ArrayBuffer>,
  secret: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES))
  const algorithm = { name: 'AES-GCM', iv, additionalData: context }
  return concatBytes(iv, new Uint8Array(await crypto.subtle.encrypt(algorithm, key, secret)))
}

/** @returns Undefined if a bit is not as it was, or key or context are others. */
export async function unseal(
  key: CryptoKey,
  context: Uint8Array<ArrayBuffer>,
  sealed: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (sealed.length < IV_BYTES + TAG_BYTES) return undefined
  const iv = sealed.subarray(0, IV_BYTES)
  const algorithm = { name: 'AES-GCM', iv, additionalData: context }
  try {
    return new Uint8Array(await crypto.subtle.decrypt(algorithm, key, sealed.subarray(IV_BYTES)))
  } catch {
    return undefined
  }
}

/**
 * Fills a text up to one of few lengths. Sealing hides what a record says but not how long it is,
 * and the length alone can tell which issuer's credential or which site's question it is.
 */
export function pad(text: Uint8Array): Uint8Array<ArrayBuffer> {
  const padded = new Uint8Array(paddedLength(LENGTH_BYTES + text.length))
  new DataView(padded.buffer).setUint32(0, text.length)
  padded.set(text, LENGTH_BYTES)
  return padded
}

/** @returns Undefined if it was not padded by {@link pad}. */
export function unpad(padded: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | undefined {
  if (padded.length < LENGTH_BYTES) return undefined
  const length = new DataView(padded.buffer, padded.byteOffset).getUint32(0)
  if (padded.length !== paddedLength(LENGTH_BYTES + length)) return undefined
  return padded.subarray(LENGTH_BYTES, LENGTH_BYTES + length)
}

/** Powers of two, and where those would waste too much, multiples of the largest step. */
function paddedLength(length: number): number {
  if (length > LARGEST_STEP) return Math.ceil(length / LARGEST_STEP) * LARGEST_STEP
  return Math.max(SMALLEST, 2 ** Math.ceil(Math.log2(length)))
}
