import { credentialToJson, issueCredential } from '../../core/credential.ts'
import type { CredentialBody } from '../../core/credential.ts'
import { SUBGROUP_ORDER } from '../../core/eddsa.ts'
import { holderCommitment } from '../../core/enrolment.ts'
import { FIELD_ORDER } from '../../core/field.ts'
import { TAG, poseidon } from '../../core/hash.ts'
import { parseSchema } from '../../core/schema.ts'
import { invalid, seedField, valid } from './kit.ts'
import type { Group, Kit, Vector } from './kit.ts'
import { lowOrderPoint, signWith } from './points.ts'
import { SCHEMAS, TODAY, signerNamed } from './world.ts'

const NOTES = {
  Honest: { bugType: 'BASIC', description: 'As an issuer signs it.' },
  EdgeCase: { bugType: 'EDGE_CASE', description: 'Valid, at the end of a range.' },
  Altered: { bugType: 'BASIC', description: 'A part that was changed after signing.' },
  Swapped: {
    bugType: 'AUTH_BYPASS',
    description: 'Parts that are signed, in each other’s places or from another credential.',
  },
  OtherSchema: {
    bugType: 'AUTH_BYPASS',
    description: 'The same numbers under another schema would mean something else.',
  },
  Confusion: {
    bugType: 'AUTH_BYPASS',
    description: 'A true signature over the hash of something that is no credential.',
  },
  OutOfRange: { bugType: 'MISSING_STEP', description: 'A number that would spill into the next.' },
  BadKey: { bugType: 'AUTH_BYPASS', description: 'A key under which others can sign.' },
  WrongForm: { bugType: 'PARSER', description: 'Other members, other types, other texts.' },
  Unicode: { bugType: 'PARSER', description: 'Signed in NFC, whatever form it comes in.' },
} as const

const PERSON = SCHEMAS.get('person/1') ?? {}
const ISSUER = signerNamed('registry')

type Json = Readonly<Record<string, unknown>>

const ADULT = { birthDate: '1990-05-17', region: 'DE-BY', householdSize: 3, isStudent: false }

function body(changes: Partial<CredentialBody> = {}): CredentialBody {
  return {
    attributes: ADULT,
    commitment: holderCommitment(seedField('secret'), seedField('blinding')),
    revocationId: 7_919n,
    validFrom: TODAY - 30,
    validUntil: TODAY + 300,
    ...changes,
  }
}

function issued(changes: Partial<CredentialBody> = {}, schema: Json = PERSON): Json {
  return credentialToJson(issueCredential(ISSUER, parseSchema(schema), body(changes)))
}

export function credentialsKit(): Kit {
  return {
    name: 'credentials',
    algorithm: 'zerocard-credential/1',
    header: ['Credentials as a holder gets them: is the key sound, and did it sign exactly this?'],
    notes: NOTES,
    groups: [personGroup(), memberGroup()],
  }
}

function personGroup(): Group {
  return {
    type: 'Credential',
    parameters: { schema: PERSON },
    tests: [...honest(), ...altered(), ...swapped(), ...confused(), ...ranges(), ...forms()],
  }
}

function memberGroup(): Group {
  const schema = SCHEMAS.get('member/1') ?? {}
  const attributes = { number: 'M-1', since: '2020-02-29' }
  return {
    type: 'Credential',
    parameters: { schema },
    tests: [
      good('a short schema', issued({ attributes }, schema)),
      bad('of another schema', issued(), 'OtherSchema'),
      bad('renamed', { ...issued(), schema: 'member/1' }, 'OtherSchema'),
      bad(
        'renamed with its attributes',
        { ...issued(), schema: 'member/1', attributes },
        'OtherSchema',
      ),
    ],
  }
}

function honest(): Vector[] {
  const plain = issued()
  const composed = { ...ADULT, region: 'Zo\u00eb' }
  const decomposed = { ...ADULT, region: 'Zoe\u0308' }
  const long = { ...ADULT, region: 'Llanfairpwllgwyngyll' }
  return [
    good('signed', plain),
    good('for one day', issued({ validFrom: TODAY, validUntil: TODAY }), 'EdgeCase'),
    good(
      'the first and the last day',
      issued({ validFrom: 0, validUntil: 2 ** 20 - 1 }),
      'EdgeCase',
    ),
    good('revocation number 0', issued({ revocationId: 0n }), 'EdgeCase'),
    good('the largest revocation number', issued({ revocationId: 2n ** 40n - 1n }), 'EdgeCase'),
    good('commitment 0', issued({ commitment: 0n }), 'EdgeCase'),
    good('a long text', issued({ attributes: long }), 'EdgeCase'),
    good(
      'an integer as a text',
      { ...plain, attributes: { ...ADULT, householdSize: '3' } },
      'EdgeCase',
    ),
    good(
      'another issuer’s name: the list says whose key it is',
      { ...plain, issuer: 'x' },
      'EdgeCase',
    ),
    good('decomposed', { ...issued({ attributes: composed }), attributes: decomposed }, 'Unicode'),
  ]
}

function altered(): Vector[] {
  const plain = issued()
  const attributes: readonly Json[] = [
    { ...ADULT, birthDate: '1990-05-18' },
    { ...ADULT, region: 'DE-BZ' },
    { ...ADULT, region: 'de-by' },
    { ...ADULT, householdSize: 4 },
    { ...ADULT, isStudent: true },
  ]
  return [
    ...attributes.map((changed) =>
      bad('an attribute', { ...plain, attributes: changed }, 'Altered'),
    ),
    bad('a later end', { ...plain, validUntil: '2030-01-01' }, 'Altered'),
    bad('an earlier beginning', { ...plain, validFrom: '2020-01-01' }, 'Altered'),
    bad('another revocation number', { ...plain, revocationId: '7920' }, 'Altered'),
    bad('another commitment', { ...plain, commitment: '1' }, 'Altered'),
    bad('another key', { ...plain, key: keyOf(issuedBy('mint')) }, 'Altered'),
    bad(
      'another signature',
      { ...plain, signature: issued({ revocationId: 1n })['signature'] },
      'Altered',
    ),
    bad('S + l', { ...plain, signature: shifted(plain, SUBGROUP_ORDER) }, 'OutOfRange'),
    bad('S + 1', { ...plain, signature: shifted(plain, 1n) }, 'Altered'),
  ]
}

/** One end in the other's place, one person's number in another's, and the like. */
function swapped(): Vector[] {
  const plain = issued()
  const other = issued({ attributes: { ...ADULT, householdSize: 9 }, revocationId: 5n })
  const from = (name: string): Json => ({ ...plain, [name]: other[name] })
  return [
    ...['attributes', 'revocationId', 'signature'].map((name) =>
      bad(`${name} of another`, from(name), 'Swapped'),
    ),
    bad(
      'beginning and end',
      { ...plain, validFrom: plain['validUntil'], validUntil: plain['validFrom'] },
      'Swapped',
    ),
    bad(
      'commitment and number',
      { ...plain, commitment: plain['revocationId'], revocationId: '1' },
      'Swapped',
    ),
    bad(
      'issuer and key of another',
      { ...plain, issuer: 'https://mint.example', key: keyOf(issuedBy('mint')) },
      'Swapped',
    ),
    bad(
      'attributes exchanged',
      { ...plain, attributes: { ...ADULT, householdSize: 0, isStudent: true } },
      'Swapped',
    ),
  ]
}

/** Signatures of the issuer over other things that are hashed. */
function confused(): Vector[] {
  const plain = issued()
  const messages: readonly (readonly [string, bigint])[] = [
    ['a commitment', holderCommitment(seedField('secret'), seedField('blinding'))],
    ['a leaf of a trust list', poseidon([TAG.issuer, ISSUER.key.x, ISSUER.key.y, 1n, 2n])],
    ['a pseudonym', poseidon([TAG.pseudonym, 1n, 0n, 2n, 0n])],
    ['the same under the tag of a holder', retagged(TAG.holder)],
    ['the same under no tag', retagged(0n)],
  ]
  return messages.map(([comment, message]) => {
    const { r8, s } = ISSUER.sign(message)
    const signature = { r8: { x: String(r8.x), y: String(r8.y) }, s: String(s) }
    return bad(comment, { ...plain, signature }, 'Confusion')
  })
}

function retagged(tag: bigint): bigint {
  return poseidon([tag, ...Array<bigint>(11).fill(1n)])
}

function ranges(): Vector[] {
  const plain = issued()
  const low = signWith(seedField('low') % SUBGROUP_ORDER, 5n, 1n, lowOrderPoint(8))
  const keys = [low.key, lowOrderPoint(8), { x: 0n, y: 1n }, { x: 1n, y: 1n }]
  return [
    bad('revocation number 2^40', { ...plain, revocationId: String(2n ** 40n) }, 'OutOfRange'),
    bad('a day before all days', { ...plain, validFrom: '1899-12-31' }, 'OutOfRange'),
    bad('a day after all days', { ...plain, validUntil: '4770-11-27' }, 'OutOfRange'),
    bad(
      'commitment + r',
      { ...plain, commitment: String(BigInt(String(plain['commitment'])) + FIELD_ORDER) },
      'OutOfRange',
    ),
    bad(
      'an integer of 65 bits',
      { ...plain, attributes: { ...ADULT, householdSize: '18446744073709551616' } },
      'OutOfRange',
    ),
    ...keys.map(({ x, y }) =>
      bad('a key', { ...plain, key: { x: String(x), y: String(y) } }, 'BadKey'),
    ),
  ]
}

function forms(): Vector[] {
  const plain = issued()
  const { region: _, ...short } = ADULT
  const { format: __, ...unnamed } = plain
  const values: readonly (readonly [string, unknown])[] = [
    ['an attribute missing', { ...plain, attributes: short }],
    ['an attribute too many', { ...plain, attributes: { ...ADULT, more: 1 } }],
    ['an attribute of another type', { ...plain, attributes: { ...ADULT, isStudent: 'false' } }],
    ['no attributes', { ...plain, attributes: [] }],
    ['a format of another version', { ...plain, format: 'zerocard-credential/2' }],
    ['no format', unnamed],
    ['an unknown member', { ...plain, disclosed: true }],
    ['a leading zero', { ...plain, revocationId: '07919' }],
    ['a number for a text', { ...plain, revocationId: 7919 }],
    ['a date with a time', { ...plain, validFrom: '2026-10-23T00:00:00Z' }],
    ['a key with more', { ...plain, key: { ...(plain['key'] as Json), z: '1' } }],
    ['a list', [plain]],
    ['nothing', null],
  ]
  return values.map(([comment, credential]) => invalid(comment, { credential }, 'WrongForm'))
}

function issuedBy(name: string): Json {
  return credentialToJson(issueCredential(signerNamed(name), parseSchema(PERSON), body()))
}

const keyOf = (credential: Json): unknown => credential['key']

function shifted(credential: Json, by: bigint): Json {
  const signature = credential['signature'] as Readonly<Record<'s' | 'r8', string>>
  return { ...signature, s: String(BigInt(signature.s) + by) }
}

function good(comment: string, credential: unknown, flag = 'Honest'): Vector {
  return valid(comment, { credential }, null, flag)
}

function bad(comment: string, credential: unknown, flag: string): Vector {
  return invalid(comment, { credential }, flag)
}
