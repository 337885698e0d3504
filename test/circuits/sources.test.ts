import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ATTRIBUTE_BITS } from '../../core/attribute.ts'
import { REVOCATION_BITS } from '../../core/credential.ts'
import { DAY_BITS } from '../../core/dates.ts'
import { enrolmentInputs } from '../../client/witness.ts'
import { TAG } from '../../core/hash.ts'
import { parsePolicy } from '../../core/policy/policy.ts'
import { ATTRIBUTES_PER_SLOT, CIRCUIT_SHAPES, SUM_ATTRIBUTES } from '../../core/shapes.ts'
import { LOOKUP_SHAPE, REVOCATION_SHAPE } from '../../core/sorted-set.ts'
import { buildStatement, publicInputs, weightWord } from '../../core/statement.ts'
import { TRUST_LEVELS } from '../../core/tree.ts'
import { compilerErrors } from '../support/circuit.ts'
import { SCHEMAS, TODAY } from '../support/world.ts'

// Rules about the text of the circuits: what reviewers would have to look for otherwise.

const CIRCUITS = new URL('../../circuits/', import.meta.url)
const FILES = readdirSync(CIRCUITS).filter((name) => name.endsWith('.circom'))
const MAINS = readdirSync(new URL('main/', CIRCUITS)).map((name) => `main/${name}`)
const ALL = [...FILES, ...MAINS]
const OTHERS = ALL.filter((name) => name !== 'tags.circom')

describe('tags', () => {
  test.each(OTHERS)('%s gives no tag a value', (name) => {
    expect(codeOf(name)).not.toMatch(/\.\s*\w+\s*=[^=]/)
  })

  test('each template that needs a digit reads the value of its tag', () => {
    const needs = templates().flatMap(({ name, body }) =>
      matches(body, /signal input \{binary\} (\w+)/g).map((signal) => ({ name, body, signal })),
    )
    expect(needs.length).toBeGreaterThan(10)
    for (const { name, body, signal } of needs) {
      expect(body, `${name} uses ${signal}`).toContain(`${signal}.binary == 1`)
    }
  })

  test('there are three', () => {
    const tags = ALL.flatMap((name) => matches(codeOf(name), /\{(\w+)\} \w+/g))
    expect(new Set(tags)).toEqual(new Set(['binary', 'maxbit', 'maxabs']))
  })
})

describe('constraints', () => {
  test.each(ALL)('%s assigns nothing without a constraint', (name) => {
    expect(codeOf(name)).not.toMatch(/<--|-->/)
  })

  test.each(ALL)('%s asserts only what is known when it is compiled', (name) => {
    for (const condition of matches(codeOf(name), /assert\((.*)\);/g)) {
      const names =
        condition.replace(/\w+\.(binary|maxbit|maxabs)/g, '').match(/[A-Za-z]\w*/g) ?? []
      for (const used of names) expect(used, condition).toMatch(/^[A-Z][A-Z_]*$/)
    }
  })

  test('only tags.circom decomposes and compares', () => {
    const lenient =
      /\b(Num2Bits\w*|Bits2Num\w*|Less\w*Than|Greater\w*Than|IsZero|IsEqual|ForceEqual\w*)\(/
    for (const name of OTHERS) expect(codeOf(name), name).not.toMatch(lenient)
    expect(matches(codeOf('tags.circom'), /Num2Bits\((.*?)\)/g)).toEqual(['N', 'N + 2'])
  })

  test.each([
    ['254 digits', 'signal {binary} b[254] <== Bits(254)(x); out <== b[0];'],
    [
      'operands of 251 digits',
      'out <== AtLeast()(PublicConstant(251)(x), PublicConstant(251)(x));',
    ],
  ])('%s do not compile: they are not unique in the field', (_, statements) => {
    const main = `template Wide() { signal input x; signal output out; ${statements} }
      component main = Wide();`
    expect(compilerErrors(['tags'], main)).toMatch(/assert/i)
  })

  test('every template says what it proves', () => {
    for (const { name, comment } of templates()) expect(comment, name).toMatch(/Proves: |As \w+/)
  })
})

describe('public signals', () => {
  const policy = {
    id: 'any@1',
    purpose: 'Test',
    credentials: { person: { schema: 'person/1', trust: 't' } },
  }
  const statement = buildStatement(parsePolicy(policy, SCHEMAS), {
    schemas: SCHEMAS,
    asOf: TODAY,
    trustRoots: { person: 1n },
    audience: 'https://verifier.example',
    presenter: 1n,
  })
  const [enrolment = { inputs: [] }, eligibility = { inputs: [] }] = [
    'Enrolment',
    'Eligibility',
  ].map((name) => templates().find((template) => template.name === name))

  test.each(CIRCUIT_SHAPES)(
    'of $name are the inputs that core calls public, in its order',
    ({ name }) => {
      const secret = [
        'secret',
        'use',
        'credentials',
        'revocationPlaces',
        'trustPaths',
        'lookupPlaces',
      ]
      const open = Object.keys(publicInputs(statement))
      expect(publicList(`main/${name}.circom`)).toEqual(open)
      expect(eligibility.inputs).toEqual([...secret, ...open])
    },
  )

  test('of enrolment are all but secret and blinding', () => {
    const open = publicList('main/enrolment.circom')
    const names = { secret: 0n, blinding: 0n, commitment: 0n, issuerScope: 0n, nonce: 0n }
    expect(enrolment.inputs).toEqual(['secret', 'blinding', ...open])
    expect(enrolment.inputs).toEqual(Object.keys(enrolmentInputs(names)))
  })

  test('no other circuit is instantiated', () => {
    expect(MAINS).toEqual([
      'main/eligibility-1.circom',
      'main/eligibility-3.circom',
      'main/enrolment.circom',
    ])
    for (const name of FILES) expect(codeOf(name), name).not.toMatch(/component main/)
  })

  test('constants and weights that core writes fit the circuit', () => {
    const limit = 2n ** BigInt(operandBits())
    const shape = statement.compiled.shape
    const constants = (constant: bigint) => {
      const comparisons = statement.compiled.comparisons.map((comparison) => ({
        ...comparison,
        constant,
      }))
      return publicInputs({ ...statement, compiled: { ...statement.compiled, comparisons } })
        .constants
    }
    expect(constants(limit - 1n)).toHaveLength(shape.comparisons)
    expect(constants(1n - limit)).toHaveLength(shape.comparisons)
    expect(() => constants(limit)).toThrow(TypeError)
    expect(() => constants(-limit)).toThrow(TypeError)
    const weights = (times: bigint) =>
      weightWord({ ...statement.compiled, weights: [{ attribute: 0, times }] })
    const most = 2n ** constantIn('program.circom', 'WEIGHT_BITS') - 1n
    expect(weights(most)).toBe(weights(-most) - 2n ** (32n + BigInt(shape.selectorBits)))
    expect(() => weights(most + 1n)).toThrow(TypeError)
  })
})

describe('numbers are the same as in core', () => {
  test('what hashes begin with', () => {
    const names = {
      HOLDER: 'holder',
      CREDENTIAL: 'credential',
      ISSUER: 'issuer',
      PSEUDONYM: 'pseudonym',
    } as const
    for (const [name, key] of Object.entries(names)) {
      expect(constantIn('domains.circom', name), name).toBe(TAG[key])
    }
    expect(matches(codeOf('domains.circom'), /function (\w+)/g)).toEqual(Object.keys(names))
    expect(Object.keys(TAG)).toEqual(Object.values(names))
  })

  test('widths', () => {
    expect(constantIn('credential.circom', 'DAY_BITS')).toBe(BigInt(DAY_BITS))
    expect(constantIn('credential.circom', 'ATTRIBUTE_BITS')).toBe(BigInt(ATTRIBUTE_BITS))
    expect(constantIn('credential.circom', 'REVOCATION_BITS')).toBe(BigInt(REVOCATION_BITS))
    expect(constantIn('program.circom', 'WEIGHTS')).toBe(BigInt(SUM_ATTRIBUTES))
    expect(REVOCATION_SHAPE.valueBits).toBe(REVOCATION_BITS)
    expect(LOOKUP_SHAPE.valueBits).toBe(ATTRIBUTE_BITS)
    expect(codeOf('eligibility.circom')).toContain(`var ATTRIBUTES = ${ATTRIBUTES_PER_SLOT};`)
  })

  test.each(CIRCUIT_SHAPES)(
    'sizes of $name',
    ({ name, slots, comparisons, lookups, terms, selectorBits }) => {
      const sizes = [slots, comparisons, lookups, terms, selectorBits]
      const levels = [TRUST_LEVELS, REVOCATION_SHAPE.levels, LOOKUP_SHAPE.levels]
      const [text = ''] = matches(codeOf(`main/${name}.circom`), /= Eligibility\((.*)\);/g)
      expect(text.split(',').map(Number)).toEqual([...sizes, ...levels])
      expect(2 ** selectorBits).toBeGreaterThan(slots * ATTRIBUTES_PER_SLOT)
      for (const signal of [
        `schemas[${slots}]`,
        `constants[${comparisons}]`,
        `lookupRoots[${lookups}]`,
      ]) {
        expect(sourceOf(`main/${name}.circom`)).toContain(signal)
      }
    },
  )
})

interface Template {
  readonly name: string
  readonly comment: string
  readonly body: string
  readonly inputs: readonly string[]
}

/** Templates end with a brace at the start of a line. */
function templates(): Template[] {
  return FILES.flatMap((file) => {
    const parts = sourceOf(file).split(/\n(?=\/\*\*|template )/)
    return parts.flatMap((part, i) => {
      const [, name] = /^(?:\/\*\*[\s\S]*?\*\/\n)?template (\w+)/.exec(part) ?? []
      if (name === undefined) return []
      const body = withoutComments(part).split(/\n\}/)[0] ?? ''
      const comment = part.startsWith('/**') ? part.split('*/')[0]! : parts[i - 1]!
      return [{ name, comment, body, inputs: matches(body, /\binput [^;]*?(\w+)(?:\[\w+\])?;/g) }]
    })
  })
}

function publicList(name: string): string[] {
  const [list = ''] = matches(codeOf(name), /public \[([^\]]*)\]/g)
  return list.split(',').map((signal) => signal.trim())
}

/** What a function without parameters returns. */
function constantIn(file: string, name: string): bigint {
  const pattern = new RegExp(`function ${name}\\(\\) \\{\\s*return (\\d+);\\s*\\}`, 'g')
  return BigInt(matches(codeOf(file), pattern)[0] ?? -1)
}

function operandBits(): number {
  expect(codeOf('policy.circom')).toContain('return ATTRIBUTE_BITS() + WEIGHT_BITS() + 2;')
  return ATTRIBUTE_BITS + Number(constantIn('program.circom', 'WEIGHT_BITS')) + 2
}

function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, found = '']) => found)
}

function codeOf(name: string): string {
  return withoutComments(sourceOf(name))
}

function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
}

function sourceOf(name: string): string {
  return readFileSync(new URL(name, CIRCUITS), 'utf8')
}
