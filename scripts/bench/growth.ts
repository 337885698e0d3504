import * as snarkjs from 'snarkjs'
import { loadGroth16Prover } from '../../client/groth16/prover.ts'
import { SumHelper } from '../../client/groth16/sum-helper.ts'
import { FIELD_ORDER } from '../../core/field.ts'
import { encodeProof, verifyGroth16 } from '../../core/groth16.ts'
import { parseVerificationKey } from '../../core/groth16-key.ts'
import { REVOCATION_SHAPE, proveFromShard, shardPrefix } from '../../core/index.ts'
import { buildSet } from '../../server/issuer/set-threads.ts'
import {
  ELEMENT_BYTES,
  getElement,
  setElement,
  viewOf,
  writeSections,
} from '../../core/iden3/sections.ts'
import { makeDevelopmentKey } from '../build/keys.ts'
import { Multiplier } from '../build/multiplier.ts'
import { DEVELOPMENT_SEED, deriveTrapdoor } from '../build/trapdoor.ts'
import { exportVerificationKey } from '../build/verification-key.ts'
import { wtnsFile } from '../build/wtns.ts'
import { spawnHelper } from '../zerocard/sum-helper.ts'
import { exact, medianOf, timed } from './figure.ts'
import type { Figure } from './figure.ts'

// How cost grows with the size of a circuit, and with the number of revocations.

/** Beyond some two million, a bucket of numbers spread at random may have no more place. */
const LARGEST_SET = 2_000_000
const LOGS = [10, 11, 12, 13, 14, 15, 16, 17]
const ROUNDS = 3
const WARM_UPS = 1

/**
 * Proofs over circuits of one kind and of growing size, two threads, beside snarkjs by turns. Every
 * wire of them is a random-looking number, and in A and B: more work than the same number of
 * constraints of a circuit that has many digits.
 */
export async function* proofGrowth(): AsyncGenerator<Figure> {
  const multiplier = new Multiplier()
  const port = spawnHelper()
  const helper = port === undefined ? undefined : new SumHelper(port)
  for (const log of LOGS) {
    const { r1cs, witness } = chain(2 ** log - 2)
    const zkey = await makeDevelopmentKey(r1cs, deriveTrapdoor(DEVELOPMENT_SEED), multiplier)
    const prover = await loadGroth16Prover(zkey, helper)
    const words = new Uint32Array(witness.buffer)
    const key = parseVerificationKey(exportVerificationKey(zkey))
    const signal = getElement(viewOf(witness), ELEMENT_BYTES)
    if (!verifyGroth16(key, [signal], encodeProof(await prover.prove(words)))) {
      throw new Error('the proof does not verify')
    }
    const [own, theirs]: [number[], number[]] = [[], []]
    for (let round = -WARM_UPS; round < ROUNDS; round++) {
      const start = performance.now()
      await prover.prove(words)
      const between = performance.now()
      const wtns = { type: 'mem', data: wtnsFile(words) } as const
      await snarkjs.groth16.prove({ type: 'mem', data: zkey }, wtns)
      if (round < 0) continue
      own.push(between - start)
      theirs.push(performance.now() - between)
    }
    yield medianOf(`growth.prove.2^${log}.ms`, 'ms', own)
    yield medianOf(`growth.prove.snarkjs.2^${log}.ms`, 'ms', theirs)
  }
  helper?.end()
  await multiplier.close()
}

/** A set of growing size: built, one more put in, and what a holder fetches and computes of it. */
export async function* setGrowth(): AsyncGenerator<Figure> {
  for (const size of [1, 1_000, 100_000, 1_000_000, LARGEST_SET]) {
    const values = spread(0, size)
    const begin = performance.now()
    let set = await buildSet(REVOCATION_SHAPE, values)
    yield medianOf(`growth.set.${size}.build.s`, 's', [performance.now() - begin])
    const fresh = spread(size, 60)
    const insert = (): void => {
      set = set.insert(fresh.pop() ?? 0n)
    }
    yield await timed(`growth.set.${size}.insert.ms`, 'ms', 40, insert, 10)
    const asked = values[0] ?? 0n
    const shard = set.shard(shardPrefix(REVOCATION_SHAPE, asked))
    yield exact(`growth.set.${size}.shard`, shard.values.length, 'numbers')
    const find = (): unknown => proveFromShard(REVOCATION_SHAPE, set.root, shard, asked)
    yield await timed(`growth.set.${size}.path.ms`, 'ms', 3, find)
  }
}

/** Distinct numbers spread evenly over 40 bits: multiples of an odd constant (Weyl sequence). */
export function spread(from: number, count: number): bigint[] {
  return Array.from({ length: count }, (_, i) =>
    BigInt.asUintN(40, BigInt(from + i + 1) * 0x9e3779b97f4a7c15n),
  )
}

/**
 * A circuit that says x_(k+2) = (x_k + x_(k+1)) * (x_(k+1) + 3), so often, with its last number
 * public; and a witness of it.
 */
function chain(constraints: number): { r1cs: Uint8Array; witness: Uint8Array<ArrayBuffer> } {
  const numbers = [3n ** 150n % FIELD_ORDER, 5n ** 100n % FIELD_ORDER]
  for (let k = 0; k < constraints; k++) {
    const [x = 0n, y = 0n] = numbers.slice(-2)
    numbers.push(((x + y) * (y + 3n)) % FIELD_ORDER)
  }
  const wires = numbers.length + 1
  // Behind the constant one comes the public signal, then the others in their order.
  const wireOf = (k: number): number => (k === numbers.length - 1 ? 1 : k + 2)
  const witness = new Uint8Array(wires * ELEMENT_BYTES)
  setElement(viewOf(witness), 0, 1n)
  numbers.forEach((x, k) => setElement(viewOf(witness), wireOf(k) * ELEMENT_BYTES, x))
  const terms = new Uint8Array(constraints * (3 * 4 + 5 * (4 + ELEMENT_BYTES)))
  const view = viewOf(terms)
  let at = 0
  const write = (...sum: readonly (readonly [wire: number, coefficient: bigint])[]): void => {
    view.setUint32(at, sum.length, true)
    at += 4
    for (const [wire, coefficient] of sum) {
      view.setUint32(at, wire, true)
      setElement(view, at + 4, coefficient)
      at += 4 + ELEMENT_BYTES
    }
  }
  for (let k = 0; k < constraints; k++) {
    write([wireOf(k), 1n], [wireOf(k + 1), 1n])
    write([0, 3n], [wireOf(k + 1), 1n])
    write([wireOf(k + 2), 1n])
  }
  const r1cs = writeSections('r1cs', [
    [1, headerOf(wires, constraints)],
    [2, terms],
  ])
  return { r1cs, witness }
}

/** As circom writes it: the field, the numbers of wires of each kind, of labels and constraints. */
function headerOf(wires: number, constraints: number): Uint8Array {
  const bytes = new Uint8Array(64)
  const view = viewOf(bytes)
  view.setUint32(0, ELEMENT_BYTES, true)
  setElement(view, 4, FIELD_ORDER)
  view.setUint32(36, wires, true)
  view.setUint32(40, 1, true)
  view.setUint32(48, wires - 2, true)
  view.setBigUint64(52, BigInt(wires), true)
  view.setUint32(60, constraints, true)
  return bytes
}
