import { encodeAttribute, textPrefixRange } from '../../core/attribute.ts'
import { fromBase64url, toBase64url, toHex } from '../../core/bytes.ts'
import { checkCredential, parseCredential } from '../../core/credential.ts'
import { assertPublicKey, verifyPoseidon } from '../../core/eddsa.ts'
import { verifyEnrolment } from '../../core/enrolment.ts'
import { ZerocardError } from '../../core/errors.ts'
import { parseField } from '../../core/field.ts'
import { parseVerificationKey, verificationKeyId } from '../../core/groth16-key.ts'
import type { VerificationKey } from '../../core/groth16-key.ts'
import { decodeProof } from '../../core/groth16.ts'
import type { ProofVerifier } from '../../core/groth16.ts'
import { hashToField, poseidon } from '../../core/hash.ts'
import { parseStrictJson } from '../../core/json-members.ts'
import { decimal, point, readWith } from '../../core/json.ts'
import { verifyJws } from '../../core/jws.ts'
import { parsePolicy, policyHash } from '../../core/policy/policy.ts'
import { fieldFromText } from '../../core/presentation.ts'
import { parseSchema, schemaHash } from '../../core/schema.ts'
import { parseShortCode } from '../../core/short-code.ts'
import {
  LOOKUP_SHAPE,
  REVOCATION_SHAPE,
  SortedSet,
  checkSetProof,
  parseShard,
  proveFromShard,
} from '../../core/sorted-set.ts'
import type { SetShape } from '../../core/sorted-set.ts'
import { openTrustList } from '../../core/trust-list.ts'
import { verifyPresentation } from '../../core/verify.ts'
import { strictObject } from '../../core/zod.ts'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PAIRING_KINDS, createPointReader } from '../../server/pairing.ts'
import { openDatabase } from '../../server/storage/database.ts'
import { TrustDocuments } from '../../server/trust/documents.ts'
import { SCHEMAS } from './world.ts'
import { TRUST_COMPONENT } from '../../server/trust/tables.ts'
import type { TrustTables } from '../../server/trust/tables.ts'

// How this project's own code judges the vectors of test/vectors.

type Name =
  | 'text'
  | 'attributeType'
  | 'value'
  | 'prefix'
  | 'schema'
  | 'schemas'
  | 'policy'
  | 'inputs'
  | 'parts'
  | 'key'
  | 'keys'
  | 'message'
  | 'signature'
  | 'shape'
  | 'root'
  | 'values'
  | 'run'
  | 'index'
  | 'children'
  | 'found'
  | 'shard'
  | 'credential'
  | 'issuer'
  | 'jwk'
  | 'now'
  | 'seen'
  | 'document'
  | 'operator'
  | 'name'
  | 'list'
  | 'typ'
  | 'jws'
  | 'signals'
  | 'proof'
  | 'nonce'
  | 'commitment'
  | 'tag'
  | 'presentation'
  | 'audience'
  | 'trust'

/** As JSON has it, of whatever types a reader expects: they are what is tested. */
export type Members = Readonly<Record<Name, never>>

export type Verdict =
  | { readonly isValid: true; readonly value: unknown }
  | { readonly isValid: false; readonly code: string }

/** Judges one test of a group. Anything but a `ZerocardError` is passed on. */
export async function judgeByProduct(
  type: string,
  group: Members,
  test: Members,
  verifyProof: ProofVerifier,
): Promise<Verdict> {
  const judge = JUDGES[type]
  if (judge === undefined) throw new TypeError(`no such kind of vectors: ${type}`)
  try {
    return { isValid: true, value: (await judge(group, test, verifyProof)) ?? null }
  } catch (error) {
    if (error instanceof ZerocardError) return { isValid: false, code: error.code }
    throw error
  }
}

type Judge = (group: Members, test: Members, verifyProof: ProofVerifier) => unknown

const JUDGES: Readonly<Record<string, Judge>> = {
  FieldText: (_, { text }) => String(parseField(text)),
  FieldBytes: (_, { text }) => String(fieldFromText(text)),
  Base64url: (_, { text }) => toHex(fromBase64url(text)),
  JsonText: (_, { text }) => strictJson(text),
  AttributeEncode: ({ attributeType }, { value }) => String(encodeAttribute(attributeType, value)),
  TextPrefix: (_, { prefix }) => {
    const { first, last } = textPrefixRange(prefix)
    return [String(first), String(last)]
  },
  SchemaHash: (_, { schema }) => String(schemaHash(parseSchema(schema))),
  PolicyHash: (_, { policy }) => toBase64url(policyHash(parsePolicy(policy, KNOWN_SCHEMAS))),
  Poseidon: (_, { inputs }) => String(hashOf((inputs as string[]).map((text) => parseField(text)))),
  HashToField: (_, { parts }) => {
    const [domain = '', ...rest] = parts as string[]
    return String(hashToField(domain, ...rest))
  },
  EddsaVerify: judgeSignature,
  SetRoot: ({ shape }, { values }) =>
    String(SortedSet.from(shapeNamed(shape), (values as string[]).map(BigInt)).root),
  SetProof: judgeSetProof,
  SetShard: ({ root }, { shard, value }) =>
    proveFromShard(REVOCATION_SHAPE, parseField(root), parseShard(shard), parseField(value)).found,
  Credential: ({ schema }, { credential }) => {
    checkCredential(parseCredential(credential), parseSchema(schema))
  },
  Status: judgeStatus,
  TrustList: async (group, { list }) => {
    const { operator, jwk, name, now } = group
    return String((await openTrustList(list, { operator, jwk, name }, now)).root)
  },
  Jws: ({ jwk, typ }, { jws }) => verifyJws(jws, jwk, typ, 'SIGNATURE_INVALID'),
  Groth16Verify: judgeProof,
  Groth16Points: (_, { proof }) => {
    decodeProof(proof)
    if (!readers.every((reads) => reads(proof)))
      throw new ZerocardError('PROOF_INVALID', 'no proof')
  },
  Enrolment: async ({ key, issuer, nonce }, { commitment, tag, proof }, verifyProof) => {
    const request = { commitment: parseField(commitment), tag: parseField(tag), proof }
    await verifyEnrolment(request, { issuer, nonce }, keyOf(key), verifyProof)
  },
  Presentation: judgePresentation,
  ShortCode: (_, { text }) => parseShortCode(text),
}

/** Both engines of the server. */
const readers = await Promise.all(PAIRING_KINDS.map((kind) => createPointReader([kind])))

const KNOWN_SCHEMAS = [...SCHEMAS.values()].map(parseSchema)

function strictJson(text: string): unknown {
  try {
    return parseStrictJson(text)
  } catch (cause) {
    throw new ZerocardError('ENCODING_INVALID', 'not strict JSON', { cause })
  }
}

/** A wrong number of inputs is a wrong call. */
function hashOf(inputs: readonly bigint[]): bigint {
  try {
    return poseidon(inputs)
  } catch (cause) {
    if (cause instanceof ZerocardError) throw cause
    throw new ZerocardError('FIELD_INVALID', 'a wrong call', { cause })
  }
}

const signed = strictObject({
  key: point,
  message: decimal,
  signature: strictObject({ r8: point, s: decimal }),
})

function judgeSignature(_: Members, test: Members): void {
  const { key, message, signature } = test
  const json = { key, message, signature }
  const read = readWith(signed, json, 'SIGNATURE_INVALID', 'test')
  assertPublicKey(read.key)
  if (!verifyPoseidon(read.key, read.message, read.signature)) {
    throw new ZerocardError('SIGNATURE_INVALID', 'the signature does not verify')
  }
}

function judgeSetProof({ shape, root }: Members, test: Members): boolean {
  const { value, run, index, children, found } = test
  const number = parseField(value)
  const proof = {
    run: (run as string[]).map((text) => parseField(text)),
    index,
    children: (children as string[][]).map((nodes) => nodes.map((text) => parseField(text))),
    found,
  }
  // Whoever asks about a value has one of the domain: a credential's number or an attribute.
  const isValue = number >> BigInt(shapeNamed(shape).valueBits) === 0n
  if (!isValue || !checkSetProof(shapeNamed(shape), parseField(root), number, proof)) {
    throw new ZerocardError('SET_INVALID', 'the proof does not hold')
  }
  return found
}

function shapeNamed(name: string): SetShape {
  return name === 'revocations' ? REVOCATION_SHAPE : LOOKUP_SHAPE
}

async function judgeStatus(group: Members, { document }: Members): Promise<number> {
  const { issuer, jwk, now } = group
  const seen = group.seen as string | undefined
  const folder = mkdtempSync(join(tmpdir(), 'zerocard-vectors-'))
  try {
    const url = `sqlite:${join(folder, 'trust.db')}`
    const database = await openDatabase<TrustTables>(url, TRUST_COMPONENT)
    try {
      const documents = new TrustDocuments(database)
      if (seen !== undefined) await documents.record({ issuer, jwk }, seen, now)
      const { outcome, epoch } = await documents.record({ issuer, jwk }, document, now)
      if (outcome === 'new' || outcome === 'known') return epoch
      throw new ZerocardError('STATUS_STALE', outcome)
    } finally {
      await database.close()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function judgeProof(
  { key }: Members,
  { signals, proof }: Members,
  verifyProof: ProofVerifier,
): Promise<void> {
  const numbers = (signals as string[]).map((text) => parseField(text))
  const parsed = keyOf(key)
  // Public signals are the verifier's own: another number of them is a wrong call.
  const isCount = numbers.length === parsed.publicSignals
  if (!isCount || !(await verifyProof(parsed, numbers, proof))) {
    throw new ZerocardError('PROOF_INVALID', 'the proof does not hold')
  }
}

async function judgePresentation(
  group: Members,
  { presentation }: Members,
  verifyProof: ProofVerifier,
): Promise<unknown> {
  const { audience, nonce, now } = group
  const schemas = (group['schemas'] as unknown[]).map(parseSchema)
  const keys = (group['keys'] as { circuit: string; key: Members }[]).map(({ circuit, key }) => {
    const parsed = keyOf(key)
    return [verificationKeyId(parsed), { circuit, key: parsed }] as const
  })
  const proven = await verifyPresentation(presentation, {
    policy: parsePolicy(group['policy'], schemas),
    schemas: new Map(schemas.map((schema) => [schema.id, schema])),
    audience,
    nonce,
    now,
    trust: Object.fromEntries(
      Object.entries(group['trust'] as Record<string, { root: string; madeAt: number }[]>).map(
        ([alias, roots]) => [
          alias,
          roots.map(({ root, madeAt }) => ({ root: parseField(root), madeAt })),
        ],
      ),
    ),
    keys: new Map(keys),
    verifyProof,
  })
  const { pseudonym, disclosed } = proven
  return { ...(pseudonym === undefined ? {} : { pseudonym: String(pseudonym) }), disclosed }
}

const keys = new WeakMap<object, VerificationKey>()

function keyOf(json: object): VerificationKey {
  const known = keys.get(json) ?? parseVerificationKey(json)
  keys.set(json, known)
  return known
}
