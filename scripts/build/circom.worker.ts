import fs from 'node:fs'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'

/** What the thread is to run. */
export interface CircomCall {
  readonly args: readonly string[]
  /** The directory that the compiler sees as `/`. */
  readonly root: string
}

/** What became of it. */
export interface CircomResult {
  readonly exitCode: number
  /** Everything printed, as one text. */
  readonly output: string
}

/** The part of the npm package `circom2` that is used here; it has no types. */
interface Circom2 {
  readonly CircomRunner: new (options: {
    readonly args: readonly string[]
    readonly env: Readonly<Record<string, string>>
    readonly preopens: Readonly<Record<string, string>>
    readonly bindings: object
  }) => { readonly execute: (module: Uint8Array) => Promise<unknown> }
  readonly bindings: object
}

const STDOUT = 1
const STDERR = 2

const require = createRequire(import.meta.url)

await run(workerData as CircomCall)

async function run({ args, root }: CircomCall): Promise<void> {
  const { CircomRunner, bindings } = require('circom2') as Circom2
  const printed: Buffer[] = []
  const runner = new CircomRunner({
    args,
    env: {},
    preopens: { '/': root },
    bindings: { ...bindings, fs: fileSystem(printed), randomFillSync: noRandomness },
  })
  let exitCode = 0
  try {
    await runner.execute(readFileSync(require.resolve('circom2/circom.wasm')))
  } catch (error) {
    exitCode = exitCodeOf(error)
    if (exitCode === -1) printed.push(Buffer.from(String(error)))
  }
  parentPort?.postMessage({ exitCode, output: Buffer.concat(printed).toString() })
}

/**
 * The compiler's hash maps are seeded with random bytes, and the order of their entries ends up in
 * the WebAssembly it writes. With the same seed each time, equal sources give equal bytes.
 */
function noRandomness(bytes: Uint8Array, offset = 0, size = bytes.length - offset): Uint8Array {
  return bytes.fill(0, offset, offset + size)
}

/** Node's file system, but printing is collected, and symbolic links may lead anywhere. */
function fileSystem(printed: Buffer[]): object {
  return {
    ...fs,
    writeSync: (fd: number, bytes: Uint8Array, ...rest: number[]): number => {
      if (fd !== STDOUT && fd !== STDERR) return fs.writeSync(fd, bytes, ...rest)
      const [offset = 0, length = bytes.length - offset] = rest
      printed.push(Buffer.from(bytes.slice(offset, offset + length)))
      return length
    },
    // The compiler's sandbox refuses what leads out of its root, also into a linked node_modules.
    realpathSync: (path: string): string => {
      fs.statSync(path)
      return path
    },
  }
}

/** The compiler ends by an exception that carries its exit code; -1 for any other. */
function exitCodeOf(error: unknown): number {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'number' ? code : -1
}
