import { prepareProof, requestCredential } from '../../../client/index.ts'
import type { CircuitName } from '../../../client/index.ts'
import type { CircuitInputs } from '../../../client/witness.ts'
import { createBenchWorld } from '../world.ts'

/** The inputs of a first visit: of enrolling, and of proving a policy with one credential; as JSON. */
export async function proofInputs(): Promise<Readonly<Record<CircuitName, string>>> {
  const world = await createBenchWorld()
  const seen = new Map<CircuitName, string>()
  // Only what would be proved is wanted, so nothing is.
  const prover = {
    prove: (circuit: CircuitName, inputs: CircuitInputs): Promise<never> => {
      seen.set(circuit, asJson(inputs))
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
  return Object.fromEntries(seen) as Record<CircuitName, string>
}

class SeenEnough extends Error {}

async function untilSeen(work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!(error instanceof SeenEnough)) throw error
  })
}

function asJson(inputs: CircuitInputs): string {
  return JSON.stringify(inputs, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  )
}
