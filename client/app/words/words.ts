import type { Language } from '../../wallet/types.ts'
import { en } from './en.ts'
import { zhHans } from './zh-hans.ts'

/** The shape of a catalogue: a language with a sentence missing does not compile. */
export type Words = typeof en

export const LANGUAGES = ['en', 'zh-Hans'] as const satisfies readonly Language[]

const CATALOGUES: Readonly<Record<Language, Words>> = { en, 'zh-Hans': zhHans }

/** Which way a language is written; layouts follow it. */
const DIRECTIONS: Readonly<Record<Language, 'ltr' | 'rtl'>> = { en: 'ltr', 'zh-Hans': 'ltr' }

export function wordsOf(language: Language): Words {
  return CATALOGUES[language]
}

export function directionOf(language: Language): 'ltr' | 'rtl' {
  return DIRECTIONS[language]
}

/** The first of a browser's languages that there are words in; English if there is none. */
export function preferredLanguage(languages: readonly string[]): Language {
  const known = languages.map((tag) => tag.toLowerCase().split('-')[0])
  return known.find((tag) => tag === 'zh' || tag === 'en') === 'zh' ? 'zh-Hans' : 'en'
}
