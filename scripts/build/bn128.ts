import { createRequire } from 'node:module'

// The only file that knows wasmcurves: BN254 arithmetic in WebAssembly on Montgomery forms.
// Functions take and give addresses in the module's memory; results may overwrite operands.

type Unary = (from: number, to: number) => void
type Binary = (a: number, b: number, to: number) => void

/** The field that the coordinates of a group are in. */
export interface CoordinateField {
  readonly bytes: number
  readonly isZero: (at: number) => 0 | 1
  readonly copy: Unary
  readonly neg: Unary
  readonly square: Unary
  readonly add: Binary
  readonly sub: Binary
  readonly mul: Binary
  /** Inverts `count` elements with one inversion; zeros stay zero. */
  readonly batchInverse: (
    from: number,
    fromStride: number,
    count: number,
    to: number,
    toStride: number,
  ) => void
}

/** Affine points have two coordinates, Jacobian points three. */
export interface Group {
  readonly field: CoordinateField
  readonly affineBytes: number
  readonly jacobianBytes: number
  /** Address of the generator, Jacobian. */
  readonly generator: number
  readonly toAffine: Unary
  readonly toJacobian: Unary
  /** Jacobian plus affine; the two may also be equal or opposite. */
  readonly addMixed: Binary
  readonly subMixed: Binary
}

/** Bytes of an element of the base field. */
const BASE_BYTES = 32
/** Base field elements in one of the pairing's target field, which has degree 12. */
const TARGET_DEGREE = 12
const PAGE_BYTES = 65_536
/** Batch functions write above the heap pointer; this is far more than our batches need. */
const SCRATCH_BYTES = 4 << 20

/** An instance of the module with a memory of its own, and an allocator that never frees. */
export class Bn128 {
  readonly g1: Group
  readonly g2: Group
  readonly #memory = new WebAssembly.Memory({ initial: 25 })
  readonly #pairing: Binary
  readonly #fromMontgomery: Unary
  #next: number

  constructor() {
    const { module, pG1gen, pG2gen } = load()
    const { exports } = new WebAssembly.Instance(module, { env: { memory: this.#memory } })
    this.g1 = group(exports, 'g1m', field(exports, 'f1m', BASE_BYTES), pG1gen)
    this.g2 = group(exports, 'g2m', field(exports, 'f2m', 2 * BASE_BYTES), pG2gen)
    this.#pairing = exports['bn128_pairing'] as Binary
    this.#fromMontgomery = exports['f1m_fromMontgomery'] as Unary
    this.#next = new DataView(this.#memory.buffer).getUint32(0, true)
  }

  /** Reserves zeroed bytes; views taken before may be detached by it. */
  allocate(length: number): number {
    const start = this.#next
    this.#next = Math.ceil((start + length) / 8) * 8
    const missing = this.#next + SCRATCH_BYTES - this.#memory.buffer.byteLength
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE_BYTES))
    // The module finds its scratch room through the pointer at address 0: it has to be above
    // everything allocated, or tables would be overwritten without any error.
    new DataView(this.#memory.buffer).setUint32(0, this.#next, true)
    return start
  }

  /** A view, valid until the next allocation. */
  view(start: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, start, length)
  }

  /** Reserves room and copies `bytes` there. */
  store(bytes: Uint8Array): number {
    const start = this.allocate(bytes.length)
    this.view(start, bytes.length).set(bytes)
    return start
  }

  /**
   * The pairing of two affine points.
   *
   * @returns The 12 coordinates, 32 little-endian bytes each, in normal form.
   */
  pair(g1: Uint8Array, g2: Uint8Array): Uint8Array {
    const left = this.#jacobian(this.g1, g1)
    const right = this.#jacobian(this.g2, g2)
    const result = this.allocate(TARGET_DEGREE * BASE_BYTES)
    this.#pairing(left, right, result)
    return this.fromMontgomery(this.view(result, TARGET_DEGREE * BASE_BYTES))
  }

  /** Base field elements in normal form, 32 little-endian bytes each. */
  fromMontgomery(elements: Uint8Array): Uint8Array {
    const { length } = elements
    const start = this.store(elements.slice())
    for (let at = start; at < start + length; at += BASE_BYTES) this.#fromMontgomery(at, at)
    return this.view(start, length).slice()
  }

  #jacobian(group: Group, affine: Uint8Array): number {
    const from = this.store(affine)
    const to = this.allocate(group.jacobianBytes)
    group.toJacobian(from, to)
    return to
  }
}

function group(
  exports: WebAssembly.Exports,
  prefix: string,
  coordinates: CoordinateField,
  generator: number,
): Group {
  return {
    field: coordinates,
    affineBytes: 2 * coordinates.bytes,
    jacobianBytes: 3 * coordinates.bytes,
    generator,
    toAffine: exports[`${prefix}_toAffine`] as Unary,
    toJacobian: exports[`${prefix}_toJacobian`] as Unary,
    addMixed: exports[`${prefix}_addMixed`] as Binary,
    subMixed: exports[`${prefix}_subMixed`] as Binary,
  }
}

function field(exports: WebAssembly.Exports, prefix: string, bytes: number): CoordinateField {
  return {
    bytes,
    isZero: exports[`${prefix}_isZero`] as CoordinateField['isZero'],
    copy: exports[`${prefix}_copy`] as Unary,
    neg: exports[`${prefix}_neg`] as Unary,
    square: exports[`${prefix}_square`] as Unary,
    add: exports[`${prefix}_add`] as Binary,
    sub: exports[`${prefix}_sub`] as Binary,
    mul: exports[`${prefix}_mul`] as Binary,
    batchInverse: exports[`${prefix}_batchInverse`] as CoordinateField['batchInverse'],
  }
}

interface Loaded {
  readonly module: WebAssembly.Module
  readonly pG1gen: number
  readonly pG2gen: number
}

function load(): Loaded {
  // wasmcurves has no types; its module comes as base64, together with the addresses in it.
  const source = createRequire(import.meta.url)('wasmcurves/build/bn128_wasm.js') as {
    readonly code: string
    readonly pG1gen: number
    readonly pG2gen: number
  }
  return { ...source, module: new WebAssembly.Module(Buffer.from(source.code, 'base64')) }
}
