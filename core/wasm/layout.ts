import { i32 } from './code.ts'
import type { I32 } from './code.ts'

/** Alignment of everything in memory, the width of a vector. */
const ALIGNMENT = 16

export function aligned(address: number): number {
  return Math.ceil(address / ALIGNMENT) * ALIGNMENT
}

/** Nothing is at address 0, so that 0 can mean nothing. */
const START = 64

/** What a module has in the first page of its memory: constants, and room to compute in. */
export class Layout {
  readonly #constants: { readonly address: number; readonly bytes: Uint8Array }[] = []
  readonly #rooms: { readonly address: number; readonly bytes: number }[] = []
  #end = START

  /** Room for one function at a time: no function may call another that uses the same. */
  room(bytes: number): I32 {
    const address = this.#take(bytes)
    this.#rooms.push({ address, bytes })
    return i32.const(address)
  }

  constant(bytes: Uint8Array): I32 {
    const address = this.#take(bytes.length)
    this.#constants.push({ address, bytes })
    return i32.const(address)
  }

  /** The first free address. */
  get end(): number {
    return this.#end
  }

  /** Puts the constants where the module expects them. */
  write(memory: Uint8Array): void {
    for (const { address, bytes } of this.#constants) memory.set(bytes, address)
  }

  /** Overwrites what was computed in. */
  wipe(memory: Uint8Array): void {
    for (const { address, bytes } of this.#rooms) memory.fill(0, address, address + bytes)
  }

  #take(bytes: number): number {
    const address = this.#end
    this.#end = aligned(address + bytes)
    return address
  }
}
