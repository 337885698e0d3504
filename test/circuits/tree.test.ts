import { describe, test } from 'vitest'
import { poseidon } from '../../core/hash.ts'
import { LeafTree } from '../../core/tree.ts'
import { compileForTest, corruptions } from '../support/circuit.ts'
import type { Inputs } from '../support/circuit.ts'

const LEVELS = 2
const leaves = Array.from({ length: 11 }, (_, i) => poseidon([BigInt(i)]))
const tree = new LeafTree(leaves, LEVELS)

const circuit = compileForTest(
  ['tree'],
  `template TestTree(LEVELS) {
     signal input leaf; input TreePath(LEVELS) path; signal input root;
     signal top <== RootAbove(LEVELS)(leaf, path);
     top === root;
   }
   component main {public [root]} = TestTree(${LEVELS});`,
)

describe('tree', () => {
  test('accepts every leaf under the root that core computes', async () => {
    for (const index of leaves.keys()) await circuit.expectPass(member(index))
    await circuit.expectDetermined(member(9))
  })

  test.each(corruptions(member(9)))('refuses a corrupted %s', async (_, inputs) => {
    await circuit.expectFail(inputs)
    circuit.expectCaught(inputs)
  })

  test('refuses a leaf with the way of another', async () => {
    await circuit.expectFail({ ...member(9), path: member(0).path ?? 0n })
    await circuit.expectFail({ ...member(0), leaf: poseidon([11n]) })
  })

  test('refuses a node of the tree in the place of a leaf', async () => {
    const [row = [], top = []] = tree.path(9)
    const node = poseidon(row)
    for (const path of [
      [...row, ...top],
      [...top, ...top],
      [...top, ...row],
    ]) {
      await circuit.expectFail({ leaf: node, path, root: tree.root })
      await circuit.expectFail({ leaf: tree.root, path, root: tree.root })
    }
    await circuit.expectFail({
      leaf: node,
      path: [...top, ...Array<bigint>(8).fill(tree.root)],
      root: tree.root,
    })
  })

  test('a tree of fewer levels is not one of more', async () => {
    const low = new LeafTree(leaves.slice(0, 8), 1)
    const path = [...low.path(0).flat(), ...Array<bigint>(8).fill(low.root)]
    await circuit.expectFail({ leaf: leaves[0] ?? 0n, path, root: low.root })
  })

  test('membership cannot be claimed', () => {
    const stranger = { ...member(9), leaf: poseidon([11n]) }
    circuit.expectCaught(stranger, { 'RootAbove.ChildOf[0].products[6]': 0n })
    circuit.expectCaught(stranger, { 'RootAbove.ChildOf[0].products[0]': 0n })
    circuit.expectCaught(stranger, { 'RootAbove.ChildOf[0].child': leaves[9] ?? 0n })
    circuit.expectCaught(stranger, { 'RootAbove.nodes[0]': leaves[9] ?? 0n })
    circuit.expectCaught(stranger, { 'RootAbove.nodes[1]': tree.path(9)[1]?.[0] ?? 0n })
    circuit.expectCaught(stranger, { 'RootAbove.root': tree.root })
  })
})

function member(index: number): Inputs {
  return { leaf: leaves[index] ?? 0n, path: tree.path(index).flat(), root: tree.root }
}
