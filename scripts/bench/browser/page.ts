import { browserCaches } from '../../../client/proving/content-cache.ts'
import { openWebArtifacts } from '../../../client/proving/artifacts.ts'
import { createWorkerProver } from '../../../client/proving/worker-prover.ts'
import type { WorkerProver } from '../../../client/proving/worker-prover.ts'
import { presentProof } from '../../../client/holder.ts'
import type { PreparedProof } from '../../../client/holder.ts'
import { ProofPool } from '../../../client/pool/pool.ts'
import type { PoolPlan, PoolStore } from '../../../client/pool/pool.ts'
import { openIndexedDb } from '../../../client/storage/indexed-db.ts'
import { exclusively } from '../../../client/storage/lock.ts'
import { Vault } from '../../../client/storage/vault.ts'
import type { CircuitName } from '../../../client/prover.ts'
import { encryptJwe, generateEncryptionKey } from '../../../core/jwe.ts'
import { publicJwk } from '../../../core/jws.ts'
import * as z from '../../../core/zod.ts'
import { readInputs } from './input-text.ts'

// Runs in the page that is measured.

let prover: WorkerProver | undefined

/** Milliseconds from asking the worker to having the proof. */
async function timeProof(circuit: CircuitName, json: string): Promise<number> {
  prover ??= await openProver()
  const inputs = readInputs(json)
  const start = performance.now()
  await prover.prove(circuit, inputs)
  return performance.now() - start
}

function endWorker(): void {
  prover?.close()
  prover = undefined
}

/**
 * Milliseconds from consent to an answer that is ready to be sent, `runs` times: a proof is taken out
 * of the sealed database for good, signed for the nonce and encrypted for the verifier.
 */
async function timePresentation(runs: number): Promise<number[]> {
  const vault = await Vault.open(await openIndexedDb('bench'))
  if (vault.state === 'empty') await vault.create('bench')
  const pool = new ProofPool({ store: storeIn(vault), prepare: standIn, exclusively: lockPool })
  const { publicJwk: recipient } = await generateEncryptionKey('e1')
  const times: number[] = []
  for (let i = 0; i < runs; i++) {
    await pool.refresh([{ ...PURPOSE, wanted: 1 }])
    const start = performance.now()
    const prepared = await pool.take(PURPOSE)
    if (prepared === undefined) throw new TypeError('no proof is ready')
    const presentation = await presentProof(prepared, `nonce-${i}`, 1_790_000_000)
    await encryptJwe({ vp_token: { eligibility: [presentation] }, state: 's' }, recipient)
    times.push(performance.now() - start)
  }
  return times
}

const PURPOSE = {
  policy: 'A'.repeat(43),
  circuit: 'A'.repeat(43),
  audience: location.origin,
  asOf: 46_000,
  trustRoots: [1n],
}

/** Looks like a proof: what is measured here does not look into it. */
async function standIn(
  _plan: PoolPlan,
  oneTimeKey: () => Promise<CryptoKeyPair>,
): Promise<PreparedProof> {
  const key = await oneTimeKey()
  const jwk = await publicJwk(key.publicKey)
  return { ...PURPOSE, proof: 'A'.repeat(171), jwk, privateKey: key.privateKey }
}

function storeIn(vault: Vault): PoolStore {
  return {
    load: () => vault.list('proof/', z.unknown()),
    write: (changes) =>
      vault.write(changes.map(({ name, entry }) => ({ name: proofName(name), value: entry }))),
  }
}

/** Names that come from {@link PoolStore.load} have the beginning already. */
function proofName(name: string): string {
  return name.startsWith('proof/') ? name : `proof/${name}`
}

function lockPool<T>(action: () => Promise<T>): Promise<T> {
  return exclusively('bench', action)
}

async function openProver(): Promise<WorkerProver> {
  const base = new URL('artifacts/', location.href).href
  const web = await openWebArtifacts(base, (url, init) => fetch(url, init), browserCaches())
  return createWorkerProver({ base: web.base, manifest: web.manifest })
}

Object.assign(globalThis, { timeProof, endWorker, timePresentation })
