import { prepareProof, presentProof } from '../../client/holder.ts'
import { createProver } from '../../client/prover.ts'
import type { CircuitName } from '../../client/prover.ts'
import { parseVerificationKey, verificationKeyId } from '../../core/groth16-key.ts'
import { verifyPresentation } from '../../core/verify.ts'
import {
  ADULT,
  NOW,
  PERSON,
  SCHEMAS,
  TODAY,
  TestIssuer,
  holderOf,
  policyOf,
  revocationsOf,
  trustIn,
} from '../support/world.ts'

// Runs inside a page: the whole of core and the holder, as a browser's bundler sees them.

async function bytes(path: string): Promise<Uint8Array> {
  const response = await fetch(path)
  return new Uint8Array(await response.arrayBuffer())
}

async function proveAndVerify(): Promise<{ policy: string; bytes: number; milliseconds: number }> {
  const circuit: CircuitName = 'eligibility-1'
  const key = parseVerificationKey(await (await fetch(`/${circuit}.vkey.json`)).json())
  const named = { id: verificationKeyId(key), key }
  const prover = createProver(async (name) => ({
    wasm: await bytes(`/${name}.wasm`),
    zkey: await bytes(`/${name}.zkey`),
  }))
  const registry = await TestIssuer.create('https://registry.example', PERSON)
  const trust = await trustIn('registries', registry)
  const policy = policyOf({
    where: { age: 'person.birthDate', atLeast: 18 },
    once: { scope: 'gift' },
  })
  const request = {
    policy,
    schemas: SCHEMAS,
    audience: location.origin,
    asOf: TODAY,
    trust: { person: trust },
  }
  const tools = {
    prover,
    keys: { 'eligibility-1': named, 'eligibility-3': named, enrolment: named },
    revocations: revocationsOf(registry),
  }
  const start = performance.now()
  const prepared = await prepareProof(holderOf(77n, registry.issue(77n, ADULT)), request, tools)
  const milliseconds = performance.now() - start
  const text = await presentProof(prepared, 'nonce', NOW)
  const proven = await verifyPresentation(text, {
    policy,
    schemas: SCHEMAS,
    audience: location.origin,
    nonce: 'nonce',
    trust: { person: [{ root: trust.root, madeAt: NOW }] },
    keys: new Map([[named.id, { circuit, key }]]),
    now: NOW,
  })
  return { policy: proven.policy, bytes: text.length, milliseconds }
}

Object.assign(globalThis, { proveAndVerify })
