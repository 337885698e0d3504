import { CURVE_FIELD_ORDER, ENDOMORPHISM } from '../../core/curve.ts'
import { ZerocardError } from '../../core/errors.ts'
import { FIELD_ORDER } from '../../core/field.ts'
import { addFmaField } from '../../core/wasm/fields/fma-field.ts'
import { addQuadraticField } from '../../core/wasm/fields/quadratic-field.ts'
import { addScalarField } from '../../core/wasm/fields/scalar-field.ts'
import type { PrimeCode } from '../../core/wasm/fields/prime-code.ts'
import { Layout } from '../../core/wasm/layout.ts'
import { ModuleMemory, instantiate } from '../../core/wasm/memory.ts'
import type { ModuleFunctions, ModuleInstance } from '../../core/wasm/memory.ts'
import { ModuleBuilder } from '../../core/wasm/code.ts'
import { moduleBytes } from '../../core/wasm/binary.ts'
import { addListFunctions } from './kernels/lists.ts'
import { addPointFunctions } from './kernels/points.ts'
import type { PointCode } from './kernels/points.ts'
import { addDigits } from './kernels/scalars.ts'
import { addTransform } from './kernels/transform.ts'
import { isSound } from './self-test.ts'

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
  addListFunctions(module)
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

/** An instance of the module with its memory. */
export class Engine extends ModuleMemory {
  readonly module: EngineModule
  readonly call: ModuleFunctions

  private constructor(module: EngineModule, { memory, functions }: ModuleInstance) {
    super(memory, module.layout)
    this.module = module
    this.call = functions
  }

  /** @throws WebAssembly.CompileError where the browser lacks what the kind needs. */
  static async start(module: EngineModule): Promise<Engine> {
    return new Engine(module, await instantiate(module.bytes, module.layout))
  }
}
