import { en } from './en.ts'
import type { Words } from './words.ts'
import { zhHans } from './zh-Hans.ts'

export type { Words } from './words.ts'

/** Languages the element speaks, as in the attribute `lang`. */
export type ElementLanguage = 'en' | 'zh-Hans'

const CATALOGUES: Readonly<Record<ElementLanguage, Words>> = { en, 'zh-Hans': zhHans }

/** The language that serves a person best who asked for `tag` (BCP 47). */
export function languageOf(tag: string): ElementLanguage {
  // Whoever reads traditional characters may prefer English to simplified ones.
  return /^zh(?!-(hant|tw|hk|mo))/i.test(tag) ? 'zh-Hans' : 'en'
}

export function wordsOf(language: ElementLanguage): Words {
  return CATALOGUES[language]
}

/** Puts a value into a sentence. */
export function withValue(sentence: string, name: string, value: string): string {
  return sentence.replace(`{${name}}`, () => value)
}
