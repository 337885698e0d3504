import { readPolicies } from '../catalogue.ts'
import { generatePopulation } from '../population/generate.ts'
import type { Person, Population } from '../population/generate.ts'
import type { Credentials } from './oracle.ts'

/** Somebody who holds every credential a policy asks for, eligible or not. */
export interface Sample {
  readonly person: Person
  /** By the alias of the policy. */
  readonly credentials: Credentials
}

/**
 * People to try a policy on: half of them anybody who holds the credentials, half of them among
 * those who would think of applying, so that both answers occur. Always the same ones.
 *
 * @param count - At most; fewer if not so many people hold the credentials.
 * @throws TypeError for an unknown policy.
 */
export function samplePeopleFor(
  policyId: string,
  count: number,
  population: Population = defaultPopulation(),
): Sample[] {
  const policy = findPolicy(policyId)
  const holders = population.people.flatMap((person) => {
    const credentials = credentialsFor(policy, person)
    return credentials ? [{ person, credentials }] : []
  })
  const applies = APPLICANTS[policyId] ?? (() => true)
  const applicants = holders.filter(({ credentials }) => applies(credentials))
  const first = spread(applicants, Math.ceil(count / 2))
  const others = holders.filter((sample) => !first.includes(sample))
  return [...first, ...spread(others, count - first.length)]
}

/** Who is near the rule: a filter for samples, not a part of any decision. */
const APPLICANTS: Readonly<Record<string, (credentials: Credentials) => boolean>> = {
  'winter-fuel-2025@1': ({ person }) =>
    person?.country === 'GB' && String(person.birthDate) < '1961',
  'snap-gross-2026@1': ({ person }) => person?.country === 'US',
  'smartpass-60@1': ({ person }) => person?.region === 'GB-NIR',
  'healthy-start@1': ({ income }) => income?.universalCredit === true,
  'eco4-flex@1': ({ income }) => income?.councilTaxReduction === true,
  'library-card@1': ({ person }) => person?.region === 'US-NY',
  'federal-juror@1': ({ person }) => person?.region === 'US-NJ',
}

interface PolicyJson {
  readonly credentials: Readonly<Record<string, { readonly schema: string }>>
}

function findPolicy(id: string): PolicyJson {
  const policy = readPolicies().get(id)
  if (!policy) throw new TypeError(`no example policy ${id}`)
  return policy as PolicyJson
}

function credentialsFor({ credentials }: PolicyJson, { records }: Person): Credentials | undefined {
  const entries = Object.entries(credentials).flatMap(([alias, { schema }]) => {
    const record = records[schema]
    return record ? [[alias, record] as const] : []
  })
  const isComplete = entries.length === Object.keys(credentials).length
  return isComplete ? Object.fromEntries(entries) : undefined
}

/** Items at equal distances, from the first on. */
function spread<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items]
  const step = items.length / count
  return items.filter((_, i) => Math.floor(i / step) !== Math.floor((i - 1) / step))
}

let cached: Population | undefined

function defaultPopulation(): Population {
  cached ??= generatePopulation()
  return cached
}
