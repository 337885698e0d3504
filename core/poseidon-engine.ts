import { poseidonPlan } from './poseidon.ts'
import type { Vector } from './poseidon.ts'
import { poseidonProgram } from './poseidon-code.ts'

/** Bytes of a page of memory. */
const PAGE = 65_536
const WORD_BYTES = 32

/** Hashes a fixed number of field elements, which must be in the field. */
export type Hasher = (inputs: Vector) => bigint

/**
 * @throws CompileError or RangeError where WebAssembly may not be compiled, or not at once.
 */
export function compileHasher(inputs: number): Hasher {
  const program = poseidonProgram(poseidonPlan(inputs))
  const memory = new WebAssembly.Memory({ initial: Math.ceil(program.memory.length / PAGE) })
  new Uint8Array(memory.buffer).set(program.memory)
  const module = new WebAssembly.Module(program.code)
  const { exports } = new WebAssembly.Instance(module, { env: { memory } })
  const { hash } = exports as { readonly hash: () => void }
  const view = new DataView(memory.buffer)
  return (values) => {
    values.forEach((value, i) => {
      writeInteger(view, program.inputs + WORD_BYTES * i, value)
    })
    hash()
    return readInteger(view, program.output)
  }
}

function writeInteger(view: DataView, place: number, value: bigint): void {
  // A DataView takes the lowest 64 bits of what it is given.
  const isShort = value >> 64n === 0n
  view.setBigUint64(place, value, true)
  view.setBigUint64(place + 8, isShort ? 0n : value >> 64n, true)
  view.setBigUint64(place + 16, isShort ? 0n : value >> 128n, true)
  view.setBigUint64(place + 24, isShort ? 0n : value >> 192n, true)
}

function readInteger(view: DataView, place: number): bigint {
  const [a, b, c, d] = [0, 8, 16, 24].map((at) => view.getBigUint64(place + at, true))
  return ((d ?? 0n) << 192n) | ((c ?? 0n) << 128n) | ((b ?? 0n) << 64n) | (a ?? 0n)
}
