/**
 * Starts the proving worker from its own file. Bundlers look for exactly this expression; the
 * prebuilt bundles have `spawn-prebuilt.ts` instead.
 */
export function spawnWorker(): Worker {
  return new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
}
