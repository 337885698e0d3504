import { readFileSync } from 'node:fs'
import * as z from '../../core/zod.ts'
import { assertProductionKey } from '../../core/ceremony/production-key.ts'
import type { KeyWithOrigin } from '../../core/ceremony/production-key.ts'
import { ZerocardError } from '../../core/errors.ts'
import { parseJson } from '../../core/json.ts'
import { configurationOf, shownText } from '../../core/openid.ts'
import { parseSchema } from '../../core/schema.ts'
import type { Schema } from '../../core/schema.ts'
import { jwkJson } from '../../core/trust.ts'
import {
  ConfigProblems,
  assertFitForProduction,
  besideConfig,
  commonShape,
  durationText,
  isProduction,
  readConfig,
} from '../config.ts'
import type { Environment } from '../config.ts'

/** What a token of an issuer may be for. */
export const ISSUER_ROLES = [
  'registrar',
  'revoker',
  'recoverer',
  'publisher',
  'auditor',
  'monitor',
] as const

const HOUR = 3600
const DAY = 86_400

const configShape = z.strictObject({
  ...commonShape,
  /** Shown to people in wallets. */
  displayName: shownText,
  /** Files of schemas to sign, beside the configuration. */
  schemas: z.array(z.string()).check(z.minLength(1, 'expected at least one schema file')),
  /** Address of the wallet that offers lead to; without it, whichever the device has. */
  walletLink: z.exactOptional(
    z
      .string()
      .check(
        z.refine(
          (text) => isWalletLink(text),
          'expected an address like https://wallet.example/offer',
        ),
      ),
  ),
  /** Whom to ask before the first publication after a start whether epochs are missing here. */
  witness: z.exactOptional(
    z.strictObject({
      origin: z.string().check(
        z.maxLength(200),
        z.refine((text) => isOrigin(text), 'expected an origin like https://trust.example'),
      ),
      jwk: jwkJson,
    }),
  ),
  publishEvery: z._default(durationText, HOUR),
  /** Of status documents. */
  validFor: z._default(durationText, DAY),
  /** Between two recoveries of one person. */
  recoverAfter: z._default(durationText, 30 * DAY),
  offerLifetime: z._default(durationText, HOUR),
  /** Days a credential is good if its record does not say. */
  credentialDays: z._default(z.int().check(z.minimum(1), z.maximum(3650)), 365),
})

export interface IssuerConfig extends Omit<z.output<typeof configShape>, 'schemas'> {
  readonly schemas: readonly Schema[]
}

/**
 * Reads an issuer's configuration.
 *
 * @throws ConfigProblems (`CONFIG_INVALID`) naming every value that is wrong; in production
 *   `KEY_FORGEABLE` or `KEY_INVALID` for an enrolment key without a transcript that verifies.
 */
export function readIssuerConfig(
  path: string,
  environment: Environment,
  enrolmentKey: Omit<KeyWithOrigin, 'circuit'>,
): IssuerConfig {
  const config = readConfig(path, configShape, environment)
  const problems = [...wrongRoles(config.tokens), ...wrongTimes(config)]
  const schemas: Schema[] = []
  for (const [i, file] of config.schemas.entries()) {
    try {
      schemas.push(readSchema(besideConfig(path, file)))
    } catch (error) {
      if (!(error instanceof ZerocardError)) throw error
      problems.push(`schemas.${String(i)}: ${error.message}`)
    }
  }
  const names = schemas.map(({ id }) => configurationOf(id))
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) problems.push(`schemas: ${twice} is there twice`)
  if (problems.length > 0) throw new ConfigProblems(path, problems)
  if (isProduction(environment)) {
    assertFitForProduction(path, config)
    if (config.walletLink?.startsWith('http:') === true) {
      throw new ConfigProblems(path, ['walletLink: must be https in production'])
    }
    if (config.witness?.origin.startsWith('http:') === true) {
      throw new ConfigProblems(path, ['witness.origin: must be https in production'])
    }
    assertProductionKey({ circuit: 'enrolment', ...enrolmentKey })
  }
  return { ...config, schemas }
}

function wrongRoles(
  tokens: readonly {
    readonly name: string
    readonly roles: readonly string[]
  }[],
): string[] {
  const known: readonly string[] = ISSUER_ROLES
  return tokens.flatMap(({ name, roles }) =>
    roles
      .filter((role) => !known.includes(role))
      .map((role) => `tokens: ${name}: no such role ${role}; there are ${known.join(', ')}`),
  )
}

function wrongTimes({
  publishEvery,
  validFor,
}: Pick<IssuerConfig, 'publishEvery' | 'validFor'>): string[] {
  if (publishEvery < validFor) return []
  return ['publishEvery: must be shorter than validFor, or documents end before the next is there']
}

function readSchema(path: string): Schema {
  return parseSchema(parseJson(readText(path), 'CONFIG_INVALID', path))
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new ZerocardError('CONFIG_INVALID', `${path}: cannot be read`, { cause })
  }
}

function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text
}

/** An address that parameters can be added to. */
function isWalletLink(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, search, hash } = new URL(text)
  return (protocol === 'https:' || protocol === 'http:') && search === '' && hash === ''
}
