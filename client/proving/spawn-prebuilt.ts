/** Starts the proving worker that lies beside the bundle. Bundlers look for exactly this expression. */
export function spawnWorker(): Worker {
  return new Worker(new URL('./prover.worker.js', import.meta.url), { type: 'module' })
}
