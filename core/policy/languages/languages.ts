import { english } from './english.ts'
import type { PhraseBook } from './phrase-book.ts'
import { simplifiedChinese } from './simplified-chinese.ts'

/** Every language that sentences are made in, by its tag of BCP 47: here a new one is entered. */
const PHRASE_BOOKS = {
  en: english,
  'zh-Hans': simplifiedChinese,
} as const satisfies Readonly<Record<string, PhraseBook>>

/** A language that sentences are made in. */
export type Language = keyof typeof PHRASE_BOOKS

export const LANGUAGES = Object.keys(PHRASE_BOOKS) as readonly Language[]

export function isLanguage(tag: string): tag is Language {
  return Object.hasOwn(PHRASE_BOOKS, tag)
}

/** @throws TypeError for a tag that is no {@link Language}. */
export function phraseBook(language: Language): PhraseBook {
  if (!isLanguage(language)) throw new TypeError(`no sentences in ${String(language)}`)
  return PHRASE_BOOKS[language]
}
