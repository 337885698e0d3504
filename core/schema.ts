import * as z from './zod.ts'
import { ATTRIBUTE_TYPES, encodeAttribute } from './attribute.ts'
import type { AttributeType } from './attribute.ts'
import { canonicalJson } from './bytes.ts'
import { ZerocardError } from './errors.ts'
import { hashToField } from './hash.ts'
import { readWith } from './json.ts'
import { readableSign, readableText } from './plain-text.ts'
import { ATTRIBUTES_PER_SLOT } from './shapes.ts'
import { byLanguage, byName, wordFor } from './translations.ts'

/** What a credential says about a person, in which order: an attribute's slot is its position. */
export interface Schema {
  /** Name and version, like `person/1`. */
  readonly id: string
  readonly title: string
  readonly attributes: readonly SchemaAttribute[]
  /** The words for people in further languages, by tag like `zh-Hans`; see {@link schemaWords}. */
  readonly translations?: Readonly<Record<string, SchemaTranslation>>
}

export interface SchemaAttribute {
  readonly name: string
  readonly type: AttributeType
  /** For people: part of the sentences shown at consent, not of the schema's hash. */
  readonly title: string
  /** What one step of an integer is, like `GBP pence`. */
  readonly unit?: string
}

/** Words of a schema in another language, as far as its author gives them. */
export interface SchemaTranslation {
  readonly title?: string
  /** Titles of attributes, by the attribute's name. */
  readonly attributes?: Readonly<Record<string, string>>
  /** Units, by the unit as the schema writes it. */
  readonly units?: Readonly<Record<string, string>>
}

/** What a schema says to people in one language. */
export interface SchemaWords {
  readonly title: string
  /** By the attribute's name. */
  readonly attributes: ReadonlyMap<string, Pick<SchemaAttribute, 'title' | 'unit'>>
}

/** Every credential has this many attributes; a schema with fewer leaves the others 0. */
export const ATTRIBUTE_SLOTS = ATTRIBUTES_PER_SLOT

const title = readableText(200)
/** Not changed in any way: it is part of the hash. */
const unit = readableSign(64)

const schemaShape = z.strictObject({
  id: z.string().check(z.maxLength(100), z.regex(/^[a-z][a-z0-9-]*\/[1-9][0-9]*$/)),
  title,
  attributes: z
    .array(
      z.strictObject({
        name: z.string().check(z.maxLength(64), z.regex(/^[a-z][A-Za-z0-9]*$/)),
        type: z.enum(ATTRIBUTE_TYPES),
        title,
        unit: z.exactOptional(unit),
      }),
    )
    .check(z.minLength(1), z.maxLength(ATTRIBUTE_SLOTS)),
  translations: z.exactOptional(
    byLanguage(
      z.strictObject({
        title: z.exactOptional(title),
        attributes: z.exactOptional(byName(title)),
        units: z.exactOptional(byName(unit)),
      }),
    ),
  ),
})

/**
 * Reads a schema from JSON, strictly: unknown members are refused.
 *
 * @throws ZerocardError with `SCHEMA_INVALID`, naming the place.
 */
export function parseSchema(json: unknown): Schema {
  const schema = readWith(schemaShape, json, 'SCHEMA_INVALID', 'schema')
  const names = schema.attributes.map((attribute) => attribute.name)
  const repeated = names.findIndex((name, slot) => names.indexOf(name) !== slot)
  if (repeated >= 0) throw invalid(`schema.attributes.${String(repeated)}.name: not unique`)
  assertTranslations(schema)
  return schema
}

/**
 * The words of a schema in a language; its author's own where there is no translation. To be shown
 * and nothing else: they come from outside as they are, and no hash covers them.
 *
 * @param language - A tag like `zh-Hans`, taken exactly.
 */
export function schemaWords(schema: Schema, language: string): SchemaWords {
  const words = wordFor(schema.translations, language)
  const attributes = schema.attributes.map(({ name, title, unit }) => {
    const own = { title: wordFor(words?.attributes, name) ?? title }
    const translated =
      unit === undefined ? own : { ...own, unit: wordFor(words?.units, unit) ?? unit }
    return [name, translated] as const
  })
  return { title: words?.title ?? schema.title, attributes: new Map(attributes) }
}

/**
 * Names a schema in a credential. Covers everything that gives a number its meaning (names, types,
 * units, order), and no titles or translations: wording and language may change without new
 * credentials.
 */
export function schemaHash(schema: Schema): bigint {
  const attributes = schema.attributes.map(({ name, type, unit }) =>
    unit === undefined ? { name, type } : { name, type, unit },
  )
  return hashToField('zerocard/schema/1', canonicalJson({ id: schema.id, attributes }))
}

/**
 * Encodes a person's values for signing.
 *
 * @param values - Every attribute of the schema by name, nothing else.
 * @returns 16 integers below 2^120, by slot; slots the schema does not use are 0.
 * @throws ZerocardError with `ATTRIBUTE_INVALID`, naming the attribute, never its value.
 */
export function encodeAttributes(
  schema: Schema,
  values: Readonly<Record<string, unknown>>,
): bigint[] {
  const names = new Set(schema.attributes.map((attribute) => attribute.name))
  const unknown = Object.keys(values).find((name) => !names.has(name))
  if (unknown !== undefined) throw attributeInvalid(schema, unknown, 'not in the schema')
  const encoded = schema.attributes.map((attribute) => encodeNamed(schema, attribute, values))
  return [...encoded, ...Array<bigint>(ATTRIBUTE_SLOTS - encoded.length).fill(0n)]
}

function assertTranslations({ attributes, translations = {} }: Schema): void {
  const names = new Set(attributes.map(({ name }) => name))
  const units = new Set(attributes.map(({ unit }) => unit))
  for (const [language, words] of Object.entries(translations)) {
    const at = `schema.translations.${language}`
    if (!Object.keys(words.attributes ?? {}).every((name) => names.has(name))) {
      throw invalid(`${at}.attributes: names what is not in the schema`)
    }
    if (!Object.keys(words.units ?? {}).every((name) => units.has(name))) {
      throw invalid(`${at}.units: names what is not in the schema`)
    }
  }
}

function encodeNamed(
  schema: Schema,
  { name, type }: SchemaAttribute,
  values: Readonly<Record<string, unknown>>,
): bigint {
  if (!Object.hasOwn(values, name)) throw attributeInvalid(schema, name, 'missing')
  try {
    return encodeAttribute(type, values[name])
  } catch (error) {
    if (!(error instanceof ZerocardError)) throw error
    throw attributeInvalid(schema, name, error.message, error)
  }
}

function attributeInvalid(
  schema: Schema,
  name: string,
  reason: string,
  cause?: ZerocardError,
): ZerocardError {
  return new ZerocardError('ATTRIBUTE_INVALID', `${schema.id}.${name}: ${reason}`, { cause })
}

function invalid(message: string): ZerocardError {
  return new ZerocardError('SCHEMA_INVALID', message)
}
