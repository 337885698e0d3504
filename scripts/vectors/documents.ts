import { toBase64url, utf8 } from '../../core/bytes.ts'
import { FIELD_ORDER } from '../../core/field.ts'
import { parseSchema, schemaHash } from '../../core/schema.ts'
import { REVOCATION_SHAPE, SortedSet } from '../../core/sorted-set.ts'
import { LeafTree, TRUST_LEVELS } from '../../core/tree.ts'
import { issuerLeaf } from '../../core/trust.ts'
import { invalid, seedBytes, valid } from './kit.ts'
import type { Group, Kit, Vector } from './kit.ts'
import { lowOrderPoint } from './points.ts'
import {
  VectorSigner,
  orderOfP256,
  otherSignature,
  withSignature,
  withSpareBits,
} from './signer.ts'
import { NOW, SCHEMAS, signerNamed } from './world.ts'

type Json = Readonly<Record<string, unknown>>

const NOTES = {
  Honest: { bugType: 'BASIC', description: 'As it is signed.' },
  EdgeCase: { bugType: 'EDGE_CASE', description: 'Valid, and easily refused by mistake.' },
  OtherSignature: {
    bugType: 'MALLEABILITY',
    description: 'ECDSA has two signatures, (r, s) and (r, n - s): documents have no one text.',
  },
  BadSignature: { bugType: 'AUTH_BYPASS', description: 'A signature that nobody made of this.' },
  Algorithm: {
    bugType: 'AUTH_BYPASS',
    description: 'Another algorithm than ES256, none, or a header that asks for other rules.',
  },
  OtherKind: {
    bugType: 'AUTH_BYPASS',
    description: 'Signed by the right key as a document of another kind.',
  },
  Base64: {
    bugType: 'MALLEABILITY',
    description: 'Padding, spare bits or space: another text of the same bytes.',
  },
  RepeatedMember: {
    bugType: 'PARSER',
    description: 'Readers differ in which of two members of one name they take.',
  },
  WrongForm: { bugType: 'PARSER', description: 'Other members, other types, other texts.' },
  OtherIssuer: { bugType: 'AUTH_BYPASS', description: 'Signed, but by or for somebody else.' },
  Stale: { bugType: 'MISSING_STEP', description: 'Before its time or after it.' },
  Rollback: {
    bugType: 'AUTH_BYPASS',
    description:
      'An epoch that is over, or a second document of an epoch: revocations come undone.',
  },
  BadKey: { bugType: 'AUTH_BYPASS', description: 'A signing key under which others can sign.' },
  OtherRoot: { bugType: 'AUTH_BYPASS', description: 'A root that is not the one of the issuers.' },
  Repeated: { bugType: 'MISSING_STEP', description: 'One issuer or one key twice.' },
} as const

const HEADER = '{"alg":"ES256","typ":"vector+jwt"}'
const DAY = 86_400
const registry = new VectorSigner('registry')
const stranger = new VectorSigner('stranger')
const operator = new VectorSigner('operator')

export function documentsKit(): Kit {
  return {
    name: 'documents',
    algorithm: 'compact JWS with ES256; zerocard-status+jwt, zerocard-trust+jwt',
    header: ['Signed documents in general, issuers’ status documents, trust lists.'],
    notes: NOTES,
    groups: [jwsGroup(), statusGroup(), rollbackGroup(), trustGroup()],
  }
}

function jwsGroup(): Group {
  const jws = registry.sign(HEADER, '{"a":1}')
  const [head = '', payload = '', signature = ''] = jws.split('.')
  const sign = (header: string, body: string | Uint8Array = '{"a":1}'): Vector['inputs'] => ({
    jws: registry.sign(header, body),
  })
  const other = (kid: string): string => `{"alg":"ES256","typ":"vector+jwt",${kid}}`
  return {
    type: 'Jws',
    parameters: { jwk: registry.jwk, typ: 'vector+jwt' },
    tests: [
      valid('signed', { jws }, { a: 1 }, 'Honest'),
      valid('a name of the key', sign(other('"kid":"x"')), { a: 1 }, 'EdgeCase'),
      valid('spaces in the payload', sign(HEADER, ' { "a" : 1 } '), { a: 1 }, 'EdgeCase'),
      valid('a text', sign(HEADER, '"é"'), 'é', 'EdgeCase'),
      valid('the other signature', { jws: otherSignature(jws) }, { a: 1 }, 'OtherSignature'),
      ...[
        ['r = 0', withSignature(jws, (_, s) => [0n, s])],
        ['s = 0', withSignature(jws, (r) => [r, 0n])],
        ['r = s = 0', withSignature(jws, () => [0n, 0n])],
        ['r = s = n', withSignature(jws, () => [orderOfP256, orderOfP256])],
        ['r = 1, s = 1', withSignature(jws, () => [1n, 1n])],
        ['r and s exchanged', withSignature(jws, (r, s) => [s, r])],
        ['s + 1', withSignature(jws, (r, s) => [r, s + 1n])],
        ['r + 1', withSignature(jws, (r, s) => [r + 1n, s])],
        ['another key', stranger.sign(HEADER, '{"a":1}')],
        ['of another payload', `${head}.${toBase64url(utf8('{"a":2}'))}.${signature}`],
        ['of another header', `${toBase64url(utf8(`${HEADER} `))}.${payload}.${signature}`],
        ['none', `${head}.${payload}.`],
        ['one byte short', `${head}.${payload}.${toBase64url(new Uint8Array(63).fill(7))}`],
        ['one byte too many', `${head}.${payload}.${signature}AA`],
        ['in DER', `${head}.${payload}.${toBase64url(Uint8Array.of(0x30, 6, 2, 1, 1, 2, 1, 1))}`],
      ].map(([comment = '', text]) => invalid(comment, { jws: text }, 'BadSignature')),
      ...['none', 'HS256', 'ES384', 'ES256K', 'RS256', 'es256', ''].map((alg) =>
        invalid(`alg ${alg}`, sign(`{"alg":"${alg}","typ":"vector+jwt"}`), 'Algorithm'),
      ),
      invalid('no alg', sign('{"typ":"vector+jwt"}'), 'Algorithm'),
      invalid(
        'alg none without a signature',
        { jws: `${toBase64url(utf8('{"alg":"none","typ":"vector+jwt"}'))}.${payload}.` },
        'Algorithm',
      ),
      invalid('crit', sign(other('"crit":["exp"],"exp":1')), 'Algorithm'),
      invalid(
        'a payload that is not encoded',
        { jws: registry.seal(toBase64url(utf8(other('"b64":false,"crit":["b64"]'))), '{"a":1}') },
        'Algorithm',
      ),
      ...[
        'JWT',
        'vector+jwt2',
        'VECTOR+JWT',
        'application/vector+jwt',
        'zerocard-status+jwt',
        '',
      ].map((typ) => invalid(`typ ${typ}`, sign(`{"alg":"ES256","typ":"${typ}"}`), 'OtherKind')),
      invalid('no typ', sign('{"alg":"ES256"}'), 'OtherKind'),
      ...[
        ['a padded signature', `${jws}==`],
        ['spare bits of the signature', withSpareBits(jws)],
        ['space in the signature', `${jws.slice(0, -9)} ${jws.slice(-9)}`],
        ['a new line behind it', `${jws}\n`],
        ['a space before it', ` ${jws}`],
        ['a padded header', registry.seal(`${head}==`, payload)],
        ['a padded payload', registry.seal(head, `${payload}==`)],
        ['spare bits of the payload', registry.seal(head, withSpareBits(payload))],
        ['base64', jws.replaceAll('-', '+').replaceAll('_', '/').replace(/.$/, '+')],
      ].map(([comment = '', text]) => invalid(comment, { jws: text }, 'Base64')),
      invalid('a member of the payload twice', sign(HEADER, '{"a":1,"a":1}'), 'RepeatedMember'),
      invalid(
        'a member of the header twice',
        sign('{"alg":"ES256","typ":"x","typ":"vector+jwt"}'),
        'RepeatedMember',
      ),
      ...[
        ['no JSON', sign(HEADER, 'a')],
        ['no payload', sign(HEADER, '')],
        ['no UTF-8', sign(HEADER, Uint8Array.of(0x22, 0xff, 0x22))],
        ['a byte order mark', sign(HEADER, '\ufeff{"a":1}')],
        ['a header that is no object', sign('[]')],
        ['two parts', { jws: `${head}.${payload}` }],
        ['four parts', { jws: `${jws}.` }],
        ['five parts', { jws: `${jws}.AA.AA` }],
        ['JSON serialization', { jws: JSON.stringify({ protected: head, payload, signature }) }],
        ['nothing', { jws: '' }],
      ].map(([comment, inputs]) =>
        invalid(comment as string, inputs as Vector['inputs'], 'WrongForm'),
      ),
    ],
  }
}

const STATUS_HEADER = '{"alg":"ES256","typ":"zerocard-status+jwt"}'
const ISSUER = 'https://registry.example'
const SCHEMA_HASH = schemaHash(parseSchema(SCHEMAS.get('person/1')))
/** A root of a log of four documents; which ones is not judged here. */
const LOG = toBase64url(seedBytes('log'))
const REVOKED = SortedSet.from(REVOCATION_SHAPE, [7n, 99n])

function entry(name: string): Json {
  const { x, y } = signerNamed(name).key
  return {
    key: { x: String(x), y: String(y) },
    schema: 'person/1',
    schemaHash: String(SCHEMA_HASH),
    revocationRoot: String(REVOKED.root),
    revoked: REVOKED.size,
  }
}

function status(changes: Json = {}): Json {
  const whole = {
    iss: ISSUER,
    epoch: 5,
    iat: NOW - 60,
    exp: NOW + DAY,
    log: LOG,
    keys: [entry('registry')],
  }
  return { ...whole, ...changes }
}

function signed(payload: unknown, signer = registry, header = STATUS_HEADER): Vector['inputs'] {
  return { document: signer.sign(header, JSON.stringify(payload)) }
}

function statusGroup(): Group {
  const keys = (changes: Json): Json => status({ keys: [{ ...entry('registry'), ...changes }] })
  const { epoch: _, ...epochless } = status()
  const points = [lowOrderPoint(2), lowOrderPoint(8), { x: 0n, y: 1n }, { x: 1n, y: 1n }]
  const text = JSON.stringify(status())
  return {
    type: 'Status',
    parameters: { issuer: ISSUER, jwk: registry.jwk, now: NOW },
    tests: [
      valid('signed', signed(status()), 5, 'Honest'),
      valid('two keys', signed(status({ keys: [entry('registry'), entry('mint')] })), 5, 'Honest'),
      valid('the first second', signed(status({ iat: NOW + 300 })), 5, 'EdgeCase'),
      valid('the last second', signed(status({ exp: NOW + 1 })), 5, 'EdgeCase'),
      valid(
        'a schema nobody knows',
        signed(keys({ schema: 'x/1', schemaHash: '0' })),
        5,
        'EdgeCase',
      ),
      invalid('expired', signed(status({ exp: NOW })), 'Stale'),
      invalid('expired long ago', signed(status({ iat: 0, exp: 1 })), 'Stale'),
      invalid('from the future', signed(status({ iat: NOW + 301 })), 'Stale'),
      invalid('by somebody else', signed(status(), stranger), 'OtherIssuer'),
      invalid('for somebody else', signed(status({ iss: 'https://mint.example' })), 'OtherIssuer'),
      invalid('in capitals', signed(status({ iss: ISSUER.toUpperCase() })), 'OtherIssuer'),
      invalid('with a slash', signed(status({ iss: `${ISSUER}/` })), 'OtherIssuer'),
      invalid(
        'as a trust list',
        signed(status(), registry, '{"alg":"ES256","typ":"zerocard-trust+jwt"}'),
        'OtherKind',
      ),
      invalid(
        'as a presentation',
        signed(status(), registry, '{"alg":"ES256","typ":"zerocard+jwt"}'),
        'OtherKind',
      ),
      ...points.map(({ x, y }) =>
        invalid('a key', signed(keys({ key: { x: String(x), y: String(y) } })), 'BadKey'),
      ),
      invalid('a key + r', signed(keys({ key: { x: String(FIELD_ORDER), y: '1' } })), 'BadKey'),
      invalid(
        'a member twice',
        {
          document: registry.sign(STATUS_HEADER, text.replace('"epoch":5', '"epoch":4,"epoch":5')),
        },
        'RepeatedMember',
      ),
      ...[
        status({ more: 1 }),
        epochless,
        status({ epoch: 0 }),
        status({ epoch: -1 }),
        status({ epoch: 1.5 }),
        status({ epoch: '5' }),
        status({ iat: -1 }),
        status({ exp: 2 ** 53 }),
        status({ keys: [] }),
        status({ keys: { 0: entry('registry') } }),
        status({ iss: '' }),
        status({ log: '' }),
        status({ log: withSpareBits(LOG) }),
        status({ log: 5 }),
        keys({ more: 1 }),
        keys({ revocationRoot: String(FIELD_ORDER) }),
        keys({ revocationRoot: '01' }),
        keys({ schemaHash: 1 }),
        keys({ revoked: -1 }),
        keys({ key: { x: '1' } }),
        [status()],
        null,
      ].map((payload) => invalid('another form', signed(payload), 'WrongForm')),
      invalid(
        'too large',
        signed(status({ keys: Array.from({ length: 160 }, () => entry('registry')) })),
        'WrongForm',
      ),
    ],
  }
}

function rollbackGroup(): Group {
  const seen = registry.sign(STATUS_HEADER, JSON.stringify(status()))
  const emptied = {
    ...entry('registry'),
    revocationRoot: String(SortedSet.from(REVOCATION_SHAPE, []).root),
  }
  return {
    type: 'Status',
    parameters: { issuer: ISSUER, jwk: registry.jwk, now: NOW, seen },
    tests: [
      valid('the same', { document: seen }, 5, 'Honest'),
      valid(
        'the same with its other signature',
        { document: otherSignature(seen) },
        5,
        'OtherSignature',
      ),
      valid('the next', signed(status({ epoch: 6, iat: NOW })), 6, 'Honest'),
      valid('one much later', signed(status({ epoch: 600 })), 600, 'EdgeCase'),
      invalid('the one before', signed(status({ epoch: 4 })), 'Rollback'),
      invalid('the first, signed now', signed(status({ epoch: 1, iat: NOW })), 'Rollback'),
      invalid(
        'the same epoch with nobody revoked',
        signed(status({ keys: [emptied] })),
        'Rollback',
      ),
      invalid('the same epoch made later', signed(status({ iat: NOW })), 'Rollback'),
      invalid(
        'the same epoch with a key more',
        signed(status({ keys: [entry('registry'), entry('mint')] })),
        'Rollback',
      ),
    ],
  }
}

const TRUST_HEADER = '{"alg":"ES256","typ":"zerocard-trust+jwt"}'
const OPERATOR = 'https://lists.example'

function listed(name: string, changes: Json = {}): Json {
  const signer = new VectorSigner(name)
  const issuer = `https://${name}.example`
  const document = status({ iss: issuer, keys: [entry(name)] })
  return {
    issuer,
    jwk: signer.jwk,
    schemas: ['person/1'],
    status: signer.sign(STATUS_HEADER, JSON.stringify(document)),
    ...changes,
  }
}

function rootOfListed(...names: readonly string[]): bigint {
  const leaves = names.map((name) =>
    issuerLeaf({
      key: signerNamed(name).key,
      schemaHash: SCHEMA_HASH,
      revocationRoot: REVOKED.root,
    }),
  )
  return new LeafTree(
    leaves.sort((a, b) => (a < b ? -1 : 1)),
    TRUST_LEVELS,
  ).root
}

function trustList(changes: Json = {}, claims: Json = {}): Json {
  const list = {
    format: 'zerocard-trust/1',
    name: 'registries',
    root: String(rootOfListed('registry', 'mint')),
    issuers: [listed('registry'), listed('mint')],
    ...changes,
  }
  return { iss: OPERATOR, iat: NOW - 60, exp: NOW + DAY, list, ...claims }
}

function sealed(payload: unknown, signer = operator, header = TRUST_HEADER): Vector['inputs'] {
  return { list: signer.sign(header, JSON.stringify(payload)) }
}

function trustGroup(): Group {
  const root = (...names: readonly string[]): string => String(rootOfListed(...names))
  const stale = new VectorSigner('registry').sign(
    STATUS_HEADER,
    JSON.stringify(status({ exp: NOW })),
  )
  const own = trustList({ root: root('registry'), issuers: [listed('registry')] })
  const x = registry.jwk.x
  return {
    type: 'TrustList',
    parameters: { operator: OPERATOR, jwk: operator.jwk, name: 'registries', now: NOW },
    tests: [
      valid('two issuers', sealed(trustList()), root('registry', 'mint'), 'Honest'),
      valid('one issuer', sealed(own), root('registry'), 'Honest'),
      valid(
        'their order does not matter',
        sealed(trustList({ issuers: [listed('mint'), listed('registry')] })),
        root('registry', 'mint'),
        'EdgeCase',
      ),
      valid(
        'trusted for nothing that it signs',
        sealed(
          trustList({
            root: root('registry'),
            issuers: [listed('registry'), listed('mint', { schemas: ['income/1'] })],
          }),
        ),
        root('registry'),
        'EdgeCase',
      ),
      ...[
        ['another root', { root: '1' }],
        ['the root of fewer', { root: root('registry') }],
        [
          'an issuer more than its root has',
          { root: root('registry', 'mint'), issuers: [listed('registry')] },
        ],
        ['root 0', { root: '0' }],
      ].map(([comment, changes]) =>
        invalid(comment as string, sealed(trustList(changes as Json)), 'OtherRoot'),
      ),
      invalid(
        'an issuer twice',
        sealed(
          trustList({
            issuers: [listed('registry'), listed('registry')],
            root: root('registry', 'registry'),
          }),
        ),
        'Repeated',
      ),
      invalid(
        'an issuer twice, trusted for nothing',
        sealed(
          trustList({
            issuers: [listed('registry'), listed('registry', { schemas: ['x/1'] })],
            root: root('registry'),
          }),
        ),
        'Repeated',
      ),
      invalid(
        'a status document of another',
        sealed(
          trustList({
            issuers: [listed('registry'), listed('mint', { status: listed('registry')['status'] })],
          }),
        ),
        'OtherIssuer',
      ),
      invalid(
        'a status document that another signed',
        sealed(trustList({ issuers: [listed('registry'), listed('mint', { jwk: stranger.jwk })] })),
        'OtherIssuer',
      ),
      invalid(
        'a status document that is over',
        sealed(trustList({ issuers: [listed('registry', { status: stale }), listed('mint')] })),
        'Stale',
      ),
      invalid('expired', sealed(trustList({}, { exp: NOW })), 'Stale'),
      invalid('from the future', sealed(trustList({}, { iat: NOW + 301 })), 'Stale'),
      invalid(
        'of another operator',
        sealed(trustList({}, { iss: 'https://other.example' })),
        'OtherIssuer',
      ),
      invalid('signed by another', sealed(trustList(), stranger), 'OtherIssuer'),
      invalid('another list', sealed(trustList({ name: 'others' })), 'OtherIssuer'),
      invalid(
        'signed as a status document',
        sealed(trustList(), operator, STATUS_HEADER),
        'OtherKind',
      ),
      ...[
        trustList({ more: 1 }),
        trustList({}, { more: 1 }),
        trustList({ format: 'zerocard-trust/2' }),
        trustList({ issuers: [] }),
        trustList({ issuers: [listed('registry', { more: 1 }), listed('mint')] }),
        trustList({ issuers: [listed('registry', { schemas: [] }), listed('mint')] }),
        trustList({
          issuers: [listed('registry', { jwk: { ...registry.jwk, d: x } }), listed('mint')],
        }),
        trustList({
          issuers: [listed('registry', { jwk: { ...registry.jwk, crv: 'P-384' } }), listed('mint')],
        }),
        trustList({ root: `0${root('registry', 'mint')}` }),
        trustList({}, { iat: '1' }),
        { list: trustList()['list'] },
      ].map((payload) => invalid('another form', sealed(payload), 'WrongForm')),
      invalid(
        'another text of the key',
        sealed(
          trustList({
            issuers: [
              listed('registry', { jwk: { ...registry.jwk, x: withSpareBits(x) } }),
              listed('mint'),
            ],
          }),
        ),
        'Base64',
      ),
    ],
  }
}
