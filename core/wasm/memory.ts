import { aligned } from './layout.ts'
import type { Layout } from './layout.ts'

/** A place in the memory of a module. */
export type Address = number

/** The functions of a module, by name. */
export type ModuleFunctions = Readonly<Record<string, (...operands: number[]) => number>>

export interface ModuleInstance {
  readonly memory: WebAssembly.Memory
  readonly functions: ModuleFunctions
}

const PAGE_BYTES = 65_536
/** 2 GiB: addresses stay numbers without a sign. */
const MAX_PAGES = 32_768

/** The memory of a running module: its layout, and after it what its user allocates. */
export class ModuleMemory {
  readonly #memory: WebAssembly.Memory
  readonly #layout: Layout
  #end: Address
  /** How far memory was used that has been given back since. */
  #highest: Address = 0

  /** @param memory - The module's. Gets the constants of the layout. */
  constructor(memory: WebAssembly.Memory, layout: Layout) {
    this.#memory = memory
    this.#layout = layout
    this.#end = layout.end
    layout.write(this.bytes(0, layout.end))
  }

  /** Room for bytes, aligned as vectors are. It is not zero. @throws RangeError beyond 2 GiB. */
  allocate(bytes: number): Address {
    const address = this.#end
    const end = aligned(address + bytes)
    const missing = end - this.#memory.buffer.byteLength
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE_BYTES))
    this.#end = end
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

  /** Overwrites everything that was given back, and where the module's functions compute. */
  wipe(): void {
    if (this.#highest > this.#end) this.bytes(this.#end, this.#highest - this.#end).fill(0)
    this.#highest = 0
    this.#layout.wipe(this.bytes(0, this.#layout.end))
  }

  /** Views end when memory grows: ask again after each allocation. */
  bytes(address: Address, length: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, address, length)
  }

  words(address: Address, length: number): Uint32Array {
    return new Uint32Array(this.#memory.buffer, address, length)
  }

  longs(address: Address, length: number): BigUint64Array {
    return new BigUint64Array(this.#memory.buffer, address, length)
  }
}

/**
 * Starts a module that imports its memory.
 *
 * @throws WebAssembly.CompileError where WebAssembly lacks what the module needs.
 */
export async function instantiate(
  bytes: Uint8Array<ArrayBuffer>,
  layout: Layout,
): Promise<ModuleInstance> {
  const memory = new WebAssembly.Memory({
    initial: Math.ceil(layout.end / PAGE_BYTES),
    maximum: MAX_PAGES,
  })
  const { instance } = await WebAssembly.instantiate(bytes, { env: { memory } })
  return { memory, functions: instance.exports as unknown as ModuleFunctions }
}
