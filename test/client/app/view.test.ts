import { describe, expect, test } from 'vitest'
import { formatOf, hostOf, valueText } from '../../../client/app/format.ts'
import { branchesOf } from '../../../client/app/screens/sentence.ts'
import { strengthOf } from '../../../client/app/strength.ts'
import { wordsOf } from '../../../client/app/words/words.ts'

describe('what is shown', () => {
  test('hangs every line of a rule on the one it belongs to', () => {
    const lines = [0, 1, 2, 1, 0].map((depth, i) => ({ depth, text: `line ${i}` }))
    const leaf = (text: string) => ({ text, branches: [] })
    expect(branchesOf(lines)).toEqual([
      {
        text: 'line 0',
        branches: [{ text: 'line 1', branches: [leaf('line 2')] }, leaf('line 3')],
      },
      leaf('line 4'),
    ])
    expect(branchesOf([])).toEqual([])
  })

  test('writes values as the language does, and days in no time zone', () => {
    const english = (
      type: 'date' | 'integer' | 'boolean' | 'text',
      value: string | number | boolean,
    ) => valueText({ type, unit: 'EUR' }, value, formatOf('en'), wordsOf('en'))
    expect(english('date', '1990-04-01')).toBe('1 April 1990')
    expect(english('integer', '18446744073709551615')).toBe('18,446,744,073,709,551,615 EUR')
    expect(english('boolean', false)).toBe('no')
    expect(english('text', 'a\u202eb')).toBe('a\\u{202e}b')
    expect(formatOf('zh-Hans').day('1990-04-01')).toBe('1990年4月1日')
  })

  test('takes the host out of an origin, and leaves what is none', () => {
    expect(hostOf('https://registry.example')).toBe('registry.example')
    expect(hostOf('nothing')).toBe('nothing')
  })

  test('says of a passphrase only how long and varied it is', () => {
    expect(
      ['', '1234567', 'correct horse', 'correct horse ba', 'correct horse battery'].map(strengthOf),
    ).toEqual(['none', 'short', 'weak', 'fair', 'good'])
    expect(strengthOf('a'.repeat(40))).toBe('weak')
    // Characters as people count them: an emoji is one.
    expect(strengthOf('😀😃😄😁')).toBe('short')
  })
})
