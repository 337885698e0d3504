import { describe, expect, test } from 'vitest'
import { toCsv } from '../../examples/population/csv.ts'
import { parseCsv } from '../../server/issuer/csv.ts'
import { refusal } from '../support/refusal.ts'

const fieldsOf = (text: string): (readonly string[])[] => parseCsv(text).map(({ fields }) => fields)

describe('comma-separated values', () => {
  test.each<[string, string, string[][]]>([
    [
      'plain fields, LF',
      'a,b\nc,d\n',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'CR LF, no end of the last line',
      'a,b\r\nc,d',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'empty fields',
      ',\n"",x\n',
      [
        ['', ''],
        ['', 'x'],
      ],
    ],
    [
      'commas, quotes and line breaks in quotes',
      '"a,b","c ""d""","e\r\nf"\n',
      [['a,b', 'c "d"', 'e\r\nf']],
    ],
    ['a byte order mark', '\uFEFFa,b\n', [['a', 'b']]],
    ['spaces as they are', ' a , b \n', [[' a ', ' b ']]],
    ['an empty line', 'a\n\nb\n', [['a'], [''], ['b']]],
    ['nothing', '', []],
  ])('reads %s', (_, text, expected) => {
    expect(fieldsOf(text)).toEqual(expected)
  })

  test('counts lines, also those inside fields', () => {
    expect(parseCsv('a\n"b\n\nc"\nd\n').map(({ line }) => line)).toEqual([1, 2, 5])
  })

  test.each([
    ['a quote inside a plain field', 'a,b"c\n', 'line 1, field 2: a quote inside'],
    ['text after a closing quote', 'x\n"a"b,c\n', 'line 2, field 1: text after'],
    [
      'a quote that is never closed',
      'a\nb,"c\n\n',
      'line 2, field 2: a quote that is never closed',
    ],
    ['a CR without LF', 'a\rb\n', 'line 1, field 1: a CR without LF'],
  ])('refuses %s', (_, text, message) => {
    expect(refusal(() => parseCsv(text))).toBe('INPUT_INVALID')
    expect(() => parseCsv(text)).toThrow(message)
  })

  test('reads what the sample registers are written with', () => {
    const attributes = { name: 'O"Neill, Jr.\r\n', size: 3, is: true }
    const text = toCsv(['name', 'size', 'is'], [{ subject: 'P1', attributes }])
    expect(fieldsOf(text)).toEqual([
      ['subject', 'name', 'size', 'is'],
      ['P1', 'O"Neill, Jr.\r\n', '3', 'true'],
    ])
  })
})
