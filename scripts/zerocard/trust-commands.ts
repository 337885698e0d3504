import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Command } from 'commander'
import { ZerocardError } from '../../core/errors.ts'
import { readJws } from '../../core/jws.ts'
import { freshnessSeconds } from '../../core/policy/policy.ts'
import type { Policy } from '../../core/policy/policy.ts'
import { buildTrust, openTrust, trustToJson } from '../../core/trust.ts'
import type { TrustList, TrustedIssuer } from '../../core/trust.ts'
import { addCommand, collected, isoTime, runs } from './command.ts'
import type { Context } from './command.ts'
import { PUBLIC, isFolder, named, namedAsync, readJson, readText, writeJson } from './files.ts'
import { ISSUER_FILE, PUBLISHED } from './issuer-folder.ts'
import { parseIssuerFile } from './messages.ts'
import { counted } from './output.ts'
import type { Result } from './output.ts'
import { readCurrentStatus } from './published.ts'
import { addTrustServeCommand } from './trust-serve-command.ts'

/** As policies name lists. */
const LIST_NAME = /^([a-z][a-z0-9-]*|https:\/\/\S+)$/

export function addTrustCommands(group: Command): void {
  addTrustServeCommand(group)
  runs(
    addCommand(group, 'build', 'make a trust list from issuers and their status documents')
      .requiredOption(
        '--name <name>',
        'the name policies use: lower-case letters, digits and hyphens, or an https URL',
      )
      .requiredOption(
        '--issuer <path...>',
        'an issuer.json, or a folder with one: where you trust it, pin it',
        collected,
      )
      .option(
        '--status <file...>',
        'a status document; by default the newest beside issuer.json',
        collected,
      )
      .requiredOption('--out <file>', 'the trust list to write'),
    build,
  )
}

/**
 * Opens trust lists from files, by name.
 *
 * @throws ZerocardError with the codes of `openTrust`, or `INPUT_INVALID` for two lists of a name.
 */
export async function readTrustLists(
  paths: readonly string[],
  now: number,
): Promise<ReadonlyMap<string, TrustList>> {
  const lists = new Map<string, TrustList>()
  for (const path of paths) {
    const json = readJson(path, (value) => value)
    const list = await namedAsync(path, () => openTrust(json, now))
    if (lists.has(list.name)) {
      throw new ZerocardError(
        'INPUT_INVALID',
        `${path}: another list with the name ${list.name} was given`,
      )
    }
    lists.set(list.name, list)
  }
  return lists
}

/**
 * Checks that a list is as new as a policy wants it, by its oldest status document.
 *
 * @throws ZerocardError with `STATUS_STALE`.
 */
export function assertFresh(
  { name, statuses }: Pick<TrustList, 'name' | 'statuses'>,
  policy: Policy,
  now: number,
): void {
  const stale = statuses.find(({ issuedAt }) => issuedAt < now - freshnessSeconds(policy))
  if (stale === undefined) return
  throw new ZerocardError(
    'STATUS_STALE',
    `${policy.id} wants lists at most ${policy.freshness} old; in ${name} the document of ${stale.issuer} is of ${isoTime(stale.issuedAt)}`,
  )
}

async function build(
  options: {
    readonly name: string
    readonly issuer: readonly string[]
    readonly status?: readonly string[]
    readonly out: string
  },
  { now }: Context,
): Promise<Result> {
  if (!LIST_NAME.test(options.name) || options.name.length > 200) {
    throw new ZerocardError(
      'USAGE',
      '--name: expected lower-case letters, digits and hyphens, or an https URL',
    )
  }
  const given = readStatuses(options.status ?? [])
  const trust = await buildTrust(
    options.name,
    options.issuer.map((path) => listed(path, given)),
    now,
  )
  writeJson(options.out, trustToJson(trust), PUBLIC)
  const issuers = trust.statuses.map(({ issuer, epoch, expiresAt, keys }) => ({
    issuer,
    epoch,
    expiresAt,
    keys: keys.length,
  }))
  const lines = issuers.map(
    ({ issuer, epoch, expiresAt }) =>
      `  ${issuer}, epoch ${String(epoch)}, good until ${isoTime(expiresAt)}`,
  )
  return {
    text: [
      `Built the trust list ${options.name} over ${counted(trust.leaves.length, 'key')}: ${options.out}`,
      ...lines,
    ].join('\n'),
    json: { name: trust.name, root: String(trust.root), issuers, list: options.out },
  }
}

/** An issuer with its status document: one that was given, else the newest it published. */
function listed(path: string, given: ReadonlyMap<string, string>): TrustedIssuer {
  const file = isFolder(path) ? join(path, ISSUER_FILE) : path
  const { issuer, jwk, schemas } = readJson(file, parseIssuerFile)
  const status = given.get(issuer) ?? publishedStatus(dirname(file))
  if (status === undefined) {
    throw new ZerocardError(
      'INPUT_INVALID',
      `${file}: no status document of ${issuer}; expected --status, or files of issuer publish beside it`,
    )
  }
  return { issuer, jwk, schemas: schemas.map(({ id }) => id), status }
}

function publishedStatus(folder: string): string | undefined {
  const inside = join(folder, PUBLISHED)
  return readCurrentStatus(folder) ?? (existsSync(inside) ? readCurrentStatus(inside) : undefined)
}

/** Status documents by the issuer they say they are of; the signature is checked when they are used. */
function readStatuses(paths: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    paths.map((path) => {
      const text = readText(path).trim()
      const { payload } = named(path, () => readJws(text, 'STATUS_INVALID'))
      const issuer = (payload as { readonly iss?: unknown } | null)?.iss
      if (typeof issuer === 'string') return [issuer, text]
      throw new ZerocardError('STATUS_INVALID', `${path}: names no issuer`)
    }),
  )
}
