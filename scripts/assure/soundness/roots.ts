import { FIELD_ORDER, invert, reduce } from '../../../core/field.ts'

/** The roots of square * x^2 + linear * x + constant, each once; undefined if every x is one. */
export function rootsOf(square: bigint, linear: bigint, constant: bigint): bigint[] | undefined {
  const [a, b, c] = [reduce(square), reduce(linear), reduce(constant)]
  if (a === 0n) {
    if (b === 0n) return c === 0n ? undefined : []
    return [reduce(-c * invert(b))]
  }
  const root = squareRoot(reduce(b * b - 4n * a * c))
  if (root === undefined) return []
  const half = invert(2n * a)
  return [...new Set([reduce((root - b) * half), reduce((-root - b) * half)])]
}

/** As {@link rootsOf}, for an x that is 0 or 1. */
export function digitRoots(square: bigint, linear: bigint, constant: bigint): bigint[] {
  return [0n, 1n].filter((x) => reduce((square * x + linear) * x + constant) === 0n)
}

/** r - 1 = 2^28 * odd. */
const TWOS = 28n
const ODD = (FIELD_ORDER - 1n) >> TWOS
/** No square in the field. */
const NON_SQUARE = 5n

/** By Tonelli and Shanks; undefined for what is no square. */
function squareRoot(value: bigint): bigint | undefined {
  if (value === 0n) return 0n
  if (power(value, (FIELD_ORDER - 1n) / 2n) !== 1n) return undefined
  let [root, rest] = [power(value, (ODD + 1n) / 2n), power(value, ODD)]
  let [step, order] = [power(NON_SQUARE, ODD), TWOS]
  while (rest !== 1n) {
    const smaller = orderOf(rest)
    const factor = power(step, 1n << (order - smaller - 1n))
    root = (root * factor) % FIELD_ORDER
    step = (factor * factor) % FIELD_ORDER
    rest = (rest * step) % FIELD_ORDER
    order = smaller
  }
  return root
}

/** How often to square until 1. */
function orderOf(value: bigint): bigint {
  let [order, square] = [0n, value]
  while (square !== 1n) {
    square = (square * square) % FIELD_ORDER
    order++
  }
  return order
}

function power(base: bigint, exponent: bigint): bigint {
  let [result, square] = [1n, base]
  for (let left = exponent; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) result = (result * square) % FIELD_ORDER
    square = (square * square) % FIELD_ORDER
  }
  return result
}
