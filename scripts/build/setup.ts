import { ELEMENT_BYTES, setElement, viewOf } from '../../core/iden3/sections.ts'
import { COEFFICIENT_BYTES } from '../../core/iden3/zkey.ts'
import { FIELD_ORDER, invert, invertAll, reduce } from '../../core/field.ts'
import { forEachTerm } from './r1cs.ts'
import type { R1cs } from './r1cs.ts'
import { power, rootOfUnity } from './scalar-field.ts'
import type { Trapdoor } from './trapdoor.ts'

// Groth16's set-up (Groth 2016, section 3.2) with the trapdoor at hand: every point of the key is
// a known multiple of a generator, and this file computes the multiples.

/** Bytes in shared memory, so that threads read them without a copy. */
export type SharedBytes = Uint8Array<SharedArrayBuffer>

/** Multiples of the generators, 32 bytes each, little-endian. */
export interface SetupScalars {
  /** Size of the evaluation domain, a power of two. */
  readonly domain: number
  /** A_i(tau) of every wire i. */
  readonly a: SharedBytes
  /** B_i(tau) of every wire. */
  readonly b: SharedBytes
  /** beta*A_i + alpha*B_i + C_i at tau, of the constant and the public signals (gamma is 1). */
  readonly inputs: SharedBytes
  /** The same divided by delta, of the private wires. */
  readonly c: SharedBytes
  /** For the quotient: the odd Lagrange polynomials of the doubled domain, divided by delta. */
  readonly h: SharedBytes
  /** Section 4 of the key: the matrices A and B, which the prover multiplies its witness with. */
  readonly coefficients: Uint8Array<ArrayBuffer>
}

/** Montgomery's constant squared: the prover wants every coefficient multiplied with it. */
const R_SQUARED = (1n << 512n) % FIELD_ORDER

/**
 * Evaluates the polynomials of a circuit at tau.
 *
 * Every public signal, and the constant 1, gets one more row in A after the constraints, so that
 * its polynomial is independent of the others, as snarkjs does.
 *
 * @throws ZerocardError with `ARTIFACT_INVALID` if the constraints are damaged.
 */
export function evaluateSetup(r1cs: R1cs, trapdoor: Trapdoor): SetupScalars {
  const log2Domain = 32 - Math.clz32(r1cs.constraints + r1cs.publicSignals)
  const lagrange = lagrangeAt(trapdoor.tau, log2Domain)
  const sums = sumColumns(r1cs, lagrange)
  const combined = sums.c.map((c, i) =>
    reduce(trapdoor.beta * item(sums.a, i) + trapdoor.alpha * item(sums.b, i) + c),
  )
  const inverseDelta = invert(trapdoor.delta)
  const firstPrivate = r1cs.publicSignals + 1
  return {
    domain: 2 ** log2Domain,
    a: share(sums.a),
    b: share(sums.b),
    inputs: share(combined.slice(0, firstPrivate)),
    c: share(combined.slice(firstPrivate).map((value) => (value * inverseDelta) % FIELD_ORDER)),
    h: share(oddLagrangeAt(trapdoor.tau, log2Domain, inverseDelta)),
    coefficients: sums.coefficients,
  }
}

/** The integers as 32 little-endian bytes each, in shared memory. */
export function share(values: readonly bigint[]): SharedBytes {
  const bytes = new Uint8Array(new SharedArrayBuffer(values.length * ELEMENT_BYTES))
  const view = viewOf(bytes)
  values.forEach((value, i) => {
    setElement(view, i * ELEMENT_BYTES, value)
  })
  return bytes
}

/** For each wire the sum over its column of coefficient times Lagrange polynomial, per matrix. */
function sumColumns(r1cs: R1cs, lagrange: readonly bigint[]) {
  const [a, b, c] = [zeros(r1cs.wires), zeros(r1cs.wires), zeros(r1cs.wires)]
  const columns = [a, b, c] as const
  const entries = new CoefficientWriter(r1cs)
  forEachTerm(r1cs, (constraint, matrix, wire, coefficient) => {
    const value = item(lagrange, constraint)
    const column = columns[matrix]
    column[wire] =
      item(column, wire) + (coefficient === 1n ? value : (coefficient * value) % FIELD_ORDER)
    if (matrix !== 2) entries.add(matrix, constraint, wire, coefficient)
  })
  for (let signal = 0; signal <= r1cs.publicSignals; signal++) {
    const row = r1cs.constraints + signal
    a[signal] = item(a, signal) + item(lagrange, row)
    entries.add(0, row, signal, 1n)
  }
  return { a: a.map(reduce), b: b.map(reduce), c: c.map(reduce), coefficients: entries.finish() }
}

/** Writes section 4. Coefficients repeat a lot, so their Montgomery forms are remembered. */
class CoefficientWriter {
  readonly #bytes: Uint8Array<ArrayBuffer>
  readonly #view: DataView
  readonly #known = new Map<bigint, bigint>()
  #count = 0

  constructor(r1cs: R1cs) {
    // Every term takes 36 bytes in the file, so this is room enough; finish() cuts the rest off.
    const terms = Math.ceil(r1cs.terms.length / (4 + ELEMENT_BYTES)) + r1cs.publicSignals + 1
    this.#bytes = new Uint8Array(4 + terms * COEFFICIENT_BYTES)
    this.#view = viewOf(this.#bytes)
  }

  add(matrix: number, constraint: number, wire: number, coefficient: bigint): void {
    const position = 4 + this.#count * COEFFICIENT_BYTES
    this.#view.setUint32(position, matrix, true)
    this.#view.setUint32(position + 4, constraint, true)
    this.#view.setUint32(position + 8, wire, true)
    setElement(this.#view, position + 12, this.#montgomery(coefficient))
    this.#count += 1
  }

  finish(): Uint8Array<ArrayBuffer> {
    this.#view.setUint32(0, this.#count, true)
    return this.#bytes.subarray(0, 4 + this.#count * COEFFICIENT_BYTES)
  }

  #montgomery(coefficient: bigint): bigint {
    let value = this.#known.get(coefficient)
    if (value === undefined) {
      value = (coefficient * R_SQUARED) % FIELD_ORDER
      this.#known.set(coefficient, value)
    }
    return value
  }
}

/** All Lagrange polynomials of the domain of size 2^log2Domain, at tau. */
function lagrangeAt(tau: bigint, log2Domain: number): bigint[] {
  const size = 1n << BigInt(log2Domain)
  return lagrangeOnCoset(
    tau,
    2 ** log2Domain,
    rootOfUnity(log2Domain),
    1n,
    vanishingOver(tau, size),
  )
}

/**
 * Every second Lagrange polynomial of the doubled domain, starting with the first odd one, at tau,
 * times `factor`.
 */
function oddLagrangeAt(tau: bigint, log2Domain: number, factor: bigint): bigint[] {
  const root = rootOfUnity(log2Domain + 1)
  const scale = (vanishingOver(tau, 2n << BigInt(log2Domain)) * factor) % FIELD_ORDER
  return lagrangeOnCoset(tau, 2 ** log2Domain, (root * root) % FIELD_ORDER, root, scale)
}

/** (tau^size - 1) / size */
function vanishingOver(tau: bigint, size: bigint): bigint {
  return reduce((power(tau, size) - 1n) * invert(size))
}

/** scale * x / (tau - x) for x = first, first*root, first*root^2, ... */
function lagrangeOnCoset(
  tau: bigint,
  count: number,
  root: bigint,
  first: bigint,
  scale: bigint,
): bigint[] {
  const points: bigint[] = []
  for (let x = first; points.length < count; x = (x * root) % FIELD_ORDER) points.push(x)
  const inverses = invertAll(points.map((x) => reduce(tau - x)))
  return points.map((x, i) => (((scale * x) % FIELD_ORDER) * item(inverses, i)) % FIELD_ORDER)
}

function zeros(count: number): bigint[] {
  return new Array<bigint>(count).fill(0n)
}

/** The list was made with this index in it; the fallback only satisfies the type. */
function item(values: readonly bigint[], index: number): bigint {
  return values[index] ?? 0n
}
