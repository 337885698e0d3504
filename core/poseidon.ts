import { FIELD_ORDER, invert } from './field.ts'
import { FULL_ROUNDS, PARTIAL_ROUNDS, poseidonConstants } from './poseidon-constants.ts'

export type Vector = readonly bigint[]
type Matrix = readonly Vector[]

/**
 * One width of Poseidon, with the partial rounds as a recurrence.
 *
 * In a partial round only element 0 passes the S-box; the rest of the state is linear. So the state
 * can be kept as the last `width` terms of a sequence w, from which the round's S-box input and the
 * next term are each one inner product:
 *
 *     x_n = output . (w_(n-1), w_(n-2), ...) + constant_n
 *     w_n = x_n^5 - feedback . (w_(n-1), w_(n-2), ...)
 *
 * That is 2 * width multiplications and 2 reductions a round in place of width^2 and width.
 */
export interface Plan {
  readonly partialRounds: number
  readonly matrix: Matrix
  /** Added before the S-boxes of each full round. */
  readonly fullConstants: Matrix
  /** Added to the S-box input of each partial round. */
  readonly partialConstants: Vector
  /** From the S-box outputs of the last full round before to the first w. */
  readonly entry: Matrix
  /** From the last w to the state of the first full round after. */
  readonly exit: Matrix
  readonly output: Vector
  /** Negated, so that only additions are left. */
  readonly feedback: Vector
}

/** By number of inputs, made at first use: a plan depends on nothing else. */
const plans: (Plan | undefined)[] = []

/**
 * Poseidon with circomlib's parameters: 8 full rounds, S-box x^5, the state starts with a 0 and its
 * first element is the hash. Its inputs must be 1 to 16 field elements: `hash.ts` checks that.
 */
export function poseidonUnchecked(inputs: Vector): bigint {
  const plan = poseidonPlan(inputs.length)
  const half = FULL_ROUNDS / 2
  let state: Vector = [0n, ...inputs]
  for (let round = 0; round < half; round++) {
    const mixed = round === half - 1 ? plan.entry : plan.matrix
    state = multiply(mixed, boxes(state, plan.fullConstants[round] ?? []))
  }
  state = multiply(plan.exit, partialRounds(plan, state))
  for (let round = half; round < FULL_ROUNDS - 1; round++) {
    state = multiply(plan.matrix, boxes(state, plan.fullConstants[round] ?? []))
  }
  return inner(plan.matrix[0] ?? [], boxes(state, plan.fullConstants[FULL_ROUNDS - 1] ?? []), 0)
}

/** What hashes this many inputs. */
export function poseidonPlan(inputs: number): Plan {
  return (plans[inputs] ??= makePlan(inputs + 1))
}

/** The sequence is kept in one array that grows towards its start: newest first, as in `start`. */
function partialRounds(plan: Plan, start: Vector): Vector {
  const { partialRounds: rounds, output, feedback, partialConstants } = plan
  const terms = [...Array<bigint>(rounds).fill(0n), ...start]
  for (let round = 0; round < rounds; round++) {
    const newest = rounds - round
    const x = inner(output, terms, newest) + (partialConstants[round] ?? 0n)
    terms[newest - 1] = (fifthPower(x) + inner(feedback, terms, newest)) % FIELD_ORDER
  }
  return terms.slice(0, start.length)
}

function boxes(state: Vector, constants: Vector): Vector {
  return state.map((element, i) => fifthPower(element + (constants[i] ?? 0n)))
}

function fifthPower(x: bigint): bigint {
  const square = (x * x) % FIELD_ORDER
  return (((square * square) % FIELD_ORDER) * x) % FIELD_ORDER
}

function multiply(matrix: Matrix, vector: Vector): bigint[] {
  return matrix.map((row) => inner(row, vector, 0))
}

/** One reduction for the whole sum, not one for each product. */
function inner(factors: Vector, vector: Vector, from: number): bigint {
  let sum = 0n
  for (let i = 0; i < factors.length; i++) sum += (factors[i] ?? 0n) * (vector[from + i] ?? 0n)
  return sum % FIELD_ORDER
}

function makePlan(width: number): Plan {
  const partialRounds = PARTIAL_ROUNDS[width - 2] ?? 0
  const { roundConstants, matrix } = poseidonConstants(width, partialRounds)
  const recurrence = makeRecurrence(matrix)
  return {
    partialRounds,
    matrix,
    ...recurrence,
    ...moveConstants(roundConstants, matrix, partialRounds),
  }
}

/**
 * With e = (1, 0, ..., 0) and the characteristic polynomial z^t + a_1 z^(t-1) + ... + a_t of M,
 * the state before a partial round is the sum over k of V_k w_(n-k), where
 * V_1 = M e and V_(k+1) = M V_k + a_k M e (controllable canonical form of the linear part).
 */
function makeRecurrence(matrix: Matrix): Pick<Plan, 'entry' | 'exit' | 'output' | 'feedback'> {
  const first = matrix.map((row) => row[0] ?? 0n)
  const powers = [first]
  while (powers.length < matrix.length) powers.push(multiply(matrix, powers.at(-1) ?? []))
  const beyond = multiply(matrix, powers.at(-1) ?? [])
  const column = beyond.map((value) => [value])
  const polynomial = solve(transpose(powers), column)
    .map(([value]) => negate(value ?? 0n))
    .reverse()

  const columns = [first]
  for (const a of polynomial.slice(0, -1)) {
    const next = multiply(matrix, columns.at(-1) ?? [])
    columns.push(next.map((value, i) => (value + a * (first[i] ?? 0n)) % FIELD_ORDER))
  }
  const output = columns.map((column) => column[0] ?? 0n)
  const exit = transpose(columns)
  return {
    exit,
    entry: solve(exit, matrix),
    output,
    feedback: output.map((value, i) => negate((value + (polynomial[i] ?? 0n)) % FIELD_ORDER)),
  }
}

/** Leaves one constant in each partial round: the others pass through it unchanged, so they move on. */
function moveConstants(
  roundConstants: Matrix,
  matrix: Matrix,
  partialRounds: number,
): Pick<Plan, 'fullConstants' | 'partialConstants'> {
  const half = FULL_ROUNDS / 2
  const partialConstants: bigint[] = []
  let carried: Vector = roundConstants[half] ?? []
  for (let round = 1; round <= partialRounds; round++) {
    partialConstants.push(carried[0] ?? 0n)
    const moved = multiply(matrix, [0n, ...carried.slice(1)])
    carried = moved.map(
      (value, i) => (value + (roundConstants[half + round]?.[i] ?? 0n)) % FIELD_ORDER,
    )
  }
  return {
    partialConstants,
    fullConstants: [
      ...roundConstants.slice(0, half),
      carried,
      ...roundConstants.slice(half + partialRounds + 1),
    ],
  }
}

/**
 * The X with `matrix` X = `right`, by Gauss-Jordan elimination; fails loudly for a matrix without
 * inverse, which none of these is.
 */
function solve(matrix: Matrix, right: Matrix): bigint[][] {
  const size = matrix.length
  const rows = matrix.map((row, i) => [...row, ...(right[i] ?? [])])
  for (let column = 0; column < size; column++) {
    const found = rows.findIndex((row, i) => i >= column && row[column] !== 0n)
    const pivot = rows[found]
    if (!pivot) throw new TypeError('matrix has no inverse')
    rows[found] = rows[column] ?? []
    rows[column] = pivot
    const scale = invert(pivot[column] ?? 0n)
    for (let j = column; j < pivot.length; j++) pivot[j] = ((pivot[j] ?? 0n) * scale) % FIELD_ORDER
    for (const row of rows) {
      if (row === pivot) continue
      const factor = negate(row[column] ?? 0n)
      // What is left of the column is done in this row and in the pivot's.
      for (let j = column; j < row.length; j++)
        row[j] = ((row[j] ?? 0n) + factor * (pivot[j] ?? 0n)) % FIELD_ORDER
    }
  }
  return rows.map((row) => row.slice(size))
}

function transpose(matrix: Matrix): bigint[][] {
  return (matrix[0] ?? []).map((_, j) => matrix.map((row) => row[j] ?? 0n))
}

function negate(value: bigint): bigint {
  return value === 0n ? 0n : FIELD_ORDER - value
}
