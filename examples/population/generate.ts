import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { readSchemas } from '../catalogue.ts'
import type { IsoDate } from './calendar.ts'
import { toCsv } from './csv.ts'
import type { Row } from './csv.ts'
import { drawHousehold } from './households.ts'
import { createRandom } from './random.ts'
import { registerHousehold } from './registers.ts'
import type { Person } from './registers.ts'

export type { Person }

/** The fixed day of the examples. */
export const TODAY: IsoDate = '2026-11-22'
export const DEFAULT_SEED = 1
export const DEFAULT_SIZE = 10_000
/** Register numbers have six digits. */
const LARGEST_SIZE = 999_000

export interface Population {
  readonly today: IsoDate
  readonly people: readonly Person[]
}

export interface PopulationOptions {
  readonly seed?: number
  /** At least this many people: the last household is not cut. At most 999,000. */
  readonly size?: number
}

/** Which register issues which credential. */
export const REGISTERS = [
  { file: 'civil-registry.csv', schema: 'person/1' },
  { file: 'tax-office.csv', schema: 'income/1' },
  { file: 'pharmacy-board.csv', schema: 'prescription/1' },
  { file: 'guardianship.csv', schema: 'guardian/1' },
] as const

/**
 * Invents people; the same options give the same people.
 *
 * @throws TypeError for a size that is not an integer from 1 to 999,000.
 */
export function generatePopulation({
  seed = DEFAULT_SEED,
  size = DEFAULT_SIZE,
}: PopulationOptions = {}): Population {
  if (!Number.isInteger(size) || size < 1 || size > LARGEST_SIZE) {
    throw new TypeError(`expected 1 to ${String(LARGEST_SIZE)} people`)
  }
  const random = createRandom(seed)
  const people: Person[] = []
  for (let number = 1; people.length < size; number += 1) {
    const household = drawHousehold(random, TODAY)
    people.push(...registerHousehold(random, household, number, people.length + 1, TODAY))
  }
  return { today: TODAY, people }
}

/**
 * Writes one CSV file a register: the people it knows, one a line.
 *
 * @param folder - Made if it does not exist.
 */
export function writeRegisters(population: Population, folder: string): void {
  mkdirSync(folder, { recursive: true })
  for (const { file, schema } of REGISTERS) {
    writeFileSync(join(folder, file), registerCsv(population, schema))
  }
}

/** One register as CSV, its columns in the order of the schema. */
export function registerCsv({ people }: Population, schema: string): string {
  const rows = people.flatMap(({ id, records }): Row[] => {
    const attributes = records[schema]
    return attributes ? [{ subject: id, attributes }] : []
  })
  return toCsv(attributeNames(schema), rows)
}

function attributeNames(schema: string): string[] {
  const json = readSchemas().get(schema) as { attributes: { name: string }[] }
  return json.attributes.map(({ name }) => name)
}

function main(): void {
  const { values } = parseArgs({
    options: {
      out: { type: 'string', default: 'artifacts/population' },
      size: { type: 'string', default: String(DEFAULT_SIZE) },
      seed: { type: 'string', default: String(DEFAULT_SEED) },
    },
  })
  const population = generatePopulation({ seed: Number(values.seed), size: Number(values.size) })
  writeRegisters(population, values.out)
  console.log(`${String(population.people.length)} people in ${values.out}`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main()
