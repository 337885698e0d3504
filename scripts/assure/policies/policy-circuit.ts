import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { WitnessProgram, witnessValues } from '../../../client/witness-program.ts'
import type { CircuitInputs } from '../../../client/witness.ts'
import { ZerocardError } from '../../../core/errors.ts'
import type { CircuitShape } from '../../../core/shapes.ts'
import { ATTRIBUTES_PER_SLOT, ELIGIBILITY_1, ELIGIBILITY_3 } from '../../../core/shapes.ts'
import { LOOKUP_SHAPE } from '../../../core/sorted-set.ts'
import { Completer } from '../../../test/support/completion.ts'
import { compileCircuit, describeCompiler } from '../../build/compile.ts'
import { circomFiles, projectAt } from '../../build/project.ts'
import { readR1cs } from '../soundness/r1cs.ts'
import { violations } from '../soundness/violations.ts'
import { ReusedProgram } from './reused-program.ts'

// The part of the circuit that decides whether attributes satisfy a policy, alone: signatures and
// trees would take ten times as long, and have nothing to do with what is compared here.

const PROJECT = projectAt(fileURLToPath(new URL('../../..', import.meta.url)))
const CACHE = join(PROJECT.artifacts, 'assurance-circuits')

export class PolicyCircuit {
  readonly #folder: string
  readonly #fast: ReusedProgram
  readonly #fresh: WitnessProgram
  #read: Completer | undefined

  private constructor(folder: string) {
    const wasm = readFileSync(join(folder, 'main.wasm'))
    this.#folder = folder
    this.#fast = new ReusedProgram(wasm)
    this.#fresh = new WitnessProgram(new WebAssembly.Module(wasm))
  }

  /** Compiles it, once per content of `circuits/`. */
  static async load(shape: CircuitShape): Promise<PolicyCircuit> {
    const source = sourceOf(shape)
    const digest = createHash('sha256').update(describeCompiler()).update(source)
    for (const file of circomFiles(PROJECT.circuits)) digest.update(readFileSync(file))
    const folder = join(CACHE, `policy-${digest.digest('hex').slice(0, 24)}`)
    if (!existsSync(folder)) await compileInto(folder, source)
    return new PolicyCircuit(folder)
  }

  /** Whether the witness program accepts; if it does, what it says of pseudonyms. */
  decide(inputs: CircuitInputs): { isAccepted: boolean; isPerCredential: boolean } {
    const isAccepted = this.#fast.accepts(inputs)
    return { isAccepted, isPerCredential: isAccepted && this.#fast.read(1) === 1n }
  }

  /**
   * Whether there is a witness, found in another way: by the program in new memory and all
   * constraints on what it gives; and where it refuses, by what the constraints force of the inputs.
   */
  async decideSlowly(inputs: CircuitInputs): Promise<boolean> {
    try {
      const witness = witnessValues(await this.#fresh.run(inputs))
      return violations(this.#completer.r1cs, witness).length === 0
    } catch (error) {
      if (!(error instanceof ZerocardError)) throw error
      return this.isForcible(inputs)
    }
  }

  /** Whether what the constraints force, given only the inputs, breaks none of them. */
  isForcible(inputs: CircuitInputs): boolean {
    const values = Object.values(inputs).flat()
    const { r1cs } = this.#completer
    const first = 1 + r1cs.outputs
    const known = new Map(values.map((value, i) => [first + i, value]))
    return violations(r1cs, this.#completer.complete(known).witness).length === 0
  }

  /** Reading the constraints takes longer than a hundred answers. */
  get #completer(): Completer {
    return (this.#read ??= new Completer(readR1cs(join(this.#folder, 'main.r1cs'))))
  }
}

const loaded = new Map<CircuitShape['name'], Promise<PolicyCircuit>>()

export function policyCircuit(slots: CircuitShape['slots']): Promise<PolicyCircuit> {
  const shape = slots === 1 ? ELIGIBILITY_1 : ELIGIBILITY_3
  const circuit = loaded.get(shape.name) ?? PolicyCircuit.load(shape)
  loaded.set(shape.name, circuit)
  return circuit
}

/** Inputs in the order in which {@link PolicyCircuit.isForcible} gives them to the wires. */
function sourceOf({ slots, comparisons, lookups, terms, selectorBits }: CircuitShape): string {
  const attributes = slots * ATTRIBUTES_PER_SLOT
  const { levels } = LOOKUP_SHAPE
  return `pragma circom 2.2.0;
include "../../../circuits/policy.circom";
include "../../../circuits/tags.circom";
template CheckedPolicy() {
    signal input attributes[${attributes}];
    input SetPlace(${levels}) lookupPlaces[${lookups}];
    signal input operandWord;
    signal input weightWord;
    signal input formulaWord;
    signal input constants[${comparisons}];
    signal input roots[${lookups}];
    signal output isPerCredential;
    signal {maxbit} inRange[${attributes}];
    signal found[${lookups}];
    for (var i = 0; i < ${attributes}; i++) inRange[i] <== InRange(120)(attributes[i]);
    (found, isPerCredential) <== SatisfiedPolicy(
        ${attributes}, ${comparisons}, ${lookups}, ${terms}, ${selectorBits}, ${levels}
    )(inRange, lookupPlaces, operandWord, weightWord, formulaWord, constants);
    found === roots;
}
component main = CheckedPolicy();
`
}

async function compileInto(folder: string, source: string): Promise<void> {
  const draft = `${folder}.${process.pid}`
  mkdirSync(draft, { recursive: true })
  const main = join(draft, 'main.circom')
  writeFileSync(main, source)
  try {
    await compileCircuit({ source: main, outDir: draft })
    renameSync(draft, folder)
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    // Another process may have been faster; its result is the same.
    if (!existsSync(folder)) throw error
  }
}
