import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

// A command starts in a fraction of a second because it loads what it needs, and no more.

const MAIN = fileURLToPath(new URL('../../scripts/zerocard/main.ts', import.meta.url))

/** Prints the packages that a process has loaded when it ends. */
const PRINT_PACKAGES = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module'
  const packages = new Set()
  registerHooks({
    load(url, context, next) {
      const found = /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url)
      if (found) packages.add(found[1])
      return next(url, context)
    },
  })
  process.on('exit', () => process.stderr.write(JSON.stringify([...packages])))
`)}`

async function packagesOf(...args: readonly string[]): Promise<string[]> {
  const all = ['--import', PRINT_PACKAGES, MAIN, ...args]
  const { stderr } = await promisify(execFile)(process.execPath, all)
  return JSON.parse(stderr) as string[]
}

test.each(['holder show', 'issuer init', 'trust build', 'verifier verify', 'policy explain'])(
  '%s loads neither a web server nor a database before it needs one',
  async (command) => {
    const packages = await packagesOf(...command.split(' '), '--help')
    expect(packages).toContain('commander')
    for (const heavy of ['express', 'kysely', 'pg', 'pino', 'prom-client']) {
      expect(packages).not.toContain(heavy)
    }
  },
)
