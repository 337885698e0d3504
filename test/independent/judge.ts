import { encode, prefixRange, schemaHash } from './attributes.ts'
import { checkCredential, openStatus, openTrustList, pointOf } from './documents.ts'
import { checkKey, isSigned } from './eddsa.ts'
import { isProven, readKey, readProof } from './groth16.ts'
import type { Key } from './groth16.ts'
import { asObjects, list, literal, members, natural, parseJson, text } from './json.ts'
import type { Members } from './json.ts'
import { openJws, readJws } from './jws.ts'
import { bytesOf, fieldOf, fieldOfBytes, hashToField } from './numbers.ts'
import type { Program } from './compiler.ts'
import { poseidon } from './poseidon.ts'
import { hashOfPolicy, openPresentation } from './presentation.ts'
import { Refused, must, slips, withSlip } from './refused.ts'
import type { Slip } from './refused.ts'
import { LOOKUPS, REVOCATIONS, inSet, inShard, rootOf } from './sets.ts'

// The second verifier: judges every vector of test/vectors, from docs/formats.md alone.

export type Verdict =
  { readonly isValid: true; readonly value: unknown } | { readonly isValid: false }

/** Judges one test of a group, with one mistake if one is named. */
export function judge(type: string, group: Members, test: Members, slip?: Slip): Verdict {
  const judgeOne = JUDGES[type]
  if (judgeOne === undefined) throw new TypeError(`no such kind of vectors: ${type}`)
  try {
    return { isValid: true, value: withSlip(slip, () => asObjects(judgeOne(group, test) ?? null)) }
  } catch (error) {
    if (error instanceof Refused) return { isValid: false }
    throw error
  }
}

type Judge = (group: Members, test: Members) => unknown

const JUDGES: Readonly<Record<string, Judge>> = {
  FieldText: (_, test) => String(fieldOf(test.get('text'))),
  FieldBytes: (_, test) => String(fieldOfBytes(test.get('text'))),
  Base64url: (_, test) => Buffer.from(bytesOf(test.get('text'))).toString('hex'),
  JsonText: (_, test) => parseJson(test.get('text') as string),
  AttributeEncode: (group, test) => String(encode(group.get('attributeType'), test.get('value'))),
  TextPrefix: (_, test) => prefixRange(test.get('prefix')).map(String),
  SchemaHash: (_, test) => String(schemaHash(test.get('schema') as Members)),
  PolicyHash: (_, test) => hashOfPolicy(test.get('policy') as Members),
  Poseidon: (_, test) => String(poseidon(...list(test.get('inputs'), 0, 99).map(fieldOf))),
  HashToField: (_, test) => String(hashToField(...(test.get('parts') as string[]))),
  EddsaVerify: judgeSignature,
  SetRoot: (group, test) => String(rootOf(shapeOf(group), fields(test.get('values')))),
  SetProof: judgeSetProof,
  SetShard: judgeShard,
  Credential: (group, test) =>
    checkCredential(test.get('credential'), group.get('schema') as Members),
  Status: judgeStatus,
  TrustList: (group, test) =>
    String(
      openTrustList(test.get('list'), {
        operator: group.get('operator'),
        jwk: group.get('jwk'),
        name: group.get('name'),
        now: group.get('now') as number,
      }),
    ),
  Jws: (group, test) => openJws(test.get('jws'), group.get('jwk'), group.get('typ') as string, 1e6),
  Groth16Verify: (group, test) => {
    const signals = list(test.get('signals'), 0, 99).map(fieldOf)
    must(isProven(keyOf(group.get('key')), signals, test.get('proof')), 'the proof is wrong')
  },
  Groth16Points: (_, test) => {
    readProof(test.get('proof'))
  },
  Enrolment: judgeEnrolment,
  Presentation: judgePresentation,
  ShortCode: judgeShortCode,
}

function judgeSignature(_: Members, test: Members): void {
  const key = pointOf(test.get('key'))
  const signature = members(test.get('signature'), 'r8 s')
  checkKey(key)
  const [r8, s] = [pointOf(signature.get('r8')), fieldOf(signature.get('s'))]
  must(isSigned(key, fieldOf(test.get('message')), r8, s), 'the signature is wrong')
}

function judgeSetProof(group: Members, test: Members): boolean {
  return inSet(shapeOf(group), fieldOf(group.get('root')), fieldOf(test.get('value')), {
    run: fields(test.get('run')),
    index: natural(test.get('index')),
    children: list(test.get('children'), 0, 99).map(fields),
    found: test.get('found') as boolean,
  })
}

function judgeShard(group: Members, test: Members): boolean {
  const shard = members(test.get('shard'), 'prefix shardLevels values path')
  const [prefix, above] = [shard.get('prefix') as number, shard.get('shardLevels') as number]
  must(Number.isSafeInteger(prefix) && prefix >= 0, 'no such prefix')
  must(Number.isSafeInteger(above) && above >= 0, 'no such levels')
  const value = fieldOf(test.get('value'))
  must(value >> BigInt(REVOCATIONS.bits) === 0n, 'no value of such a set')
  return inShard(
    REVOCATIONS,
    fieldOf(group.get('root')),
    {
      prefix,
      above,
      values: fields(shard.get('values')),
      path: list(shard.get('path'), 0, 99).map(fields),
    },
    value,
  )
}

function judgeStatus(group: Members, test: Members): number {
  const { epoch, keys } = openStatus(
    test.get('document'),
    group.get('issuer'),
    group.get('jwk'),
    group.get('now') as number,
  )
  for (const { key } of keys) checkKey(key)
  const seen = group.get('seen')
  if (seen !== undefined && !slips('rollback accepted')) {
    const before = readJws(seen, 1e6).payload as Members
    must(epoch >= (before.get('epoch') as number), 'an epoch that is over')
    const isKnown = epoch === before.get('epoch')
    const isSame = signedPart(seen) === signedPart(test.get('document'))
    must(!isKnown || isSame, 'two documents of one epoch')
  }
  return epoch
}

/** The signature itself may differ: there are many for one document. */
const signedPart = (jws: unknown): string => String(jws).split('.').slice(0, 2).join('.')

function judgeEnrolment(group: Members, test: Members): void {
  const [commitment, tag] = [fieldOf(test.get('commitment')), fieldOf(test.get('tag'))]
  const isNone = commitment === 0n || tag === 0n
  must(!isNone || slips('zero commitment accepted'), 'nothing is committed to')
  const nonce = slips('enrolment nonce not bound') ? '' : (group.get('nonce') as string)
  const signals = [
    tag,
    commitment,
    hashToField('zerocard/scope/1', 'issuer', group.get('issuer') as string),
    hashToField('zerocard/enrolment-nonce/1', nonce),
  ]
  must(isProven(keyOf(group.get('key')), signals, test.get('proof')), 'the proof is wrong')
}

function judgePresentation(group: Members, test: Members): unknown {
  const trust = group.get('trust') as ReadonlyMap<string, readonly Members[]>
  const keys = group.get('keys') as readonly Members[]
  const program = group.get('program') as Members | undefined
  const { pseudonym, disclosed } = openPresentation(test.get('presentation'), {
    policy: group.get('policy') as Members,
    schemas: group.get('schemas') as readonly Members[],
    audience: group.get('audience') as string,
    nonce: group.get('nonce') as string,
    now: group.get('now') as number,
    trust: new Map(
      [...trust].map(([alias, roots]) => [
        alias,
        roots.map((root) => ({
          root: fieldOf(root.get('root')),
          madeAt: root.get('madeAt') as number,
        })),
      ]),
    ),
    keys: keys.map((one) => ({
      circuit: one.get('circuit') as string,
      key: keyOf(one.get('key')),
    })),
    ...(program === undefined ? {} : { program: programOf(program) }),
  })
  return { ...(pseudonym === undefined ? {} : { pseudonym }), disclosed: asObjects(disclosed) }
}

function programOf(json: Members): Program {
  const comparisons = json.get('comparisons') as readonly Members[]
  const weights = json.get('weights') as readonly Members[]
  const lookups = json.get('lookups') as readonly Members[]
  return {
    comparisons: comparisons.map((one) => ({
      left: one.get('left') as number,
      right: one.get('right') as number,
      mask: one.get('mask') as number,
      constant: BigInt(one.get('constant') as string),
    })),
    weights: weights.map((one) => ({
      attribute: one.get('attribute') as number,
      times: BigInt(one.get('times') as string),
    })),
    lookups: lookups.map((one) => ({
      attribute: one.get('attribute') as number,
      values: fields(one.get('values')),
    })),
    terms: json.get('terms') as readonly (readonly number[])[],
  }
}

function judgeShortCode(_: Members, test: Members): string {
  const alphabet = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ'
  const code = text(test.get('text'), 0, 100).replace(/[\s-]/g, '').toUpperCase()
  must(
    code.length === 9 && Array.from(code).every((letter) => alphabet.includes(letter)),
    'no code',
  )
  const rest = Array.from(code).reduce((sum, letter) => {
    const shifted = sum << 1
    return (shifted > 31 ? shifted ^ 0b100101 : shifted) ^ alphabet.indexOf(letter)
  }, 0)
  literal(String(rest), '0')
  return code
}

const shapeOf = (group: Members) => (group.get('shape') === 'revocations' ? REVOCATIONS : LOOKUPS)

const fields = (json: unknown): bigint[] => list(json, 0, 10_000).map(fieldOf)

const keys = new WeakMap<object, Key>()

function keyOf(json: unknown): Key {
  const known = keys.get(json as object) ?? readKey(json)
  keys.set(json as object, known)
  return known
}
