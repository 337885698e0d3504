import { compileSource } from './compiled.ts'
import type { Inputs } from './compiled.ts'
import type { System, Wire } from './system.ts'

/** A circuit that is wrong on purpose. */
export interface FaultyCircuit {
  readonly fault: string
  readonly source: string
  /** Honest inputs. */
  readonly inputs: Inputs
}

export async function compileFaulty({ source, inputs }: FaultyCircuit): Promise<{
  readonly system: System
  readonly inputs: ReadonlyMap<Wire, bigint>
}> {
  const compiled = await compileSource(`pragma circom 2.2.0;\n${source}`)
  return { system: compiled.system, inputs: compiled.inputsOf(inputs) }
}

const UNCONSTRAINED: FaultyCircuit = {
  fault: 'a value is assigned but not constrained',
  source: `template Half() { signal input in; signal output out; out <-- in / 2; }
    component main = Half();`,
  inputs: { in: 8n },
}

const TWO_SIGNS: FaultyCircuit = {
  fault: 'a square root has two signs',
  source: `template Root() {
      signal input in; signal output out; out <-- in == 9 ? 3 : 0; out * out === in;
    }
    component main = Root();`,
  inputs: { in: 9n },
}

/** The constraints leave the prover a choice. */
export const AMBIGUOUS: readonly FaultyCircuit[] = [
  UNCONSTRAINED,
  TWO_SIGNS,
  {
    fault: 'a number of 254 digits can be read in two ways',
    source: `include "bitify.circom";
      template Wide() {
        signal input in; signal output low; component digits = Num2Bits(254);
        digits.in <== in; low <== digits.out[0];
      }
      component main = Wide();`,
    inputs: { in: 5n },
  },
  {
    fault: 'a comparison with zero lacks one of its two constraints',
    source: `template Zero() {
        signal input in; signal output out; signal inv;
        inv <-- in != 0 ? 1 / in : 0; out <== 1 - in * inv;
      }
      component main = Zero();`,
    inputs: { in: 7n },
  },
  {
    fault: 'a quotient and a rest have no range',
    source: `template Rest() {
        signal input in; signal quotient; signal output rest;
        quotient <-- in \\ 10; rest <-- in % 10; in === 10 * quotient + rest;
      }
      component main = Rest();`,
    inputs: { in: 42n },
  },
]

/** A single wire can be changed. */
export const LOOSE: readonly FaultyCircuit[] = [
  UNCONSTRAINED,
  TWO_SIGNS,
  {
    fault: 'a flag may be 0 or 1 as the prover likes',
    source: `template Flag() {
        signal input in; signal output isSmall; signal output out;
        isSmall <-- in < 10 ? 1 : 0; isSmall * (isSmall - 1) === 0; out <== in * in;
      }
      component main = Flag();`,
    inputs: { in: 4n },
  },
]
