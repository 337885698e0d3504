import { utf8 } from '../core/bytes.ts'
import { ZerocardError } from '../core/errors.ts'
import { isField } from '../core/field.ts'
import type { CircuitInputs } from './witness.ts'

// Runs the WebAssembly that circom makes of a circuit. Compiled once, it computes as many
// witnesses as wanted, each in memory of its own that is dropped afterwards.

/** What circom 2.2 exports; values pass through one shared field element of 32-bit words. */
interface CircomExports {
  readonly init: (sanityCheck: number) => void
  readonly getInputSize: () => number
  readonly getInputSignalSize: (hashHigh: number, hashLow: number) => number
  readonly setInputSignal: (hashHigh: number, hashLow: number, index: number) => void
  readonly writeSharedRWMemory: (word: number, value: number) => void
  readonly memory: WebAssembly.Memory
  /** Address of the shared element. */
  readonly getSharedRWMemoryStart: () => number
  readonly getWitnessSize: () => number
  readonly getWitness: (index: number) => void
}

/** 32-bit words of a field element. */
const WORDS = 8

/** A circuit's witness program, compiled and ready. */
export class WitnessProgram {
  readonly #module: WebAssembly.Module

  constructor(module: WebAssembly.Module) {
    this.#module = module
  }

  /** @throws ZerocardError with `ARTIFACT_INVALID` if the bytes are no WebAssembly module. */
  static async compile(wasm: Uint8Array): Promise<WitnessProgram> {
    try {
      return new WitnessProgram(await WebAssembly.compile(Uint8Array.from(wasm)))
    } catch (cause) {
      throw new ZerocardError(
        'ARTIFACT_INVALID',
        'the witness program is not a WebAssembly module',
        { cause },
      )
    }
  }

  /**
   * Computes the witness, one 32-byte little-endian element after another.
   *
   * @throws ZerocardError with `PROVING_FAILED` if the inputs do not satisfy the circuit.
   * @throws TypeError if an input is missing, unknown, too long or no field element.
   */
  async run(inputs: CircuitInputs): Promise<Uint32Array> {
    const program = await this.#instantiate()
    program.init(0)
    assertComplete(program, inputs)
    try {
      for (const [name, value] of Object.entries(inputs)) setInput(program, name, value)
    } catch (cause) {
      throw new ZerocardError('PROVING_FAILED', 'the inputs do not satisfy the circuit', { cause })
    }
    return readWitness(program)
  }

  async #instantiate(): Promise<CircomExports> {
    const fail = (code: number): never => {
      throw new Error(`circom exception ${String(code)}`)
    }
    const ignore = (): void => undefined
    const instance = await WebAssembly.instantiate(this.#module, {
      runtime: {
        exceptionHandler: fail,
        printErrorMessage: ignore,
        writeBufferMessage: ignore,
        showSharedRWMemory: ignore,
      },
    })
    return instance.exports as unknown as CircomExports
  }
}

/** The witness as field elements. */
export function witnessValues(witness: Uint32Array): bigint[] {
  return Array.from({ length: witness.length / WORDS }, (_, i) => witnessValue(witness, i))
}

/** One wire's value. */
export function witnessValue(witness: Uint32Array, wire: number): bigint {
  const start = witness.byteOffset + 4 * WORDS * wire
  const view = new DataView(witness.buffer, start, 4 * WORDS)
  const limb = (k: number): bigint => view.getBigUint64(8 * k, true)
  return (limb(3) << 192n) | (limb(2) << 128n) | (limb(1) << 64n) | limb(0)
}

function assertComplete(program: CircomExports, inputs: CircuitInputs): void {
  let total = 0
  for (const [name, value] of Object.entries(inputs)) {
    const values = typeof value === 'bigint' ? [value] : value
    if (program.getInputSignalSize(...nameHash(name)) !== values.length) {
      throw new TypeError(`the circuit input ${name} has another size`)
    }
    if (!values.every(isField)) throw new TypeError(`the circuit input ${name} is no field element`)
    total += values.length
  }
  if (total !== program.getInputSize()) throw new TypeError('a circuit input is missing')
}

function setInput(program: CircomExports, name: string, value: bigint | readonly bigint[]): void {
  const [high, low] = nameHash(name)
  const values = typeof value === 'bigint' ? [value] : value
  values.forEach((element, index) => {
    wordsOf(element).forEach((word, i) => {
      program.writeSharedRWMemory(i, word)
    })
    program.setInputSignal(high, low, index)
  })
}

/** One call for an element, not one for a word: the shared element is read where it is. */
function readWitness(program: CircomExports): Uint32Array {
  const witness = new Uint32Array(program.getWitnessSize() * WORDS)
  const shared = new Uint32Array(program.memory.buffer, program.getSharedRWMemoryStart(), WORDS)
  for (let i = 0; i < witness.length; i += WORDS) {
    program.getWitness(i / WORDS)
    for (let k = 0; k < WORDS; k++) witness[i + k] = shared[k] ?? 0
  }
  return witness
}

/** FNV-1a, 64 bits, as circom finds inputs by name. */
function nameHash(name: string): [high: number, low: number] {
  let hash = 0xcbf29ce484222325n
  for (const byte of utf8(name)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n)
  return [Number(hash >> 32n), Number(hash & 0xffffffffn)]
}

function wordsOf(value: bigint): number[] {
  return Array.from({ length: WORDS }, (_, i) => Number((value >> BigInt(32 * i)) & 0xffffffffn))
}
