// Stands in the place of the wallet's proving worker in tests: hands everything over to the worker
// that is shipped if the test has asked for real proofs, else to the one that forges.

/** A cache with this name asks for real proofs. */
const REAL = 'zerocard-test-real-proofs'

const waiting: unknown[] = []
const keep = (event: MessageEvent): void => {
  if (event.isTrusted) waiting.push(event.data)
}
addEventListener('message', keep)
const isReal = await caches.has(REAL)
// In a variable: bundlers leave it alone.
const shipped = './prover.real.js'
await (isReal ? import(shipped) : import('./forging-worker.ts'))
removeEventListener('message', keep)
for (const data of waiting) dispatchEvent(new MessageEvent('message', { data }))
