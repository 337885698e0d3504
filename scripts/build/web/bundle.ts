import { join } from 'node:path'
import { build } from 'esbuild'
import type { BuildFailure, Plugin } from 'esbuild'
import { ZerocardError } from '../../../core/errors.ts'
import type { ScriptEntry } from './entries.ts'

// The one place that knows esbuild.

export interface Bundle {
  /** By file name; more than one if the entry is split. */
  readonly files: ReadonlyMap<string, Uint8Array>
  /** Paths below the project of everything that went in. */
  readonly inputs: readonly string[]
}

/** What every browser understands that has what the project needs (WebAssembly SIMD, WebCrypto). */
const TARGET = 'es2022'

/** In what is built, the worker is a built file too. */
const prebuiltWorker: Plugin = {
  name: 'prebuilt-worker',
  setup(build) {
    build.onResolve({ filter: /\/spawn\.ts$/ }, ({ resolveDir, path }) => ({
      path: join(resolveDir, path.replace(/spawn\.ts$/, 'spawn-prebuilt.ts')),
    }))
  },
}

/**
 * Bundles an entry for browsers: minified, the same bytes each time, without paths of this machine.
 *
 * @throws ZerocardError with `ARTIFACT_INVALID`: the file, the line and what is wrong with it.
 */
export async function bundleScript(root: string, entry: ScriptEntry): Promise<Bundle> {
  try {
    const { outputFiles, metafile } = await build({
      absWorkingDir: root,
      entryPoints: { [entry.output.replace(/\.js$/, '')]: entry.source },
      outdir: '.',
      chunkNames: `${entry.output.replace(/\.js$/, '')}-[name]`,
      bundle: true,
      write: false,
      metafile: true,
      minify: true,
      splitting: entry.isSplit,
      format: entry.format === 'module' ? 'esm' : 'iife',
      platform: 'browser',
      conditions: ['browser'],
      target: TARGET,
      external: [...entry.external],
      plugins: [prebuiltWorker],
      logLevel: 'silent',
    })
    return {
      files: new Map(
        outputFiles.map(({ path, contents }) => [path.slice(root.length + 1), contents]),
      ),
      inputs: Object.keys(metafile.inputs).filter((path) => !path.startsWith('(')),
    }
  } catch (cause) {
    throw new ZerocardError('ARTIFACT_INVALID', `${entry.output}: ${mistakeIn(cause)}`, { cause })
  }
}

function mistakeIn(cause: unknown): string {
  const first = (cause as Partial<BuildFailure>).errors?.[0]
  if (first === undefined) return String(cause)
  const place = first.location ? `${first.location.file}:${first.location.line}: ` : ''
  return place + first.text
}
