import { Fp12, Fp2 } from '../../../../core/bn254.ts'
import { CURVE_FIELD_ORDER } from '../../../../core/curve.ts'
import { moduleBytes } from '../../../../core/wasm/binary.ts'
import { ModuleBuilder } from '../../../../core/wasm/code.ts'
import { addFmaField } from '../../../../core/wasm/fields/fma-field.ts'
import type { FmaCode } from '../../../../core/wasm/fields/fma-field.ts'
import { Layout } from '../../../../core/wasm/layout.ts'
import { addPairField } from '../../../../server/pairing/fused/pair-field.ts'
import type { PairCode } from '../../../../server/pairing/fused/pair-field.ts'
import { addTower } from '../../../../server/pairing/fused/tower.ts'
import type { TowerCode } from '../../../../server/pairing/fused/tower.ts'
import { PairingMachine } from '../../../../server/pairing/fused/machine.ts'
import { numbersFrom } from '../../../client/groth16/engine-world.ts'

export const q = CURVE_FIELD_ORDER

export type Fp2Value = typeof Fp2.ONE
export type Fp12Value = typeof Fp12.ONE

/** @throws Error where this Node has no fused multiply-add: what is tested would be left out. */
export async function startMachine(): Promise<PairingMachine> {
  const machine = await PairingMachine.start()
  if (machine === undefined) throw new Error('the fused engine does not start here')
  return machine
}

/** Values that fill limbs or leave them empty, or lie beside a border. */
export const EDGES: readonly bigint[] = [
  ...[0n, 1n, 2n, q - 1n, q - 2n, q >> 1n, (q >> 1n) + 1n],
  ...[50n, 51n, 102n, 153n, 204n, 253n].flatMap((bits) => [(1n << bits) - 1n, 1n << bits]),
]

/** Elements that look random, every fourth number at an edge. */
export function elementsFrom(seed: number) {
  const next = numbersFrom(seed)
  const number = (): bigint =>
    next(4n) === 0n ? EDGES[Number(next(BigInt(EDGES.length)))]! : next(q)
  const fp2 = (): Fp2Value => Fp2.fromBigTuple([number(), number()])
  const fp12 = (): Fp12Value => fp12Of(Array.from({ length: 6 }, fp2))
  return { next, number, fp2, fp12 }
}

/** f0 + f1 w + … + f5 w⁵. */
export function fp12Of(parts: readonly Fp2Value[]): Fp12Value {
  const [f0, f1, f2, f3, f4, f5] = parts
  return { c0: { c0: f0!, c1: f2!, c2: f4! }, c1: { c0: f1!, c1: f3!, c2: f5! } }
}

export function partsOf({ c0, c1 }: Fp12Value): Fp2Value[] {
  return [c0.c0, c1.c0, c0.c1, c1.c1, c0.c2, c1.c2]
}

/** Two elements side by side. */
export function fp2Bytes(prime: FmaCode, low: Fp2Value, high: Fp2Value): Uint8Array {
  return Uint8Array.of(...prime.slotOf(low.c0, high.c0), ...prime.slotOf(low.c1, high.c1))
}

export function fp2ValuesOf(prime: FmaCode, bytes: Uint8Array): [low: Fp2Value, high: Fp2Value] {
  const half = bytes.length / 2
  const [real, imaginary] = [bytes.subarray(0, half), bytes.subarray(half)].map((part) =>
    prime.valuesOf(part),
  )
  const lane = (k: 0 | 1): Fp2Value => Fp2.fromBigTuple([real![k]!, imaginary![k]!])
  return [lane(0), lane(1)]
}

export function fp12Bytes(prime: FmaCode, value: Fp12Value): Uint8Array {
  const [f0, f1, f2, f3, f4, f5] = partsOf(value)
  return Uint8Array.of(
    ...fp2Bytes(prime, f0!, f1!),
    ...fp2Bytes(prime, f2!, f3!),
    ...fp2Bytes(prime, f4!, f5!),
  )
}

export function fp12ValueOf(prime: FmaCode, bytes: Uint8Array): Fp12Value {
  const slot = bytes.length / 3
  return fp12Of(
    [0, 1, 2].flatMap((i) => fp2ValuesOf(prime, bytes.subarray(i * slot, (i + 1) * slot))),
  )
}

/** A slot of two elements as far out as reduced ones may be: full limbs, whose signs `next` draws. */
export function extremeSlot(next: (below: bigint) => bigint): Uint8Array {
  const numbers = new Float64Array(10)
  const limit = (q * 509n) / 1000n
  for (const lane of [0, 1]) {
    const sign = (): number => (next(2n) === 0n ? 1 : -1)
    const kind = next(4n)
    const same = sign()
    const lower = Array.from({ length: 4 }, (_, i) => {
      const signs = [same, i % 2 === 0 ? same : -same, sign(), 0]
      return 2 ** 50 * signs[Number(kind)]!
    })
    const rest = [...lower].reverse().reduce((sum, limb) => (sum << 51n) + BigInt(limb), 0n)
    const top = (BigInt(sign()) * limit - rest) >> 204n
    for (const [i, limb] of [...lower, Number(top)].entries()) numbers[2 * i + lane] = limb
  }
  return new Uint8Array(numbers.buffer)
}

/** Whether every number of these bytes is within what is declared of a reduced element. */
export function isReduced(prime: FmaCode, bytes: Uint8Array): boolean {
  const numbers = new Float64Array(bytes.slice().buffer)
  if (numbers.some((limb) => !Number.isInteger(limb) || Math.abs(limb) > 2 ** 50)) return false
  const limit = BigInt(Math.floor(prime.reduced.value * 1000)) * q
  // Of each slot five limbs for each of two lanes, by turns.
  return Array.from({ length: numbers.length / 10 }, (_, i) =>
    [0, 1].map((lane) =>
      [4, 3, 2, 1, 0].reduce(
        (sum, k) => (sum << 51n) + BigInt(numbers[10 * i + 2 * k + lane]!),
        0n,
      ),
    ),
  )
    .flat()
    .every((value) => 1000n * (value < 0n ? -value : value) <= limit)
}

/** What a module of our own is made of. */
export interface Parts {
  readonly module: ModuleBuilder
  readonly prime: FmaCode
  readonly pair: PairCode
  readonly tower: TowerCode
}

/** A module with the towers of fields and other functions besides. */
export class Probes {
  readonly prime: FmaCode
  readonly #memory = new WebAssembly.Memory({ initial: 2 })
  readonly #functions: Readonly<Record<string, ((...operands: number[]) => number) | undefined>>
  #end: number

  constructor(define: (parts: Parts) => void) {
    const [module, layout] = [new ModuleBuilder(), new Layout()]
    this.prime = addFmaField(module, layout, 'fq', q)
    const pair = addPairField(module, layout, this.prime)
    const tower = addTower(module, layout, pair)
    define({ module, prime: this.prime, pair, tower })
    layout.write(new Uint8Array(this.#memory.buffer))
    const compiled = new WebAssembly.Module(moduleBytes(module.functions))
    const { exports } = new WebAssembly.Instance(compiled, { env: { memory: this.#memory } })
    this.#functions = exports as Record<string, (...operands: number[]) => number>
    this.#end = layout.end
  }

  call(name: string, ...operands: number[]): number {
    return this.#functions[name]!(...operands)
  }

  /** Room for slots, at an address that is never used again. */
  allocate(bytes: number): number {
    this.#end += bytes
    if (this.#end > this.#memory.buffer.byteLength) throw new TypeError('too many operands')
    return this.#end - bytes
  }

  set(at: number, bytes: Uint8Array): void {
    new Uint8Array(this.#memory.buffer).set(bytes, at)
  }

  get(at: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer).slice(at, at + length)
  }
}
