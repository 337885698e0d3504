import { createHmac, randomBytes } from 'node:crypto'
import type { AttributeValue } from '../../core/attribute.ts'
import { needsSalt, saltText } from '../../core/photograph.ts'
import { settingOf } from './store.ts'
import type { IssuerStore } from './store.ts'

/** Which credential a salt is for. */
export interface SaltedCredential {
  readonly commitment: bigint
  readonly revocationId: bigint
}

type Attributes = Readonly<Record<string, AttributeValue>>

/** Bytes of a salt, as long as a guess is hopeless. */
const SALT_BYTES = 16

/**
 * What an issuer adds to pictures before it signs them: whoever handed a picture in could otherwise
 * have looked for a second one with the same encoding. A salt follows from a key that only the
 * issuer has and from the credential's random number, so it is another for each credential, and the
 * same when one credential is signed again.
 */
export class Salts {
  readonly #store: IssuerStore
  #key: Buffer | undefined

  constructor(store: IssuerStore) {
    this.#store = store
  }

  /** @throws ZerocardError with `ATTRIBUTE_INVALID` for a picture that cannot be salted. */
  async apply(attributes: Attributes, credential: SaltedCredential): Promise<Attributes> {
    if (!Object.values(attributes).some(needsSalt)) return attributes
    const key = await this.#open()
    return Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [
        name,
        needsSalt(value) ? saltText(value, saltOf(key, name, credential)) : value,
      ]),
    )
  }

  /** All processes of an issuer have the same key. */
  async #open(): Promise<Buffer> {
    const make = (): string => randomBytes(32).toString('base64url')
    // Only what was read is kept: a database that was away must not be away for ever.
    this.#key ??= Buffer.from(
      await settingOf(this.#store.database.query, 'salt-key', make),
      'base64url',
    )
    return this.#key
  }
}

function saltOf(
  key: Buffer,
  attribute: string,
  { commitment, revocationId }: SaltedCredential,
): string {
  const what = JSON.stringify([attribute, String(commitment), String(revocationId)])
  const hmac = createHmac('sha256', key).update(`zerocard/photograph-salt/1 ${what}`)
  return hmac.digest().subarray(0, SALT_BYTES).toString('base64url')
}
