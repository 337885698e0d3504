import { describe, expect, test } from 'vitest'
import { FIELD_ORDER, isField } from '../../core/field.ts'
import { TAG, poseidon } from '../../core/hash.ts'
import { pseudonym, scopeField } from '../../core/pseudonym.ts'

const SHOP = 'https://shop.example'

describe('the scope', () => {
  test('of one verifier is not that of another', () => {
    const own = { scope: 'x', shared: false }
    expect(scopeField(own, SHOP)).not.toBe(scopeField(own, 'https://pub.example'))
  })

  test('that is shared is the same for every verifier, and nobody’s own', () => {
    const shared = { scope: 'x', shared: true }
    expect(scopeField(shared, SHOP)).toBe(scopeField(shared, 'https://pub.example'))
    expect(scopeField(shared, SHOP)).not.toBe(scopeField({ ...shared, shared: false }, SHOP))
  })

  test('does not let words move between audience and scope', () => {
    const a = scopeField({ scope: 'bc', shared: false }, 'a')
    expect(a).not.toBe(scopeField({ scope: 'c', shared: false }, 'ab'))
  })

  test('is a field element other than 0', () => {
    const scope = scopeField({ scope: 'x', shared: false }, SHOP)
    expect(isField(scope) && scope !== 0n).toBe(true)
  })
})

describe('the pseudonym', () => {
  test('is the tagged hash of secret, per, scope and use', () => {
    expect(pseudonym(1n, 2n, 3n, 4n)).toBe(poseidon([TAG.pseudonym, 1n, 2n, 3n, 4n]))
  })

  test('changes with every one of them', () => {
    const all = [
      pseudonym(1n, 2n, 3n, 4n),
      pseudonym(5n, 2n, 3n, 4n),
      pseudonym(1n, 5n, 3n, 4n),
      pseudonym(1n, 2n, 5n, 4n),
      pseudonym(1n, 2n, 3n, 5n),
    ]
    expect(new Set(all).size).toBe(5)
  })

  test('without scope is 0', () => {
    expect(pseudonym(1n, 2n, 0n, 4n)).toBe(0n)
  })

  test('takes field elements only', () => {
    expect(() => pseudonym(FIELD_ORDER, 0n, 1n, 0n)).toThrow(
      expect.objectContaining({ code: 'FIELD_INVALID' }),
    )
  })
})
