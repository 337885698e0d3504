import type { AttributeType, AttributeValue } from '../../../core/attribute.ts'
import type { Day } from '../../../core/dates.ts'
import type { PlainCredentials } from '../../../core/policy/evaluate.ts'
import { encodeAttributes, parseSchema } from '../../../core/schema.ts'
import type { Schema } from '../../../core/schema.ts'
import { ATTRIBUTES_PER_SLOT, shapeForCredentials } from '../../../core/shapes.ts'
import type { Dice } from './dice.ts'
import { neighbours, randomDay, randomValue } from './values.ts'

// A world for one policy: schemas nobody has seen before, and people around the rules' borders.

/** What rules can speak of. */
export interface Place {
  readonly path: string
  readonly alias: string
  readonly name: string
  readonly type: AttributeType
}

export interface World {
  readonly asOf: Day
  readonly schemas: readonly Schema[]
  /** By alias, in the order of the slots. */
  readonly credentials: Readonly<
    Record<string, { readonly schema: string; readonly trust: string }>
  >
  readonly places: readonly Place[]
  /** Rules take their constants from these. */
  readonly models: readonly PlainCredentials[]
}

const TYPES: readonly AttributeType[] = ['date', 'integer', 'boolean', 'text']
const ALIASES = ['first', 'second', 'third'] as const
const MODELS = 3

/** @param credentials - 1 to 3. */
export function randomWorld(credentials: number, dice: Dice): World {
  const asOf = randomDay(dice)
  const aliases = ALIASES.slice(0, credentials)
  const schemas = aliases.map((alias) => randomSchema(alias, dice))
  const places = schemas.flatMap(({ attributes }, slot) =>
    attributes.map(({ name, type }) => {
      const alias = aliases[slot] ?? ''
      return { path: `${alias}.${name}`, alias, name, type }
    }),
  )
  return {
    asOf,
    schemas,
    credentials: Object.fromEntries(
      aliases.map((alias) => [alias, { schema: `${alias}/1`, trust: 'everybody' }]),
    ),
    places,
    models: Array.from({ length: MODELS }, () => randomPerson(places, asOf, dice)),
  }
}

/** Three people who differ in one attribute by one step, like somebody a model of whom rules know. */
export function neighbouringPeople(
  world: World,
  places: readonly Place[],
  dice: Dice,
): PlainCredentials[] {
  const { alias, name, type } = dice.pick(places)
  const model = mixed(world, dice)
  const value = valueOf(model, alias, name)
  return neighbours(type, value).map((moved) => ({
    ...model,
    [alias]: { ...model[alias], [name]: moved },
  }))
}

/** The circuit's attributes; slots that the policy leaves empty repeat the first credential. */
export function encodePerson({ schemas, credentials }: World, person: PlainCredentials): bigint[] {
  const aliases = Object.keys(credentials)
  const { slots } = shapeForCredentials(aliases.length)
  const encoded = schemas.map((schema, slot) =>
    encodeAttributes(schema, person[aliases[slot] ?? ''] ?? {}),
  )
  const filled = Array.from({ length: slots }, (_, slot) => encoded[slot] ?? encoded[0] ?? [])
  return filled.flat().slice(0, slots * ATTRIBUTES_PER_SLOT)
}

/** @throws TypeError if the person has no such value. */
export function valueOf(person: PlainCredentials, alias: string, name: string): AttributeValue {
  const value = person[alias]?.[name]
  if (value === undefined) throw new TypeError(`nobody has ${alias}.${name}`)
  return value
}

/** Every type occurs, two of them at least twice, so that attributes can be compared and added. */
function randomSchema(alias: string, dice: Dice): Schema {
  const types = [...TYPES, 'integer', 'date', ...randomTypes(dice)]
  return parseSchema({
    id: `${alias}/1`,
    title: alias,
    attributes: dice
      .some(types, types.length)
      .map((type, i) => ({ name: `a${i}`, type, title: `${alias} ${i}` })),
  })
}

function randomTypes(dice: Dice): AttributeType[] {
  return Array.from({ length: dice.between(0, ATTRIBUTES_PER_SLOT - 6) }, () => dice.pick(TYPES))
}

function randomPerson(places: readonly Place[], asOf: Day, dice: Dice): PlainCredentials {
  const aliases = [...new Set(places.map(({ alias }) => alias))]
  return Object.fromEntries(
    aliases.map((owner) => [
      owner,
      Object.fromEntries(
        places
          .filter(({ alias }) => alias === owner)
          .map(({ name, type }) => [name, randomValue(type, asOf, dice)]),
      ),
    ]),
  )
}

/** A model, with a few values of the others and of nobody. */
function mixed({ models, places, asOf }: World, dice: Dice): PlainCredentials {
  const model = dice.pick(models)
  const changed = Object.fromEntries(
    Object.entries(model).map(([alias, values]) => [alias, { ...values }]),
  )
  for (const { alias, name, type } of places.filter(() => dice.chance(0.2))) {
    const values = changed[alias]
    if (values === undefined) continue
    const other = valueOf(dice.pick(models), alias, name)
    values[name] = dice.chance(0.7) ? other : randomValue(type, asOf, dice)
  }
  return changed
}
