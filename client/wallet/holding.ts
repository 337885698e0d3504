import { parseCredential } from '../../core/credential.ts'
import { isoFromDay } from '../../core/dates.ts'
import { ZerocardError } from '../../core/errors.ts'
import { parseField } from '../../core/field.ts'
import { parseSchema, schemaWords } from '../../core/schema.ts'
import type { Schema } from '../../core/schema.ts'
import type { HeldCredential, Holder } from '../holder.ts'
import { secretFromPhrase } from '../phrase.ts'
import type { DocumentOf } from './documents.ts'
import type { Keep } from './keep.ts'
import { standingOf } from './standing.ts'
import type { CredentialView, Language } from './types.ts'

/** A credential that the wallet keeps, read. */
export interface KeptCredential {
  readonly id: string
  readonly held: HeldCredential
  readonly schema: Schema
  readonly document: DocumentOf<'credential'>
}

/** @throws ZerocardError with `CREDENTIAL_INVALID` or `SCHEMA_INVALID` for what cannot be read. */
export function keptCredentials(keep: Keep): readonly KeptCredential[] {
  return keep
    .all('credential')
    .map(([id, document]) => ({
      id,
      document,
      schema: parseSchema(document.schema),
      held: {
        credential: parseCredential(document.credential),
        blinding: parseField(document.blinding),
        ...originOf(document),
      },
    }))
    .sort((a, b) => a.document.receivedAt - b.document.receivedAt)
}

/** The person, as far as proofs are concerned. @throws ZerocardError with `LOCKED`. */
export function holderOf(keep: Keep, credentials: readonly KeptCredential[]): Holder {
  const identity = keep.get('identity', 'own')
  if (identity === undefined) throw new ZerocardError('LOCKED', 'the wallet is locked')
  return {
    secret: secretFromPhrase(identity.phrase),
    credentials: credentials.map(({ held }) => held),
  }
}

/**
 * The schemas of the credentials: of these the wallet's own wording is shown. The words are those of
 * the issuer that came first, the newest it has given: an issuer that comes later must not choose
 * the words for what others sign.
 */
export function knownSchemas(credentials: readonly KeptCredential[]): ReadonlyMap<string, Schema> {
  const known = new Map<string, KeptCredential>()
  const byAge = [...credentials].sort((a, b) => sinceOf(a) - sinceOf(b))
  for (const one of byAge) if (!known.has(one.schema.id)) known.set(one.schema.id, one)
  return new Map([...known].map(([id, first]) => [id, newestOf(first, credentials).schema]))
}

function sinceOf({ document }: KeptCredential): number {
  return document.knownSince ?? document.receivedAt
}

/** Of the same issuer; credentials come in the order of their receipt. */
function newestOf(first: KeptCredential, credentials: readonly KeptCredential[]): KeptCredential {
  const { issuer, schema } = first.held.credential
  const same = credentials.filter(
    ({ held: { credential } }) => credential.issuer === issuer && credential.schema === schema,
  )
  return same.at(-1) ?? first
}

function originOf({ origin }: DocumentOf<'credential'>): Pick<HeldCredential, 'origin'> {
  if (origin === undefined) return {}
  const { jwk, status } = origin
  if (status === undefined) return { origin: { jwk } }
  const { epoch, revocationRoot } = status
  return { origin: { jwk, status: { epoch, revocationRoot: parseField(revocationRoot) } } }
}

export function credentialView(
  { id, held, schema, document }: KeptCredential,
  now: number,
  language: Language,
): CredentialView {
  const words = schemaWords(schema, language)
  const { issuer, attributes, validFrom, validUntil } = held.credential
  return {
    id,
    issuer,
    ...(document.issuerName === undefined ? {} : { issuerName: document.issuerName }),
    schema: schema.id,
    title: words.title,
    attributes: schema.attributes.map((attribute) => ({
      ...attribute,
      ...words.attributes.get(attribute.name),
      value: attributes[attribute.name] ?? '',
    })),
    validFrom: isoFromDay(validFrom),
    validUntil: isoFromDay(validUntil),
    standing: standingOf(held, document.isRevoked === true, now),
    receivedAt: document.receivedAt,
  }
}
