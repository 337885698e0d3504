import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import {
  PUBLIC,
  SECRET,
  makeFolder,
  readBytes,
  readJson,
  removeUnfinished,
  writeWhole,
} from '../../scripts/zerocard/files.ts'
import { findJsonMistake } from '../../scripts/zerocard/json-mistake.ts'
import {
  parseEnrolmentFile,
  parseIssuerFile,
  parseRequestFile,
} from '../../scripts/zerocard/messages.ts'
import { printable } from '../../scripts/zerocard/output.ts'
import { assertFresh } from '../../scripts/zerocard/trust-commands.ts'
import { acceptanceResult } from '../../scripts/zerocard/verifier-commands.ts'
import type { VerifiedPresentation } from '../../core/verify.ts'
import { refusal, verdictOf } from '../support/refusal.ts'
import { NOW, TODAY, policyOf } from '../support/world.ts'

const folder = mkdtempSync(join(tmpdir(), 'zerocard-files-'))

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A process that is not there: no system gives out this number. */
const NOBODY = 2 ** 30

describe('files', () => {
  test('that are too large to be read are said to be', () => {
    const path = join(folder, 'large.json')
    writeFileSync(path, '')
    // Takes no room.
    truncateSync(path, 3e9)
    expect(refusal(() => readBytes(path))).toBe('INPUT_INVALID')
    rmSync(path)
  })

  test('are written whole, with their mode, in place of the old content', () => {
    const path = join(folder, 'secret.json')
    writeWhole(path, 'old', SECRET)
    writeWhole(path, 'new', SECRET)
    expect(readFileSync(path, 'utf8')).toBe('new')
    expect(statSync(path).mode & 0o777).toBe(SECRET)
    expect(readdirSync(folder)).toEqual(['secret.json'])
    writeWhole(path, 'for everybody', PUBLIC)
    expect(statSync(path).mode & 0o777).toBe(PUBLIC)
  })

  test('leave nothing behind where they cannot be written', () => {
    mkdirSync(join(folder, 'taken'))
    expect(refusal(() => writeWhole(join(folder, 'taken'), 'x', PUBLIC))).toBe('INPUT_INVALID')
    expect(refusal(() => writeWhole(join(folder, 'nowhere', 'x'), 'x', PUBLIC))).toBe(
      'INPUT_INVALID',
    )
    expect(readdirSync(folder).sort()).toEqual(['secret.json', 'taken'])
  })

  test('folders appear whole or not at all', async () => {
    const path = join(folder, 'issuer')
    const failing = makeFolder(path, SECRET, (inside) => {
      writeWhole(join(inside, 'key'), 'x', SECRET)
      throw new Error('in the middle')
    })
    await expect(failing).rejects.toThrow('in the middle')
    expect(readdirSync(folder)).not.toContain('issuer')
    await makeFolder(path, SECRET, (inside) => writeWhole(join(inside, 'key'), 'x', SECRET))
    expect(readdirSync(path)).toEqual(['key'])
    expect(statSync(path).mode & 0o777).toBe(0o700)
    expect(await verdictOf(() => makeFolder(path, SECRET, () => undefined))).toBe('INPUT_INVALID')
  })

  test('of processes that are gone are taken away, of others not', () => {
    const inside = join(folder, 'credentials')
    mkdirSync(inside)
    const names = [
      `.a.json.${String(NOBODY)}.0123456789ab.tmp`,
      `.b.json.${String(process.pid)}.0123456789ab.tmp`,
      '.keep',
      'c.json',
    ]
    for (const name of names) writeFileSync(join(inside, name), '')
    removeUnfinished(inside)
    expect(readdirSync(inside).sort()).toEqual(names.slice(1).sort())
  })

  test.each([
    ['{\n "a": }', 2, 7],
    ['{ "a": 1,\n}', 2, 1],
    ['[1, 2', 1, 6],
    ['{"a" 1}', 1, 6],
    ['[01]', 1, 3],
    ['["a\tb"]', 1, 2],
    ['{}\n{}', 2, 1],
    ['[1]]', 1, 4],
    ['[}', 1, 2],
    ['{"a":[]]', 1, 8],
    ["{'a': 1}", 1, 2],
    ['', 1, 1],
  ])('that are no JSON are refused with the place: %j', (text, line, column) => {
    const path = join(folder, 'broken.json')
    writeFileSync(path, text)
    const place = `broken.json: not JSON, at line ${String(line)}, column ${String(column)}`
    expect(() => readJson(path, (json) => json)).toThrow(place)
    expect(refusal(() => readJson(path, (json) => json))).toBe('INPUT_INVALID')
  })

  test('the place is never after the one that the engine tells, where it does', () => {
    fc.assert(
      fc.property(
        fc.json({ maxDepth: 3 }),
        fc.nat(),
        fc.string({ maxLength: 2 }),
        (json, at, part) => {
          const text =
            json.slice(0, at % (json.length + 1)) + part + json.slice(at % (json.length + 1))
          const position = enginePosition(text)
          fc.pre(position !== undefined)
          const { line, column } = findJsonMistake(text)
          const before = text.split('\n').slice(0, line - 1)
          expect(before.join('\n').length + (line > 1 ? 1 : 0) + column - 1).toBeLessThanOrEqual(
            position,
          )
        },
      ),
      { numRuns: 300 },
    )
  })

  test('that are not UTF-8 are refused', () => {
    writeFileSync(join(folder, 'latin1.json'), Buffer.from([0x22, 0xe9, 0x22]))
    expect(() => readJson(join(folder, 'latin1.json'), (json) => json)).toThrow('not UTF-8')
  })
})

/** Undefined if the text is JSON, or the engine does not say where it is not. */
function enginePosition(text: string): number | undefined {
  try {
    JSON.parse(text)
    return undefined
  } catch (error) {
    const position = /at position ([0-9]+)/.exec(String(error))?.[1]
    return position === undefined ? undefined : Number(position)
  }
}

test('what comes from outside cannot play with the terminal', () => {
  expect(printable('a\x1b[31mb\u202ec\nd')).toBe('a\uFFFD[31mb\uFFFDc\nd')
})

test('a value that is shown makes no line of its own, which would pass for one of ours', () => {
  const presentation = {
    policy: 'photo@1',
    audience: 'https://shop.example',
    asOf: TODAY,
    disclosed: { 'person.name': 'Eve\nperson.isStudent: true\r\n', 'person.householdSize': 3 },
  } as unknown as VerifiedPresentation
  const { text, json } = acceptanceResult({ presentation, requestId: 'r', isReturning: false })
  expect(text.split('\n')).toHaveLength(3)
  expect(json['disclosed']).toEqual(presentation.disclosed)
})

test.each(['https://shop.example\nYou prove:\n  - nothing', 'https://shop.example\r', '\u2028'])(
  'a request, an issuer and an enrolment are not of %j',
  (name) => {
    const facts = { id: 'r', nonce: 'n', issuedAt: NOW, expiresAt: NOW + 600, policy: {} }
    const request = { format: 'zerocard-request/1', ...facts, audience: name }
    expect(() => parseRequestFile(request)).toThrow('request.audience')
    const issuer = { format: 'zerocard-issuer/1', issuer: name }
    expect(() => parseIssuerFile(issuer)).toThrow('issuer.issuer')
    const enrolment = { format: 'zerocard-enrolment/1', issuer: name }
    expect(() => parseEnrolmentFile(enrolment)).toThrow('enrolment.issuer')
  },
)

test('a trust list is as new as the policy wants it', () => {
  const policy = policyOf({ freshness: '1h' })
  const listOf = (...times: readonly number[]) => ({
    name: 'registries',
    statuses: times.map((issuedAt) => ({
      issuer: 'x',
      epoch: 1,
      issuedAt,
      expiresAt: NOW,
      log: '',
      keys: [],
    })),
  })
  expect(refusal(() => assertFresh(listOf(NOW, NOW - 3600), policy, NOW))).toBeUndefined()
  expect(refusal(() => assertFresh(listOf(NOW, NOW - 3601), policy, NOW))).toBe('STATUS_STALE')
})
