import { spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'

// In projects with a lock file, installed packages and an npm of their own; nothing is fetched.

const BOOTSTRAP = join(import.meta.dirname, '../../scripts/bootstrap.mjs')
const directory = mkdtempSync(join(tmpdir(), 'zerocard-bootstrap-'))
let projects = 0

afterAll(() => {
  rmSync(directory, { recursive: true })
})

interface Packages {
  readonly [path: string]: { version: string; integrity?: string; optional?: boolean }
}

const wanted: Packages = {
  '': { version: '0.1.0' },
  'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
  'node_modules/for-another-machine': { version: '1.0.0', optional: true },
}
const { '': _, 'node_modules/for-another-machine': _other, ...installed } = wanted

/** Prints its name and arguments, or ends as it is told. */
const PROGRAM = `
const [name, ...args] = process.argv.slice(1)
if (args[0] === 'wait') {
  process.on('SIGTERM', () => process.exit(7))
  setInterval(() => {}, 1000)
}
if (args[0] === 'meet') {
  const { existsSync, writeFileSync } = require('node:fs')
  writeFileSync(args[1], '')
  const end = Date.now() + 20_000
  while (!existsSync(args[2])) if (Date.now() > end) process.exit(9)
}
console.log([name.split('/').pop(), ...args].join(' '))
if (args[0] === 'exit') process.exit(Number(args[1]))
if (args[0] === 'die') process.kill(process.pid, 'SIGKILL')
`

class Sandbox {
  readonly root = join(directory, String((projects += 1)))
  readonly npmLog = join(this.root, 'npm.log')

  constructor(present: Packages | undefined) {
    for (const path of ['scripts', 'bin']) mkdirSync(join(this.root, path), { recursive: true })
    copyFileSync(BOOTSTRAP, join(this.root, 'scripts', 'bootstrap.mjs'))
    writeFileSync(join(this.root, 'scripts', 'program.ts'), PROGRAM)
    this.#writeLock('package-lock.json', wanted)
    if (present !== undefined) this.#install(present)
    const npm = join(this.root, 'bin', 'npm')
    writeFileSync(npm, `#!/bin/sh\necho "$@" >> '${this.npmLog}'\n${this.#fakeInstall()}`)
    chmodSync(npm, 0o755)
  }

  get environment(): NodeJS.ProcessEnv {
    return { ...process.env, PATH: [join(this.root, 'bin'), process.env['PATH']].join(delimiter) }
  }

  run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
    const script = join(this.root, 'scripts', 'bootstrap.mjs')
    const options = { env: this.environment, encoding: 'utf8' } as const
    return spawnSync(process.execPath, [script, ...args], options)
  }

  get npmCalls(): string {
    return existsSync(this.npmLog) ? readFileSync(this.npmLog, 'utf8') : ''
  }

  #install(packages: Packages): void {
    const bin = join(this.root, 'node_modules', 'node', 'bin')
    mkdirSync(bin, { recursive: true })
    symlinkSync(process.execPath, join(bin, 'node'))
    this.#writeLock('node_modules/.package-lock.json', packages)
  }

  #writeLock(path: string, packages: Packages): void {
    writeFileSync(join(this.root, path), JSON.stringify({ packages }))
  }

  #fakeInstall(): string {
    const bin = join(this.root, 'node_modules', 'node', 'bin')
    return `mkdir -p '${bin}' && ln -sf '${process.execPath}' '${bin}/node'\n`
  }
}

describe('bootstrap', () => {
  test('runs programs one after the other, and adds arguments to the last', () => {
    const { status, stdout } = new Sandbox(installed).run(
      ...['scripts/program.ts', 'one', 'then', 'scripts/program.ts', 'two', '--added'],
    )
    expect(stdout).toBe('program.ts one\nprogram.ts two --added\n')
    expect(status).toBe(0)
  })

  test('stops at the first that fails, with its exit code', () => {
    const { status, stdout } = new Sandbox(installed).run(
      ...['scripts/program.ts', 'exit', '3', 'then', 'scripts/program.ts', 'two'],
    )
    expect(stdout).toBe('program.ts exit 3\n')
    expect(status).toBe(3)
  })

  test('does those joined by also at the same time, and the rest after them', () => {
    const { status, stdout } = new Sandbox(installed).run(
      ...['scripts/program.ts', 'meet', 'a', 'b', 'also', 'scripts/program.ts', 'meet', 'b', 'a'],
      ...['then', 'scripts/program.ts', 'last'],
    )
    expect(stdout.split('\n').slice(0, 2).sort()).toEqual([
      'program.ts meet a b',
      'program.ts meet b a',
    ])
    expect(stdout).toMatch(/\nprogram.ts last\n$/)
    expect(status).toBe(0)
  })

  test.each([
    ['first', ['scripts/program.ts', 'exit', '3', 'also', 'scripts/program.ts', 'two']],
    ['second', ['scripts/program.ts', 'two', 'also', 'scripts/program.ts', 'exit', '3']],
  ])('stops after programs joined by also if the %s fails', (_, programs) => {
    const { status, stdout } = new Sandbox(installed).run(
      ...[...programs, 'then', 'scripts/program.ts', 'last'],
    )
    expect(stdout).toContain('program.ts two')
    expect(stdout).not.toContain('last')
    expect(status).toBe(3)
  })

  test('fails if a program is killed', () => {
    expect(new Sandbox(installed).run('scripts/program.ts', 'die').status).toBe(128 + 9)
  })

  test('passes a signal on', async () => {
    const sandbox = new Sandbox(installed)
    const script = join(sandbox.root, 'scripts', 'bootstrap.mjs')
    const child = spawn(process.execPath, [script, 'scripts/program.ts', 'wait'])
    const ended = new Promise((resolve) => child.once('exit', resolve))
    await new Promise((resolve) => child.stdout.once('data', resolve))
    child.kill('SIGTERM')
    expect(await ended).toBe(7)
  })

  test('needs a program', () => {
    expect(new Sandbox(installed).run().status).toBe(1)
  })
})

describe('bootstrap calls npm', () => {
  const callsWith = (present: Packages | undefined): string => {
    const sandbox = new Sandbox(present)
    expect(sandbox.run('scripts/program.ts').stdout).toBe('program.ts\n')
    return sandbox.npmCalls
  }

  test('not if everything is installed', () => {
    expect(callsWith(installed)).toBe('')
    expect(callsWith(wanted)).toBe('')
  })

  test.each<[string, Packages | undefined]>([
    ['nothing is installed', undefined],
    ['a package is missing', {}],
    ['another version is installed', { 'node_modules/a': { version: '0.9.0' } }],
    [
      'another content is installed',
      { 'node_modules/a': { version: '1.0.0', integrity: 'sha512-b' } },
    ],
  ])('if %s', (_, present) => {
    expect(callsWith(present)).toMatch(/^ci /)
  })

  test('for the pinned Node.js, if its package came without it', () => {
    const sandbox = new Sandbox(installed)
    rmSync(join(sandbox.root, 'node_modules', 'node'), { recursive: true })
    expect(sandbox.run('scripts/program.ts').stdout).toBe('program.ts\n')
    expect(sandbox.npmCalls).toMatch(/^rebuild node /)
  })
})
