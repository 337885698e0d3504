import type { AttributeValue } from './attribute.ts'
import { ZerocardError } from './errors.ts'

// Pictures in credentials: a text attribute that is a data URL. A long text is signed as 112 bits
// of a hash, so whoever may choose the text could look for two pictures with one encoding (2^56
// work) and hand in one of them. The issuer therefore puts something into the text that nobody
// knew before it signed: then only a second picture for a given encoding would do (2^112).

/** Characters of base64url, 16 random bytes. */
const SALT_LENGTH = 22

const SALT = new RegExp(`^[A-Za-z0-9_-]{${SALT_LENGTH}}$`)

/** What every text that may be a picture begins with. */
const BEGINNING = /^data:image\//i

/** The picture types that are shown: no type that can hold a script or name another address. */
const PHOTOGRAPH = new RegExp(
  `^data:image/(webp|jpeg|png);salt=[A-Za-z0-9_-]{${SALT_LENGTH}};base64,([A-Za-z0-9+/]{4})*` +
    '([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$',
)

/** Characters of the longest photograph: with the proof around it, it fits into one QR code. */
export const MAX_PHOTOGRAPH_LENGTH = 1024

/**
 * Whether a value may be shown as a picture: a data URL of a closed list of types, in base64, and
 * salted by its issuer. Everything else is shown as the text that it is.
 */
export function isPhotograph(value: AttributeValue): value is string {
  return (
    typeof value === 'string' && value.length <= MAX_PHOTOGRAPH_LENGTH && PHOTOGRAPH.test(value)
  )
}

/** Whether an issuer has to salt a value before it signs. */
export function needsSalt(value: AttributeValue): value is string {
  return typeof value === 'string' && BEGINNING.test(value)
}

/**
 * Puts a salt into a data URL, as a parameter behind its media type.
 *
 * @param salt - 22 characters of base64url that nobody but the issuer could know.
 * @throws ZerocardError with `ATTRIBUTE_INVALID` for a text that ends before its data begin.
 */
export function saltText(text: string, salt: string): string {
  if (!SALT.test(salt)) throw new TypeError(`expected ${SALT_LENGTH} characters of base64url`)
  const at = text.search(/[;,]/)
  if (at === -1) {
    throw new ZerocardError('ATTRIBUTE_INVALID', 'a picture is a whole data URL')
  }
  return `${text.slice(0, at)};salt=${salt}${text.slice(at)}`
}
