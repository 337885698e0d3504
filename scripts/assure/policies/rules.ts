import type { AttributeType, AttributeValue } from '../../../core/attribute.ts'
import { dayFromIso, isoFromDay } from '../../../core/dates.ts'
import { encodeAttribute } from '../../../core/attribute.ts'
import type { Dice } from './dice.ts'
import { YEARS, isLongText, neighbours, shortest } from './values.ts'
import type { Place, World } from './world.ts'
import { valueOf } from './world.ts'

// Random rules as JSON, of every kind there is. Their constants are values that people have, or one
// step beside them.

const ORDER = ['lt', 'lte', 'gt', 'gte'] as const
const EQUALITY = ['eq', 'ne'] as const
const OPERATORS = [...EQUALITY, ...ORDER] as const
const LEAP_DAYS = ['mar1', 'feb28'] as const
const LARGEST_WEIGHT = 2 ** 32 - 1
const WEIGHTS = [1, -1, 2, -2, 3, -5, 100, LARGEST_WEIGHT, -LARGEST_WEIGHT]
const MAX_DEPTH = 3
/** No age of a rule is above this. */
const MAX_YEARS = 150
const MAX_SUMMANDS = 4

type Maker = (world: World, dice: Dice) => object

/** A rule that a policy may have as its `where`. */
export function randomRule(world: World, dice: Dice, depth = 0): object {
  const isLeaf = depth >= MAX_DEPTH || dice.chance(depth === 0 ? 0.15 : 0.45)
  if (isLeaf) return dice.pick(CONDITIONS)(world, dice)
  const parts = (most: number): object[] =>
    Array.from({ length: dice.between(1, most) }, () => randomRule(world, dice, depth + 1))
  switch (dice.below(4)) {
    case 0:
      return { all: parts(3) }
    case 1:
      return { any: parts(3) }
    case 2:
      return { not: randomRule(world, dice, depth + 1) }
    default: {
      const of = parts(4)
      return { atLeast: dice.between(1, of.length), of }
    }
  }
}

/** Kinds of condition; those with most ways to be wrong are there twice. */
const CONDITIONS: readonly Maker[] = [
  age,
  age,
  comparison,
  comparison,
  comparison,
  pair,
  pair,
  sum,
  sum,
  range,
  prefix,
  list,
  list,
  relativeDay,
]

/** Half of them about the age that somebody turns in the year of the proof. */
function age(world: World, dice: Dice): object {
  const place = placeOf(world, 'date', dice)
  const turned = yearOf(isoFromDay(world.asOf)) - yearOf(constantFor(world, place, dice))
  const isPossible = turned >= 1 && turned < MAX_YEARS
  const years = isPossible && dice.chance(0.5) ? turned : dice.pick(YEARS)
  const bounds = dice.pick([
    { atLeast: years },
    { under: years },
    { atLeast: years, under: Math.min(MAX_YEARS, years + dice.between(1, 20)) },
  ])
  return { age: place.path, ...bounds, leapDay: dice.pick(LEAP_DAYS) }
}

function comparison(world: World, dice: Dice): object {
  const place = dice.pick(world.places)
  const constant = constantFor(world, place, dice)
  const hasOrder = place.type !== 'boolean' && !isLongText(constant)
  return { attribute: place.path, [dice.pick(hasOrder ? OPERATORS : EQUALITY)]: constant }
}

/** An attribute against another of its type. */
function pair(world: World, dice: Dice): object {
  const left = dice.pick(world.places)
  const others = world.places.filter(({ path, type }) => type === left.type && path !== left.path)
  if (others.length === 0) return comparison(world, dice)
  const hasOrder = left.type === 'date' || left.type === 'integer'
  const operator = dice.pick(hasOrder ? OPERATORS : EQUALITY)
  return { attribute: left.path, [operator]: { attribute: dice.pick(others).path } }
}

/** The constant is what the sum is for somebody, or one beside it. */
function sum(world: World, dice: Dice): object {
  const summable = world.places.filter(({ type }) => type === 'integer' || type === 'boolean')
  const parts = dice.some(summable, dice.between(1, MAX_SUMMANDS)).map((place) => ({
    place,
    times: dice.pick(WEIGHTS),
  }))
  const model = dice.pick(world.models)
  const total = parts.reduce(
    (subtotal, { place, times }) =>
      subtotal + BigInt(times) * BigInt(valueOf(model, place.alias, place.name)),
    0n,
  )
  const constant = shortest(total + BigInt(dice.between(-1, 1)))
  return {
    sum: parts.map(({ place, times }) => ({ attribute: place.path, times })),
    [dice.pick(OPERATORS)]: constant,
  }
}

function range(world: World, dice: Dice): object {
  const place = placeOf(world, dice.pick(['date', 'integer', 'text'] as const), dice)
  const ends = [constantFor(world, place, dice), constantFor(world, place, dice)]
  if (ends.some(isLongText)) return comparison(world, dice)
  const encoded = (value: unknown): bigint => encodeAttribute(place.type, value)
  ends.sort((a, b) => (encoded(a) < encoded(b) ? -1 : 1))
  return { attribute: place.path, between: ends }
}

function prefix(world: World, dice: Dice): object {
  const place = placeOf(world, 'text', dice)
  const constant = constantFor(world, place, dice)
  const first = Array.from(String(constant)).slice(0, dice.between(1, 3)).join('')
  return { attribute: place.path, prefix: first === '' ? 'D' : first }
}

function list(world: World, dice: Dice): object {
  const place = placeOf(world, dice.pick(['date', 'integer', 'text'] as const), dice)
  const values = Array.from({ length: dice.between(1, 6) }, () => constantFor(world, place, dice))
  return { attribute: place.path, [dice.pick(['in', 'notIn'])]: [...new Set(values)] }
}

/** A date against a day counted from the day of proof. */
function relativeDay(world: World, dice: Dice): object {
  const place = placeOf(world, 'date', dice)
  const day = dayFromIso(constantFor(world, place, dice))
  return { attribute: place.path, [dice.pick(OPERATORS)]: { today: day - world.asOf } }
}

function constantFor(world: World, { alias, name, type }: Place, dice: Dice): AttributeValue {
  const value = valueOf(dice.pick(world.models), alias, name)
  return dice.chance(0.6) ? value : dice.pick(neighbours(type, value))
}

function placeOf({ places }: World, wanted: AttributeType, dice: Dice): Place {
  return dice.pick(places.filter(({ type }) => type === wanted))
}

function yearOf(iso: AttributeValue): number {
  return Number(String(iso).slice(0, 4))
}
