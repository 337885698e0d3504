import type { AttributeType } from '../attribute.ts'
import type { Schema } from '../schema.ts'
import { attributeSelector } from '../shapes.ts'
import { policyInvalid, quoted } from './strict-json.ts'

/** Schemas by id, or a list of them. */
export type SchemaSource = ReadonlyMap<string, Schema> | readonly Schema[]

/** The credentials of a policy by alias; the first is slot 0, and so on. */
export type PolicyCredentials = Readonly<
  Record<string, { readonly schema: string; readonly trust: string }>
>

/** What a path like `person.birthDate` stands for in one policy. */
export interface PolicyAttribute {
  readonly path: string
  readonly alias: string
  /** Among the attributes of all slots: `slot * 16 + position`. */
  readonly selector: number
  readonly name: string
  readonly type: AttributeType
  readonly title: string
  readonly unit: string | undefined
}

/** Everything a policy can speak of. */
export interface PolicyVocabulary {
  readonly credentials: PolicyCredentials
  readonly attributes: ReadonlyMap<string, PolicyAttribute>
}

/**
 * All attributes a policy can speak of, by path.
 *
 * @throws ZerocardError with `POLICY_INVALID` for a schema that is not in `schemas`.
 */
export function policyVocabulary(
  credentials: PolicyCredentials,
  schemas: SchemaSource,
): PolicyVocabulary {
  const attributes = Object.entries(credentials).flatMap(([alias, { schema }], slot) =>
    credentialAttributes(alias, slot, findSchema(schemas, schema, alias)),
  )
  return { credentials, attributes: new Map(attributes.map((found) => [found.path, found])) }
}

/**
 * @param at - Where in the policy the path stands, for the message.
 * @throws ZerocardError with `POLICY_INVALID` for a path that is no attribute of the policy.
 */
export function findAttribute(
  { attributes, credentials }: PolicyVocabulary,
  path: string,
  at: string,
): PolicyAttribute {
  const found = attributes.get(path)
  if (found) return found
  const [alias = '', name = ''] = path.split('.', 2)
  if (!Object.hasOwn(credentials, alias)) {
    throw policyInvalid(at, `no credential ${quoted(alias)} in this policy`)
  }
  const schema = credentials[alias]?.schema ?? ''
  throw policyInvalid(at, `no attribute ${quoted(name)} in schema ${schema}`)
}

/** The schema a credential of the policy names. */
export function findSchema(schemas: SchemaSource, id: string, alias: string): Schema {
  const schema =
    schemas instanceof Map
      ? (schemas as ReadonlyMap<string, Schema>).get(id)
      : (schemas as readonly Schema[]).find((candidate) => candidate.id === id)
  if (schema === undefined) {
    throw policyInvalid(`policy.credentials.${alias}.schema`, `unknown schema ${quoted(id)}`)
  }
  return schema
}

function credentialAttributes(alias: string, slot: number, schema: Schema): PolicyAttribute[] {
  return schema.attributes.map(({ name, type, title, unit }, position) => ({
    path: `${alias}.${name}`,
    alias,
    selector: attributeSelector(slot, position),
    name,
    type,
    title,
    unit,
  }))
}
