import { CURVE_FIELD_ORDER } from '../../../core/curve.ts'
import { ModuleMemory, instantiate } from '../../../core/wasm/memory.ts'
import type { Address, ModuleFunctions, ModuleInstance } from '../../../core/wasm/memory.ts'
import { createPairingModule } from './module.ts'
import type { PairingModule } from './module.ts'

/** Bytes of an integer as it is read and written. */
const INTEGER_BYTES = 32
/** Words of 64 bits in it, the lowest first. */
const INTEGER_WORDS = INTEGER_BYTES / 8

/** An instance of the module with its memory. */
export class PairingMachine extends ModuleMemory {
  readonly module: PairingModule
  readonly #functions: ModuleFunctions
  readonly #integers: readonly [Address, Address]

  private constructor(module: PairingModule, { memory, functions }: ModuleInstance) {
    super(memory, module.layout)
    this.module = module
    this.#functions = functions
    this.#integers = [this.allocate(INTEGER_BYTES), this.allocate(INTEGER_BYTES)]
  }

  /** @returns undefined where WebAssembly lacks what the module needs. */
  static async start(): Promise<PairingMachine | undefined> {
    const module = createPairingModule()
    if (!WebAssembly.validate(module.bytes)) return undefined
    return new PairingMachine(module, await instantiate(module.bytes, module.layout))
  }

  /** Calls a function of the module. @throws TypeError if there is none of this name. */
  call(name: string, ...operands: readonly number[]): number {
    const called = this.#functions[name]
    if (called === undefined) throw new TypeError(`the machine has no function ${name}`)
    return called(...operands)
  }

  copy(address: Address, length: number): Uint8Array {
    return this.bytes(address, length).slice()
  }

  /** Room with these bytes in it. */
  put(bytes: Uint8Array): Address {
    const address = this.allocate(bytes.length)
    this.bytes(address, bytes.length).set(bytes)
    return address
  }

  /** Writes an integer below 2^255 for each lane, as an element of the field. */
  read(to: Address, ...integers: readonly [bigint, bigint]): void {
    this.#integers.forEach((at, lane) => {
      const words = this.longs(at, INTEGER_WORDS)
      const integer = integers[lane as 0 | 1]
      words.forEach((_, i) => (words[i] = BigInt.asUintN(64, integer >> BigInt(64 * i))))
    })
    this.call('fq_read', to, ...this.#integers)
  }

  /** The elements of a slot as integers below q. */
  write(from: Address): [bigint, bigint] {
    this.call('fq_write', ...this.#integers, from)
    return this.#integers.map((at) => {
      const words = this.longs(at, INTEGER_WORDS)
      return words.reduceRight((high, word) => (high << 64n) | word, 0n) % CURVE_FIELD_ORDER
    }) as [bigint, bigint]
  }
}
