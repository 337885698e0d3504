import { join } from 'node:path'
import * as z from '../../core/zod.ts'
import { fromBase64url, toBase64url } from '../../core/bytes.ts'
import { issuerSigner } from '../../core/credential.ts'
import type { Point } from '../../core/eddsa.ts'
import { generatePrivateKey, publicKeyOf } from '../../core/eddsa.ts'
import { ZerocardError } from '../../core/errors.ts'
import { point, readWith } from '../../core/json.ts'
import { generateSigningKey, publicJwk } from '../../core/jws.ts'
import type { PublicJwk } from '../../core/jws.ts'
import type { Schema } from '../../core/schema.ts'
import type { IssuerKey } from '../../server/issuer/issuer.ts'
import { IssuerStore } from '../../server/issuer/store.ts'
import {
  PUBLIC,
  SECRET,
  ensureFolder,
  isFolder,
  makeFolder,
  named,
  namedAsync,
  readJson,
  writeJson,
} from './files.ts'
import { issuerToJson, parseIssuerFile, pointToJson } from './messages.ts'
import type { IssuerFile } from './messages.ts'

// An issuer's folder: issuer.json for everybody, keys/ and register.sqlite for nobody else,
// published/ to be copied to a web server as it is.

const DOCUMENT_KEY_FORMAT = 'zerocard-document-key/1'
const SIGNING_KEY_FORMAT = 'zerocard-signing-key/1'

const base64url = z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/, 'expected 32 bytes in base64url'))
const documentKeyShape = z.strictObject({
  format: z.literal(DOCUMENT_KEY_FORMAT, `expected ${DOCUMENT_KEY_FORMAT}`),
  jwk: z.strictObject({
    kty: z.literal('EC'),
    crv: z.literal('P-256'),
    x: base64url,
    y: base64url,
    d: base64url,
  }),
})
const signingKeyShape = z.strictObject({
  format: z.literal(SIGNING_KEY_FORMAT, `expected ${SIGNING_KEY_FORMAT}`),
  schema: z.string(),
  key: point,
  privateKey: base64url,
})

/** As `parseSchema` reads it; checked here again, because ids from elsewhere become paths. */
const SCHEMA_ID = /^[a-z][a-z0-9-]*\/[1-9][0-9]*$/

/** The public file in an issuer's folder, and in what it publishes. */
export const ISSUER_FILE = 'issuer.json'

/** What an issuer publishes, in its folder. */
export const PUBLISHED = 'published'

/**
 * Makes a new issuer with its keys. The folder appears whole or not at all.
 *
 * @throws ZerocardError with `INPUT_INVALID` if the folder exists.
 */
export async function createIssuerFolder(
  folder: string,
  issuer: string,
  schemas: readonly Schema[],
): Promise<IssuerFile> {
  const documentKey = await generateSigningKey(true)
  const jwk = await publicJwk(documentKey.publicKey)
  const keys = schemas.map((schema) => ({ schema: schema.id, privateKey: generatePrivateKey() }))
  const file: IssuerFile = {
    issuer,
    jwk,
    keys: keys.map(({ schema, privateKey }) => ({ schema, key: publicKeyOf(privateKey) })),
    schemas,
  }
  await makeFolder(folder, SECRET, async (inside) => {
    ensureFolder(join(inside, 'keys'), SECRET)
    writeJson(join(inside, ISSUER_FILE), issuerToJson(file), PUBLIC)
    writeJson(documentKeyPath(inside), await documentKeyJson(documentKey.privateKey), SECRET)
    for (const { schema, privateKey } of keys) {
      writeJson(signingKeyPath(inside, schema), signingKeyJson(schema, privateKey), SECRET)
    }
    await (await openRegister(inside, file)).close()
  })
  return file
}

/** @throws ZerocardError with `INPUT_INVALID` if this is no issuer's folder. */
export function readIssuerFolder(folder: string): IssuerFile {
  if (!isFolder(folder)) throw new ZerocardError('INPUT_INVALID', `${folder}: no such folder`)
  return readJson(join(folder, ISSUER_FILE), parseIssuerFile)
}

/** Opens what the issuer remembers. */
export async function openRegister(folder: string, { issuer }: IssuerFile): Promise<IssuerStore> {
  return IssuerStore.open(`sqlite:${registerPath(folder)}`, issuer)
}

/**
 * The signing key for a schema.
 *
 * @throws ZerocardError with `KEY_INVALID` if the key file is damaged or of another key.
 */
export function readIssuerKey(folder: string, file: IssuerFile, schemaId: string): IssuerKey {
  const schema = file.schemas.find(({ id }) => id === schemaId)
  const key = file.keys.find((candidate) => candidate.schema === schemaId)?.key
  if (schema === undefined || key === undefined) {
    throw new ZerocardError(
      'INPUT_INVALID',
      `${folder}: the issuer has no key for the schema ${schemaId}`,
    )
  }
  const path = signingKeyPath(folder, schemaId)
  const secret = readKeyFile(path, signingKeyShape)
  return named(path, () => {
    const privateKey = keyBytes(secret.privateKey)
    if (!isSamePoint(publicKeyOf(privateKey), key) || secret.schema !== schemaId) {
      throw new ZerocardError('KEY_INVALID', `does not belong to the public key in ${ISSUER_FILE}`)
    }
    return { schema, signer: issuerSigner(file.issuer, privateKey, key) }
  })
}

/**
 * The key that signs status documents.
 *
 * @throws ZerocardError with `KEY_INVALID` if the key file is damaged or of another key.
 */
export async function readDocumentKey(folder: string, file: IssuerFile): Promise<CryptoKey> {
  const path = documentKeyPath(folder)
  const { jwk } = readKeyFile(path, documentKeyShape)
  return namedAsync(path, async () => {
    if (!isSameJwk(jwk, file.jwk)) {
      throw new ZerocardError('KEY_INVALID', `does not belong to the public key in ${ISSUER_FILE}`)
    }
    try {
      const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
      return await crypto.subtle.importKey('jwk', jwk, algorithm, false, ['sign'])
    } catch (cause) {
      throw new ZerocardError('KEY_INVALID', 'not a P-256 key', { cause })
    }
  })
}

/**
 * The schema a command means: the one named, or the only one.
 *
 * @throws ZerocardError with `USAGE`.
 */
export function chosenSchema({ issuer, schemas }: IssuerFile, id: string | undefined): Schema {
  if (id === undefined && schemas.length > 1) {
    throw new ZerocardError(
      'USAGE',
      `--schema: ${issuer} has several: ${schemas.map((schema) => schema.id).join(', ')}`,
    )
  }
  const schema = id === undefined ? schemas[0] : schemas.find((candidate) => candidate.id === id)
  if (schema === undefined)
    throw new ZerocardError('USAGE', `--schema: ${issuer} has no schema ${id ?? ''}`)
  return schema
}

/** A schema's id as a file name: `person/1` is `person-1`. */
export function schemaFileName(id: string): string {
  if (SCHEMA_ID.test(id)) return id.replace('/', '-')
  throw new ZerocardError('INPUT_INVALID', 'expected a schema id like person/1')
}

function documentKeyPath(folder: string): string {
  return join(folder, 'keys', 'document.json')
}

function signingKeyPath(folder: string, schema: string): string {
  return join(folder, 'keys', `${schemaFileName(schema)}.json`)
}

function registerPath(folder: string): string {
  return join(folder, 'register.sqlite')
}

async function documentKeyJson(key: CryptoKey): Promise<object> {
  const { kty, crv, x, y, d } = await crypto.subtle.exportKey('jwk', key)
  return { format: DOCUMENT_KEY_FORMAT, jwk: { kty, crv, x, y, d } }
}

function signingKeyJson(schema: string, privateKey: Uint8Array): object {
  const key = pointToJson(publicKeyOf(privateKey))
  return { format: SIGNING_KEY_FORMAT, schema, key, privateKey: toBase64url(privateKey) }
}

/** Any mistake in a key file is a mistake of the key. */
function readKeyFile<T extends z.ZodMiniType>(path: string, shape: T): z.output<T> {
  try {
    return readJson(path, (json) => readWith(shape, json, 'KEY_INVALID', 'key'))
  } catch (cause) {
    if (!(cause instanceof ZerocardError)) throw cause
    throw new ZerocardError('KEY_INVALID', cause.message, { cause })
  }
}

function keyBytes(text: string): Uint8Array {
  try {
    return fromBase64url(text)
  } catch (cause) {
    throw new ZerocardError('KEY_INVALID', 'key.privateKey: not canonical base64url', { cause })
  }
}

function isSamePoint(a: Point, b: Point): boolean {
  return a.x === b.x && a.y === b.y
}

function isSameJwk(a: PublicJwk, b: PublicJwk): boolean {
  return a.x === b.x && a.y === b.y
}
