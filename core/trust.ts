import * as z from './zod.ts'
import { assertPublicKey } from './eddsa.ts'
import type { Point } from './eddsa.ts'
import { ZerocardError } from './errors.ts'
import { TAG, poseidon } from './hash.ts'
import { decimal, readWith } from './json.ts'
import { COORDINATE } from './jws.ts'
import type { PublicJwk } from './jws.ts'
import { readStatus } from './status.ts'
import type { StatusDocument } from './status.ts'
import { LeafTree, TRUST_LEVELS } from './tree.ts'
import type { TreePath } from './tree.ts'

// A trust list names issuers. Its root stands for all their current keys and revocations at once,
// so a proof under it does not tell which of them signed.

/** One entry below a trust root. */
export interface TrustLeaf {
  readonly issuer: string
  readonly key: Point
  readonly schema: string
  readonly schemaHash: bigint
  readonly revocationRoot: bigint
  /** How many are revoked, as the issuer has signed it. */
  readonly revoked: number
}

/** An issuer as a trust list knows it, with the status document the root was made from. */
export interface TrustedIssuer {
  readonly issuer: string
  /** The key that signs the issuer's status documents. */
  readonly jwk: PublicJwk
  /** Schema ids the list trusts the issuer for; its keys of other schemas are left out. */
  readonly schemas: readonly string[]
  /** Compact JWS. */
  readonly status: string
}

/** A trust list whose every leaf was checked against the issuer's own signature. */
export interface TrustList {
  readonly name: string
  readonly root: bigint
  readonly leaves: readonly TrustLeaf[]
  readonly issuers: readonly TrustedIssuer[]
  /** The status documents, opened, in the order of `issuers`. */
  readonly statuses: readonly StatusDocument[]
  /** The way from the leaf at `index` to the root. */
  path(index: number): TreePath
}

/** Issuer keys under one root. */
export const MAX_TRUST_LEAVES = 8 ** TRUST_LEVELS

/** Keys in the documents of a list, with those of other schemas. */
export const MAX_TRUST_KEYS = 4 * MAX_TRUST_LEAVES

/** The format's name and version in the JSON form. */
export const TRUST_FORMAT = 'zerocard-trust/1'

/** A public P-256 key, and nothing besides. */
export const jwkJson = z.strictObject({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string().check(z.regex(COORDINATE)),
  y: z.string().check(z.regex(COORDINATE)),
})

const trustJson = z.strictObject({
  format: z.literal(TRUST_FORMAT),
  name: z.string().check(z.minLength(1), z.maxLength(200)),
  root: decimal,
  issuers: z
    .array(
      z.strictObject({
        issuer: z.string().check(z.minLength(1), z.maxLength(200)),
        jwk: jwkJson,
        schemas: z
          .array(z.string().check(z.maxLength(100)))
          .check(z.minLength(1), z.maxLength(512)),
        status: z.string().check(z.maxLength(64 * 1024)),
      }),
    )
    .check(z.minLength(1), z.maxLength(MAX_TRUST_LEAVES)),
})

/**
 * Who can have signed a credential of a schema under a list. Issuers that sign their documents with
 * one key count as one: a name costs whoever makes a list nothing. (Keys cost little, too: a list is
 * as good as whoever made it.)
 */
export function listedIssuers(
  { issuers, leaves }: Pick<TrustList, 'issuers' | 'leaves'>,
  schema: string,
): readonly TrustedIssuer[] {
  const named = new Set(leaves.filter((leaf) => leaf.schema === schema).map(({ issuer }) => issuer))
  const found = issuers.filter(({ issuer }) => named.has(issuer))
  return [...new Map(found.map((one) => [`${one.jwk.x} ${one.jwk.y}`, one])).values()]
}

/** What the circuit hashes for one issuer key. */
export function issuerLeaf(leaf: Pick<TrustLeaf, 'key' | 'schemaHash' | 'revocationRoot'>): bigint {
  return poseidon([TAG.issuer, leaf.key.x, leaf.key.y, leaf.schemaHash, leaf.revocationRoot])
}

/**
 * Builds the trust root over the current status documents of the listed issuers.
 *
 * @param now - Seconds since 1970-01-01 UTC.
 * @throws ZerocardError with the codes of `openStatus`, or `TRUST_INVALID` for an issuer or a key
 *   named twice or more than 512 keys.
 */
export async function buildTrust(
  name: string,
  issuers: readonly TrustedIssuer[],
  now: number,
): Promise<TrustList> {
  const statuses = await Promise.all(
    issuers.map((issuer) => readStatus(issuer.status, issuer, now)),
  )
  assertUnique(
    issuers.map(({ issuer }) => issuer),
    'issuer',
  )
  const trusted = statuses.flatMap((status, i) => trustedLeaves(status, issuers[i]?.schemas ?? []))
  // Before the keys are checked: whoever made the list may have made the issuers, too.
  const all = statuses.reduce((count, { keys }) => count + keys.length, 0)
  if (trusted.length > MAX_TRUST_LEAVES || all > MAX_TRUST_KEYS) {
    throw new ZerocardError(
      'TRUST_INVALID',
      `${name}: ${String(trusted.length)} keys, at most ${String(MAX_TRUST_LEAVES)} fit`,
    )
  }
  await assertSound(trusted)
  const leaves = trusted
    .map((leaf) => ({ leaf, hash: issuerLeaf(leaf) }))
    .sort((a, b) => (a.hash < b.hash ? -1 : 1))
  assertUnique(
    leaves.map(({ leaf }) => `${String(leaf.key.x)},${String(leaf.key.y)}`),
    'key',
  )
  const tree = new LeafTree(
    leaves.map(({ hash }) => hash),
    TRUST_LEVELS,
  )
  return {
    name,
    root: tree.root,
    leaves: leaves.map(({ leaf }) => leaf),
    issuers,
    statuses,
    path: (index) => tree.path(index),
  }
}

/**
 * Opens a published trust list: checks every issuer's signature and rebuilds the root.
 *
 * @throws ZerocardError with `TRUST_INVALID` if the published root is another one; else as {@link buildTrust}.
 */
export async function openTrust(json: unknown, now: number): Promise<TrustList> {
  const { name, root, issuers } = readWith(trustJson, json, 'TRUST_INVALID', 'trust')
  const trust = await buildTrust(name, issuers, now)
  if (trust.root !== root)
    throw new ZerocardError(
      'TRUST_INVALID',
      `${name}: the root is not the one of its issuers' documents`,
    )
  return trust
}

/** The published form of a trust list. */
export function trustToJson(trust: TrustList): Record<string, unknown> {
  return {
    format: TRUST_FORMAT,
    name: trust.name,
    root: trust.root.toString(),
    issuers: trust.issuers,
  }
}

/** A registry's word counts for what the list trusts it for, and for nothing else it may sign. */
function trustedLeaves({ issuer, keys }: StatusDocument, schemas: readonly string[]): TrustLeaf[] {
  return keys.filter(({ schema }) => schemas.includes(schema)).map((key) => ({ issuer, ...key }))
}

/** Keys that were found sound; what a key is does not change. */
const soundKeys = new Set<string>()
/** Several lists of the largest size. */
const MAX_SOUND_KEYS = 8 * MAX_TRUST_LEAVES

/** Lets other work go on in between: a list of 512 keys takes seconds. */
async function assertSound(leaves: readonly TrustLeaf[]): Promise<void> {
  for (const { key } of leaves) {
    const name = `${String(key.x)},${String(key.y)}`
    if (soundKeys.has(name)) continue
    assertPublicKey(key)
    if (soundKeys.size >= MAX_SOUND_KEYS) soundKeys.clear()
    soundKeys.add(name)
    await new Promise((resolve) => setTimeout(resolve))
  }
}

function assertUnique(values: readonly string[], what: string): void {
  const twice = values.find((value, i) => values.indexOf(value) !== i)
  if (twice !== undefined)
    throw new ZerocardError('TRUST_INVALID', `the ${what} ${twice} is listed twice`)
}
