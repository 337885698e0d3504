import { describe, expect, test } from 'vitest'
import { FIELD_ORDER } from '../../core/field.ts'
import {
  compileSource,
  killWireMutants,
  loadArtifact,
  probeDomains,
  searchSecondWitness,
  violations,
} from '../../scripts/assure/soundness/engine.ts'
import type { CompiledSystem } from '../../scripts/assure/soundness/engine.ts'

// What the engine says of small circuits about which there is no doubt.

const compile = (body: string): Promise<CompiledSystem> =>
  compileSource(`pragma circom 2.2.0; ${body}`)

describe('second witness', () => {
  test('is found where 254 digits leave two readings, and satisfies every constraint', async () => {
    const { system } = await compile('include "bitify.circom"; component main = Num2Bits(254);')
    const search = searchSecondWitness(system, new Map([[system.wireOf('in'), 5n]]))
    const numbers = [search.witness, search.second].map((witness) =>
      [...Array(254).keys()].reduce(
        (sum, i) => sum + (witness![system.wireOf(`out[${i}]`)]! << BigInt(i)),
        0n,
      ),
    )
    expect(numbers).toEqual([5n, 5n + FIELD_ORDER])
    expect(violations(system, search.second!)).toEqual([])
  })

  test('does not exist where 254 digits are compared with the order, nor in 253 digits', async () => {
    for (const main of ['Num2Bits_strict()', 'Num2Bits(253)']) {
      const { system } = await compile(`include "bitify.circom"; component main = ${main};`)
      const search = searchSecondWitness(system, new Map([[system.wireOf('in'), 5n]]))
      expect(search.second, main).toBeUndefined()
      expect(search.unexplained, main).toEqual([])
      expect(search.witness, main).toBeDefined()
    }
  })

  test('is not confused with the free helper of a comparison with zero', async () => {
    const { system } = await compile('include "comparators.circom"; component main = IsZero();')
    const search = searchSecondWitness(system, new Map([[system.wireOf('in'), 0n]]))
    expect(search.undetermined.map((wire) => system.nameOf(wire))).toEqual(['inv'])
    expect(search.unexplained).toEqual([])
    expect(search.second).toBeUndefined()
  })

  test('is not looked for where the inputs contradict a constraint', async () => {
    const { system } = await compile('include "bitify.circom"; component main = Num2Bits(8);')
    const search = searchSecondWitness(system, new Map([[system.wireOf('in'), 256n]]))
    expect(search.isRefuted).toBe(true)
    expect(search.witness).toBeUndefined()
  })

  test('is found for both roots of a square', async () => {
    const { system } = await compile(`template Root() {
      signal input in; signal output out; out <-- 1; out * out === in;
    } component main = Root();`)
    const search = searchSecondWitness(system, new Map([[system.wireOf('in'), 9n]]))
    const out = system.wireOf('out')
    expect([search.witness![out], search.second![out]].sort()).toEqual(
      [FIELD_ORDER - 3n, 3n].sort(),
    )
    expect(searchSecondWitness(system, new Map([[system.wireOf('in'), 5n]])).isRefuted).toBe(true)
  })

  test('deduces through hash functions as the optimiser leaves them', async () => {
    const compiled = await loadArtifact('enrolment')
    const { enrolmentInputs } = await import('../../client/witness.ts')
    const { holderCommitment } = await import('../../core/enrolment.ts')
    const commitment = holderCommitment(5n, 7n)
    const inputs = { secret: 5n, blinding: 7n, commitment, issuerScope: 11n, nonce: 13n }
    const honest = await compiled.witness(enrolmentInputs(inputs))
    const search = searchSecondWitness(compiled.system, compiled.inputsOf(inputs))
    expect(search.witness).toEqual(honest)
    expect(violations(compiled.system, honest)).toEqual([])
    expect(violations(compiled.system, honest.with(9, honest[9]! + 1n))).not.toEqual([])
  })
})

describe('changes of single wires', () => {
  test('pass only where a constraint has a second root, which is named', async () => {
    const { system } = await compile(`template Sign() {
      signal input in; signal output out; signal square <== in * in;
      out <-- in; out * out === square;
    } component main = Sign();`)
    const { witness } = searchSecondWitness(system, new Map([[system.wireOf('in'), 3n]]))
    const { tried, survivors } = killWireMutants(system, witness!)
    expect(tried).toBe(witness!.length - 1)
    const [input, out] = [system.wireOf('in'), system.wireOf('out')]
    expect(new Map(survivors.map(({ wire, value }) => [wire, value]))).toEqual(
      new Map([
        [input, FIELD_ORDER - 3n],
        [out, FIELD_ORDER - witness![out]!],
      ]),
    )
    for (const { wire, value } of survivors) {
      expect(violations(system, witness!.with(wire, value!))).toEqual([])
    }
  })

  test('agree with trying them', async () => {
    const compiled = await compile('include "comparators.circom"; component main = LessThan(3);')
    const { system } = compiled
    const { witness } = searchSecondWitness(system, compiled.inputsOf({ in: [3n, 5n] }))
    const passing = new Set(killWireMutants(system, witness!).survivors.map(({ wire }) => wire))
    for (let wire = 1; wire < witness!.length; wire++) {
      const tries = [0n, 1n, 2n, 7n, FIELD_ORDER - 1n].filter((value) => value !== witness![wire])
      const some = tries.some(
        (value) => violations(system, witness!.with(wire, value)).length === 0,
      )
      if (some) expect(passing).toContain(wire)
    }
    expect(passing.size).toBe(0)
  })
})

describe('probes', () => {
  const selector = `include "mux1.circom"; template Open() {
    signal input choice; signal output out; CHECK out <== Mux1()([5, 6], choice);
  } component main = Open();`

  test('pass where a choice is not held to be a digit, and fail where it is', async () => {
    for (const [check, isAccepted] of [
      ['', true],
      ['choice * (choice - 1) === 0;', false],
    ] as const) {
      const { system } = await compile(selector.replace('CHECK', check))
      const choice = system.wireOf('choice')
      const [probe] = probeDomains(system, new Map([[choice, 1n]]), [{ wire: choice, value: 2n }])
      expect(probe?.witness !== undefined).toBe(isAccepted)
      expect(probe?.isRefuted).toBe(!isAccepted)
    }
  })
})
