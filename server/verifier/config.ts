import { shownText } from '../../core/openid.ts'
import * as z from '../../core/zod.ts'
import {
  COMMON_VARIABLES,
  ConfigProblems,
  assertFitForProduction,
  commonShape,
  durationText,
  isProduction,
  readConfig,
} from '../config.ts'
import type { Environment } from '../config.ts'
import { trustConfigShape } from '../trust/index.ts'
import { SESSION_EVENTS } from './deliveries.ts'
import { FOREVER } from './retention.ts'
import type { PageOrigin } from './page-routes.ts'
import { VERIFIER_ROLES } from './routes.ts'

const paths = z.array(z.string().check(z.minLength(1))).check(z.minLength(1))

const origin = z
  .string()
  .check(
    z.refine(
      (text) => URL.canParse(text) && new URL(text).origin === text,
      'expected an origin like https://shop.example',
    ),
  )

/** A path as a browser writes it, without a query. */
const returnPath = z
  .string()
  .check(
    z.refine(
      (text) =>
        /^\/(?!\/)/.test(text) &&
        URL.canParse(text, 'https://a.example') &&
        new URL(text, 'https://a.example').href === `https://a.example${text}` &&
        !/[?#]/.test(text),
      'expected a path like /shop',
    ),
  )

/** Where pages are that ask by themselves; all policies, or those that are named. */
const pageOrigin = z.union([
  z.pipe(
    origin,
    z.transform((text: string): PageOrigin => ({ origin: text })),
  ),
  z.strictObject({
    origin,
    policies: z.exactOptional(z.array(z.string())),
    returnPaths: z.exactOptional(z.array(returnPath).check(z.minLength(1))),
  }),
])

/** Beginning of a link: any scheme that does not run in the page that shows it. */
const walletLink = z.string().check(
  z.refine(
    (text) =>
      URL.canParse(text) &&
      !['javascript:', 'data:', 'blob:', 'vbscript:'].includes(new URL(text).protocol) &&
      // At the end, it keeps all parameters from the wallet's host.
      /^[^#]*#?$/.test(text),
    'expected a link like https://wallet.example/# or openid4vp://authorize',
  ),
)

const webhook = z.strictObject({
  url: z
    .string()
    .check(z.refine((text) => /^https?:$/.test(protocolOf(text)), 'expected an https URL')),
  events: z._default(
    z.array(z.enum(SESSION_EVENTS)).check(z.minLength(1, 'expected at least one event')),
    [...SESSION_EVENTS],
  ),
})

const RETENTION = { sessions: 3_600, uses: FOREVER } as const

/** Configuration of a verifier; times in seconds once read. */
export const verifierConfigShape = z.strictObject({
  ...commonShape,
  ...trustConfigShape,
  /** For holders, at consent. */
  displayName: shownText,
  /** Files, or folders of them. */
  policies: paths,
  schemas: paths,
  walletLink: z.optional(walletLink),
  responseMode: z._default(z.enum(['direct_post.jwt', 'direct_post']), 'direct_post.jwt'),
  sessionLifetime: z._default(durationText, 300),
  /** Where pages of the same-device flow are, besides `baseUrl`. */
  returnOrigins: z._default(z.array(origin), []),
  pageOrigins: z._default(z.array(pageOrigin), []),
  webhooks: z._default(z.array(webhook), []),
  /** Threads that verify proofs, and proofs that may wait for them. */
  workers: z.optional(z.int().check(z.minimum(1), z.maximum(256))),
  queueLimit: z.optional(z.int().check(z.minimum(1), z.maximum(100_000))),
  maxOpenSessions: z._default(z.int().check(z.minimum(1)), 100_000),
  retention: z._default(
    z.strictObject({
      /** From their end. */
      sessions: z._default(durationText, RETENTION.sessions),
      /** Of used names; once they are forgotten, `once` no longer means once. */
      uses: z._default(z.union([z.literal(FOREVER), durationText]), FOREVER),
    }),
    RETENTION,
  ),
})

export type VerifierConfig = z.output<typeof verifierConfigShape>

const VARIABLES = { ...COMMON_VARIABLES, ZEROCARD_WALLET_LINK: 'walletLink' }

/**
 * Reads the configuration of a verifier.
 *
 * @throws ConfigProblems (`CONFIG_INVALID`) naming every value that is wrong.
 */
export function readVerifierConfig(configPath: string, environment: Environment): VerifierConfig {
  const config = readConfig(configPath, verifierConfigShape, environment, VARIABLES)
  const known: readonly string[] = VERIFIER_ROLES
  const problems = config.tokens.flatMap(({ roles }, i) =>
    roles
      .filter((role) => !known.includes(role))
      .map((role) => `tokens.${i}.roles: no role ${role}; there are ${known.join(', ')}`),
  )
  if (problems.length > 0) throw new ConfigProblems(configPath, problems)
  if (isProduction(environment)) assertFitForProduction(configPath, config)
  return config
}

function protocolOf(text: string): string {
  return URL.canParse(text) ? new URL(text).protocol : ''
}
