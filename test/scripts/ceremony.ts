import { pathToFileURL } from 'node:url'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Trapdoor } from '../../scripts/build/trapdoor.ts'
import { memoryFile, snarkjs } from './snarkjs.ts'
import type { MemoryFile } from './snarkjs.ts'

// A ceremony whose only contributions are public beacons, so that its trapdoor can be computed.

const POWERS_BEACON = '11'.repeat(32)
const KEY_BEACON = '22'.repeat(32)
const LOG2_ITERATIONS = 10

/** A key that snarkjs makes from powers of tau for up to 2^power constraints. */
export async function ceremonyKey(r1cs: string, power: number): Promise<MemoryFile> {
  const curve = await snarkjs.curves.getCurveFromName('bn128')
  const [fresh, powers, prepared] = [memoryFile(), memoryFile(), memoryFile()]
  await snarkjs.powersOfTau.newAccumulator(curve, power, fresh)
  await snarkjs.powersOfTau.beacon(fresh, powers, 'test', POWERS_BEACON, LOG2_ITERATIONS)
  await snarkjs.powersOfTau.preparePhase2(powers, prepared)
  const [initial, final] = [memoryFile(), memoryFile()]
  await snarkjs.zKey.newZKey(r1cs, prepared, initial)
  await snarkjs.zKey.beacon(initial, final, 'test', KEY_BEACON, LOG2_ITERATIONS)
  return final
}

/** The secrets that snarkjs derives from the two beacons. */
export async function ceremonyTrapdoor(): Promise<Trapdoor> {
  const { Fr } = await snarkjs.curves.getCurveFromName('bn128')
  const powers = await rngFromBeacon(POWERS_BEACON)
  const [tau, alpha, beta] = [Fr.fromRng(powers), Fr.fromRng(powers), Fr.fromRng(powers)]
  const delta = Fr.fromRng(await rngFromBeacon(KEY_BEACON))
  return {
    tau: Fr.toObject(tau),
    alpha: Fr.toObject(alpha),
    beta: Fr.toObject(beta),
    delta: Fr.toObject(delta),
  }
}

/** snarkjs does not export this, so it is taken from its sources. */
async function rngFromBeacon(beacon: string): Promise<unknown> {
  const main = createRequire(import.meta.url).resolve('snarkjs')
  const source = pathToFileURL(join(dirname(main), '..', 'src', 'misc.js')).href
  const { rngFromBeaconParams } = (await import(source)) as {
    rngFromBeaconParams: (beacon: Uint8Array, log2Iterations: number) => Promise<unknown>
  }
  return rngFromBeaconParams(Buffer.from(beacon, 'hex'), LOG2_ITERATIONS)
}
