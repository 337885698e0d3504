import { utf8 } from '../../../core/bytes.ts'
import type { CircuitInputs } from '../../../client/witness.ts'

// A witness program that is run a hundred thousand times. The wallet's own (client/witness-program.ts)
// begins each time with new memory, so that no secret stays; that takes longer than the witness.

/** What is used of what circom 2.2 exports. */
interface CircomExports {
  readonly init: (sanityCheck: number) => void
  readonly setInputSignal: (hashHigh: number, hashLow: number, index: number) => void
  readonly writeSharedRWMemory: (word: number, value: number) => void
  readonly readSharedRWMemory: (word: number) => number
  readonly getWitness: (index: number) => void
}

/** 32-bit words of a field element. */
const WORDS = 8

export class ReusedProgram {
  readonly #exports: CircomExports
  readonly #names = new Map<string, readonly [high: number, low: number]>()

  constructor(wasm: Uint8Array) {
    const refuse = (): never => {
      throw new Refusal()
    }
    const ignore = (): void => undefined
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(wasm)), {
      runtime: {
        exceptionHandler: refuse,
        printErrorMessage: ignore,
        writeBufferMessage: ignore,
        showSharedRWMemory: ignore,
      },
    })
    this.#exports = exports as unknown as CircomExports
  }

  /** Whether the circuit's program finds a witness for these inputs; all of them have to be there. */
  accepts(inputs: CircuitInputs): boolean {
    this.#exports.init(0)
    try {
      for (const [name, value] of Object.entries(inputs)) this.#set(name, value)
      return true
    } catch (error) {
      if (error instanceof Refusal) return false
      throw error
    }
  }

  /** A wire of the witness that was accepted last. */
  read(wire: number): bigint {
    this.#exports.getWitness(wire)
    let value = 0n
    for (let i = WORDS - 1; i >= 0; i--) {
      value = (value << 32n) | BigInt(this.#exports.readSharedRWMemory(i) >>> 0)
    }
    return value
  }

  #set(name: string, value: bigint | readonly bigint[]): void {
    const [high, low] = this.#hashOf(name)
    const values = typeof value === 'bigint' ? [value] : value
    values.forEach((element, index) => {
      for (let i = 0; i < WORDS; i++) {
        this.#exports.writeSharedRWMemory(i, Number((element >> BigInt(32 * i)) & 0xffffffffn))
      }
      this.#exports.setInputSignal(high, low, index)
    })
  }

  /** FNV-1a, 64 bits, as circom finds inputs by name. */
  #hashOf(name: string): readonly [number, number] {
    const known = this.#names.get(name)
    if (known) return known
    let hash = 0xcbf29ce484222325n
    for (const byte of utf8(name)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n)
    const halves = [Number(hash >> 32n), Number(hash & 0xffffffffn)] as const
    this.#names.set(name, halves)
    return halves
  }
}

class Refusal extends Error {}
