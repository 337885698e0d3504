import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { ZerocardError } from '../core/errors.ts'
import { FIELD_ORDER, integerFromBytes } from '../core/field.ts'
import { hmacSha512 } from '../core/hash.ts'
import { utf8 } from '../core/bytes.ts'

// A holder is one secret field element. It comes from 24 words (BIP-39, English list), so that
// paper is a backup. Whoever has the words is the holder.

/** 256 bits: 24 words. */
const ENTROPY_BYTES = 32

/** Makes a new phrase from the platform's random generator. */
export function generatePhrase(): string {
  return entropyToMnemonic(crypto.getRandomValues(new Uint8Array(ENTROPY_BYTES)), wordlist)
}

/**
 * The holder secret behind a phrase: HMAC-SHA-512 of the 32 bytes of entropy, as an integer
 * modulo the field's order (512 bits, so the bias is below 2^-256).
 *
 * @param phrase - 24 words; capitals and repeated spaces do not matter.
 * @throws ZerocardError with `PHRASE_INVALID`; the message never repeats a word.
 */
export function secretFromPhrase(phrase: string): bigint {
  const entropy = entropyOf(phrase.normalize('NFKD').trim().toLowerCase().split(/\s+/))
  const secret =
    integerFromBytes(hmacSha512(utf8('zerocard/holder-secret/1'), entropy)) % FIELD_ORDER
  if (secret === 0n)
    throw new ZerocardError('PHRASE_INVALID', 'this phrase cannot be used; make another')
  return secret
}

/** A random field element that hides a commitment. */
export function generateBlinding(): bigint {
  return integerFromBytes(crypto.getRandomValues(new Uint8Array(64))) % FIELD_ORDER
}

function entropyOf(words: readonly string[]): Uint8Array {
  if (words.length !== 24) {
    throw new ZerocardError('PHRASE_INVALID', `expected 24 words, got ${String(words.length)}`)
  }
  const unknown = words.findIndex((word) => !wordlist.includes(word))
  if (unknown >= 0) {
    throw new ZerocardError(
      'PHRASE_INVALID',
      `word ${String(unknown + 1)} is not in the list of words`,
    )
  }
  try {
    return mnemonicToEntropy(words.join(' '), wordlist)
  } catch (cause) {
    throw new ZerocardError(
      'PHRASE_INVALID',
      'the words do not belong together: one is wrong or in another place',
      { cause },
    )
  }
}
