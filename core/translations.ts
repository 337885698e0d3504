import * as z from './zod.ts'

// Words that an author gives in further languages.

/** A tag of BCP 47 as far as texts need it: language, script, region; like `zh-Hans` or `pt-BR`. */
const LANGUAGE_TAG = /^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$/
/** More than the 24 official languages of the European Union. */
const MAX_LANGUAGES = 32

/** The shape of words by language: at least one language, each named by its tag. */
export function byLanguage<T>(words: z.ZodMiniType<T>): z.ZodMiniType<Record<string, T>> {
  const expected = `expected 1 to ${String(MAX_LANGUAGES)} languages, named like zh-Hans`
  return strictRecord(words, areLanguages, expected)
}

/** The shape of words by the name of what they stand for. */
export function byName<T>(words: z.ZodMiniType<T>): z.ZodMiniType<Record<string, T>> {
  // zod leaves out a member called __proto__ without a word.
  return strictRecord(words, (names) => !names.includes('__proto__'), 'expected names')
}

/** The word for a name, if there is one; never what every object has. */
export function wordFor<T>(
  words: Readonly<Record<string, T>> | undefined,
  name: string,
): T | undefined {
  return words !== undefined && Object.hasOwn(words, name) ? words[name] : undefined
}

function areLanguages(names: readonly string[]): boolean {
  return (
    names.length > 0 &&
    names.length <= MAX_LANGUAGES &&
    names.every((name) => LANGUAGE_TAG.test(name))
  )
}

function strictRecord<T>(
  words: z.ZodMiniType<T>,
  areNames: (names: readonly string[]) => boolean,
  expected: string,
): z.ZodMiniType<Record<string, T>> {
  const named = z.custom<Record<string, unknown>>(
    (json: unknown) => isObject(json) && areNames(Object.keys(json)),
    expected,
  )
  return z.pipe(named, z.record(z.string(), words))
}

function isObject(json: unknown): json is object {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}
