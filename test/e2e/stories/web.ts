import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as esbuild from 'esbuild'
import type { CircuitName } from '../../../client/prover.ts'
import { CIRCUIT_NAMES, readArtifact } from '../../support/tools.ts'
import { WEB_MANIFEST, measure, textOf } from '../../../scripts/build/web/stamp.ts'
import type { WebManifest } from '../../../scripts/build/web/stamp.ts'
import { DEVELOPMENT_SEED, deriveTrapdoor } from '../../../scripts/build/trapdoor.ts'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const BUILT = here('../../../artifacts/web')
const WORKER = 'prover.worker.js'

/**
 * The wallet's files as `npm run build` made them, with a proving worker that can forge.
 *
 * @param folder - Where they are put.
 */
export async function webThatCanForge(folder: string): Promise<void> {
  cpSync(BUILT, folder, { recursive: true })
  cpSync(join(BUILT, WORKER), join(folder, 'prover.real.js'))
  replaceFile(folder, WORKER, await bundle('prover-switch.ts'))
}

/** As a new version of the wallet would be published: the file, and its hash in the list. */
function replaceFile(folder: string, name: string, bytes: Uint8Array): void {
  writeFileSync(join(folder, name), bytes)
  const path = join(folder, WEB_MANIFEST)
  const { files } = JSON.parse(readFileSync(path, 'utf8')) as WebManifest
  writeFileSync(path, textOf({ files: { ...files, [name]: measure(bytes) } }))
}

async function bundle(entry: string): Promise<Uint8Array> {
  const { outputFiles } = await esbuild.build({
    entryPoints: [here(entry)],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'silent',
    plugins: [knownTrapdoor],
    define: { VERIFICATION_KEYS: JSON.stringify(verificationKeys()) },
  })
  const [file] = outputFiles
  if (file === undefined) throw new TypeError(`${entry}: nothing was bundled`)
  return file.contents
}

function verificationKeys(): object {
  const read = (circuit: CircuitName): unknown =>
    JSON.parse(readArtifact(circuit, 'vkey.json').toString())
  return Object.fromEntries(CIRCUIT_NAMES.map((circuit) => [circuit, read(circuit)]))
}

/** The trapdoor is computed with Node's cryptography; a browser gets the numbers. */
const knownTrapdoor: esbuild.Plugin = {
  name: 'known-trapdoor',
  setup: (build) => {
    build.onLoad({ filter: /scripts[\\/]build[\\/]trapdoor\.ts$/ }, () => {
      const numbers = Object.entries(deriveTrapdoor(DEVELOPMENT_SEED))
      const members = numbers.map(([name, value]) => `${name}: ${value}n`).join(', ')
      const contents = `export const DEVELOPMENT_SEED = ''
        export const deriveTrapdoor = () => ({ ${members} })`
      return { contents, loader: 'js' }
    })
  },
}
