import { dirname, join, parse } from 'node:path'
import * as z from '../../core/zod.ts'
import { ZerocardError } from '../../core/errors.ts'
import { jwkJson } from '../../core/trust.ts'
import { commonShape, databaseUrl, durationText } from '../config.ts'

/** As policies name lists. */
const listName = z
  .string()
  .check(
    z.maxLength(200),
    z.regex(
      /^([a-z][a-z0-9-]*|https:\/\/\S+)$/,
      'expected lower-case letters, digits and hyphens, or an https URL',
    ),
  )

const origin = z.string().check(
  z.maxLength(200),
  z.refine((text) => originOf(text) === text, 'expected an origin like https://registry.example'),
)

/** An address to fetch from. */
const address = z.string().check(
  z.maxLength(2_000),
  z.refine((text) => originOf(text) !== undefined, 'expected an https URL'),
)

const listSource = z.union(
  [
    z.strictObject({
      issuers: z
        .array(
          z.strictObject({
            issuer: origin,
            jwk: jwkJson,
            schemas: z.array(z.string().check(z.maxLength(100))).check(z.minLength(1)),
          }),
        )
        .check(
          z.minLength(1),
          z.refine(
            (issuers) => new Set(issuers.map(({ issuer }) => issuer)).size === issuers.length,
            'an issuer is listed twice',
          ),
        ),
    }),
    z.strictObject({ from: address, operator: origin, jwk: jwkJson }),
  ],
  'expected { issuers: [{ issuer, jwk, schemas }] } or { from, operator, jwk }',
)

const DEFAULTS = {
  refreshEvery: 300,
  timeout: 10,
  // What policies have if they do not say.
  freshness: 86_400,
  keepRoots: 14 * 86_400,
}

/** Members of the configuration of every service that keeps trust lists; times in seconds. */
export const trustConfigShape = {
  /** Lists by name: issuers chosen here, or a list that another operator keeps under this name. */
  trust: z.record(listName, listSource),
  trustOptions: z._default(
    z.strictObject({
      /** Time between two looks at all sources. */
      refreshEvery: z._default(durationText, DEFAULTS.refreshEvery),
      /** Time one source has to answer. */
      timeout: z._default(durationText, DEFAULTS.timeout),
      /** An issuer's document older than this is left out, even if it is valid for longer. */
      freshness: z._default(durationText, DEFAULTS.freshness),
      /** How long roots are served after they were replaced. */
      keepRoots: z._default(durationText, DEFAULTS.keepRoots),
    }),
    DEFAULTS,
  ),
  /** Where lists are kept; by default beside, or in, the service's own database. */
  trustDatabase: z.optional(commonShape.database),
  /** Whether sources may have addresses of private networks and of this machine, and plain http. */
  allowPrivateAddresses: z._default(z.boolean(), false),
}

export type TrustConfig = {
  readonly [K in Exclude<keyof typeof trustConfigShape, 'trustDatabase'>]: z.output<
    (typeof trustConfigShape)[K]
  >
} & { readonly trustDatabase?: string | undefined }

export type ListSource = TrustConfig['trust'][string]

const { trustDatabase: _, ...aloneShape } = trustConfigShape

/** Configuration of a trust service that stands alone: its database is the lists' own. */
export const trustServiceShape = z.strictObject({
  ...commonShape,
  ...aloneShape,
  /** How people call the operator. */
  displayName: z.optional(z.string().check(z.minLength(1), z.maxLength(200))),
})

export type TrustServiceConfig = z.output<typeof trustServiceShape>

/**
 * Where the trust keeper of a service keeps its lists. A SQLite file has one purpose, so there it
 * is a file of its own beside the service's: `verifier.sqlite` and `verifier-trust.sqlite`.
 *
 * @param database - The service's own database.
 */
export function trustDatabaseUrl(
  configPath: string,
  {
    database,
    trustDatabase,
  }: { readonly database: string; readonly trustDatabase?: string | undefined },
): string {
  if (trustDatabase !== undefined) return databaseUrl(configPath, trustDatabase)
  const url = databaseUrl(configPath, database)
  const path = /^sqlite:(.+)$/.exec(url)?.[1]
  if (path === undefined || path === ':memory:') return url
  const { name, ext } = parse(path)
  return `sqlite:${join(dirname(path), `${name}-trust${ext}`)}`
}

/** @throws ZerocardError with `CONFIG_INVALID` if plain http is configured and not allowed. */
export function assertAddressesAllowed({ trust, allowPrivateAddresses }: TrustConfig): void {
  const addresses = Object.values(trust).flatMap((source) =>
    'from' in source ? [source.from] : source.issuers.map(({ issuer }) => issuer),
  )
  const plain = addresses.find((text) => new URL(text).protocol === 'http:')
  if (plain === undefined || allowPrivateAddresses) return
  throw new ZerocardError(
    'CONFIG_INVALID',
    `trust: ${new URL(plain).origin} is fetched over plain http, which needs allowPrivateAddresses`,
  )
}

/** Of a URL that can be fetched from; a URL is not the place for a password. */
function originOf(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined
  const { origin: own, protocol, username, password } = new URL(text)
  if (username !== '' || password !== '') return undefined
  return protocol === 'https:' || protocol === 'http:' ? own : undefined
}
