import { fromBase64url, toBase64url } from '../../core/bytes.ts'
import { verificationKeyId } from '../../core/groth16-key.ts'
import { policyHash } from '../../core/policy/policy.ts'
import { invalid } from './kit.ts'
import type { Group, Kit, Vector } from './kit.ts'
import { vectorKey } from './keys.ts'
import {
  Answers,
  FIELD_ORDER,
  NONCE,
  OLDER_ROOT,
  OLD_ROOT,
  ONE_TIME,
  PSEUDONYM,
  ROOTS,
  presenterOf,
  rerandomise,
  shiftC,
} from './presentations.ts'
import type { Asked, Changes } from './presentations.ts'
import { outsideSubgroup } from './proofs.ts'
import { VectorSigner, fieldCharacters, otherSignature, withSpareBits } from './signer.ts'
import { NOW, TODAY } from './world.ts'

const NOTES = {
  Honest: { bugType: 'BASIC', description: 'An answer to the question.' },
  EdgeCase: { bugType: 'EDGE_CASE', description: 'Valid, at the end of what is allowed.' },
  Malleable: {
    bugType: 'MALLEABILITY',
    description: 'Another text of a valid answer that anybody can make: it is no other answer.',
  },
  OtherQuestion: {
    bugType: 'AUTH_BYPASS',
    description: 'A true answer to another verifier, another request or another policy.',
  },
  OtherSignals: {
    bugType: 'AUTH_BYPASS',
    description: 'A proof of other public signals than the verifier builds by itself.',
  },
  Stale: { bugType: 'MISSING_STEP', description: 'Signed, proven or trusted at another time.' },
  OtherTrust: { bugType: 'AUTH_BYPASS', description: 'Under issuers that nobody listed here.' },
  OtherKey: { bugType: 'AUTH_BYPASS', description: 'Names another verification key.' },
  StolenProof: {
    bugType: 'AUTH_BYPASS',
    description: 'The proof of somebody else, signed with another one-time key.',
  },
  BadSignature: {
    bugType: 'AUTH_BYPASS',
    description: 'Not signed, or not by this key, or not this.',
  },
  BadProof: { bugType: 'AUTH_BYPASS', description: 'Points that are no proof.' },
  Unasked: {
    bugType: 'MISSING_STEP',
    description: 'A pseudonym or a value that was not asked for, or not given.',
  },
  FalseValue: { bugType: 'AUTH_BYPASS', description: 'Shows another value than was proven.' },
  NotCanonical: { bugType: 'MALLEABILITY', description: 'Another text of a number.' },
  RepeatedMember: { bugType: 'PARSER', description: 'A member twice, or a member of all objects.' },
  WrongForm: { bugType: 'PARSER', description: 'Other members, other types, other lengths.' },
  Unicode: { bugType: 'PARSER', description: 'A value in another form than NFC.' },
} as const

const person = { schema: 'person/1', trust: 'registries' }
const income = { schema: 'income/1', trust: 'tax-offices' }
const member = { schema: 'member/1', trust: 'clubs' }
const policy = (id: string, rest: object): Asked['policy'] => ({
  id: `${id}@1`,
  purpose: 'A vector',
  credentials: { person },
  ...rest,
})

const ADULT = new Answers({
  name: 'over 18',
  policy: policy('adult', { where: { age: 'person.birthDate', atLeast: 18 } }),
})
const GIFT = new Answers({
  name: 'once, in a region',
  policy: policy('gift', {
    where: {
      all: [
        { attribute: 'person.region', in: ['DE-BY', 'DE-BW', 'DE-HE'] },
        { attribute: 'person.householdSize', gte: 2 },
      ],
    },
    once: { scope: 'gift 2026', limit: 3 },
  }),
})
const SHOWN = new Answers({
  name: 'shows values',
  policy: policy('shown', {
    where: { attribute: 'person.isStudent', eq: true },
    disclose: ['person.region', 'person.householdSize'],
    recognise: { scope: 'regulars' },
  }),
  disclosed: { 'person.region': 'Zo\u00eb', 'person.householdSize': 4 },
})
const SEVERAL = new Answers({
  name: 'three credentials',
  policy: policy('several', {
    credentials: { member, person, income },
    where: {
      any: [
        { attribute: 'income.annual', lt: 2_400_000 },
        { attribute: 'member.number', prefix: 'HON-' },
        { attribute: 'member.since', between: ['2001-01-01', { today: -3650 }] },
        { age: 'person.birthDate', under: 27, atLeast: 16, leapDay: 'feb28' },
      ],
    },
    once: { scope: 'shared', limit: 65_535, per: 'credential', shared: true },
  }),
})
const WEIGHED = new Answers({
  name: 'a sum, and two of three',
  withProgram: true,
  policy: policy('weighed', {
    credentials: { person, income },
    where: {
      all: [
        {
          sum: [
            { attribute: 'income.annual' },
            { attribute: 'person.householdSize', times: -500_000 },
          ],
          lte: 1_500_000,
        },
        {
          atLeast: 2,
          of: [
            { attribute: 'person.region', notIn: ['DE-BE', 'DE-HH'] },
            { not: { attribute: 'person.isStudent', eq: true } },
            { attribute: 'income.annual', ne: 7 },
          ],
        },
      ],
    },
  }),
})
const OPEN = new Answers({ name: 'any person', policy: policy('open', { freshness: '30m' }) })

export function presentationsKit(): Kit {
  return {
    name: 'presentations',
    algorithm: 'zerocard+jwt: compact JWS with ES256 around Groth16 over BN254',
    header: [
      'Answers to questions. Proofs are under the public development keys, whose trapdoor everybody',
      'knows: they were made from it, and nobody with these attributes exists.',
    ],
    notes: NOTES,
    groups: [
      group(ADULT, [
        ...honest(ADULT),
        ...addressed(ADULT),
        ...timed(ADULT),
        ...trusted(ADULT),
        ...keyed(ADULT),
        ...forms(ADULT),
      ]),
      group(GIFT, [
        ...honest(GIFT),
        ...signalTests(GIFT),
        ...named(GIFT),
        ...stolen(GIFT),
        ...points(GIFT),
      ]),
      group(SHOWN, [...honest(SHOWN), ...shown(SHOWN)]),
      group(SEVERAL, [...honest(SEVERAL), ...signalTests(SEVERAL), ...severalRoots(SEVERAL)]),
      group(WEIGHED, [...honest(WEIGHED), ...signalTests(WEIGHED)]),
      group(OPEN, [...honest(OPEN).slice(0, 1), ...fresh(OPEN)]),
    ],
  }
}

function group(answers: Answers, tests: readonly Vector[]): Group {
  return { type: 'Presentation', parameters: answers.parameters(), tests }
}

function honest(answers: Answers): Vector[] {
  const text = answers.text()
  return [
    answers.good(answers.asked.name, 'Honest'),
    answers.good('yesterday', 'EdgeCase', { proven: { asOf: TODAY - 1 } }),
    answers.good('re-randomised', 'Malleable', { proof: (proof) => rerandomise(proof, 3n) }),
    answers.goodText('the other signature', 'Malleable', otherSignature(text)),
  ]
}

function addressed(answers: Answers): Vector[] {
  const other = { ...answers.policy, id: 'adult@2' }
  const hash = (changed: typeof other): string => toBase64url(policyHash(changed))
  const payloads: readonly (readonly [string, Changes['payload']])[] = [
    ['for another verifier', { aud: 'https://other.example' }],
    ['for this verifier without TLS', { aud: 'http://shop.example' }],
    ['for this verifier with a slash', { aud: 'https://shop.example/' }],
    ['for nobody', { aud: '' }],
    ['for several', { aud: ['https://shop.example'] }],
    ['another nonce', { nonce: 'n-1123456789abcdef0123456789' }],
    ['the nonce in capitals', { nonce: NONCE.toUpperCase() }],
    ['a longer nonce', { nonce: `${NONCE} ` }],
    ['no nonce', { nonce: '' }],
    ['the next version of the policy', { policy: hash(other) }],
    ['a policy with another purpose', { policy: hash({ ...answers.policy, purpose: 'Another' }) }],
    [
      'a policy with another list',
      {
        policy: hash({ ...answers.policy, credentials: { person: { ...person, trust: 'mine' } } }),
      },
    ],
    ['no policy', { policy: 'A'.repeat(43) }],
  ]
  return [
    ...payloads.map(([comment, payload = {}]) =>
      answers.bad(comment, 'OtherQuestion', { payload }),
    ),
    answers.bad('a proof of an easier policy', 'OtherSignals', {
      proven: { policy: easier(answers) },
    }),
  ]
}

function easier(answers: Answers): Answers['policy'] {
  return { ...answers.policy, where: { age: 'person.birthDate', atLeast: 17, leapDay: 'mar1' } }
}

function timed(answers: Answers): Vector[] {
  return [
    answers.good('signed 300 seconds ago', 'EdgeCase', { payload: { iat: NOW - 300 } }),
    answers.good('signed in 300 seconds', 'EdgeCase', { payload: { iat: NOW + 300 } }),
    answers.good('a time written otherwise', 'EdgeCase', {}),
    answers.bad('signed 301 seconds ago', 'Stale', { payload: { iat: NOW - 301 } }),
    answers.bad('signed in 301 seconds', 'Stale', { payload: { iat: NOW + 301 } }),
    answers.bad('signed in 1970', 'Stale', { payload: { iat: 0 } }),
    answers.bad('tomorrow', 'Stale', { proven: { asOf: TODAY + 1 } }),
    answers.bad('the day before yesterday', 'Stale', { proven: { asOf: TODAY - 2 } }),
    answers.bad('in 20 years', 'Stale', { proven: { asOf: TODAY + 7305 } }),
    answers.bad('says today, proves yesterday', 'OtherSignals', {
      proven: { asOf: TODAY - 1 },
      payload: { asOf: '2026-11-22' },
    }),
    answers.bad('says yesterday, proves today', 'OtherSignals', {
      payload: { asOf: '2026-11-21' },
    }),
    answers.bad('says today, proves tomorrow', 'OtherSignals', {
      proven: { asOf: TODAY + 1 },
      payload: { asOf: '2026-11-22' },
    }),
  ]
}

function trusted(answers: Answers): Vector[] {
  const mine = 77n
  const text = fieldCharacters(ROOTS[0] ?? 0n)
  return [
    answers.good('the root of yesterday', 'EdgeCase', { proven: { trustRoots: [OLD_ROOT] } }),
    answers.bad('a root that is a second too old', 'Stale', {
      proven: { trustRoots: [OLDER_ROOT] },
    }),
    answers.bad('a root of one’s own', 'OtherTrust', { proven: { trustRoots: [mine] } }),
    answers.bad('root 0', 'OtherTrust', { proven: { trustRoots: [0n] } }),
    answers.bad('says a listed root, proves under another', 'OtherSignals', {
      proven: { trustRoots: [mine] },
      payload: { trust: [text] },
    }),
    answers.bad('two roots', 'OtherTrust', { payload: { trust: [text, text] } }),
    answers.bad('no root', 'WrongForm', { payload: { trust: [] } }),
    answers.bad('a root + r', 'NotCanonical', { payload: { trust: [plusOrder(ROOTS[0] ?? 0n)] } }),
    answers.bad('spare bits', 'NotCanonical', { payload: { trust: [withSpareBits(text)] } }),
    answers.bad('a padded root', 'NotCanonical', { payload: { trust: [`${text}=`] } }),
    answers.bad('the root as a decimal', 'WrongForm', { payload: { trust: [String(ROOTS[0])] } }),
  ]
}

function keyed(answers: Answers): Vector[] {
  const id = (name: 'eligibility-3' | 'enrolment'): string => verificationKeyId(vectorKey(name))
  return [
    answers.bad('the larger circuit', 'OtherKey', { payload: { circuit: id('eligibility-3') } }),
    answers.bad('the key of enrolments', 'OtherKey', { payload: { circuit: id('enrolment') } }),
    answers.bad('no key', 'OtherKey', { payload: { circuit: 'A'.repeat(43) } }),
    answers.bad('the name of the circuit', 'OtherKey', { payload: { circuit: 'eligibility-1' } }),
  ]
}

/** Each public signal by itself. */
function signalTests(answers: Answers): Vector[] {
  const count = vectorKey(answers.circuit).publicSignals
  return [
    ...Array.from({ length: count }, (_, at) =>
      answers.bad(`signal ${String(at)} + 1`, 'OtherSignals', {
        signals: (signals) =>
          signals.map((signal, i) => (i === at ? (signal + 1n) % FIELD_ORDER : signal)),
      }),
    ),
    answers.bad('all signals 0', 'OtherSignals', { signals: (signals) => signals.map(() => 0n) }),
  ]
}

function named(answers: Answers): Vector[] {
  const text = fieldCharacters(PSEUDONYM)
  return [
    answers.good('another name', 'EdgeCase', { proven: { pseudonym: 1n } }),
    answers.bad('says another name', 'OtherSignals', {
      payload: { pseudonym: fieldCharacters(5n) },
    }),
    answers.bad('no name', 'Unasked', { without: ['pseudonym'] }),
    answers.bad('name 0', 'Unasked', { proven: { pseudonym: 0n } }),
    answers.bad('the name + r', 'NotCanonical', {
      proven: { pseudonym: 5n },
      payload: { pseudonym: plusOrder(5n) },
    }),
    answers.bad('spare bits', 'NotCanonical', { payload: { pseudonym: withSpareBits(text) } }),
    answers.bad('a decimal', 'WrongForm', { payload: { pseudonym: String(PSEUDONYM) } }),
    answers.bad('a name of another verifier', 'OtherSignals', {
      proven: { audience: 'https://other.example' },
    }),
    answers.bad('values nobody asked for', 'Unasked', {
      payload: { disclosed: { 'person.region': 'DE-BY' } },
    }),
  ]
}

function stolen(answers: Answers): Vector[] {
  const thief = new VectorSigner('thief')
  const presenter = presenterOf(ONE_TIME)
  const text = answers.text()
  const [head = '', payload = '', signature = ''] = text.split('.')
  const [otherHead = ''] = answers.text({ signer: thief, proven: { presenter } }).split('.')
  const spare = { ...ONE_TIME.jwk, x: withSpareBits(ONE_TIME.jwk.x) }
  return [
    answers.good('another one-time key', 'EdgeCase', { signer: thief }),
    answers.bad('the proof under another key', 'StolenProof', {
      signer: thief,
      proven: { presenter },
    }),
    answers.bad('names the key, signs with another', 'StolenProof', {
      signer: thief,
      header: { jwk: ONE_TIME.jwk },
      proven: { presenter },
    }),
    answers.bad('presenter 0', 'StolenProof', { signer: thief, proven: { presenter: 0n } }),
    answers.bad('spare bits of the key', 'NotCanonical', { header: { jwk: spare } }),
    ...[
      ['another header', `${otherHead}.${payload}.${signature}`],
      ['another payload', `${head}.${payload.slice(0, -4)}${payload.slice(-8, -4)}.${signature}`],
      ['no signature', `${head}.${payload}.`],
      ['zeros', `${head}.${payload}.${toBase64url(new Uint8Array(64))}`],
      ['padded', `${text}==`],
      ['spare bits', withSpareBits(text)],
    ].map(([comment = '', presentation]) => invalid(comment, { presentation }, 'BadSignature')),
    ...[
      ['alg none', { alg: 'none' }],
      ['alg HS256', { alg: 'HS256' }],
      ['another kind', { typ: 'JWT' }],
      ['of an issuer', { typ: 'zerocard-status+jwt' }],
      ['a name for the key', { kid: 'x' }],
      ['crit', { crit: [] }],
      ['a private key', { jwk: { ...ONE_TIME.jwk, d: 'A'.repeat(43) } }],
      ['a symmetric key', { jwk: { kty: 'oct', k: 'AAAA' } }],
      ['off the curve', { jwk: { ...ONE_TIME.jwk, y: ONE_TIME.jwk.x } }],
      ['no key', { jwk: null }],
    ].map(([comment, header]) =>
      answers.bad(comment as string, 'BadSignature', {
        header: (header as Changes['header']) ?? {},
      }),
    ),
  ]
}

function points(answers: Answers): Vector[] {
  const change = (index: number, bit: number) => (proof: string) =>
    toBase64url(fromBase64url(proof).map((byte, i) => (i === index ? byte ^ bit : byte)))
  const replace = (offset: number, part: Uint8Array) => (proof: string) => {
    const bytes = fromBase64url(proof)
    bytes.set(part, offset)
    return toBase64url(bytes)
  }
  const cases: readonly (readonly [string, (proof: string) => string])[] = [
    ['-A', change(0, 0x80)],
    ['-C', change(96, 0x80)],
    ['C + G', (proof) => shiftC(proof, 1n)],
    ['a bit that means nothing', change(32, 0x40)],
    ['A is nothing', replace(0, new Uint8Array(32))],
    ['B is nothing', replace(32, new Uint8Array(64))],
    ['C is nothing', replace(96, new Uint8Array(32))],
    ['all are nothing', () => toBase64url(new Uint8Array(128))],
    ['A.x beyond q', replace(0, new Uint8Array(32).fill(0x3f))],
    ['B outside the subgroup', replace(32, outsideSubgroup(1)[0] ?? new Uint8Array(64))],
    ['spare bits', withSpareBits],
    ['127 bytes', (proof) => toBase64url(fromBase64url(proof).slice(0, 127))],
    ['129 bytes', (proof) => toBase64url(Uint8Array.of(...fromBase64url(proof), 0))],
    ['nothing', () => ''],
  ]
  return cases.map(([comment, proof]) => answers.bad(comment, 'BadProof', { proof }))
}

function shown(answers: Answers): Vector[] {
  const given = answers.asked.disclosed ?? {}
  const decomposed = { ...given, 'person.region': 'Zoe\u0308' }
  const { 'person.region': _, ...less } = given
  const show = (disclosed: unknown): Changes => ({ payload: { disclosed } })
  const wide = { 'person.householdSize': 4, 'person.region': 'Zo\u00eb' }
  return [
    answers.good('in another order', 'EdgeCase', show(wide)),
    answers.good('decomposed', 'Unicode', show(decomposed)),
    answers.good(
      'an integer as a text',
      'EdgeCase',
      show({ ...given, 'person.householdSize': '4' }),
      { disclosed: { ...given, 'person.householdSize': '4' } },
    ),
    answers.bad('another region', 'FalseValue', show({ ...given, 'person.region': 'Zoe' })),
    answers.bad('another number', 'FalseValue', show({ ...given, 'person.householdSize': 5 })),
    answers.bad(
      'exchanged',
      'FalseValue',
      show({ 'person.region': '4', 'person.householdSize': 0 }),
    ),
    answers.bad('one more', 'Unasked', show({ ...given, 'person.isStudent': true })),
    answers.bad('one less', 'Unasked', show(less)),
    answers.bad('none', 'Unasked', { without: ['disclosed'] }),
    answers.bad('of nobody', 'Unasked', show({ ...less, 'income.region': 'x' })),
    answers.bad('of another type', 'WrongForm', show({ ...given, 'person.householdSize': true })),
    answers.bad('half a person', 'WrongForm', show({ ...given, 'person.householdSize': 4.5 })),
    answers.bad('a leading zero', 'NotCanonical', show({ ...given, 'person.householdSize': '04' })),
    answers.bad('a list', 'WrongForm', show([given])),
    answers.bad('nothing', 'WrongForm', show(null)),
    ...['__proto__', 'person.region'].map((name) =>
      invalid(
        `${name} besides`,
        {
          presentation: answers.signed(
            JSON.stringify(answers.payload()).replace(
              '"person.region"',
              `"${name}":1,"person.region"`,
            ),
          ),
        },
        'RepeatedMember',
      ),
    ),
  ]
}

function severalRoots(answers: Answers): Vector[] {
  const [first = 0n, second = 0n, third = 0n] = ROOTS
  const texts = [second, first, third].map(fieldCharacters)
  return [
    answers.bad('roots exchanged', 'OtherTrust', {
      proven: { trustRoots: [second, first, third] },
    }),
    answers.bad('says them exchanged', 'OtherTrust', { payload: { trust: texts } }),
    answers.bad('one root too few', 'OtherTrust', { payload: { trust: texts.slice(1) } }),
    answers.bad('one root for all', 'OtherTrust', {
      proven: { trustRoots: [first, first, first] },
    }),
    answers.bad('four roots', 'WrongForm', {
      payload: { trust: [...texts, fieldCharacters(first)] },
    }),
  ]
}

function fresh(answers: Answers): Vector[] {
  return [
    answers.bad('a root of yesterday, for half an hour', 'Stale', {
      proven: { trustRoots: [OLD_ROOT] },
    }),
    answers.bad('a name nobody asked for', 'Unasked', {
      payload: { pseudonym: fieldCharacters(PSEUDONYM) },
      proven: { pseudonym: PSEUDONYM },
    }),
    answers.bad('name 0 nobody asked for', 'Unasked', {
      payload: { pseudonym: fieldCharacters(0n) },
    }),
  ]
}

function forms(answers: Answers): Vector[] {
  const payload = JSON.stringify(answers.payload())
  const texts: readonly (readonly [string, string])[] = [
    ['aud twice', payload.replace('{', '{"aud":"https://other.example",')],
    ['nonce twice', payload.replace('{', '{"nonce":"x",')],
    ['__proto__', payload.replace('{', '{"__proto__":{"nonce":"x"},')],
  ]
  const members = ['aud', 'nonce', 'iat', 'policy', 'circuit', 'asOf', 'trust', 'proof']
  const typed: readonly (readonly [string, Changes['payload']])[] = [
    ['an unknown member', { more: 1 }],
    ['a number for a text', { nonce: 7 }],
    ['a time as a text', { iat: String(NOW) }],
    ['half a second', { iat: NOW + 0.5 }],
    ['before all times', { iat: -1 }],
    ['a time beyond all', { iat: 2 ** 53 }],
    ['a day with a time', { asOf: '2026-11-22T00:00:00Z' }],
    ['no such day', { asOf: '2026-11-31' }],
    ['a proof in parts', { proof: { pi_a: [] } }],
    ['a root in no list', { trust: fieldCharacters(ROOTS[0] ?? 0n) }],
  ]
  return [
    answers.goodText(
      'spaces',
      'EdgeCase',
      answers.signed(JSON.stringify(answers.payload(), null, 2)),
    ),
    ...texts.map(([comment, text]) =>
      invalid(comment, { presentation: answers.signed(text) }, 'RepeatedMember'),
    ),
    ...members.map((name) => answers.bad(`no ${name}`, 'WrongForm', { without: [name] })),
    ...typed.map(([comment, changed = {}]) =>
      answers.bad(comment, 'WrongForm', { payload: changed }),
    ),
    ...['', '.', '..', 'a.b.c', '{}', '[]', 'null', '[]..'].map((presentation) =>
      invalid('no presentation', { presentation }, 'WrongForm'),
    ),
    invalid(
      'too large',
      { presentation: answers.signed(`${payload}${' '.repeat(16_000)}`) },
      'WrongForm',
    ),
  ]
}

function plusOrder(value: bigint): string {
  const hex = (value + FIELD_ORDER).toString(16).padStart(64, '0')
  return toBase64url(Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16)))
}
