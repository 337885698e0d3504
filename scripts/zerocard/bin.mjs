#!/usr/bin/env node
// Starts the command line with the pinned Node, whichever Node runs this file. Plain JavaScript,
// so that an old Node gets as far as here.
import { spawn } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('./main.ts', import.meta.url))
const pinned = pinnedNode()

if (pinned === undefined || realpathSync(process.execPath) === pinned) {
  if (!canStripTypes()) {
    process.stderr.write(
      `zerocard: USAGE: Node ${process.version} is too old, and the pinned one is not installed; run npm install\n`,
    )
    process.exit(2)
  }
  await import('./main.ts')
} else {
  const child = spawn(pinned, [main, ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    process.stderr.write(`zerocard: cannot start ${pinned}: ${error.message}\n`)
    process.exit(1)
  })
  child.on('close', (code, signal) => process.exit(code ?? (signal === null ? 1 : 130)))
}

/** The executable of the npm package `node`. */
function pinnedNode() {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve('node/package.json'))
    const path = join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
    return existsSync(path) ? realpathSync(path) : undefined
  } catch {
    return undefined
  }
}

function canStripTypes() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  return major > 23 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18)
}
