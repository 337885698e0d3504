import { ZerocardError } from '../../../core/errors.ts'
import { configurationOf } from '../../../core/openid.ts'
import { toCsv } from '../../../examples/population/csv.ts'
import { generatePopulation } from '../../../examples/population/generate.ts'
import { readDemoSchemas } from '../demo/cast.ts'
import type { Progress } from '../progress.ts'
import { ISSUERS } from './plan.ts'
import type { TownAddress } from './town.ts'

/**
 * Enters the invented people into the registers, as an operator would: one table a schema. Doing it
 * again changes nothing.
 *
 * @returns How many people there are.
 */
export async function populate(
  services: readonly TownAddress[],
  progress: Progress,
): Promise<number> {
  const { people } = generatePopulation()
  const schemas = readDemoSchemas()
  for (const issuer of ISSUERS) {
    const address = services.find(({ name }) => name === issuer.name)
    if (address === undefined) throw new TypeError(`no service ${issuer.name}`)
    progress.update(1, `entering people: ${issuer.title}`)
    for (const id of Object.keys(issuer.schemas)) {
      const names = (schemas.get(id)?.attributes ?? []).map(({ name }) => name)
      const rows = people.flatMap(({ id: subject, records }) => {
        const attributes = records[id]
        return attributes === undefined ? [] : [{ subject, attributes }]
      })
      await register(address, configurationOf(id), toCsv(names, rows))
    }
  }
  return people.length
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
