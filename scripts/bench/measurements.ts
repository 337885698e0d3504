import { brotliCompressSync, constants } from 'node:zlib'
import { prepareProof, presentProof } from '../../client/index.ts'
import type { PreparedProof } from '../../client/index.ts'
import { WitnessProgram } from '../../client/witness-program.ts'
import { REVOCATION_SHAPE, SortedSet, proveFromShard, shardPrefix } from '../../core/index.ts'
import type { SetProof } from '../../core/index.ts'
import { buildSet } from '../../server/issuer/set-threads.ts'
import { projectAt } from '../build/project.ts'
import { buildKeysFor } from './keys.ts'
import { openArtifacts } from '../zerocard/artifacts.ts'
import { circuitInputs } from './browser/inputs.ts'
import { browserFigures, coldFigures, elementFigures, memoryFigures } from './browser/measure.ts'
import { exact, timed } from './figure.ts'
import type { Figure, Measurement } from './figure.ts'
import { proofGrowth, setGrowth, spread } from './growth.ts'
import { coldProcessFigures, proverFigures } from './proving.ts'
import { bulkFigures } from './server/bulk.ts'
import { issuingFigures, longFloodFigures, serverFigures } from './server/measure.ts'
import { verifying } from './verifying.ts'
import { createBenchWorld } from './world.ts'
import type { BenchWorld } from './world.ts'

const ROOT = new URL('../..', import.meta.url)
const PROOFS = 5
const MILLION = 1_000_000

/** All figures, cheap ones first. */
export const MEASUREMENTS: readonly Measurement[] = [
  { prefix: 'circuit.', measure: circuits },
  { prefix: 'download.', measure: downloads },
  { prefix: 'issue.ms', measure: issuing },
  { prefix: 'witness.', measure: witnesses },
  { prefix: 'pre', measure: preparing },
  { prefix: 'prove.', measure: proverFigures },
  { prefix: 'cold.process.', measure: coldProcessFigures },
  { prefix: 'verify.', measure: verifying },
  { prefix: 'server.', measure: serverFigures },
  { prefix: 'issue.http', measure: issuingFigures },
  { prefix: 'issue.bulk', measure: bulkFigures },
  { prefix: 'element.', measure: elementFigures },
  { prefix: 'browser.', measure: browserFigures },
  { prefix: 'cold.browser.', measure: coldFigures },
  { prefix: 'keys.', measure: keys },
  { prefix: 'set.', measure: sets },
  // Minutes each, and gigabytes of memory for the largest set.
  { prefix: 'growth.prove.', measure: proofGrowth, isOnRequest: true },
  { prefix: 'growth.set.', measure: setGrowth, isOnRequest: true },
  { prefix: 'growth.browser.', measure: memoryFigures, isOnRequest: true },
  { prefix: 'flood.', measure: longFloodFigures, isOnRequest: true },
]

async function* circuits(): AsyncGenerator<Figure> {
  const { manifest } = await openArtifacts()
  for (const [name, { constraints }] of Object.entries(manifest.circuits)) {
    yield exact(`circuit.${name}.constraints`, constraints, 'constraints')
  }
}

/** What a browser fetches before its first proof of a policy with one credential. */
async function* downloads(): AsyncGenerator<Figure> {
  const { source } = await openArtifacts()
  const { wasm, zkey } = await source('eligibility-1')
  const options = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }
  const bytes = [wasm, zkey].map((file) => brotliCompressSync(file, options).length)
  yield exact(
    'download.first-use.bytes',
    bytes.reduce((sum, size) => sum + size),
    'bytes',
  )
}

async function* issuing(): AsyncGenerator<Figure> {
  const { issue } = await createBenchWorld()
  yield await timed('issue.ms', 'ms', 50, issue, 10)
}

/** From the inputs to the witness, with the program compiled and warm as between two proofs. */
async function* witnesses(): AsyncGenerator<Figure> {
  const { source } = await openArtifacts()
  const inputs = await circuitInputs()
  for (const name of ['eligibility-1', 'eligibility-3'] as const) {
    const program = await WitnessProgram.compile((await source(name)).wasm)
    yield await timed(`witness.${name}.ms`, 'ms', 20, () => program.run(inputs[name]), 5)
  }
}

/** From a question to a proof that has been verified, witness included. */
async function* preparing(): AsyncGenerator<Figure> {
  const world = await createBenchWorld()
  const { requests } = world
  yield await timed('prepare.eligibility-1.ms', 'ms', PROOFS, () => prepare(world, requests.one))
  yield await timed('prepare.eligibility-3.ms', 'ms', PROOFS, () => prepare(world, requests.three))
  const prepared = await prepare(world, requests.one)
  const present = (): Promise<string> => presentProof(prepared, 'bench-nonce', world.now)
  yield await timed('present.prepared.ms', 'ms', 50, present, 10)
  yield exact('presentation.bytes', (await present()).length, 'bytes')
}

async function* keys(): AsyncGenerator<Figure> {
  yield await timed('keys.build.s', 's', 3, () => buildKeysFor(projectAt(ROOT.pathname)))
}

async function* sets(): AsyncGenerator<Figure> {
  const values = spread(0, MILLION)
  let set = SortedSet.from(REVOCATION_SHAPE, [])
  const build = async (): Promise<void> => {
    set = await buildSet(REVOCATION_SHAPE, values)
  }
  yield await timed('set.build-1M.s', 's', 1, build, 0)
  const fresh = spread(MILLION, 50)
  const insert = (): void => {
    set = set.insert(fresh.pop() ?? 0n)
  }
  yield await timed('set.insert.ms', 'ms', 40, insert, 10)
  const asked = values[0] ?? 0n
  const shard = set.shard(shardPrefix(REVOCATION_SHAPE, asked))
  const findPath = (): SetProof => proveFromShard(REVOCATION_SHAPE, set.root, shard, asked)
  yield await timed('set.path.ms', 'ms', 5, findPath)
}

function prepare(
  world: BenchWorld,
  request: BenchWorld['requests']['one'],
): Promise<PreparedProof> {
  return prepareProof(
    { secret: world.secret, credentials: world.credentials },
    request,
    world.tools,
  )
}
