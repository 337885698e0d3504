import library from 'mcl-wasm'

// The only file of the server that knows mcl (https://github.com/herumi/mcl, in WebAssembly).

export const mcl = library

export type G1 = InstanceType<typeof mcl.G1>
export type G2 = InstanceType<typeof mcl.G2>
export type GT = InstanceType<typeof mcl.GT>
export type Fp2 = InstanceType<typeof mcl.Fp2>
export type Fr = InstanceType<typeof mcl.Fr>

/** A place in mcl's memory. */
export type Address = number

/**
 * Functions of mcl that work on values in its memory. The package exports them for its own tests,
 * without types: what is used of them is tested, and the version of the package is fixed.
 */
export interface Machine {
  readonly stackSave: () => Address
  readonly stackAlloc: (bytes: number) => Address
  readonly stackRestore: (top: Address) => void
  readonly _mclBnFp_neg: (result: Address, x: Address) => void
  readonly _mclBnFp2_mul: (product: Address, x: Address, y: Address) => void
  readonly _mclBnG2_neg: (result: Address, x: Address) => void
  readonly _mclBnG2_dbl: (result: Address, x: Address) => void
  readonly _mclBnG2_add: (sum: Address, x: Address, y: Address) => void
  readonly _mclBnG2_isEqual: (x: Address, y: Address) => number
  readonly _mclBn_millerLoopVec: (f: Address, p: Address, q: Address, count: number) => void
}

/** Bytes of a coordinate in memory. */
export const FP_BYTES = 48
const G1_BYTES = 3 * FP_BYTES
export const G2_BYTES = 6 * FP_BYTES
const GT_BYTES = 12 * FP_BYTES

let start: Promise<void> | undefined

/** Once per process: starting again would give mcl a new memory, without the prepared keys. */
export function startMcl(): Promise<void> {
  start ??= mcl.init(mcl.BN_SNARK1).then(() => {
    // Deserialising would check the subgroup as well; it is checked once, visibly, when a proof is read.
    mcl.verifyOrderG1(false)
    mcl.verifyOrderG2(false)
  })
  return start
}

/** Gives `work` memory that is taken back when it returns. */
export function withMemory<T>(bytes: number, work: (machine: Machine, at: Address) => T): T {
  const { mod } = mcl as unknown as { readonly mod: Machine }
  const top = mod.stackSave()
  try {
    return work(mod, mod.stackAlloc(bytes))
  } finally {
    mod.stackRestore(top)
  }
}

export interface Pair {
  readonly g1: G1
  readonly g2: G2
}

/** The product of the pairs' Miller loops, which costs two thirds of one after the other. */
export function millerProduct(pairs: readonly Pair[]): GT {
  const bytes = GT_BYTES + pairs.length * (G1_BYTES + G2_BYTES)
  return withMemory(bytes, (machine, at) => {
    const firstG1 = at + GT_BYTES
    const firstG2 = firstG1 + pairs.length * G1_BYTES
    pairs.forEach(({ g1, g2 }, i) => {
      g1.copyToMem(firstG1 + i * G1_BYTES)
      g2.copyToMem(firstG2 + i * G2_BYTES)
    })
    machine._mclBn_millerLoopVec(at, firstG1, firstG2, pairs.length)
    const product = new mcl.GT()
    product.copyFromMem(at)
    return product
  })
}

export function multiply(factors: readonly GT[]): GT {
  return factors.reduce((left, right) => mcl.mul(left, right))
}

export function fr(value: bigint): Fr {
  const scalar = new mcl.Fr()
  scalar.setStr(value.toString(), 10)
  return scalar
}
