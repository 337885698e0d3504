import type { PrfCredential, PrfSource } from '../../../client/storage/passkey.ts'
import { hmacSha512 } from '../../../core/hash.ts'
import { ZerocardError } from '../../../core/errors.ts'

/** An authenticator in a person's hand: outputs that only it can make, for passkeys of its own. */
export function fakePasskeys(): PrfSource {
  const secret = crypto.getRandomValues(new Uint8Array(32))
  const made = new Set<string>()
  const outputOf = ({ credentialId, salt }: PrfCredential): Uint8Array<ArrayBuffer> =>
    hmacSha512(secret, Uint8Array.of(...credentialId, ...salt)).slice(0, 32)
  return {
    register: () => {
      const credentialId = crypto.getRandomValues(new Uint8Array(20))
      const salt = crypto.getRandomValues(new Uint8Array(32))
      made.add(String(credentialId))
      return Promise.resolve({ credentialId, salt, output: outputOf({ credentialId, salt }) })
    },
    evaluate: (credential) =>
      made.has(String(credential.credentialId))
        ? Promise.resolve(outputOf(credential))
        : Promise.reject(new ZerocardError('ABORTED', 'not a passkey of this authenticator')),
  }
}
