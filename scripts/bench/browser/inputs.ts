import { prepareProof, requestCredential } from '../../../client/index.ts'
import type { CircuitName } from '../../../client/index.ts'
import type { CircuitInputs } from '../../../client/witness.ts'
import { createBenchWorld } from '../world.ts'
import { inputsAsText } from './input-text.ts'

/** The {@link circuitInputs} as JSON: a browser's debugger knows no bigint. */
export async function proofInputs(): Promise<Readonly<Record<CircuitName, string>>> {
  const texts = Object.entries(await circuitInputs()).map(([name, inputs]) => [
    name,
    inputsAsText(inputs),
  ])
  return Object.fromEntries(texts) as Record<CircuitName, string>
}

/** The inputs of a first visit: of enrolling, and of proving policies with one and three credentials. */
export async function circuitInputs(): Promise<Readonly<Record<CircuitName, CircuitInputs>>> {
  const world = await createBenchWorld()
  const seen = new Map<CircuitName, CircuitInputs>()
  // Only what would be proved is wanted, so nothing is.
  const prover = {
    prove: (circuit: CircuitName, inputs: CircuitInputs): Promise<never> => {
      seen.set(circuit, inputs)
      return Promise.reject(new SeenEnough())
    },
  }
  const tools = { ...world.tools, prover }
  const { secret, credentials, requests } = world
  const issuer = { issuer: 'https://issuer.example', nonce: 'bench' }
  await untilSeen(requestCredential(secret, issuer, tools))
  for (const request of [requests.one, requests.three]) {
    await untilSeen(prepareProof({ secret, credentials }, request, tools))
  }
  return Object.fromEntries(seen) as Record<CircuitName, CircuitInputs>
}

class SeenEnough extends Error {}

async function untilSeen(work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!(error instanceof SeenEnough)) throw error
  })
}
