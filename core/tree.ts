import { poseidon } from './hash.ts'

/** Children of a node; the same in circuits/tree.circom. */
export const ARITY = 8

/** Levels of the tree of trusted issuer keys: 8^3 = 512 of them. */
export const TRUST_LEVELS = 3

/** The eight children of each node on the way from a leaf to the root, the lowest node first. */
export type TreePath = readonly (readonly bigint[])[]

/** An arity-8 Poseidon tree over a short list of leaves; empty places are 0. */
export class LeafTree {
  readonly #levels: readonly (readonly bigint[])[]

  /** @throws TypeError if the leaves do not fit. */
  constructor(leaves: readonly bigint[], levels: number) {
    if (leaves.length > ARITY ** levels) {
      throw new TypeError(
        `${String(leaves.length)} leaves do not fit into ${String(levels)} levels`,
      )
    }
    const rows: bigint[][] = [[...leaves]]
    let empty = 0n
    for (let level = 0; level < levels; level++) {
      const below = rows[level] as bigint[]
      const width = Math.max(1, Math.ceil(below.length / ARITY))
      rows.push(Array.from({ length: width }, (_, i) => poseidon(childrenAt(below, i, empty))))
      empty = poseidon(Array<bigint>(ARITY).fill(empty))
    }
    this.#levels = rows
  }

  get root(): bigint {
    return this.#levels.at(-1)?.[0] as bigint
  }

  /** The way up from the leaf at `index`. */
  path(index: number): TreePath {
    let empty = 0n
    return this.#levels.slice(0, -1).map((row, level) => {
      const children = childrenAt(row, Math.floor(index / ARITY ** (level + 1)), empty)
      empty = poseidon(Array<bigint>(ARITY).fill(empty))
      return children
    })
  }
}

function childrenAt(row: readonly bigint[], node: number, empty: bigint): bigint[] {
  return Array.from({ length: ARITY }, (_, i) => row[node * ARITY + i] ?? empty)
}
