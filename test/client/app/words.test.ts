import { describe, expect, test } from 'vitest'
import { sentenceOf } from '../../../client/app/screens/parts.ts'
import { LANGUAGES, preferredLanguage, wordsOf } from '../../../client/app/words/words.ts'
import { FINDING_CODES } from '../../../client/guard/judge.ts'
import { ERROR_CODES } from '../../../core/errors.ts'

/** Only services and command lines have these. */
const NOT_FOR_HOLDERS = ['CONFIG_INVALID', 'DATABASE_INVALID', 'USAGE']

function textsOf(value: unknown, path = ''): [string, string][] {
  if (typeof value === 'string') return [[path, value]]
  if (typeof value === 'function') {
    const make = value as (...parameters: string[]) => string
    return [[path, make('7', '8')]]
  }
  return Object.entries(value as object).flatMap(([key, part]) => textsOf(part, `${path}.${key}`))
}

describe('the words of the wallet', () => {
  test('have the same names in every language, and none is empty', () => {
    const [english, ...others] = LANGUAGES.map((language) => textsOf(wordsOf(language)))
    expect(english!.length).toBeGreaterThan(200)
    for (const texts of others)
      expect(texts.map(([path]) => path)).toEqual(english!.map(([p]) => p))
    for (const [path, text] of [english!, ...others].flat()) {
      expect(text.trim(), path).not.toBe('')
    }
  })

  test('are in Chinese where Chinese is promised', () => {
    const untranslated = textsOf(wordsOf('zh-Hans')).filter(([, text]) => !/\p{sc=Han}/u.test(text))
    expect(untranslated).toEqual([['.brand', 'zerocard']])
  })

  test.each(LANGUAGES)('have a sentence for every code that a holder can meet: %s', (language) => {
    const words = wordsOf(language)
    for (const code of ERROR_CODES.filter((known) => !NOT_FOR_HOLDERS.includes(known))) {
      const [happened, todo] = sentenceOf(code, words)
      expect(happened, code).not.toContain(code)
      expect(todo, code).not.toBe('')
    }
    for (const code of FINDING_CODES) {
      expect(words.problems.findings[code]('A', 'B'), code).not.toBe('')
    }
  })

  test.each(LANGUAGES)('name the code of what there is no sentence for: %s', (language) => {
    expect(sentenceOf('CONFIG_INVALID', wordsOf(language))[0]).toContain('CONFIG_INVALID')
    // A name that every object has is no sentence either.
    expect(typeof sentenceOf('toString', wordsOf(language))[0]).toBe('string')
  })

  test('come in the first language of the browser that there are words in', () => {
    expect(preferredLanguage(['zh-CN', 'en'])).toBe('zh-Hans')
    expect(preferredLanguage(['fr', 'en-GB', 'zh'])).toBe('en')
    expect(preferredLanguage(['fr'])).toBe('en')
    expect(preferredLanguage([])).toBe('en')
  })
})
