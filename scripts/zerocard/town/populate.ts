import { ZerocardError } from '../../../core/errors.ts'
import { configurationOf } from '../../../core/openid.ts'
import { toCsv } from '../../../examples/population/csv.ts'
import type { Attributes } from '../../../examples/population/csv.ts'
import { generatePopulation } from '../../../examples/population/generate.ts'
import { townPeople } from '../../../examples/town/people.ts'
import { readSchemas } from '../schemas.ts'
import type { Progress } from '../progress.ts'
import { addressOf, schemaPath } from './configs.ts'
import { CIVIL_SCHEMAS, ISSUERS } from './plan.ts'
import type { TownIssuer } from './plan.ts'
import type { TownAddress } from './town.ts'

/** Somebody in one of the registers. */
interface Entry {
  readonly id: string
  /** Name of the office that keeps the civil register they are in. */
  readonly registry: string
  readonly records: Readonly<Record<string, Attributes>>
}

/**
 * Enters the invented people into the registers, as an operator would: one table a schema. Doing it
 * again changes nothing.
 *
 * @param crowd - How many to invent, at least, besides those of the town's stories.
 * @returns How many people there are.
 */
export async function populate(
  services: readonly TownAddress[],
  crowd: number,
  progress: Progress,
): Promise<number> {
  const invented = generatePopulation({ size: crowd }).people.map(({ id, records }): Entry => ({
    id,
    registry: 'civil-registry',
    records,
  }))
  const people = [...invented, ...townPeople(new Date().toISOString().slice(0, 10))]
  for (const issuer of ISSUERS) {
    const address = addressOf(services, issuer)
    progress.update(1, `entering people: ${issuer.title}`)
    for (const id of Object.keys(issuer.schemas)) {
      await register(address, configurationOf(id), tableOf(issuer, id, people))
    }
  }
  return people.length
}

function tableOf({ name }: TownIssuer, schema: string, people: readonly Entry[]): string {
  const [{ attributes } = { attributes: [] }] = readSchemas([schemaPath(schema)]).values()
  const rows = people.flatMap(({ id: subject, registry, records }) => {
    const record = records[schema]
    // Nobody is in two civil registers: they could be somebody else in each.
    const isElsewhere = CIVIL_SCHEMAS.includes(schema) && registry !== name
    return record === undefined || isElsewhere ? [] : [{ subject, attributes: record }]
  })
  return toCsv(
    attributes.map((attribute) => attribute.name),
    rows,
  )
}

async function register(
  { origin, token, title }: TownAddress,
  configuration: string,
  csv: string,
): Promise<void> {
  const response = await fetch(`${origin}/v1/people/${configuration}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'text/csv' },
    body: csv,
  })
  if (response.ok) return
  throw new ZerocardError(
    'UNAVAILABLE',
    `${title} did not take the register: ${await response.text()}`,
  )
}
