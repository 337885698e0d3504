import { SUBGROUP_ORDER } from '../../core/eddsa.ts'
import type { Point, Signature } from '../../core/eddsa.ts'
import { FIELD_ORDER } from '../../core/field.ts'
import { TAG, hashToField, poseidon } from '../../core/hash.ts'
import { invalid, seedField, valid } from './kit.ts'
import type { Inputs, Kit, Vector } from './kit.ts'
import { lowOrderPoint, multiple, signWith, sum } from './points.ts'

const NOTES = {
  Honest: { bugType: 'BASIC', description: 'As an honest signer makes it.' },
  KnownAnswer: { bugType: 'BASIC', description: 'A hash of given inputs.' },
  Tag: {
    bugType: 'MISSING_STEP',
    description: 'The same values under the tags of different things have different hashes.',
  },
  EdgeCase: { bugType: 'EDGE_CASE', description: 'Valid, and easily refused by mistake.' },
  OutOfRange: {
    bugType: 'MALLEABILITY',
    description: 'A number that is equal to a valid one modulo the order: x + r, y + r or S + l.',
  },
  LowOrder: {
    bugType: 'MISSING_STEP',
    description: 'A key with a part of order 2, 4 or 8: one secret has several keys.',
  },
  Forgery: {
    bugType: 'AUTH_BYPASS',
    description: 'A key of low order or the identity: anybody can sign anything under it.',
  },
  OffCurve: { bugType: 'MISSING_STEP', description: 'A point that is not on the curve.' },
  Altered: { bugType: 'BASIC', description: 'Another message, key or signature than was signed.' },
  WrongForm: { bugType: 'PARSER', description: 'Not the one text of a number.' },
} as const

const field = (name: string): bigint => seedField(name)
const scalar = (name: string): bigint => seedField(name) % SUBGROUP_ORDER

export function hashesKit(): Kit {
  return {
    name: 'eddsa-poseidon',
    algorithm: 'Poseidon, EdDSA-Poseidon over BabyJubJub',
    header: ['Hashes over the scalar field of BN254, and the signatures that issuers make.'],
    notes: NOTES,
    groups: [
      { type: 'Poseidon', tests: [...hashes(), ...tagged()] },
      { type: 'HashToField', tests: framed() },
      { type: 'EddsaVerify', tests: [...honest(), ...altered(), ...hostile()] },
    ],
  }
}

function hashes(): Vector[] {
  const known = Array.from({ length: 16 }, (_, i) => {
    const inputs = Array.from({ length: i + 1 }, (_, j) => field(`input ${String(i)} ${String(j)}`))
    return hashVector(`${String(i + 1)} inputs`, inputs)
  })
  return [
    ...known,
    hashVector('0', [0n]),
    hashVector('1, 2', [1n, 2n]),
    hashVector('the largest element', [FIELD_ORDER - 1n]),
    hashVector('sixteen zeros', Array<bigint>(16).fill(0n)),
    invalid('not reduced', { inputs: [String(FIELD_ORDER)] }, 'OutOfRange'),
    invalid('not reduced', { inputs: ['1', String(FIELD_ORDER + 1n)] }, 'OutOfRange'),
    invalid('a leading zero', { inputs: ['01'] }, 'WrongForm'),
    invalid('nothing', { inputs: [] }, 'WrongForm'),
    invalid('17 inputs', { inputs: Array<string>(17).fill('0') }, 'WrongForm'),
  ]
}

/** What is hashed under one tag never is what is hashed under another. */
function tagged(): Vector[] {
  return Object.entries(TAG).map(([name, tag]) => hashVector(`as ${name}`, [tag, 1n, 2n], 'Tag'))
}

function hashVector(comment: string, inputs: readonly bigint[], flag = 'KnownAnswer'): Vector {
  return valid(comment, { inputs: inputs.map(String) }, String(poseidon(inputs)), flag)
}

function framed(): Vector[] {
  const lists = [
    ['a'],
    ['a', 'b'],
    ['ab', ''],
    ['', 'ab'],
    ['ab'],
    ['zerocard/scope/1', 'shared', 'x'],
  ]
  const more = [
    ['zerocard/scope/1', 'site', 'https://a.example', 'x'],
    ['é', '日本', '😀'],
  ]
  return [...lists, ...more].map((parts) => {
    const [domain = '', ...rest] = parts
    return valid(
      'parts and their order count',
      { parts },
      String(hashToField(domain, ...rest)),
      'KnownAnswer',
    )
  })
}

function honest(): Vector[] {
  const messages = [
    0n,
    1n,
    FIELD_ORDER - 1n,
    ...Array.from({ length: 7 }, (_, i) => field(`m${String(i)}`)),
  ]
  const signed = messages.map((message, i) => {
    const { key, signature } = signWith(
      scalar(`key ${String(i)}`),
      scalar(`nonce ${String(i)}`),
      message,
    )
    return valid('signed', test(key, message, signature), null, 'Honest')
  })
  const zero = signWith(scalar('key'), 0n, 7n)
  const one = signWith(1n, 1n, 7n)
  const last = signWith(SUBGROUP_ORDER - 1n, scalar('nonce'), 7n)
  return [
    ...signed,
    valid('R8 is the identity', test(zero.key, 7n, zero.signature), null, 'EdgeCase'),
    valid('the generator as key and R8', test(one.key, 7n, one.signature), null, 'EdgeCase'),
    valid('the largest secret', test(last.key, 7n, last.signature), null, 'EdgeCase'),
  ]
}

function altered(): Vector[] {
  const message = field('message')
  const { key, signature } = signWith(scalar('key'), scalar('nonce'), message)
  const { r8, s } = signature
  const other = multiple(scalar('other'))
  const cases: readonly (readonly [string, Point, bigint, Signature])[] = [
    ['another message', key, message + 1n, signature],
    ['message 0', key, 0n, signature],
    ['another key', other, message, signature],
    ['the key negated', { x: FIELD_ORDER - key.x, y: key.y }, message, signature],
    ['another R8', key, message, { r8: other, s }],
    ['R8 negated', key, message, { r8: { x: FIELD_ORDER - r8.x, y: r8.y }, s }],
    ['R8 of another part of low order', key, message, { r8: sum(r8, lowOrderPoint(8)), s }],
    ['S + 1', key, message, { r8, s: s + 1n }],
    ['S - 1', key, message, { r8, s: s - 1n }],
    ['S negated', key, message, { r8, s: SUBGROUP_ORDER - s }],
    ['S = 0', key, message, { r8, s: 0n }],
    ['R8 and key exchanged', r8, message, { r8: key, s }],
  ]
  const coordinates = ['x', 'y'] as const
  return [
    ...cases.map(([comment, ...rest]) => invalid(comment, test(...rest), 'Altered')),
    ...[1n, 2n, 3n, 7n].map((n) =>
      invalid(
        `S + ${String(n)}l`,
        test(key, message, { r8, s: s + n * SUBGROUP_ORDER }),
        'OutOfRange',
      ),
    ),
    invalid('S = l', test(key, message, { r8, s: SUBGROUP_ORDER }), 'OutOfRange'),
    ...coordinates.flatMap((name) => [
      invalid(
        `key ${name} + r`,
        test({ ...key, [name]: key[name] + FIELD_ORDER }, message, signature),
        'OutOfRange',
      ),
      invalid(
        `R8 ${name} + r`,
        test(key, message, { r8: { ...r8, [name]: r8[name] + FIELD_ORDER }, s }),
        'OutOfRange',
      ),
      invalid(
        `key ${name} + 1`,
        test({ ...key, [name]: key[name] + 1n }, message, signature),
        'OffCurve',
      ),
      invalid(
        `R8 ${name} + 1`,
        test(key, message, { r8: { ...r8, [name]: r8[name] + 1n }, s }),
        'OffCurve',
      ),
    ]),
    invalid('message + r', test(key, message + FIELD_ORDER, signature), 'OutOfRange'),
    invalid(
      'a leading zero',
      { ...test(key, message, signature), message: `0${String(message)}` },
      'WrongForm',
    ),
    invalid(
      'in hexadecimal',
      { ...test(key, message, signature), message: `0x${message.toString(16)}` },
      'WrongForm',
    ),
  ]
}

function hostile(): Vector[] {
  const message = field('message')
  const identity = { x: 0n, y: 1n }
  const forged = ([2, 4, 8] as const).map((order) => {
    const { key, signature } = signWith(0n, scalar('nonce'), message, lowOrderPoint(order))
    return invalid(`a key of order ${String(order)}`, test(key, message, signature), 'Forgery')
  })
  const mixed = ([2, 4, 8] as const).map((order) => {
    const { key, signature } = signWith(
      scalar('key'),
      scalar('nonce'),
      message,
      lowOrderPoint(order),
    )
    return invalid(`a part of order ${String(order)}`, test(key, message, signature), 'LowOrder')
  })
  const anyone = signWith(0n, scalar('nonce'), message, identity)
  const off = [
    { x: 0n, y: 0n },
    { x: 1n, y: 1n },
    { x: 0n, y: 2n },
    { x: FIELD_ORDER - 1n, y: FIELD_ORDER - 1n },
  ]
  const nothing = { r8: identity, s: 0n }
  return [
    ...forged,
    ...mixed,
    invalid('the identity as key', test(anyone.key, message, anyone.signature), 'Forgery'),
    invalid('nothing signed by nobody', test(identity, message, nothing), 'Forgery'),
    ...off.map((point) =>
      invalid('a key off the curve', test(point, message, anyone.signature), 'OffCurve'),
    ),
    ...off.map((point) => {
      const { key, signature } = signWith(scalar('key'), scalar('nonce'), message)
      return invalid(
        'R8 off the curve',
        test(key, message, { ...signature, r8: point }),
        'OffCurve',
      )
    }),
  ]
}

function test(key: Point, message: bigint, { r8, s }: Signature): Inputs {
  return {
    key: pointJson(key),
    message: String(message),
    signature: { r8: pointJson(r8), s: String(s) },
  }
}

function pointJson({ x, y }: Point): { readonly x: string; readonly y: string } {
  return { x: String(x), y: String(y) }
}
