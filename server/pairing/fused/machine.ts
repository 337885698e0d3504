import { CURVE_FIELD_ORDER } from '../../../core/curve.ts'
import { createPairingModule } from './module.ts'
import type { PairingModule } from './module.ts'

/** A place in the machine's memory. */
export type Address = number

type Functions = Readonly<Record<string, (...operands: number[]) => number>>

const PAGE_BYTES = 65_536
const ALIGNMENT = 16
/** Bytes of an integer as it is read and written. */
const INTEGER_BYTES = 32

/** An instance of the module with its memory. */
export class PairingMachine {
  readonly module: PairingModule
  readonly #functions: Functions
  readonly #memory: WebAssembly.Memory
  readonly #integers: readonly [Address, Address]
  #end: Address

  private constructor(module: PairingModule, memory: WebAssembly.Memory, functions: Functions) {
    this.module = module
    this.#functions = functions
    this.#memory = memory
    this.#end = module.layout.end
    module.layout.write(new Uint8Array(memory.buffer))
    this.#integers = [this.allocate(INTEGER_BYTES), this.allocate(INTEGER_BYTES)]
  }

  /** @returns undefined where WebAssembly lacks what the module needs. */
  static async start(): Promise<PairingMachine | undefined> {
    const module = createPairingModule()
    if (!WebAssembly.validate(module.bytes)) return undefined
    const pages = Math.ceil(module.layout.end / PAGE_BYTES)
    const memory = new WebAssembly.Memory({ initial: pages })
    const { instance } = await WebAssembly.instantiate(module.bytes, { env: { memory } })
    return new PairingMachine(module, memory, instance.exports as unknown as Functions)
  }

  /** Calls a function of the module. @throws TypeError if there is none of this name. */
  call(name: string, ...operands: readonly number[]): number {
    const called = this.#functions[name]
    if (called === undefined) throw new TypeError(`the machine has no function ${name}`)
    return called(...operands)
  }

  allocate(bytes: number): Address {
    const address = Math.ceil(this.#end / ALIGNMENT) * ALIGNMENT
    this.#end = address + bytes
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
      this.#end = end
    }
  }

  /** Views end when memory grows: ask again after each allocation. */
  bytes(address: Address, length: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, address, length)
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
    const view = new DataView(this.#memory.buffer)
    integers.forEach((integer, lane) => {
      for (let i = 0; i < 4; i++) {
        const word = BigInt.asUintN(64, integer >> BigInt(64 * i))
        view.setBigUint64((this.#integers[lane] ?? 0) + 8 * i, word, true)
      }
    })
    this.call('fq_read', to, ...this.#integers)
  }

  /** The elements of a slot as integers below q. */
  write(from: Address): [bigint, bigint] {
    this.call('fq_write', ...this.#integers, from)
    const view = new DataView(this.#memory.buffer)
    return this.#integers.map((at) => {
      let integer = 0n
      for (let i = 3; i >= 0; i--) integer = (integer << 64n) | view.getBigUint64(at + 8 * i, true)
      return integer % CURVE_FIELD_ORDER
    }) as [bigint, bigint]
  }
}
