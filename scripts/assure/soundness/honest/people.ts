import { readPolicies, readSchemas } from '../../../../examples/catalogue.ts'
import { decide } from '../../../../examples/policies/oracle.ts'
import { samplePeopleFor } from '../../../../examples/policies/samples.ts'
import type { Sample } from '../../../../examples/policies/samples.ts'
import { TODAY } from '../../../../examples/population/generate.ts'
import { eligibilityInputs } from '../../../../client/witness.ts'
import type { CircuitInputs } from '../../../../client/witness.ts'
import { dayFromIso } from '../../../../core/dates.ts'
import { parsePolicy } from '../../../../core/policy/policy.ts'
import type { Policy } from '../../../../core/policy/policy.ts'
import { parseSchema } from '../../../../core/schema.ts'
import type { CircuitShape } from '../../../../core/shapes.ts'
import { shapeForCredentials } from '../../../../core/shapes.ts'
import { buildStatement, slotAliases } from '../../../../core/statement.ts'
import type { ProgramMemo } from '../../../../core/statement.ts'
import { createChance } from './chance.ts'
import { honestSlot } from './issuers.ts'
import type { HonestSlot } from './issuers.ts'

/** People to draw from, for each policy. */
const PEOPLE = 200

const schemas = new Map([...readSchemas()].map(([id, json]) => [id, parseSchema(json)]))

interface Rule {
  readonly policy: Policy
  readonly admitted: readonly Sample[]
  readonly memo: ProgramMemo
}

const rulesByShape = new Map<string, readonly Rule[]>()

/** Inputs of somebody of the sample population whom one of the example policies admits. */
export function personInputs(shape: CircuitShape, seed: number): CircuitInputs {
  const chance = createChance(seed)
  const { policy, admitted, memo } = chance.pick(rulesFor(shape))
  const { credentials } = chance.pick(admitted)
  const asOf = dayFromIso(TODAY)
  const secret = chance.field()
  const bySlot = Object.entries(policy.credentials).map(([alias, { schema: id }]) => {
    const schema = schemas.get(id)
    if (schema === undefined) throw new TypeError(`no schema ${id}`)
    const attributes = credentials[alias] ?? {}
    const signed = { attributes, validFrom: asOf - 30, validUntil: asOf + 300 }
    return [alias, honestSlot(schema, secret, signed, chance)] as const
  })
  const slots: Readonly<Record<string, HonestSlot>> = Object.fromEntries(bySlot)
  const statement = buildStatement(policy, {
    schemas,
    asOf,
    trustRoots: Object.fromEntries(bySlot.map(([alias, { trustRoot }]) => [alias, trustRoot])),
    audience: 'https://verifier.example',
    presenter: chance.below(2n ** 248n),
    disclosed: Object.fromEntries(
      policy.disclose.map((path) => {
        const [alias = '', name = ''] = path.split('.')
        return [path, credentials[alias]?.[name] ?? '']
      }),
    ),
    memo,
  })
  const use = chance.integer(0, statement.limit - 1)
  const ordered = slotAliases(policy, shape).flatMap((alias) => slots[alias] ?? [])
  return eligibilityInputs(statement, secret, use, ordered)
}

function rulesFor(shape: CircuitShape): readonly Rule[] {
  const known = rulesByShape.get(shape.name)
  if (known !== undefined) return known
  const rules = [...readPolicies().values()]
    .map((json) => parsePolicy(json, schemas))
    .filter((policy) => shapeForCredentials(Object.keys(policy.credentials).length) === shape)
    .map((policy) => ({ policy, admitted: admittedBy(policy), memo: new Map() }))
  rulesByShape.set(shape.name, rules)
  return rules
}

/** By the rule's words, which the oracle knows. */
function admittedBy({ id }: Policy): Sample[] {
  return samplePeopleFor(id, PEOPLE).filter(
    ({ credentials }) => decide[id]?.(credentials, TODAY) === true,
  )
}
