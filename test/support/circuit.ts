import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { WitnessProgram, witnessValues } from '../../client/witness-program.ts'
import { ZerocardError } from '../../core/errors.ts'
import { reduce } from '../../core/field.ts'
import { readR1cs } from '../../scripts/assure/soundness/r1cs.ts'
import type { R1cs } from '../../scripts/assure/soundness/r1cs.ts'
import { readSymbols } from '../../scripts/assure/soundness/symbols.ts'
import { violations } from '../../scripts/assure/soundness/violations.ts'
import { Completer } from './completion.ts'
import type { Completion } from './completion.ts'

// Tests of single templates at the level of constraints: does an honest witness pass, does a wrong
// input fail, does an edited witness break a constraint.

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const CIRCUITS = join(ROOT, 'circuits')
const CACHE = join(ROOT, 'artifacts', 'test-circuits')

type Value = bigint | readonly Value[]
export type Inputs = Readonly<Record<string, Value>>

/**
 * Compiles a circuit for tests, once per content of `circuits/`.
 *
 * @param includes - Files of `circuits/` without ending.
 * @param main - Source of templates, if any, and the `component main` line.
 * @param optimisation - `O0` keeps every signal, so that each can be edited; `O2` is what ships.
 */
export function compileForTest(
  includes: readonly string[],
  main: string,
  optimisation: 'O0' | 'O1' | 'O2' = 'O0',
): TestCircuit {
  const source = sourceOf(includes, main)
  const digest = createHash('sha256').update(circuitSources()).update(source).update(optimisation)
  const name = digest.digest('hex').slice(0, 24)
  const folder = join(CACHE, name)
  if (!existsSync(folder)) compile(folder, source, optimisation)
  return new TestCircuit(folder)
}

/** What the compiler has against a circuit that must not compile; empty if it has nothing. */
export function compilerErrors(includes: readonly string[], main: string): string {
  const folder = join(CACHE, `refused.${process.pid}`)
  try {
    compile(folder, sourceOf(includes, main), 'O0')
    return ''
  } catch (error) {
    return String((error as { stderr?: unknown }).stderr)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export class TestCircuit {
  readonly r1cs: R1cs
  readonly #program: WitnessProgram
  readonly #wireOf: ReadonlyMap<string, number>
  #completer: Completer | undefined
  #names: ReadonlyMap<number, string> | undefined

  constructor(folder: string) {
    this.r1cs = readR1cs(join(folder, 'main.r1cs'))
    const wasm = readFileSync(join(folder, 'main_js', 'main.wasm'))
    this.#program = new WitnessProgram(new WebAssembly.Module(wasm))
    this.#wireOf = readSymbols(readFileSync(join(folder, 'main.sym'), 'utf8'))
  }

  /** The witness of honest inputs. Rejects if the program that computes it finds them wrong. */
  async witness(inputs: Inputs): Promise<bigint[]> {
    return witnessValues(await this.#program.run(flatten(inputs)))
  }

  /** Value of a signal such as `out` or `checks[2].isTrue`. */
  read(witness: readonly bigint[], signal: string): bigint {
    return witness[this.wire(signal)] as bigint
  }

  wire(signal: string): number {
    const wire = this.#wireOf.get(`main.${signal}`)
    if (wire === undefined || wire < 0) throw new TypeError(`no signal ${signal} in this build`)
    return wire
  }

  /** Accepts the inputs; the outputs named are as expected; every constraint holds. */
  async expectPass(
    inputs: Inputs,
    outputs: Readonly<Record<string, bigint>> = {},
  ): Promise<bigint[]> {
    const witness = await this.witness(inputs)
    expect(violations(this.r1cs, witness)).toEqual([])
    for (const [name, value] of Object.entries(outputs)) {
      expect(this.read(witness, name), name).toBe(reduce(value))
    }
    return witness
  }

  /** The program that computes witnesses finds no way to satisfy these inputs. */
  async expectFail(inputs: Inputs): Promise<void> {
    const attempt = this.witness(inputs).then(() => 'accepted', failureCode)
    expect(await attempt).toBe('PROVING_FAILED')
  }

  /**
   * The constraints leave a prover no choice: what they force, once the inputs are known, is the
   * witness that the circuit's own program computes. Only the helper of a comparison with zero is
   * free, where what it compares is zero.
   */
  async expectDetermined(inputs: Inputs): Promise<void> {
    const { witness, free } = this.#complete(inputs, {})
    expect(free.map((wire) => this.#nameOf(wire)).filter((name) => !name.endsWith('.inv'))).toEqual(
      [],
    )
    expect(
      differences(witness, await this.witness(inputs)).map((wire) => this.#nameOf(wire)),
    ).toEqual([])
  }

  /**
   * A cheat is caught: with these signals changed to what the cheat wants, and all that follows
   * from them changed too, a constraint breaks. The inputs need not be ones the program accepts.
   *
   * @param by - Part of the name of a signal in one of the constraints that must break.
   */
  expectCaught(inputs: Inputs, lies: Readonly<Record<string, bigint>> = {}, by = ''): void {
    const { witness } = this.#complete(inputs, lies)
    const sides = violations(this.r1cs, witness).flatMap((i) => this.r1cs.constraints[i]!)
    const names = sides.flatMap(({ wires }) => wires).map((wire) => this.#nameOf(wire))
    const told = `${Object.keys(lies).slice(0, 9).join(', ')} of these inputs`
    expect(
      names.some((name) => name.includes(by)),
      `constraints broken by ${told}`,
    ).toBe(true)
  }

  #complete(inputs: Inputs, lies: Readonly<Record<string, bigint>>): Completion {
    const known = new Map<number, bigint>()
    for (const [name, values] of Object.entries(flatten(inputs))) {
      const wires = this.#inputWires(name)
      if (wires.length !== values.length) throw new TypeError(`the input ${name} has another size`)
      wires.forEach((wire, i) => known.set(wire, values[i] as bigint))
    }
    const { publicInputs, privateInputs } = this.r1cs
    if (known.size !== publicInputs + privateInputs) throw new TypeError('an input is missing')
    for (const [name, value] of Object.entries(lies)) known.set(this.wire(name), reduce(value))
    return (this.#completer ??= new Completer(this.r1cs)).complete(known)
  }

  /** The wires of an input, flat, in the order in which its values are given. */
  #inputWires(name: string): number[] {
    const { outputs, publicInputs, privateInputs } = this.r1cs
    const belongs = (symbol: string): boolean =>
      symbol === `main.${name}` ||
      symbol.startsWith(`main.${name}[`) ||
      symbol.startsWith(`main.${name}.`)
    return [...this.#wireOf]
      .filter(
        ([symbol, wire]) =>
          belongs(symbol) && wire > outputs && wire <= outputs + publicInputs + privateInputs,
      )
      .map(([, wire]) => wire)
      .sort((a, b) => a - b)
  }

  #nameOf(wire: number): string {
    this.#names ??= new Map([...this.#wireOf].map(([name, other]) => [other, name]))
    return this.#names.get(wire) ?? String(wire)
  }
}

/** Each input with one element changed, and the element's name. */
export function corruptions(inputs: Inputs): [name: string, corrupted: Inputs][] {
  return Object.entries(flatten(inputs)).flatMap(([name, values]) =>
    values.map((value, i): [string, Inputs] => [
      values.length === 1 ? name : `${name}[${i}]`,
      { ...inputs, [name]: values.with(i, value + 1n) },
    ]),
  )
}

function differences(left: readonly bigint[], right: readonly bigint[]): number[] {
  return [...left.keys()].filter((i) => left[i] !== right[i])
}

/** A wrong name or size of an input is a mistake of the test, not a refusal. */
function failureCode(error: unknown): string {
  if (error instanceof ZerocardError) return error.code
  throw error
}

function flatten(inputs: Inputs): Record<string, bigint[]> {
  const flat = (value: Value): bigint[] =>
    typeof value === 'bigint' ? [reduce(value)] : value.flatMap(flat)
  return Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, flat(value)]))
}

function sourceOf(includes: readonly string[], main: string): string {
  return [
    'pragma circom 2.2.0;',
    ...includes.map((name) => `include "../../../circuits/${name}.circom";`),
    main,
  ].join('\n')
}

function compile(folder: string, source: string, optimisation: string): void {
  const draft = `${folder}.${process.pid}`
  mkdirSync(draft, { recursive: true })
  writeFileSync(join(draft, 'main.circom'), source)
  const compiler = join(ROOT, 'node_modules', 'circom2', 'cli.js')
  const flags = ['--r1cs', '--wasm', '--sym', `--${optimisation}`, '-o', draft]
  try {
    execFileSync(process.execPath, [compiler, join(draft, 'main.circom'), ...flags], {
      // The compiler sees the folders above its working directory, and includes go up to the root.
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    throw error
  }
  try {
    renameSync(draft, folder)
  } catch {
    // Another test process was faster; its result is the same.
    rmSync(draft, { recursive: true, force: true })
  }
}

function circuitSources(): string {
  return readdirSync(CIRCUITS)
    .filter((name) => name.endsWith('.circom'))
    .sort()
    .map((name) => `${name}\n${readFileSync(join(CIRCUITS, name), 'utf8')}`)
    .join('\n')
}
