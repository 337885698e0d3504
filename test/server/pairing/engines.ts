import type { PairingEngine } from '../../../server/pairing/engine.ts'
import { startFusedEngine } from '../../../server/pairing/fused/engine.ts'
import { startLibraryEngine } from '../../../server/pairing/library/engine.ts'
import type { PairingKind } from '../../../server/pairing.ts'

/** Engines of which nothing is known but what all of them have. */
export type AnyEngine = PairingEngine<unknown, unknown, unknown>

export type Engines = Readonly<Record<PairingKind, AnyEngine>>

/** @throws Error where this Node has no fused multiply-add: what is tested would be left out. */
export async function startEngines(): Promise<Engines> {
  const fused = await startFusedEngine()
  if (fused === undefined) throw new Error('the fused engine does not start here')
  return { fused: fused, library: await startLibraryEngine() }
}
