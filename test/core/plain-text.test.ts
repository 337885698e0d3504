import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isReadable, readableSign, readableText } from '../../core/plain-text.ts'
import { parsePolicy, policyHash } from '../../core/policy/policy.ts'
import type { Policy } from '../../core/policy/policy.ts'
import { refusal } from '../support/refusal.ts'
import { SCHEMAS, policyJson } from './policy/world.ts'

// What may stand in the texts that people read, and that reading them again changes nothing.

describe('a text that people read', () => {
  test.each([
    'Winter fuel grant 2026',
    '18',
    '出售酒类',
    'שלום, 3 דברים',
    'می‌خواهم',
    'क्‍ष',
    'മലയാളം അവന്‍',
    'မျှော်လင့်ချက်',
    'Tiếng Việt',
    'ไม้เอก',
    'doctors 👩🏽‍⚕️ ❤️‍🔥 1️⃣',
    '葛󠄀城市',
    'á̧̈̃',
  ])('may be %j', (text) => {
    expect(isReadable(text)).toBe(true)
  })

  test.each([
    ['nothing', ''],
    ['spaces', ' \u00a0\u3000'],
    ['signs without a word', '“…”'],
    ['Hangul fillers', '\u3164'.repeat(20)],
    ['fillers among letters', 'a\u1160b'],
    ['half-width fillers', '\uffa0'],
    ['blank Braille', 'a\u2800b'],
    ['Khmer vowels that nobody sees', '\u17b4\u17b5'],
    ['blank hieroglyphs', '\u{13441}'],
    ['chains of joiners', `a${'\u200d'.repeat(3)}`],
    ['a joiner of nothing', '\u200ca'],
    ['a joiner after a space', 'a \u200db'],
    ['a pile of marks', `a${'\u0301'.repeat(5)}`],
    ['a pile of marks with joiners', 'a\u0301\u200d\u0301\u200d\u0301'],
    ['circles around everything', `a${'\u0489\u20dd'.repeat(3)}`],
    ['selectors in a row', 'a\ufe0f\ufe0e\ufe0f'],
    ['spaces without width', 'a\u200bb'],
    ['a byte order mark', '\ufeffa'],
    ['a soft hyphen', 'a\u00adb'],
    ['tags', 'x\u{e0041}'],
    ['a turned direction', 'a\u202eb'],
    ['an isolated direction', 'a\u2066b'],
    ['two lines', 'a\nb'],
    ['two paragraphs', 'a\u2029b'],
    ['a lone surrogate', 'a\ud800'],
  ])('is not %s', (_, text) => {
    expect(isReadable(text)).toBe(false)
  })

  test('is measured in the form that is kept', () => {
    const shape = readableText(3)
    // Decomposed, it would be too long; what looks short is not kept longer than the limit.
    expect(shape.parse('u\u0308u\u0308')).toBe('üü')
    expect(shape.safeParse('\u0958\u0958').success).toBe(false)
  })
})

test('a sign that stands for a unit stays as it came, and is seen', () => {
  const shape = readableSign(8)
  for (const unit of ['%', '°C', '€', 'u\u0308']) expect(shape.parse(unit)).toBe(unit)
  for (const unit of ['', ' ', '\u3164', '%\u202e', '\u2800', 'x'.repeat(9)]) {
    expect(shape.safeParse(unit).success).toBe(false)
  }
})

/** Characters that change their number when they are composed, and those that are refused. */
const odd = fc.constantFrom(
  ...['\u0958', '\u0344', '\u0301', '\u0323', '\u200d', '\ufe0f', '\u3164', '\u1100', '\u1161'],
  ...['\u{1d15e}', '\ufb2c', '\u1e9b', '\u2126', 'a', 'é', ' '],
)
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.string({ unit: odd, maxLength: 210 }),
  fc.tuple(odd, fc.integer({ min: 1, max: 201 })).map(([unit, count]) => unit.repeat(count)),
)

test('a policy that was read is read again, and is the same, whatever its texts are', () => {
  let accepted = 0
  const read = (json: unknown): Policy => parsePolicy(json, SCHEMAS)
  fc.assert(
    fc.property(
      text,
      fc.constantFrom('purpose', 'purposes', 'once', 'recognise'),
      (given, place) => {
        const members = {
          purpose: { purpose: given },
          purposes: { purposes: { de: given } },
          once: { once: { scope: given } },
          recognise: { recognise: { scope: given } },
        }
        const json = policyJson(members[place])
        if (refusal(() => read(json)) !== undefined) return
        accepted++
        const policy = read(json)
        const again = read(structuredClone(policy))
        expect(again).toEqual(policy)
        expect(policyHash(again)).toEqual(policyHash(policy))
      },
    ),
    { numRuns: 3_000 },
  )
  expect(accepted).toBeGreaterThan(20)
})
