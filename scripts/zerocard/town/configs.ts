import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ZerocardError } from '../../../core/errors.ts'
import { hashToken } from '../../../server/http/access.ts'
import { EXAMPLES, ISSUERS, TOWN_HOST, TRUST } from './plan.ts'
import type { TownIssuer, TownService, TownSite } from './plan.ts'
import type { TownAddress } from './town.ts'

// What the services of a town are told: each its own configuration, as its operator would write it.

/** Seconds between two looks for news of an issuer: people who try a revocation wait for it. */
const REFRESH = { refreshEvery: '5s' }

export function issuerConfig(
  addresses: readonly TownAddress[],
  issuer: TownIssuer,
  walletLink: string,
): object {
  return {
    ...commonConfig(addresses, issuer),
    schemas: Object.keys(issuer.schemas).map(schemaPath),
    walletLink,
    publishEvery: '10m',
    // Visitors of a town lose wallets more often than once a month.
    recoverAfter: '1m',
  }
}

/** Each list trusts the town's issuers of its schema, under the keys that they show now. */
export async function trustConfig(addresses: readonly TownAddress[]): Promise<object> {
  const listings = await Promise.all(
    ISSUERS.map(async (issuer) => {
      const { origin } = addressOf(addresses, issuer)
      const { jwk } = await fetchFacts(`${origin}/.well-known/zerocard-issuer`)
      return Object.entries(issuer.schemas).map(([schema, list]) => ({
        list,
        listing: { issuer: origin, jwk, schemas: [schema] },
      }))
    }),
  )
  const byList = Map.groupBy(listings.flat(), ({ list }) => list)
  const trust = [...byList].map(([list, members]) => [
    list,
    { issuers: members.map(({ listing }) => listing) },
  ])
  return {
    ...commonConfig(addresses, TRUST),
    trust: Object.fromEntries(trust) as unknown,
    trustOptions: REFRESH,
    allowPrivateAddresses: true,
  }
}

/** What sites and the verifier know of the town: where its trust lists are and under which key. */
export interface TrustFacts {
  readonly origin: string
  readonly jwk: unknown
}

export async function trustFacts(addresses: readonly TownAddress[]): Promise<TrustFacts> {
  const { origin } = addressOf(addresses, TRUST)
  const { jwk } = await fetchFacts(`${origin}/.well-known/zerocard-trust`)
  return { origin, jwk }
}

export function verifierConfig(
  addresses: readonly TownAddress[],
  verifier: TownService,
  trust: TrustFacts,
): object {
  const lists = ISSUERS.flatMap(({ schemas }) => Object.values(schemas))
  return {
    ...commonConfig(addresses, verifier),
    policies: [join(EXAMPLES, 'policies')],
    schemas: [...new Set(ISSUERS.flatMap(({ schemas }) => Object.keys(schemas)))].map(schemaPath),
    ...trustMembers(lists, trust),
  }
}

/** Configuration of the verifier inside of a site. */
export function siteConfig(
  site: TownSite,
  origin: string,
  walletLink: string,
  trust: TrustFacts,
): object {
  const ids = [site.policy, ...(site.counter === undefined ? [] : [site.counter.policy])]
  const paths = ids.map(policyPath)
  const asked = paths.flatMap((path) => {
    const { credentials } = JSON.parse(readFileSync(path, 'utf8')) as PolicyFile
    return Object.values(credentials)
  })
  return {
    displayName: site.title,
    baseUrl: origin,
    listen: `${TOWN_HOST}:${new URL(origin).port}`,
    database: 'sqlite:state.sqlite',
    policies: paths,
    schemas: [...new Set(asked.map(({ schema }) => schemaPath(schema)))],
    walletLink,
    // One visitor at a time is what a town of one person has.
    workers: 1,
    log: 'warn',
    ...trustMembers(
      asked.map((credential) => credential.trust),
      trust,
    ),
  }
}

interface PolicyFile {
  readonly id: string
  readonly credentials: Readonly<
    Record<string, { readonly schema: string; readonly trust: string }>
  >
}

function trustMembers(lists: readonly string[], { origin, jwk }: TrustFacts): object {
  return {
    trust: Object.fromEntries(
      lists.map((list) => [list, { from: `${origin}/trust/${list}`, operator: origin, jwk }]),
    ),
    trustOptions: REFRESH,
    allowPrivateAddresses: true,
  }
}

function commonConfig(addresses: readonly TownAddress[], service: TownService): object {
  const { origin, token } = addressOf(addresses, service)
  return {
    displayName: service.title,
    baseUrl: origin,
    listen: `${TOWN_HOST}:${new URL(origin).port}`,
    database: 'sqlite:state.sqlite',
    tokens: [{ name: 'town', roles: service.roles, sha256: hashToken(token) }],
  }
}

/** What a service tells of itself; here it is our own, just started, on this machine. */
async function fetchFacts(url: string): Promise<{ readonly jwk: unknown }> {
  const response = await fetch(url)
  if (!response.ok) throw new ZerocardError('UNAVAILABLE', `${url}: status ${response.status}`)
  return (await response.json()) as { readonly jwk: unknown }
}

/** @throws ZerocardError with `INPUT_INVALID` for a town that was made by an older program. */
export function addressOf(
  addresses: readonly TownAddress[],
  { name }: Pick<TownService, 'name'>,
): TownAddress {
  const address = addresses.find((candidate) => candidate.name === name)
  if (address === undefined) {
    throw new ZerocardError(
      'INPUT_INVALID',
      `the town has no ${name}; remove its folder to make a new one`,
    )
  }
  return address
}

const FOLDERS = [EXAMPLES, join(EXAMPLES, 'town')] as const

/** A schema's file, among those of the examples and those of the town. */
export function schemaPath(id: string): string {
  const name = `${id.split('/')[0] ?? ''}.json`
  const paths = FOLDERS.map((folder) => join(folder, 'schemas', name))
  return paths.find((path) => existsSync(path)) ?? name
}

/** The file of a policy, by its id. */
export function policyPath(id: string): string {
  const paths = FOLDERS.flatMap((folder) => {
    const policies = join(folder, 'policies')
    const names = readdirSync(policies).filter((name) => name.endsWith('.json'))
    return names.map((name) => join(policies, name))
  })
  const found = paths.find(
    (path) => (JSON.parse(readFileSync(path, 'utf8')) as PolicyFile).id === id,
  )
  if (found === undefined) throw new TypeError(`no policy ${id} among the examples`)
  return found
}
