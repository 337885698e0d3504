import crypto, { createHash } from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'

// Services of tests open the keys that a passphrase seals hundreds of times, at a third of a second
// and 128 MiB each. For them a passphrase becomes a key by hashing; another passphrase, salt, cost
// or length makes another key still.

/** Replaces the asynchronous scrypt of this process. */
export function useQuickScrypt(): void {
  const quick = (
    passphrase: string,
    salt: Uint8Array,
    length: number,
    { N, r, p }: crypto.ScryptOptions,
    callback: (error: null, key: Buffer) => void,
  ): void => {
    const hash = createHash('shake256', { outputLength: length })
    hash.update(JSON.stringify([passphrase, Buffer.from(salt).toString('hex'), N, r, p]))
    const key = hash.digest()
    setImmediate(() => callback(null, key))
  }
  crypto.scrypt = quick as unknown as typeof crypto.scrypt
  syncBuiltinESMExports()
}
