import { describe, test } from 'vitest'
import { compileForTest } from '../support/circuit.ts'
import type { Inputs } from '../support/circuit.ts'

const TERMS = 2
const LITERALS = 3

const circuit = compileForTest(
  ['formula', 'tags'],
  `template TestFormula(TERMS, LITERALS) {
     signal input literals; signal input needs[TERMS];
     signal {binary} digits[TERMS][LITERALS];
     for (var t = 0; t < TERMS; t++) digits[t] <== Bits(LITERALS)(needs[t]);
     Formula(TERMS, LITERALS)(Bits(LITERALS)(literals), digits);
   }
   component main = TestFormula(${TERMS}, ${LITERALS});`,
)

describe('formula', () => {
  test('agrees with its truth table, for all formulas and all literals', async () => {
    for (let needs = 0; needs < 1 << (TERMS * LITERALS); needs++) {
      for (let literals = 0; literals < 1 << LITERALS; literals++) {
        const terms = [needs % (1 << LITERALS), needs >> LITERALS]
        const holds = terms.some((term) => (term & literals) === term)
        if (holds) await circuit.expectPass(inputs(terms, literals))
        else await circuit.expectFail(inputs(terms, literals))
      }
    }
  })

  test('leaves the prover nothing to choose', async () => {
    await circuit.expectDetermined(inputs([0b011, 0b100], 0b100))
    await circuit.expectDetermined(inputs([0b000, 0b111], 0b000))
  })

  test('failures cannot be counted away', () => {
    const unsatisfied = inputs([0b011, 0b110], 0b001)
    circuit.expectCaught(unsatisfied)
    circuit.expectCaught(unsatisfied, { 'Formula.fails[0][1]': 0n })
    circuit.expectCaught(unsatisfied, { 'Formula.fails[0][0]': -1n })
    circuit.expectCaught(unsatisfied, { 'Formula.products[0]': 0n })
    circuit.expectCaught(unsatisfied, { 'Formula.products[1]': 0n })
    circuit.expectCaught(unsatisfied, { 'Formula.needs[0][1]': 0n })
    circuit.expectCaught(unsatisfied, { 'Formula.literals[1]': 1n })
  })
})

/** Terms and literals as bit masks, as in core/policy/program.ts. */
function inputs(terms: readonly number[], literals: number): Inputs {
  return { needs: terms.map(BigInt), literals: BigInt(literals) }
}
