import { publicKeyOf } from '../../../core/eddsa.ts'
import { FIELD_ORDER } from '../../../core/field.ts'
import { poseidon } from '../../../core/hash.ts'
import { SortedSet } from '../../../core/sorted-set.ts'
import type { SetProof } from '../../../core/sorted-set.ts'
import { LeafTree } from '../../../core/tree.ts'
import { issuerLeaf } from '../../../core/trust.ts'
import { mainOf, range } from './bench.ts'
import type { Bench, Inputs } from './bench.ts'

// Templates about trees and sets, each as low as it can be.

/** 128 values in two runs. */
const SHAPE = { valueBits: 7, levels: 1, bucketLevels: 0 }

export function treeBench(): Bench {
  const leaves = range(11).map((i) => poseidon([BigInt(i)]))
  const tree = new LeafTree(leaves, 2)
  const member = (index: number) => ({
    leaf: leaves[index] ?? 0n,
    path: tree.path(index).flat(),
    root: tree.root,
  })
  const honest = member(9)
  const node = poseidon(honest.path.slice(0, 8))
  const stranger = poseidon([11n])
  return {
    name: 'tree',
    main: mainOf(
      ['tree'],
      `template TestTree(LEVELS) {
         signal input leaf; input TreePath(LEVELS) path; signal input root;
         signal top <== RootAbove(LEVELS)(leaf, path);
         top === root;
       }
       component main {public [root]} = TestTree(2);`,
    ),
    accepted: [9, ...range(9), 10].map((index) => ({ inputs: member(index), outputs: {} })),
    refused: [
      { ...honest, leaf: stranger },
      { ...honest, path: member(0).path },
      { ...honest, root: honest.root + 1n },
      ...honest.path.map((value, i) => ({ ...honest, path: honest.path.with(i, value + 1n) })),
      ...range(8).map((i) => ({ ...honest, leaf: stranger, path: honest.path.with(i, stranger) })),
      { ...honest, leaf: node, path: [...honest.path.slice(0, 8), ...honest.path.slice(8)] },
      { ...honest, leaf: node, path: [...honest.path.slice(8), ...honest.path.slice(8)] },
      { ...honest, leaf: tree.root, path: [...honest.path.slice(8), ...honest.path.slice(0, 8)] },
    ],
  }
}

export function setBench(): Bench {
  const set = SortedSet.from(SHAPE, [0n, 3n, 4n, 72n, 100n, 127n])
  const lookup = (value: bigint, among = set) => ({
    value,
    place: placeOf(among.prove(value)),
    root: among.root,
  })
  const member = lookup(72n)
  const stranger = lookup(70n)
  const gap = [2n * 72n, ...Array<bigint>(15).fill(2n * 72n + 2n)]
  const moved = (inputs: typeof member, index: number): Inputs => ({
    ...inputs,
    place: inputs.place.with(16, BigInt(index)),
  })
  const full = SortedSet.from(
    SHAPE,
    range(15).map((i) => BigInt(i)),
  )
  return {
    name: 'sorted-set',
    main: mainOf(
      ['sorted-set', 'tags'],
      `template TestSet(VALUE_BITS, LEVELS) {
         signal input value; input SetPlace(LEVELS) place; signal input root;
         signal output isFound;
         signal top;
         (top, isFound) <== SetLookup(VALUE_BITS, LEVELS)(InRange(VALUE_BITS)(value), place);
         top === root;
       }
       component main {public [root]} = TestSet(7, 1);`,
    ),
    accepted: [72n, 70n, 0n, 1n, 3n, 4n, 5n, 99n, 101n, 126n, 127n].map((value) => ({
      inputs: lookup(value),
      outputs: { isFound: set.has(value) ? 1n : 0n },
    })),
    refused: [
      ...[member, stranger].flatMap((inputs) =>
        [...inputs.place.keys()].map((i) => ({
          ...inputs,
          place: inputs.place.with(i, (inputs.place[i] ?? 0n) + 1n),
        })),
      ),
      { ...member, root: member.root + 1n },
      ...range(17)
        .filter((index) => BigInt(index) !== member.place[16])
        .map((index) => moved(member, index)),
      moved(member, -1),
      // The last key of a run is the first of the next one, and has no neighbour in the first.
      { ...moved(lookup(0n, full), 15), value: 14n },
      { ...moved(lookup(0n, full), 15), value: 15n },
      { ...member, place: [...gap, 0n, ...member.place.slice(17)] },
      { ...lookup(127n), value: 128n },
      { ...lookup(0n), value: -1n },
      { ...lookup(64n), value: 64n - (FIELD_ORDER + 1n) / 2n },
    ],
  }
}

export function gapBench(): Bench {
  const keys = [17n, 0n, 1n, 511n]
  const within = keys.flatMap((key) => [
    { key, low: key, high: key + 1n },
    { key, low: key - 1n, high: key + 2n },
    { key, low: key - 1_023n, high: key + 1_024n },
  ])
  return {
    name: 'gap',
    main: mainOf(
      ['sorted-set', 'tags'],
      `template TestGap() {
         signal input key; signal input low; signal input high;
         InGap(10)(InRange(9)(key), low, high);
       }
       component main = TestGap();`,
    ),
    accepted: within.map((inputs) => ({ inputs, outputs: {} })),
    refused: keys.flatMap((key) => [
      { key, low: key + 1n, high: key + 2n },
      { key, low: key, high: key },
      { key, low: key + 1n, high: key },
      { key, low: key - 1_024n, high: key + 1n },
      { key, low: key, high: key + 1_025n },
      { key, low: key + FIELD_ORDER / 2n, high: key + 1n },
    ]),
  }
}

export function issuerBench(): Bench {
  const [registry, tax, stranger] = [1, 2, 3].map((byte) =>
    publicKeyOf(new Uint8Array(32).fill(byte)),
  ) as [Point, Point, Point]
  const empty = SortedSet.from(SHAPE, [])
  const revocations = empty.insertAll([0n, 5n, 67n, 68n, 127n])
  const [person, income] = [1_001n, 1_002n]
  const listed = [
    { key: registry, schema: person, set: revocations },
    { key: tax, schema: income, set: empty },
  ]
  const leaves = listed.map(({ key, schema, set }) =>
    issuerLeaf({ key, schemaHash: schema, revocationRoot: set.root }),
  )
  const tree = new LeafTree(leaves, 1)
  const claim = (index: number, revocationId: bigint) => {
    const { key, schema, set } = listed[index] ?? { key: stranger, schema: person, set: empty }
    return {
      issuer: [key.x, key.y],
      schema,
      revocationId,
      revocationPlace: placeOf(set.prove(revocationId)),
      trustPath: tree.path(index).flat(),
      trustRoot: tree.root,
    }
  }
  const honest = claim(0, 69n)
  return {
    name: 'issuer',
    main: mainOf(
      ['issuer', 'tags'],
      `template TestIssuer(REVOCATION_BITS, TRUST_LEVELS, REVOCATION_LEVELS) {
         input Point() issuer; signal input schema; signal input revocationId;
         input SetPlace(REVOCATION_LEVELS) revocationPlace;
         input TreePath(TRUST_LEVELS) trustPath;
         signal input trustRoot;
         signal root <== TrustedAndNotRevoked(REVOCATION_BITS, TRUST_LEVELS, REVOCATION_LEVELS)(
           issuer, schema, InRange(REVOCATION_BITS)(revocationId), revocationPlace, trustPath
         );
         root === trustRoot;
       }
       component main {public [schema, trustRoot]} = TestIssuer(7, 1, 1);`,
    ),
    accepted: [honest, claim(1, 67n), claim(0, 1n)].map((inputs) => ({ inputs, outputs: {} })),
    refused: [
      ...[67n, 68n, 0n, 127n].map((number) => claim(0, number)),
      { ...honest, revocationId: 128n },
      { ...honest, revocationId: -1n },
      { ...honest, issuer: [stranger.x, stranger.y] },
      { ...honest, issuer: [tax.x, tax.y] },
      { ...honest, issuer: [registry.x, tax.y] },
      { ...honest, issuer: [tax.x, registry.y] },
      { ...honest, issuer: [registry.y, registry.x] },
      { ...honest, schema: income },
      { ...honest, trustRoot: tree.root + 1n },
      { ...claim(0, 67n), revocationPlace: claim(1, 67n).revocationPlace },
      { ...claim(0, 67n), revocationPlace: honest.revocationPlace },
    ],
  }
}

type Point = ReturnType<typeof publicKeyOf>

function placeOf({ run, index, children }: SetProof): bigint[] {
  return [...run, BigInt(index), ...children.flat()]
}
