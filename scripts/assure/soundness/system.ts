import { deductiveNetwork, plainNetwork } from './network.ts'
import type { Network } from './network.ts'
import type { Constraint, R1cs } from './r1cs.ts'
import { readSymbols } from './symbols.ts'

/** Number of a wire; 0 is the constant 1. */
export type Wire = number

/** A constraint system prepared for deductions, with the names of its wires. */
export class System {
  readonly r1cs: R1cs
  readonly #symbols: string
  #wires: ReadonlyMap<string, Wire> | undefined
  #names: ReadonlyMap<Wire, string> | undefined
  #network: Network | undefined
  #plain: Network | undefined

  /** @param symbols - Content of circom's `.sym` file; without it, wires are named by number. */
  constructor(r1cs: R1cs, symbols = '') {
    this.r1cs = r1cs
    this.#symbols = symbols
  }

  /** For deductions; made when it is first needed, which takes seconds for a large circuit. */
  get network(): Network {
    return (this.#network ??= deductiveNetwork(this.r1cs))
  }

  /** The constraints as the file has them. */
  get plain(): Network {
    return (this.#plain ??= plainNetwork(this.r1cs))
  }

  get constraints(): readonly Constraint[] {
    return this.r1cs.constraints
  }

  /** All inputs, public ones first. */
  get inputs(): readonly Wire[] {
    const { outputs, publicInputs, privateInputs } = this.r1cs
    return range(1 + outputs, publicInputs + privateInputs)
  }

  get privateInputs(): readonly Wire[] {
    return this.inputs.slice(this.r1cs.publicInputs)
  }

  get outputs(): readonly Wire[] {
    return range(1, this.r1cs.outputs)
  }

  /** Name without `main.`; components without a name are called `Template`, `Template#2`, ... */
  nameOf(wire: Wire): string {
    this.#names ??= firstNames(this.#byName)
    return this.#names.get(wire) ?? (wire === 0 ? 'one' : `wire ${wire}`)
  }

  /** All names of wires; some wires have more than one. */
  get names(): Iterable<readonly [name: string, wire: Wire]> {
    return this.#byName
  }

  /** @throws TypeError if the build has no such signal: simplified away, or misspelt. */
  wireOf(name: string): Wire {
    const wire = this.#byName.get(name)
    if (wire === undefined) throw new TypeError(`no signal ${name} in this build`)
    return wire
  }

  /** Values of the inputs in a witness. */
  inputsOf(witness: readonly bigint[]): Map<Wire, bigint> {
    return new Map(this.inputs.map((wire) => [wire, witness[wire] ?? 0n]))
  }

  get #byName(): ReadonlyMap<string, Wire> {
    this.#wires ??= new Map(
      [...(this.#symbols === '' ? [] : readSymbols(this.#symbols))]
        .filter(([, wire]) => wire >= 0)
        .map(([name, wire]) => [name.replace(/^\.?main\./, ''), wire]),
    )
    return this.#wires
  }
}

function firstNames(wires: ReadonlyMap<string, Wire>): Map<Wire, string> {
  const names = new Map<Wire, string>()
  for (const [name, wire] of wires) if (!names.has(wire)) names.set(wire, name)
  return names
}

function range(start: number, length: number): number[] {
  return Array.from({ length }, (_, i) => start + i)
}
