import { R } from './numbers.ts'
import { poseidon } from './poseidon.ts'
import { must, slips } from './refused.ts'

// Sorted sets, as docs/formats.md has them.

export interface Shape {
  readonly bits: number
  readonly levels: number
  readonly divided: number
}

export const REVOCATIONS: Shape = { bits: 40, levels: 6, divided: 5 }
export const LOOKUPS: Shape = { bits: 120, levels: 3, divided: 0 }

const RUN = 16
const GAPS = RUN - 1
const ARITY = 8

interface Tree {
  readonly hash: bigint
  /** The way from the run that has the place of a value up to the hash of the tree. */
  readonly path: (value: bigint) => { run: readonly bigint[]; children: readonly bigint[][] }
}

/** Whether the value is in the set with the root; refuses a proof that shows neither. */
export function inSet(
  { bits, levels }: Shape,
  root: bigint,
  value: bigint,
  proof: {
    readonly run: readonly bigint[]
    readonly index: number
    readonly children: readonly (readonly bigint[])[]
    readonly found: boolean
  },
): boolean {
  const { run, index, children } = proof
  const limit = 1n << BigInt(bits + 1)
  must(value >> BigInt(bits) === 0n, 'no value of such a set')
  must(run.length === RUN && run.every((key) => key <= limit), 'no such run')
  must(index >= 0 && index < GAPS, 'no such gap')
  must(children.length === levels, 'not as many levels')
  must(
    children.every((nodes) => nodes.length === ARITY),
    'not eight children',
  )
  const key = 2n * value + 1n
  const [low = 0n, high = 0n] = run.slice(index, index + 2)
  must((low <= key && key < high) || slips('borders not in order'), 'the gap is another')
  must(proof.found === (low === key), 'found and not found')
  let hash = poseidon(...run)
  for (const nodes of children) {
    must(nodes.includes(hash) || slips('children not connected'), 'the path is broken')
    hash = poseidon(...nodes)
  }
  must(hash === root, 'the path leads to another root')
  return proof.found
}

/** The root of a whole set. */
export function rootOf(shape: Shape, values: readonly bigint[]): bigint {
  const sorted = [...values].sort((a, b) => (a < b ? -1 : 1))
  return treeOf(shape, shape.divided, 0n, sorted).hash
}

/** Whether a value is in the set with the root, by the part of the set around it. */
export function inShard(
  shape: Shape,
  root: bigint,
  shard: {
    readonly prefix: number
    readonly above: number
    readonly values: readonly bigint[]
    readonly path: readonly (readonly bigint[])[]
  },
  value: bigint,
): boolean {
  const { prefix, above, values, path } = shard
  must(above <= shape.divided, 'no such shard')
  const [low, high] = rangeOf(shape, shape.divided - above, BigInt(prefix))
  must(value >= low && value < high, 'the shard does not cover the value')
  must(
    values.every((one, i) => one >= low && one < high && one > (values[i - 1] ?? -1n)),
    'values are not ascending in the shard',
  )
  const tree = treeOf(shape, shape.divided - above, BigInt(prefix), values)
  let hash = tree.hash
  for (const nodes of path) {
    must(nodes.length === ARITY && nodes.every((node) => node < R), 'not eight children')
    must(nodes.includes(hash) || slips('children not connected'), 'the path is broken')
    hash = poseidon(...nodes)
  }
  must(hash === root, 'the shard is of another root')
  must(tree.path(value).children.length + path.length === shape.levels, 'not as many levels')
  return values.includes(value)
}

function rangeOf({ bits, divided }: Shape, height: number, index: bigint): [bigint, bigint] {
  const width = BigInt(bits - 3 * (divided - height))
  return [index << width, (index + 1n) << width]
}

/** One leaf if the values fit into one bucket, else eight trees. */
function treeOf(shape: Shape, height: number, index: bigint, values: readonly bigint[]): Tree {
  const room = GAPS * ARITY ** (shape.levels - shape.divided) - 1
  if (values.length <= room) return leafOf(shape, height, index, values)
  must(height > 0, 'a bucket overflows')
  const parts = Array.from({ length: ARITY }, (_, child) => {
    const place = index * 8n + BigInt(child)
    const [low, high] = rangeOf(shape, height - 1, place)
    const inside = values.filter((value) => value >= low && value < high)
    return { low, high, tree: treeOf(shape, height - 1, place, inside) }
  })
  const nodes = parts.map(({ tree }) => tree.hash)
  return {
    hash: poseidon(...nodes),
    path: (value) => {
      const part = parts.find(({ low, high }) => value >= low && value < high)
      must(part !== undefined, 'outside the tree')
      const { run, children } = part.tree.path(value)
      return { run, children: [...children, nodes] }
    },
  }
}

function leafOf(shape: Shape, height: number, index: bigint, values: readonly bigint[]): Tree {
  const [low, high] = rangeOf(shape, height, index)
  const keys = [2n * low, ...values.map((value) => 2n * value + 1n)]
  const runs = Array.from({ length: Math.ceil(keys.length / GAPS) }, (_, i) =>
    Array.from({ length: RUN }, (_, j) => keys[GAPS * i + j] ?? 2n * high),
  )
  const rows = [runs.map((run) => poseidon(...run))]
  let empty = 0n
  const families: bigint[][][] = []
  for (let level = 0; level < shape.levels - shape.divided + height; level++) {
    const below = rows[level] ?? []
    const family = Array.from({ length: Math.ceil(below.length / ARITY) }, (_, i) =>
      Array.from({ length: ARITY }, (_, j) => below[ARITY * i + j] ?? empty),
    )
    families.push(family)
    rows.push(family.map((nodes) => poseidon(...nodes)))
    empty = poseidon(...Array<bigint>(ARITY).fill(empty))
  }
  return {
    hash: rows.at(-1)?.[0] ?? 0n,
    path: (value) => {
      const at = runs.findLastIndex((run) => (run[0] ?? 0n) <= 2n * value + 1n)
      const children = families.map((family, i) => family[Math.floor(at / ARITY ** (i + 1))] ?? [])
      return { run: runs[at] ?? [], children }
    },
  }
}
