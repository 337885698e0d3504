import * as z from './zod.ts'

// Texts of others that people read: nothing in them may be invisible, turn the direction of reading
// or cover what stands beside it.

/** Control characters, line and paragraph separators, notes between the lines. */
const UNREADABLE = /[\p{Cc}\p{Zl}\p{Zp}\ufff9-\ufffb]/u

/**
 * What shows nothing, by the Unicode Standard (`Default_Ignorable_Code_Point`: direction marks and
 * fillers too) or by what fonts do: blanks of Braille, of hieroglyphs and of musical notes.
 */
const INVISIBLE =
  /(?![\u200c\u200d\p{Variation_Selector}])[\p{Default_Ignorable_Code_Point}\u2800\u{13441}\u{13442}\u{1d159}]/u

/** Joiners and variation selectors choose the form of what stands before them. */
const LOOSE_JOINER = /(^|\s)[\u200c\u200d\p{Variation_Selector}]/u
/** An emoji has two in a row: the selector of its colours, and what joins it to the next. */
const JOINERS = /[\u200c\u200d\p{Variation_Selector}]{3}/u
/** Marks without a width of their own: piles of them cover the lines around. */
const PILED_MARKS = /[\p{Mn}\p{Me}\u200c\u200d]{5}/u

const VISIBLE = /[\p{L}\p{N}]/u
const VISIBLE_SIGN = /[\p{L}\p{N}\p{S}\p{Po}]/u

/** Whether people can read every character of a text, and see that there is one. */
export function isReadable(text: string): boolean {
  return isPlain(text) && VISIBLE.test(text)
}

/**
 * The shape of a text for people, such as a name or a purpose: in the form that is kept (NFC), which
 * may be longer than the form that came.
 *
 * @param limit - UTF-16 units of that form.
 */
export function readableText(limit: number): z.ZodMiniType<string> {
  return z
    .string()
    .check(
      z.normalize('NFC'),
      z.minLength(1),
      z.maxLength(limit),
      z.refine(isReadable, 'holds characters that are not for reading'),
    )
}

/** The shape of a text that may be a sign, like `%` or `°C`; it stays as it came. */
export function readableSign(limit: number): z.ZodMiniType<string> {
  return z.string().check(
    z.minLength(1),
    z.maxLength(limit),
    z.refine(
      (text) => isPlain(text) && VISIBLE_SIGN.test(text),
      'holds characters that are not for reading',
    ),
  )
}

function isPlain(text: string): boolean {
  return (
    text.isWellFormed() &&
    ![UNREADABLE, INVISIBLE, LOOSE_JOINER, JOINERS, PILED_MARKS].some((kind) => kind.test(text))
  )
}
