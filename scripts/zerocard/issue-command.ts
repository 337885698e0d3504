import type { Command } from 'commander'
import type { AttributeValue } from '../../core/attribute.ts'
import { credentialToJson } from '../../core/credential.ts'
import { isoFromDay } from '../../core/dates.ts'
import { ZerocardError } from '../../core/errors.ts'
import type { Schema } from '../../core/schema.ts'
import { Issuer } from '../../server/issuer/issuer.ts'
import type { IssuerStore } from '../../server/issuer/store.ts'
import { createPairingVerifier } from '../../server/pairing.ts'
import { applicationFor } from './application.ts'
import type { Terms } from './application.ts'
import { assertBelievable, openArtifacts, withWarning } from './artifacts.ts'
import { issueInBulk } from './bulk.ts'
import { addCommand, collected, dayOption, runs } from './command.ts'
import type { Context } from './command.ts'
import { SECRET, isFolder, readJson, writeJson } from './files.ts'
import { chosenSchema, openRegister, readIssuerFolder, readIssuerKey } from './issuer-folder.ts'
import { parseEnrolmentFile } from './messages.ts'
import type { IssuerFile } from './messages.ts'
import { counted } from './output.ts'
import type { Result } from './output.ts'
import { readRegister, readSubject, valueFromText } from './register.ts'

interface IssueOptions {
  readonly issuer: string
  readonly schema?: string
  readonly nonce?: string
  readonly out: string
  readonly validFrom?: string
  readonly validUntil?: string
  readonly subject?: string
  readonly values?: string
  readonly set?: readonly string[]
  readonly request?: string
  readonly csv?: string
  readonly requests?: string
}

export function addIssueCommand(group: Command): void {
  runs(
    addCommand(group, 'issue', 'sign a credential for one person, or for everybody in a register')
      .requiredOption('--issuer <folder>', "the issuer's folder")
      .option('--schema <id>', 'which schema, if the issuer has several')
      .option('--nonce <text>', 'the challenge that the requests answer')
      .option('--valid-from <date>', 'first day, by default today')
      .option('--valid-until <date>', 'last day, by default a year later')
      .requiredOption('--out <path>', 'the credential to write; with --csv a folder of them')
      .option('--subject <id>', "one person: the issuer's own number")
      .option('--values <file>', 'one person: attributes as a JSON object')
      .option('--set <name=value...>', 'one person: an attribute', collected)
      .option('--request <file>', "one person: the holder's enrolment request")
      .option(
        '--csv <file>',
        'a register: a header with subject and the attributes, one person a line',
      )
      .option('--requests <folder>', 'with --csv: enrolment requests, one <subject>.json a person'),
    issue,
  )
}

async function issue(options: IssueOptions, context: Context): Promise<Result> {
  const isBulk = options.csv !== undefined
  assertOptions(options, isBulk)
  const file = readIssuerFolder(options.issuer)
  const schema = chosenSchema(file, options.schema)
  const artifacts = await openArtifacts()
  assertBelievable(artifacts)
  const keys = [readIssuerKey(options.issuer, file, schema.id)]
  const store = await openRegister(options.issuer, file)
  try {
    const enrolmentKey = artifacts.keys.enrolment.key
    const verifyProof = await createPairingVerifier()
    const issuer = new Issuer({ issuer: file.issuer, keys, store, enrolmentKey, verifyProof })
    const terms = termsOf(options, file, schema, context)
    const result = isBulk
      ? await issueRegister(options, issuer, store, schema, terms, context)
      : await issueOne(options, issuer, store, schema, terms)
    return withWarning(result, artifacts.keys)
  } finally {
    await store.close()
  }
}

async function issueOne(
  options: IssueOptions,
  issuer: Issuer,
  store: IssuerStore,
  schema: Schema,
  terms: Terms,
): Promise<Result> {
  const subject = readSubject(options.subject ?? '')
  const request = readJson(options.request ?? '', parseEnrolmentFile)
  const row = { subject, attributes: readValues(options, schema) }
  const application = await applicationFor(store, row, request, terms)
  const credential = await issuer.issue(await issuer.check(application), terms.now)
  writeJson(options.out, credentialToJson(credential), SECRET)
  const [validFrom, validUntil] = [
    isoFromDay(credential.validFrom),
    isoFromDay(credential.validUntil),
  ]
  return {
    text: `Issued ${schema.id} to ${subject}, good from ${validFrom} to ${validUntil}: ${options.out}`,
    json: {
      subject,
      schema: schema.id,
      revocationId: String(credential.revocationId),
      validFrom,
      validUntil,
      credential: options.out,
    },
  }
}

async function issueRegister(
  options: IssueOptions,
  issuer: Issuer,
  store: IssuerStore,
  schema: Schema,
  terms: Terms,
  { progress, note }: Context,
): Promise<Result> {
  const [register, requests] = [options.csv ?? '', options.requests ?? '']
  if (!isFolder(requests)) throw new ZerocardError('INPUT_INVALID', `${requests}: no such folder`)
  const rows = readRegister(register, schema)
  const job = { issuer, store, rows, register, requests, out: options.out, terms, progress }
  const result = await issueInBulk(job)
  progress.clear()
  if (result.strangers.length > 0) {
    await note(
      `Not in the register, and left alone: ${result.strangers.slice(0, 5).join(', ')}${result.strangers.length > 5 ? ' and more' : ''}`,
    )
  }
  return {
    text: [
      `Issued ${counted(result.issued, 'credential')} of ${schema.id} into ${options.out}.`,
      `Already there: ${String(result.alreadyThere)}. In the register without a request: ${String(result.waiting)}.`,
    ].join('\n'),
    json: { schema: schema.id, ...result, folder: options.out },
  }
}

function assertOptions(options: IssueOptions, isBulk: boolean): void {
  const single = ['subject', 'request'] as const
  const onlySingle = ['subject', 'request', 'values', 'set'] as const
  if (isBulk) {
    if (options.requests === undefined)
      throw new ZerocardError('USAGE', '--csv also needs --requests')
    const wrong = onlySingle.find((name) => options[name] !== undefined)
    if (wrong !== undefined)
      throw new ZerocardError('USAGE', `--${wrong} is for one person, --csv for many`)
    return
  }
  const missing = single.find((name) => options[name] === undefined)
  if (missing !== undefined)
    throw new ZerocardError('USAGE', `expected --csv, or for one person --${missing}`)
  if (options.requests !== undefined) throw new ZerocardError('USAGE', '--requests is for --csv')
}

function termsOf(
  { nonce, validFrom, validUntil }: IssueOptions,
  { issuer }: IssuerFile,
  schema: Schema,
  { now }: Context,
): Terms {
  return {
    issuer,
    schema: schema.id,
    nonce,
    validFrom: validFrom === undefined ? undefined : dayOption(validFrom, '--valid-from'),
    validUntil: validUntil === undefined ? undefined : dayOption(validUntil, '--valid-until'),
    now,
  }
}

/** Attributes of one person; what --set says comes after the file. */
function readValues(
  { values, set = [] }: IssueOptions,
  schema: Schema,
): Record<string, AttributeValue> {
  const fromFile = values === undefined ? {} : readJson(values, attributeObject)
  const fromFlags = set.map((text) => {
    const [name = '', ...rest] = text.split('=')
    const attribute = schema.attributes.find((candidate) => candidate.name === name)
    if (attribute === undefined || rest.length === 0) {
      throw new ZerocardError(
        'ATTRIBUTE_INVALID',
        `--set: expected name=value with an attribute of ${schema.id}`,
      )
    }
    return [name, valueOfFlag(schema, name, attribute.type, rest.join('='))] as const
  })
  return { ...fromFile, ...Object.fromEntries(fromFlags) }
}

function valueOfFlag(
  schema: Schema,
  name: string,
  type: Schema['attributes'][number]['type'],
  text: string,
): AttributeValue {
  try {
    return valueFromText(type, text)
  } catch (cause) {
    if (!(cause instanceof ZerocardError)) throw cause
    throw new ZerocardError(cause.code, `--set: ${schema.id}.${name}: ${cause.message}`, { cause })
  }
}

/** The schema says later whether names and values are right. */
function attributeObject(json: unknown): Record<string, AttributeValue> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new ZerocardError('INPUT_INVALID', 'expected a JSON object of attributes')
  }
  return json as Record<string, AttributeValue>
}
