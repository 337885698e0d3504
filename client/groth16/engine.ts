import { CURVE_FIELD_ORDER, ENDOMORPHISM } from '../../core/curve.ts'
import { ZerocardError } from '../../core/errors.ts'
import { FIELD_ORDER } from '../../core/field.ts'
import { addFmaField } from '../../core/wasm/fields/fma-field.ts'
import { addQuadraticField } from '../../core/wasm/fields/quadratic-field.ts'
import { addScalarField } from '../../core/wasm/fields/scalar-field.ts'
import type { PrimeCode } from '../../core/wasm/fields/prime-code.ts'
import { addPointFunctions } from './kernels/points.ts'
import type { PointCode } from './kernels/points.ts'
import { addDigits } from './kernels/scalars.ts'
import { addTransform } from './kernels/transform.ts'
import { isSound } from './self-test.ts'
import { Layout } from '../../core/wasm/layout.ts'
import { ModuleBuilder } from '../../core/wasm/code.ts'
import { moduleBytes } from '../../core/wasm/binary.ts'

/** `fma`: two elements at once by relaxed SIMD. `scalar`: what every engine has. The faster first. */
export const ENGINE_KINDS = ['fma', 'scalar'] as const
export type EngineKind = (typeof ENGINE_KINDS)[number]

export interface Group {
  readonly name: 'g1' | 'g2'
  /** Parts of a coordinate. */
  readonly components: 1 | 2
  readonly code: PointCode
}

/** A module with what has to be known of it to use it. */
export interface EngineModule {
  readonly kind: EngineKind
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly layout: Layout
  readonly fq: PrimeCode
  readonly fr: PrimeCode
  readonly g1: Group
  readonly g2: Group
}

export function createEngineModule(kind: EngineKind): EngineModule {
  const module = new ModuleBuilder()
  const layout = new Layout()
  const addField = kind === 'fma' ? addFmaField : addScalarField
  const fq = addField(module, layout, 'fq', CURVE_FIELD_ORDER)
  const fr = addField(module, layout, 'fr', FIELD_ORDER)
  const fq2 = addQuadraticField(module, layout, 'fq2', fq)
  const { beta, betaG2, lambda } = ENDOMORPHISM
  const g1 = addPointFunctions(module, layout, 'g1', { field: fq, prime: fq, beta })
  const g2 = addPointFunctions(module, layout, 'g2', { field: fq2, prime: fq, beta: betaG2 })
  addDigits(module, FIELD_ORDER, lambda)
  addTransform(module, layout, fr)
  return {
    kind,
    bytes: moduleBytes(module.functions),
    layout,
    fq,
    fr,
    g1: { name: 'g1', components: 1, code: g1 },
    g2: { name: 'g2', components: 2, code: g2 },
  }
}

/**
 * Starts the fastest engine that computes rightly here.
 *
 * @param kinds - In the order in which they are tried.
 */
export async function startEngine(kinds: readonly EngineKind[] = ENGINE_KINDS): Promise<Engine> {
  for (const kind of kinds) {
    const module = createEngineModule(kind)
    if (!WebAssembly.validate(module.bytes)) continue
    const engine = await Engine.start(module)
    if (isSound(engine)) return engine
  }
  throw new ZerocardError('PROVING_FAILED', 'this browser computes wrongly')
}

/** The functions of a module, by name. */
export type EngineFunctions = Readonly<Record<string, (...operands: number[]) => number>>

const PAGE_BYTES = 65_536
/** 2 GiB: addresses stay numbers without a sign. */
const MAX_PAGES = 32_768

/** An instance of the module with its memory. */
export class Engine {
  readonly module: EngineModule
  readonly call: EngineFunctions
  readonly #memory: WebAssembly.Memory
  #end: number
  #highest = 0

  private constructor(module: EngineModule, memory: WebAssembly.Memory, call: EngineFunctions) {
    this.module = module
    this.call = call
    this.#memory = memory
    this.#end = module.layout.end
    module.layout.write(new Uint8Array(memory.buffer))
  }

  /** @throws WebAssembly.CompileError where the browser lacks what the kind needs. */
  static async start(module: EngineModule): Promise<Engine> {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: MAX_PAGES })
    const { instance } = await WebAssembly.instantiate(module.bytes, { env: { memory } })
    return new Engine(module, memory, instance.exports as unknown as EngineFunctions)
  }

  /** Room for bytes, aligned to 16. It is not zero. */
  allocate(bytes: number): number {
    const address = this.#end
    this.#end += Math.ceil(bytes / 16) * 16
    const missing = this.#end - this.#memory.buffer.byteLength
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE_BYTES))
    return address
  }

  /** Runs work whose allocations are given back afterwards. */
  temporarily<T>(work: () => T): T {
    const end = this.#end
    try {
      return work()
    } finally {
      this.#highest = Math.max(this.#highest, this.#end)
      this.#end = end
    }
  }

  /** Overwrites everything that was given back. */
  wipe(): void {
    if (this.#highest > this.#end) this.bytes(this.#end, this.#highest - this.#end).fill(0)
    this.#highest = 0
    this.module.layout.wipe(this.bytes(0, this.module.layout.end))
  }

  /** Views end when memory grows: ask again after each allocation. */
  bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, address, length)
  }

  words(address: number, length: number): Uint32Array {
    return new Uint32Array(this.#memory.buffer, address, length)
  }

  digits(address: number, length: number): Int16Array {
    return new Int16Array(this.#memory.buffer, address, length)
  }
}
