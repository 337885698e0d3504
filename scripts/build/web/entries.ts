import { existsSync, readdirSync, statSync } from 'node:fs'
import { join, relative, sep } from 'node:path'

// What browsers are given, by name. The names stay the same from version to version; whoever caches
// them asks `web-manifest.json` for their hashes.

/** A script made of one module and all that it imports. */
export interface ScriptEntry {
  /** Path below the project. */
  readonly source: string
  /** File name of the script, below `artifacts/web`. */
  readonly output: string
  /** `script`: also where modules are not known, as in service workers. */
  readonly format: 'module' | 'script'
  /** Packages that the page brings itself. */
  readonly external: readonly string[]
  /** What is imported dynamically becomes a file of its own, fetched when it is needed. */
  readonly isSplit: boolean
}

/** Files that are served as they are. */
const STATIC_FOLDER = 'client/app/static'

const SCRIPTS: readonly ScriptEntry[] = [
  script('client/proving/worker.ts', 'prover.worker.js'),
  script('client/index.ts', 'zerocard-client.js', { isSplit: true }),
  script('client/app/main.ts', 'wallet.js'),
  script('client/app/service-worker.ts', 'service-worker.js', { format: 'script' }),
  script('client/element/index.ts', 'zero-card.js'),
  script('client/counter/clerk.ts', 'counter.js'),
  script('client/element/react.ts', 'zero-card-react.js', {
    external: ['react', 'react-dom', 'react/jsx-runtime'],
  }),
]

/** The scripts of a project; it need not have all of them. */
export function scriptsOf(root: string): readonly ScriptEntry[] {
  return SCRIPTS.filter(({ source }) => existsSync(join(root, source)))
}

/** Paths below the static folder and where the files are, sorted. */
export function staticFilesOf(root: string): readonly (readonly [output: string, path: string])[] {
  const folder = join(root, STATIC_FOLDER)
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .sort()
    .map((path) => [relative(folder, path).split(sep).join('/'), path] as const)
}

function script(
  source: string,
  output: string,
  options: Partial<Omit<ScriptEntry, 'source' | 'output'>> = {},
): ScriptEntry {
  return { source, output, format: 'module', external: [], isSplit: false, ...options }
}
