import { G1_BYTES } from '../../core/iden3/zkey.ts'
import { startEngine } from './engine.ts'
import type { EngineKind } from './engine.ts'
import type { Step } from './multiexp.ts'
import { ProofSums } from './proof-sums.ts'
import type { Blinding, SumName, Sums } from './proof-sums.ts'
import type { ProvingKey } from './proving-key.ts'

/** What the sums cost for keys like those of this project, together 1. */
function costsFor({ d, wires, publicSignals }: ProvingKey): Readonly<Record<SumName, number>> {
  const apart = (C_OF_PRIVATE_WIRES * d.length) / (G1_BYTES * (wires - publicSignals - 1))
  return { a: 0.2, b: 0.3, c: 0.5 - apart, d: apart }
}

const C_OF_PRIVATE_WIRES = 0.2

/** Some of the sums under one key, computed in this thread or in another. */
export interface SumThread {
  readonly names: readonly SumName[]
  /** @param step - Told after each step which part of a whole proof it was. */
  compute(witness: Uint32Array, blinding: Blinding, step: Step): Promise<Sums>
}

/** Makes sums of a key ready in this thread. */
export async function loadHere(
  key: ProvingKey,
  names: readonly SumName[],
  kinds?: readonly EngineKind[],
): Promise<SumThread> {
  const engine = await startEngine(kinds)
  const sums = new ProofSums(engine, key, names)
  const costs = costsFor(key)
  return {
    names,
    async compute(witness, blinding, step) {
      const results: Sums = {}
      try {
        for (const name of names) {
          const made = sums.compute(name, witness, blinding, (part) => {
            step(costs[name] * part)
          })
          Object.assign(results, made)
          await breath()
        }
      } finally {
        engine.wipe()
      }
      return results
    },
  }
}

/** Lets messages in between, such as one that ends this. */
function breath(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve)
  })
}
