import { createRequire } from 'node:module'

// snarkjs ships no types; these are for the parts that only the tests of keys use.

/** A file in memory; written ones get their `data` from snarkjs. */
export interface MemoryFile {
  type: 'mem'
  data?: Uint8Array
}

export interface Field {
  fromRng(rng: unknown): Uint8Array
  toObject(element: Uint8Array): bigint
}

interface Snarkjs {
  readonly groth16: {
    fullProve(
      input: object,
      wasm: string,
      zkey: MemoryFile,
    ): Promise<{ proof: object; publicSignals: string[] }>
    verify(key: unknown, publicSignals: readonly string[], proof: object): Promise<boolean>
  }
  readonly zKey: {
    newZKey(r1cs: string, powers: MemoryFile, zkey: MemoryFile): Promise<unknown>
    beacon(
      from: MemoryFile,
      to: MemoryFile,
      name: string,
      beacon: string,
      log2Iterations: number,
    ): Promise<unknown>
    exportVerificationKey(zkey: MemoryFile): Promise<unknown>
    verifyFromR1cs(r1cs: string, powers: MemoryFile, zkey: MemoryFile): Promise<boolean>
  }
  readonly powersOfTau: {
    newAccumulator(curve: unknown, power: number, to: MemoryFile): Promise<unknown>
    contribute(from: MemoryFile, to: MemoryFile, name: string, entropy: string): Promise<unknown>
    beacon(
      from: MemoryFile,
      to: MemoryFile,
      name: string,
      beacon: string,
      log2Iterations: number,
    ): Promise<unknown>
    truncate(from: string, to: string): Promise<unknown>
    preparePhase2(from: MemoryFile, to: MemoryFile): Promise<unknown>
  }
  readonly curves: { getCurveFromName(name: string): Promise<{ readonly Fr: Field }> }
}

export const snarkjs = createRequire(import.meta.url)('snarkjs') as Snarkjs

export function memoryFile(data?: Uint8Array): MemoryFile {
  return data === undefined ? { type: 'mem' } : { type: 'mem', data: Uint8Array.from(data) }
}
