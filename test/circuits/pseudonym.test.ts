import { describe, expect, test } from 'vitest'
import { SUBGROUP_ORDER } from '../../core/eddsa.ts'
import { holderCommitment } from '../../core/enrolment.ts'
import { FIELD_ORDER } from '../../core/field.ts'
import { pseudonym } from '../../core/pseudonym.ts'
import { compileForTest } from '../support/circuit.ts'

const circuit = compileForTest(
  ['holder', 'pseudonym', 'tags'],
  `template TestPseudonym() {
     signal input secret; signal input blinding; signal input use;
     signal input isPerCredential; signal input scope; signal input limit;
     signal output pseudonym; signal output commitment;
     commitment <== HolderCommitment()(secret, blinding);
     signal {binary} digit[1] <== Bits(1)(isPerCredential);
     pseudonym <== ScopedPseudonym()(secret, blinding, use, digit[0], scope, limit);
   }
   component main {public [isPerCredential, scope, limit]} = TestPseudonym();`,
)

const secret = 5n
const blinding = 7n
const scope = 11n
const perPerson = { secret, blinding, use: 2n, isPerCredential: 0n, scope, limit: 3n }
const perCredential = { ...perPerson, isPerCredential: 1n }

/** Different elements that a careless circuit might take for one another. */
const EDGES = [0n, 1n, SUBGROUP_ORDER, 2n ** 253n, -1n]

describe('holder commitment', () => {
  test('is the one core computes, for every kind of secret', async () => {
    for (const value of EDGES.slice(0, -1)) {
      const expected = { commitment: holderCommitment(value, blinding) }
      await circuit.expectPass({ ...perPerson, secret: value }, expected)
    }
  })

  test('no two secrets or blindings share one', async () => {
    const commitments = new Set<bigint>()
    for (const one of EDGES) {
      for (const other of EDGES) {
        const witness = await circuit.witness({ ...perPerson, secret: one, blinding: other })
        commitments.add(circuit.read(witness, 'commitment'))
      }
    }
    expect(commitments.size).toBe(EDGES.length ** 2)
  })

  test('cannot be claimed for another secret', () => {
    circuit.expectCaught(perPerson, { commitment: holderCommitment(secret + 1n, blinding) })
  })
})

describe('scoped pseudonym', () => {
  test('is the one core computes, per person and per credential', async () => {
    await circuit.expectPass(perPerson, { pseudonym: pseudonym(secret, 0n, scope, 2n) })
    await circuit.expectPass(perCredential, { pseudonym: pseudonym(secret, blinding, scope, 2n) })
    await circuit.expectDetermined(perPerson)
    await circuit.expectDetermined(perCredential)
  })

  test.each(['secret', 'blinding', 'scope'])('is another for another %s', async (name) => {
    const own = circuit.read(await circuit.witness(perCredential), 'pseudonym')
    for (const value of EDGES) {
      const witness = await circuit.witness({ ...perCredential, [name]: value })
      expect(circuit.read(witness, 'pseudonym')).not.toBe(own)
    }
    circuit.expectCaught({ ...perCredential, [name]: 4n }, { pseudonym: own })
  })

  test('of a person does not depend on the credential', async () => {
    const expected = pseudonym(secret, 0n, scope, 2n)
    await circuit.expectPass({ ...perPerson, blinding: 8n }, { pseudonym: expected })
  })

  test('is 0 where no scope is asked for', async () => {
    await circuit.expectPass({ ...perPerson, scope: 0n }, { pseudonym: 0n })
    await circuit.expectPass({ ...perCredential, scope: 0n }, { pseudonym: 0n })
    await circuit.expectDetermined({ ...perPerson, scope: 0n })
  })

  test('takes each use below the limit', async () => {
    for (const limit of [1n, 2n, 65_535n]) {
      for (const use of [0n, limit - 1n]) {
        const expected = pseudonym(secret, 0n, scope, use)
        await circuit.expectPass({ ...perPerson, use, limit }, { pseudonym: expected })
      }
    }
  })

  test.each([
    ['the limit as a use', { use: 3n }],
    ['a use above the limit', { use: 4n }],
    ['a use of -1', { use: -1n }],
    ['a use of 2^16', { use: 65_536n, limit: 65_535n }],
    ['a use of one half', { use: (FIELD_ORDER + 1n) / 2n }],
    ['any use of a limit of 0', { use: 0n, limit: 0n }],
    ['a limit of 2^16', { limit: 65_536n }],
    ['a limit of -1', { limit: -1n }],
    ['the limit as a use even without a scope', { use: 3n, scope: 0n }],
    ['a choice of names that is neither', { isPerCredential: 2n }],
  ])('refuses %s', async (_, wrong) => {
    await circuit.expectFail({ ...perPerson, ...wrong })
    circuit.expectCaught({ ...perPerson, ...wrong })
  })
})

describe('a cheat that wants one name more', () => {
  const exhausted = { ...perPerson, use: 3n }

  test('cannot claim that a use is left', () => {
    circuit.expectCaught(exhausted, { 'ScopedPseudonym.isExhausted': 0n })
    circuit.expectCaught(exhausted, { 'ScopedPseudonym.AtLeast.digits.out[17]': 0n })
    circuit.expectCaught(exhausted, { 'ScopedPseudonym.InRange.out': 2n })
    circuit.expectCaught(exhausted, { 'ScopedPseudonym.InRange#2.out': 4n })
  })

  test('cannot show the name of another use, person or credential', () => {
    for (const name of [
      pseudonym(secret, 0n, scope, 1n),
      pseudonym(secret, blinding, scope, 2n),
      pseudonym(secret + 1n, 0n, scope, 2n),
      pseudonym(secret, 0n, scope + 1n, 2n),
      0n,
    ]) {
      circuit.expectCaught(perPerson, { pseudonym: name })
      circuit.expectCaught(perPerson, { 'ScopedPseudonym.name': name })
    }
    circuit.expectCaught(perPerson, { 'ScopedPseudonym.per': blinding })
    circuit.expectCaught(perCredential, { 'ScopedPseudonym.per': 0n })
  })

  test('cannot claim that no name was asked for', () => {
    circuit.expectCaught(perPerson, { 'ScopedPseudonym.isUnscoped': 1n })
    for (const inverse of [0n, 1n]) {
      const lie = {
        'ScopedPseudonym.Equal.out': 1n,
        'ScopedPseudonym.Equal.IsEqual.isz.inv': inverse,
      }
      circuit.expectCaught(perPerson, lie)
    }
  })

  test('cannot show a name where none was asked for', () => {
    const name = pseudonym(secret, 0n, scope, 2n)
    circuit.expectCaught({ ...perPerson, scope: 0n }, { pseudonym: name })
    circuit.expectCaught({ ...perPerson, scope: 0n }, { 'ScopedPseudonym.isUnscoped': 0n })
  })

  test('gets as many names as the limit says', async () => {
    const names = []
    for (let use = 0n; use < 8n; use++) {
      const inputs = { ...perPerson, use, limit: 5n }
      if (use < 5n) names.push(circuit.read(await circuit.witness(inputs), 'pseudonym'))
      else await circuit.expectFail(inputs)
    }
    expect(new Set(names).size).toBe(5)
  })
})
