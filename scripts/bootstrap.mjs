// Runs programs of this project on the Node.js that its lock file pins, whatever Node.js (18 or
// newer) started this file, and installs the packages first if they are missing or outdated.
// Plain JavaScript without imports from packages, because there may be none yet.
//
//   node scripts/bootstrap.mjs PROGRAM [ARGUMENT...] [then|also PROGRAM [ARGUMENT...]]...
//
// PROGRAM is a .ts file or one of the tools below. Programs run one after the other until one
// fails, those joined by `also` at the same time; arguments that npm adds go to the last.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const isWindows = process.platform === 'win32'
const modules = join(root, 'node_modules')

/** Tools by their programs, so that they too run on the pinned Node.js. */
const TOOLS = {
  tsc: 'node_modules/typescript/bin/tsc',
  eslint: 'node_modules/eslint/bin/eslint.js',
  prettier: 'node_modules/prettier/bin/prettier.cjs',
  vitest: 'node_modules/vitest/vitest.mjs',
}

/** Node.js runs TypeScript files as they are from this version on. */
const OLDEST_USABLE = [22, 18]

const steps = split(process.argv.slice(2), 'then').map((step) => split(step, 'also'))
if (steps.length === 0) fail('usage: node scripts/bootstrap.mjs PROGRAM [ARGUMENT...]')
if (!isInstalled()) install()
const node = findNode()
for (const step of steps) {
  const codes = await Promise.all(
    step.map(([program, ...args]) => run(node, [join(root, TOOLS[program] ?? program), ...args])),
  )
  const failure = codes.find((code) => code !== 0)
  if (failure !== undefined) process.exit(failure)
}

/**
 * @param {string[]} args
 * @param {string} word
 */
function split(args, word) {
  /** @type {string[][]} */
  const all = [[]]
  for (const arg of args) {
    if (arg === word) all.push([])
    else all[all.length - 1].push(arg)
  }
  return all.filter((part) => part.length > 0)
}

/** Compares what npm installed with the lock file; packages for other machines may be missing. */
function isInstalled() {
  const wanted = readPackages(join(root, 'package-lock.json'))
  const installed = readPackages(join(modules, '.package-lock.json'))
  if (wanted === undefined) fail('package-lock.json is missing or damaged')
  if (installed === undefined) return false
  return Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
    if (path === '') return true
    const found = installed[path]
    if (found === undefined) return optional === true
    return found.version === version && found.integrity === integrity
  })
}

/** @param {string} path */
function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages
  } catch {
    return undefined
  }
}

function install() {
  console.error('bootstrap: installing packages with npm ci')
  const result = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    env: outsideEnvironment(),
    // Standard output belongs to the program that comes after.
    stdio: ['inherit', 2, 'inherit'],
    shell: isWindows,
  })
  if (result.status !== 0) fail('npm ci failed; its messages are above')
}

/** Without node_modules/.bin in the path: npm ci deletes it, and must not run on a Node.js in it. */
function outsideEnvironment() {
  const env = { ...process.env }
  const name = Object.keys(env).find((key) => key.toLowerCase() === 'path') ?? 'PATH'
  const isOurs = (/** @type {string} */ entry) => entry.startsWith(join(modules, '.bin'))
  env[name] = (env[name] ?? '')
    .split(delimiter)
    .filter((entry) => !isOurs(entry))
    .join(delimiter)
  return env
}

/** The pinned Node.js, or this one if that cannot be had and this one is new enough. */
function findNode() {
  const pinned = join(modules, 'node', 'bin', isWindows ? 'node.exe' : 'node')
  if (existsSync(pinned)) return pinned
  // Its package fetches the program when it is installed, which a setting may have prevented.
  spawnSync('npm', ['rebuild', 'node', '--foreground-scripts', '--loglevel=error'], {
    cwd: root,
    env: outsideEnvironment(),
    stdio: ['ignore', 2, 'inherit'],
    shell: isWindows,
  })
  if (existsSync(pinned)) return pinned
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_USABLE
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) {
    console.error(`bootstrap: the pinned Node.js is not here, using ${process.version}`)
    return process.execPath
  }
  return fail(`needs Node.js ${OLDEST_USABLE.join('.')} or newer; this is ${process.version}`)
}

/**
 * Runs a program with this one's input, output and signals.
 *
 * @param {string} command
 * @param {string[]} args
 * @returns {Promise<number>} its exit code
 */
function run(command, args) {
  const child = spawn(command, args, { cwd: root, stdio: 'inherit' })
  const forwarders = ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => {
    const forward = () => {
      // A terminal sends SIGINT to the child as well; twice would mean "at once".
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    }
    process.on(signal, forward)
    return () => process.off(signal, forward)
  })
  return new Promise((resolve) => {
    child.on('error', (error) => fail(error.message))
    child.on('exit', (code, signal) => {
      for (const stop of forwarders) stop()
      resolve(signal === null ? (code ?? 1) : 128 + constants.signals[signal])
    })
  })
}

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message) {
  console.error(`bootstrap: ${message}`)
  process.exit(1)
}
