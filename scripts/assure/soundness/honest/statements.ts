import type { AttributeValue } from '../../../../core/attribute.ts'
import { eligibilityInputs } from '../../../../client/witness.ts'
import type { CircuitInputs } from '../../../../client/witness.ts'
import { birthDayCutoff, dayFromIso, isoFromDay } from '../../../../core/dates.ts'
import type { Day } from '../../../../core/dates.ts'
import type { Policy } from '../../../../core/policy/policy.ts'
import { encodeAttributes, parseSchema } from '../../../../core/schema.ts'
import type { Schema } from '../../../../core/schema.ts'
import { LOOKUP_SHAPE, SortedSet } from '../../../../core/sorted-set.ts'
import type { CircuitShape } from '../../../../core/shapes.ts'
import type { Statement } from '../../../../core/statement.ts'
import { createChance } from './chance.ts'
import type { Chance } from './chance.ts'
import { honestSlot } from './issuers.ts'
import type { HonestSlot } from './issuers.ts'
import { satisfiedProgram } from './programs.ts'

// Statements that no policy of the examples makes, but some policy could: everything at the edge.

const DATES = 4
const TYPES = ['date', 'integer', 'text', 'boolean'] as const
const LAST_DAY = 2 ** 20 - 1
const TOP_INTEGER = 2n ** 64n - 1n
const MAX_LIMIT = 65_535

const schemas: readonly Schema[] = [1, 2, 3].map((number) =>
  parseSchema({
    id: `edges/${number}`,
    title: 'Values at the edge',
    attributes: Array.from({ length: 16 }, (_, i) => ({
      name: `a${i}`,
      type: TYPES[Math.floor(i / DATES)],
      title: `a${i}`,
    })),
  }),
)

/** Inputs of an honest holder at the edges of every domain. */
export function edgeInputs(shape: CircuitShape, seed: number): CircuitInputs {
  const chance = createChance(seed)
  const secret = chance.chance(0.8) ? chance.field() : chance.pick([0n, 1n, -1n + 2n ** 253n])
  const asOf = edgeDay(chance)
  // A slot the policy leaves empty repeats the first credential.
  const used = chance.integer(1, shape.slots)
  const own = schemas.slice(0, used).map((schema) => {
    const signed = { attributes: edgeAttributes(schema, asOf, chance), ...validity(asOf, chance) }
    return honestSlot(schema, secret, signed, chance)
  })
  const slots = Array.from({ length: shape.slots }, (_, i) => own[i] ?? own[0]).flatMap(
    (slot) => slot ?? [],
  )
  const { limit, use } = edgeUse(chance)
  const statement = edgeStatement(shape, slots.slice(0, shape.slots), used, asOf, limit, chance)
  return eligibilityInputs(statement, secret, use, slots)
}

function edgeStatement(
  shape: CircuitShape,
  slots: readonly HonestSlot[],
  used: number,
  asOf: Day,
  limit: number,
  chance: Chance,
): Statement {
  const attributes = slots.flatMap(({ schema, credential }) =>
    encodeAttributes(schema, credential.attributes),
  )
  const compiled = satisfiedProgram(shape, attributes, chance)
  const aliases = slots.slice(0, used).map((_, i) => `c${i}`)
  const byAlias = <T>(value: (slot: HonestSlot) => T): Record<string, T> =>
    Object.fromEntries(aliases.flatMap((alias, i) => (slots[i] ? [[alias, value(slots[i])]] : [])))
  const policy: Policy = {
    id: 'edges@1',
    purpose: 'Edges',
    credentials: byAlias(({ schema }) => ({ schema: schema.id, trust: 'everybody' })),
    disclose: [],
    freshness: 'P1D',
  }
  return {
    policy,
    compiled,
    context: {
      schemas: new Map(schemas.map((schema) => [schema.id, schema])),
      asOf,
      trustRoots: byAlias(({ trustRoot }) => trustRoot),
      audience: 'https://verifier.example',
      presenter: chance.pick([0n, 1n, chance.below(2n ** 248n)]),
    },
    lookups: compiled.lookups.map(({ values }) => SortedSet.from(LOOKUP_SHAPE, values)),
    scope: chance.pick([0n, 1n, chance.field()]),
    limit,
    isPerCredential: chance.chance(0.5),
  }
}

function edgeDay(chance: Chance): Day {
  return chance.pick([
    dayFromIso('2026-11-22'),
    dayFromIso('2028-02-29'),
    dayFromIso('2027-03-01'),
    0,
    LAST_DAY,
    chance.integer(0, LAST_DAY),
  ])
}

/** On its first day, on its last, for one day only, for ever. */
function validity(asOf: Day, chance: Chance): { validFrom: Day; validUntil: Day } {
  return {
    validFrom: chance.pick([asOf, 0, chance.integer(0, asOf)]),
    validUntil: chance.pick([asOf, LAST_DAY, chance.integer(asOf, LAST_DAY)]),
  }
}

function edgeUse(chance: Chance): { limit: number; use: number } {
  const limit = chance.pick([1, 2, MAX_LIMIT, chance.integer(1, MAX_LIMIT)])
  return { limit, use: chance.pick([0, limit - 1, chance.integer(0, limit - 1)]) }
}

function edgeAttributes(
  { attributes }: Schema,
  asOf: Day,
  chance: Chance,
): Record<string, AttributeValue> {
  const value = {
    date: () => isoFromDay(edgeBirthDay(asOf, chance)),
    integer: () =>
      chance.pick([0n, 1n, TOP_INTEGER, TOP_INTEGER - 1n, chance.below(100n)]).toString(),
    text: () =>
      chance.pick(['', 'A', 'DE-BY', '\u{10ffff}'.repeat(3), 'a text of many more bytes']),
    boolean: () => chance.chance(0.5),
  }
  return Object.fromEntries(attributes.map(({ name, type }) => [name, value[type]()]))
}

/** Born today, tomorrow's eighteenth birthday, on a leap day, long ago. */
function edgeBirthDay(asOf: Day, chance: Chance): Day {
  const years = chance.pick([0, 13, 18, 21, 65, 150])
  const cutoff = Math.max(0, birthDayCutoff(asOf, years))
  const day = chance.pick([asOf, cutoff, cutoff + 1, dayFromIso('2008-02-29'), 0, LAST_DAY])
  return Math.min(day, LAST_DAY)
}
