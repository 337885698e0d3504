// snarkjs 0.7.6 ships no types; only what is used here.
declare module 'snarkjs' {
  interface MemoryFile {
    type: 'mem'
    data?: Uint8Array
  }
  interface Options {
    singleThread?: boolean
  }
  export interface Logger {
    debug(message: string): void
    info(message: string): void
    warn(message: string): void
    error(message: string): void
  }
  interface SnarkProof {
    pi_a: [string, string, string]
    pi_b: [[string, string], [string, string], [string, string]]
    pi_c: [string, string, string]
    protocol: string
    curve: string
  }
  type Signals = Record<string, bigint | string | readonly (bigint | string)[]>
  export const groth16: {
    prove(
      key: MemoryFile | string,
      witness: MemoryFile,
      logger?: Logger,
      options?: Options,
    ): Promise<{ proof: SnarkProof; publicSignals: string[] }>
    verify(key: unknown, publicSignals: readonly string[], proof: SnarkProof): Promise<boolean>
  }
  export const wtns: {
    calculate(
      input: Signals,
      wasm: MemoryFile | string,
      witness: MemoryFile,
      options?: Options,
    ): Promise<void>
    check(r1cs: MemoryFile | string, witness: MemoryFile, logger: Logger): Promise<boolean>
    exportJson(witness: MemoryFile): Promise<bigint[]>
  }
  export const zKey: {
    exportVerificationKey(
      key: MemoryFile | string,
      logger?: Logger,
    ): Promise<Record<string, unknown>>
    newZKey(
      r1cs: MemoryFile | string,
      powersOfTau: MemoryFile | string,
      key: MemoryFile | string,
      logger?: Logger,
    ): Promise<unknown>
    beacon(
      from: MemoryFile | string,
      to: MemoryFile | string,
      name: string,
      beaconHash: string,
      iterations: number,
      logger?: Logger,
    ): Promise<unknown>
  }
}
