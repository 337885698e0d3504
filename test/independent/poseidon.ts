import { R, inverse, mod } from './numbers.ts'
import { must } from './refused.ts'

// Poseidon over the scalar field of BN254, straight from the paper (https://eprint.iacr.org/2019/458):
// every round adds its constants, takes fifth powers and multiplies with the matrix. Constants come
// from the authors' generator, written here bit by bit.

const FULL_ROUNDS = 8
/** By number of inputs, 1 to 16. */
const PARTIAL_ROUNDS = [56, 57, 56, 60, 60, 63, 64, 63, 60, 66, 60, 65, 70, 60, 64, 68]
const BITS = 254

interface Parameters {
  readonly constants: readonly bigint[]
  readonly matrix: readonly (readonly bigint[])[]
}

const known = new Map<number, Parameters>()
const hashes = new Map<string, bigint>()

export function poseidon(...inputs: readonly bigint[]): bigint {
  must(inputs.length >= 1 && inputs.length <= 16, '1 to 16 inputs')
  must(
    inputs.every((input) => input >= 0n && input < R),
    'an input outside the field',
  )
  const name = inputs.join()
  const hash = hashes.get(name) ?? permuted([0n, ...inputs])[0] ?? 0n
  if (hashes.size > 20_000) hashes.clear()
  hashes.set(name, hash)
  return hash
}

function permuted(start: readonly bigint[]): readonly bigint[] {
  const width = start.length
  const partial = PARTIAL_ROUNDS[width - 2] ?? 0
  const { constants, matrix } = parametersOf(width, partial)
  let state = start
  for (let round = 0; round < FULL_ROUNDS + partial; round++) {
    const isFull = round < FULL_ROUNDS / 2 || round >= FULL_ROUNDS / 2 + partial
    const boxed = state.map((element, i) => {
      const sum = element + (constants[round * width + i] ?? 0n)
      return isFull || i === 0 ? mod(sum ** 5n) : sum
    })
    state = matrix.map((row) => mod(row.reduce((sum, m, i) => sum + m * (boxed[i] ?? 0n), 0n)))
  }
  return state
}

function parametersOf(width: number, partial: number): Parameters {
  const found = known.get(width)
  if (found) return found
  const bit = grain(width, partial)
  const element = (): bigint => BigInt(`0b${Array.from({ length: BITS }, bit).join('')}`)
  const constants = Array.from({ length: (FULL_ROUNDS + partial) * width }, () => {
    let candidate = element()
    while (candidate >= R) candidate = element()
    return candidate
  })
  const xs = Array.from({ length: width }, element)
  const ys = Array.from({ length: width }, element)
  const made = { constants, matrix: xs.map((x) => ys.map((y) => inverse(x + y))) }
  known.set(width, made)
  return made
}

/** A shift register of 80 bits, of whose output the second of each pair counts if the first is 1. */
function grain(width: number, partial: number): () => number {
  const fields = [
    [1, 2],
    [0, 4],
    [BITS, 12],
    [width, 12],
    [FULL_ROUNDS, 10],
    [partial, 10],
    [2 ** 30 - 1, 30],
  ] as const
  const state = fields.flatMap(([value, bits]) =>
    Array.from(value.toString(2).padStart(bits, '0'), Number),
  )
  const step = (): number => {
    const next = [0, 13, 23, 38, 51, 62].reduce((sum, tap) => sum ^ (state[tap] ?? 0), 0)
    state.shift()
    state.push(next)
    return next
  }
  for (let i = 0; i < 160; i++) step()
  return () => {
    while (step() === 0) step()
    return step()
  }
}
