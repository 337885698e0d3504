import type { AttributeValue } from '../../../core/attribute.ts'
import { dayFromIso } from '../../../core/dates.ts'
import { parseSchema } from '../../../core/schema.ts'
import type { Trial } from './trial.ts'
import { trialOf } from './trial.ts'
import { neighbours } from './values.ts'
import type { Place, World } from './world.ts'

// For every slip of an evaluator the border where it shows, in a world that is always the same:
// three people each, one step before it, on it and one step beyond.

const ASOF = dayFromIso('2026-02-28')
const SCHEMA = parseSchema({
  id: 'first/1',
  title: 'first',
  attributes: [
    { name: 'born', type: 'date', title: 'date of birth' },
    { name: 'moved', type: 'date', title: 'day of moving' },
    { name: 'size', type: 'integer', title: 'people in the household' },
    { name: 'income', type: 'integer', title: 'income' },
    { name: 'x', type: 'boolean', title: 'x' },
    { name: 'y', type: 'boolean', title: 'y' },
    { name: 'z', type: 'boolean', title: 'z' },
    { name: 'region', type: 'text', title: 'region' },
  ],
})

/** Who is changed one step at a time. */
export const MODEL: Readonly<Record<string, AttributeValue>> = {
  born: '2008-02-29',
  moved: '2020-02-29',
  size: 5,
  income: 1_000,
  x: true,
  y: false,
  z: false,
  region: 'DE-BY',
}

const path = (name: string): string => `first.${name}`
const is = (name: string, members: object): object => ({ attribute: path(name), ...members })
const isTrue = (name: string): object => is(name, { eq: true })
const age = (members: object): object => ({ age: path('born'), ...members })
const sum = (members: object): object => ({
  sum: [
    { attribute: path('size'), times: -3 },
    { attribute: path('income'), times: 1 },
  ],
  ...members,
})

/** Each with the attribute whose neighbours are tried. */
const BORDERS: readonly (readonly [varied: string, where: object])[] = [
  ['born', age({ atLeast: 18 })],
  ['born', age({ atLeast: 18, leapDay: 'feb28' })],
  ['born', age({ under: 18 })],
  ['born', age({ under: 18, leapDay: 'feb28' })],
  ['born', age({ atLeast: 17, under: 18, leapDay: 'feb28' })],
  ['born', is('born', { lt: { attribute: path('moved') } })],
  ['moved', is('moved', { between: ['2020-02-28', '2020-02-29'] })],
  ['moved', is('moved', { gte: { today: dayFromIso('2020-02-29') - ASOF } })],
  ['moved', is('moved', { notIn: ['2020-02-29', '2020-03-02'] })],
  ...['lt', 'lte', 'gt', 'gte', 'eq', 'ne'].flatMap((operator) => [
    ['size', is('size', { [operator]: 5 })] as const,
    ['income', sum({ [operator]: 985 })] as const,
  ]),
  ['size', is('size', { in: [4, 5, 7] })],
  ['region', is('region', { prefix: 'DE-' })],
  ['region', is('region', { notIn: ['DE-BY', 'a text of over 14 bytes'] })],
  ['x', { all: [isTrue('x'), { not: isTrue('y') }] }],
  ['x', { any: [isTrue('x'), isTrue('y')] }],
  ['x', { all: [isTrue('x'), isTrue('y')] }],
  ['x', { atLeast: 2, of: [isTrue('x'), isTrue('y'), isTrue('z')] }],
]

/** The world of the borders, for other rules too. */
export const BORDER_WORLD: World = {
  asOf: ASOF,
  schemas: [SCHEMA],
  credentials: { first: { schema: SCHEMA.id, trust: 'everybody' } },
  places: SCHEMA.attributes.map(placeOf),
  models: [{ first: MODEL }],
}

export function borderTrials(): Trial[] {
  return BORDERS.map(([varied, where]) => {
    const place = BORDER_WORLD.places.find(({ name }) => name === varied)
    const value = MODEL[varied]
    if (place === undefined || value === undefined) throw new TypeError(`nobody has ${varied}`)
    const people = neighbours(place.type, value).map((moved) => ({
      first: { ...MODEL, [varied]: moved },
    }))
    return trialOf(BORDER_WORLD, borderPolicy(where), people)
  })
}

export function borderPolicy(where: object): object {
  return {
    id: 'border@1',
    purpose: 'To stand on the border',
    credentials: BORDER_WORLD.credentials,
    where,
  }
}

function placeOf({ name, type }: Pick<Place, 'name' | 'type'>): Place {
  return { path: path(name), alias: 'first', name, type }
}
