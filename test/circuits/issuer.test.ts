import { describe, expect, test } from 'vitest'
import { REVOCATION_BITS } from '../../core/credential.ts'
import { publicKeyOf } from '../../core/eddsa.ts'
import type { Point } from '../../core/eddsa.ts'
import { REVOCATION_SHAPE, SortedSet } from '../../core/sorted-set.ts'
import { LeafTree, TRUST_LEVELS } from '../../core/tree.ts'
import { issuerLeaf } from '../../core/trust.ts'
import { compileForTest, corruptions } from '../support/circuit.ts'

const sizes = [REVOCATION_BITS, TRUST_LEVELS, REVOCATION_SHAPE.levels]
const circuit = compileForTest(
  ['issuer', 'tags'],
  `template TestIssuer(REVOCATION_BITS, TRUST_LEVELS, REVOCATION_LEVELS) {
     input Point() issuer; signal input schema; signal input revocationId;
     input SetPlace(REVOCATION_LEVELS) revocationPlace; input TreePath(TRUST_LEVELS) trustPath;
     signal input trustRoot;
     signal root <== TrustedAndNotRevoked(REVOCATION_BITS, TRUST_LEVELS, REVOCATION_LEVELS)(
       issuer, schema, InRange(REVOCATION_BITS)(revocationId), revocationPlace, trustPath
     );
     root === trustRoot;
   }
   component main {public [schema, trustRoot]} = TestIssuer(${sizes.join(', ')});`,
)

const PERSON = 1_001n
const INCOME = 1_002n
const [registry, tax, stranger] = [1, 2, 3].map((byte) =>
  publicKeyOf(new Uint8Array(32).fill(byte)),
) as [Point, Point, Point]

const revoked = 2n ** 39n + 3n
const valid = revoked + 2n
const emptySet = SortedSet.from(REVOCATION_SHAPE, [])
const revocations = emptySet.insertAll([0n, 5n, revoked, revoked + 1n, 2n ** 40n - 1n])

/** Keys with their schema and revocations; the registry's key is listed for one schema only. */
const listed = [
  { key: registry, schema: PERSON, set: revocations },
  { key: tax, schema: INCOME, set: emptySet },
]
const trust = trustIn(listed)
const honest = claim(0, valid)

describe('trusted and not revoked', () => {
  test('accepts every listed key with a number that it did not revoke', async () => {
    await circuit.expectPass(honest)
    await circuit.expectPass(claim(1, revoked))
    await circuit.expectPass(claim(0, 1n))
    await circuit.expectDetermined(honest)
  })

  test('refuses corrupted inputs', async () => {
    const wrong = corruptions(honest).filter(([name]) => name !== 'revocationId')
    const names = new Set<string>()
    for (const [name, inputs] of wrong) {
      // Of long inputs every fifth element.
      if (/\[\d*[1-46-9]\]$/.test(name)) continue
      await circuit.expectFail(inputs)
      names.add(name.replace(/\[.*/, ''))
    }
    expect([...names]).toEqual(['issuer', 'schema', 'revocationPlace', 'trustPath', 'trustRoot'])
  })

  test('refuses a revoked number, the first and the last there are among them', async () => {
    for (const number of [revoked, revoked + 1n, 0n, 2n ** 40n - 1n]) {
      await circuit.expectFail(claim(0, number))
    }
  })

  test('refuses a number of more than 40 digits', async () => {
    for (const number of [2n ** 40n, valid + 2n ** 40n, -1n]) {
      await circuit.expectFail({ ...honest, revocationId: number })
    }
    circuit.expectCaught({ ...honest, revocationId: valid + 2n ** 40n })
  })

  test('refuses a key that is not listed, or listed for another schema', async () => {
    await circuit.expectFail({ ...honest, issuer: [stranger.x, stranger.y] })
    await circuit.expectFail({ ...honest, issuer: [tax.x, tax.y] })
    await circuit.expectFail({ ...honest, schema: INCOME })
    await circuit.expectFail({ ...honest, issuer: [registry.y, registry.x] })
    circuit.expectCaught({ ...honest, schema: INCOME }, { 'TrustedAndNotRevoked.schema': PERSON })
  })

  test('refuses the revocations of another key', async () => {
    const borrowed = { ...claim(0, revoked), revocationPlace: claim(1, revoked).revocationPlace }
    await circuit.expectFail(borrowed)
    circuit.expectCaught(borrowed)
    circuit.expectCaught(borrowed, { 'TrustedAndNotRevoked.revocation.root': revocations.root })
  })

  test("accepts yesterday's revocations under yesterday's root only", async () => {
    const before = [{ key: registry, schema: PERSON, set: emptySet }, ...listed.slice(1)]
    const yesterday = claim(0, revoked, before)
    await circuit.expectPass(yesterday)
    await circuit.expectFail({ ...yesterday, trustRoot: trust.root })
    await circuit.expectFail({ ...yesterday, trustPath: honest.trustPath, trustRoot: trust.root })
  })
})

describe('a cheat whose credential is revoked', () => {
  const template = 'TrustedAndNotRevoked'

  test('cannot change the answer of the look-up', () => {
    circuit.expectCaught(claim(0, revoked), { [`${template}.revocation.isFound`]: 0n })
    circuit.expectCaught(claim(0, revoked), { [`${template}.revocation.value`]: valid })
    circuit.expectCaught(claim(0, revoked), { [`${template}.revocationId`]: valid })
  })

  test('cannot use the place of a neighbour or the run of another bucket', async () => {
    for (const other of [revoked - 1n, valid, 4n]) {
      const borrowed = { ...claim(0, revoked), revocationPlace: claim(0, other).revocationPlace }
      await circuit.expectFail(borrowed)
      circuit.expectCaught(borrowed)
    }
  })

  test('cannot stand in an empty place of either tree', () => {
    const empty = {
      ...claim(0, revoked),
      trustPath: new LeafTree(trust.leaves, TRUST_LEVELS).path(300).flat(),
    }
    circuit.expectCaught(empty)
    circuit.expectCaught(empty, { [`${template}.leaf`]: 0n }, 'Poseidon')
    circuit.expectCaught(claim(0, revoked), { [`${template}.revocation.leaf`]: 0n })
  })

  test('cannot take a node of the trust tree for a leaf', async () => {
    const [row = [], middle = [], top = []] = trust.tree.path(0)
    for (const trustPath of [
      [middle, top, top],
      [top, top, top],
      [middle, middle, top],
      [row, row, top],
    ]) {
      await circuit.expectFail({ ...honest, trustPath: trustPath.flat() })
    }
    circuit.expectCaught(
      { ...honest, trustPath: [middle, top, top].flat() },
      { [`${template}.leaf`]: middle[0]! },
    )
  })
})

function trustIn(keys: typeof listed) {
  const leaves = keys.map(({ key, schema, set }) =>
    issuerLeaf({ key, schemaHash: schema, revocationRoot: set.root }),
  )
  const tree = new LeafTree(leaves, TRUST_LEVELS)
  return { leaves, tree, root: tree.root }
}

/** Inputs that show the key at `index` and that it has not revoked `revocationId`, true or not. */
function claim(index: number, revocationId: bigint, keys = listed) {
  const { tree, root } = trustIn(keys)
  const { key, schema, set } = keys[index]!
  const { run, index: place, children } = set.prove(revocationId)
  return {
    issuer: [key.x, key.y],
    schema,
    revocationId,
    revocationPlace: [...run, BigInt(place), ...children.flat()],
    trustPath: tree.path(index).flat(),
    trustRoot: root,
  }
}
