import { join } from 'node:path'
import type { Command } from 'commander'
import { REVOCATION_BITS } from '../../core/credential.ts'
import { ZerocardError } from '../../core/errors.ts'
import { Publisher } from '../../server/issuer/publisher.ts'
import type { IssuedCredential } from '../../server/issuer/issued.ts'
import type { IssuerStore } from '../../server/issuer/store.ts'
import { addCommand, collected, durationOption, isoTime, runs } from './command.ts'
import type { Context } from './command.ts'
import {
  PUBLISHED,
  chosenSchema,
  createIssuerFolder,
  openRegister,
  readDocumentKey,
  readIssuerFolder,
} from './issuer-folder.ts'
import { addIssueCommand } from './issue-command.ts'
import { addIssuerServeCommand } from './issuer-serve-command.ts'
import type { IssuerFile } from './messages.ts'
import { ONE_LINE, counted } from './output.ts'
import type { Result } from './output.ts'
import { writePublication } from './published.ts'
import { readSchemas } from './schemas.ts'

export function addIssuerCommands(group: Command): void {
  runs(
    addCommand(group, 'init', 'make a folder with the keys of a new issuer')
      .requiredOption(
        '--name <name>',
        'how trust lists know the issuer: an https URL or another fixed text',
      )
      .requiredOption('--schema <file...>', 'schemas to sign; one key is made for each', collected)
      .requiredOption('--out <folder>', 'the folder to make'),
    initIssuer,
  )
  addIssueCommand(group)
  runs(
    addCommand(group, 'revoke', 'take back the credentials of a person, or one by its number')
      .requiredOption('--issuer <folder>', "the issuer's folder")
      .option('--schema <id>', 'only credentials of this schema')
      .option('--subject <id>', 'all credentials of this person')
      .option('--number <number>', 'the credential with this revocation number'),
    revoke,
  )
  runs(
    addCommand(group, 'publish', 'sign the next status document and write it with its revocations')
      .requiredOption('--issuer <folder>', "the issuer's folder")
      .option('--valid-for <time>', 'how long the document is good, like 24h or 7d', '7d'),
    publish,
  )
  addIssuerServeCommand(group)
}

async function initIssuer(options: {
  readonly name: string
  readonly schema: readonly string[]
  readonly out: string
}): Promise<Result> {
  if (options.name.length < 1 || options.name.length > 200 || !ONE_LINE.test(options.name)) {
    throw new ZerocardError('USAGE', '--name: expected 1 to 200 characters in one line')
  }
  const schemas = [...readSchemas(options.schema).values()]
  const { issuer, keys } = await createIssuerFolder(options.out, options.name, schemas)
  const ids = keys.map(({ schema }) => schema)
  return {
    text: `Made ${options.out}: the issuer ${issuer} with keys for ${ids.join(', ')}.\nGive issuer.json to everybody and keys/ to nobody.`,
    json: { issuer, schemas: ids, folder: options.out },
  }
}

async function revoke(
  options: {
    readonly issuer: string
    readonly schema?: string
    readonly subject?: string
    readonly number?: string
  },
  { now }: Context,
): Promise<Result> {
  if ((options.subject === undefined) === (options.number === undefined)) {
    throw new ZerocardError('USAGE', 'expected --subject or --number, one of them')
  }
  const file = readIssuerFolder(options.issuer)
  const store = await openRegister(options.issuer, file)
  try {
    const found = await findToRevoke(options, file, store)
    const revoked: { schema: string; revocationId: string }[] = []
    for (const { schema, keyId, revocationId } of found) {
      const isNew = await store.revoke(keyId, revocationId, now)
      if (isNew) revoked.push({ schema, revocationId: String(revocationId) })
    }
    if (revoked.length === 0) {
      throw new ZerocardError(
        'INPUT_INVALID',
        `${options.issuer}: nothing to revoke: no such credential, or revoked before`,
      )
    }
    return {
      text: `Revoked ${counted(revoked.length, 'credential')}. It takes effect with the next issuer publish.`,
      json: { revoked },
    }
  } finally {
    await store.close()
  }
}

async function publish(
  options: { readonly issuer: string; readonly validFor: string },
  { now }: Context,
): Promise<Result> {
  const validFor = durationOption(options.validFor, '--valid-for')
  const file = readIssuerFolder(options.issuer)
  const documentKey = await readDocumentKey(options.issuer, file)
  const keys = file.keys.map(({ schema, key }) => ({ key, schema: chosenSchema(file, schema) }))
  const store = await openRegister(options.issuer, file)
  try {
    const publisher = new Publisher({ keys, store, documentKey })
    const publication = await publisher.publish(now, validFor)
    const folder = join(options.issuer, PUBLISHED)
    await writePublication(folder, file, publication)
    const { epoch, expiresAt, keys: status } = publication.status
    const revoked = Object.fromEntries(status.map(({ schema, revoked: count }) => [schema, count]))
    return {
      text: `Published epoch ${String(epoch)} in ${folder}, good until ${isoTime(expiresAt)}.\nRevoked: ${Object.entries(
        revoked,
      )
        .map(([schema, count]) => `${schema} ${String(count)}`)
        .join(', ')}.`,
      json: { issuer: file.issuer, epoch, expiresAt, revoked, folder },
    }
  } finally {
    await store.close()
  }
}

async function findToRevoke(
  {
    subject,
    number,
    schema,
  }: { readonly subject?: string; readonly number?: string; readonly schema?: string },
  file: IssuerFile,
  store: IssuerStore,
): Promise<readonly IssuedCredential[]> {
  if (subject !== undefined) {
    const all = await store.listBySubject(subject)
    return schema === undefined ? all : all.filter((issued) => issued.schema === schema)
  }
  const revocationId = numberOption(number ?? '')
  return store.listByNumber(chosenSchema(file, schema).id, revocationId)
}

function numberOption(text: string): bigint {
  if (/^(0|[1-9][0-9]{0,12})$/.test(text) && BigInt(text) >> BigInt(REVOCATION_BITS) === 0n)
    return BigInt(text)
  throw new ZerocardError('USAGE', '--number: expected a revocation number')
}
