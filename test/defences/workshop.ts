import { execFileSync, spawn } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Defence } from './defence.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** What came of the tests that have to fail. */
export interface Outcome {
  /** Whole titles. */
  readonly failed: readonly string[]
  readonly passed: readonly string[]
  /** Where no test was run at all: what the runner said. */
  readonly trouble: string
}

/** A copy of the project in which defences are taken away, one at a time. */
export class Workshop {
  readonly #folder = mkdtempSync(join(tmpdir(), 'zerocard-defences-'))

  constructor() {
    const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
      cwd: ROOT,
    })
    for (const path of listed.toString().split('\0').filter(Boolean)) {
      mkdirSync(join(this.#folder, dirname(path)), { recursive: true })
      cpSync(join(ROOT, path), join(this.#folder, path))
    }
    this.#link('node_modules', ['circomlib'])
    this.#link('artifacts', [])
  }

  /** The compiler of circuits follows no links: what it reads is copied. */
  #link(folder: string, copied: readonly string[]): void {
    mkdirSync(join(this.#folder, folder))
    for (const name of readdirSync(join(ROOT, folder))) {
      if (name === 'test-circuits' || name === '.vite') continue
      const [from, to] = [join(ROOT, folder, name), join(this.#folder, folder, name)]
      if (copied.includes(name)) cpSync(from, to, { recursive: true })
      else symlinkSync(from, to)
    }
  }

  /** Runs the named tests without the defence. @throws TypeError if its text is not there once. */
  async try({ file, text, instead, rebuilt, tests }: Defence): Promise<Outcome> {
    const path = join(this.#folder, file)
    const source = readFileSync(path, 'utf8')
    if (source.split(text).length !== 2) throw new TypeError(`${file}: the text is not there once`)
    writeFileSync(
      path,
      source.replace(text, () => instead),
    )
    // What was compiled is known by the text of circuits/ alone, and a library may be changed, too.
    rmSync(join(this.#folder, 'artifacts', 'test-circuits'), { recursive: true, force: true })
    try {
      if (rebuilt !== undefined) this.#rebuild(rebuilt)
      const outcome = await this.#run(tests)
      // A run that ran nothing has gone wrong by itself, once in hundreds.
      const isEmpty = outcome.failed.length + outcome.passed.length === 0
      return isEmpty ? await this.#run(tests) : outcome
    } finally {
      writeFileSync(path, source)
      if (rebuilt !== undefined) this.#restore(rebuilt)
    }
  }

  /** The program alone, for tests that make no proofs. */
  #rebuild(circuit: string): void {
    const folder = join('artifacts', circuit)
    rmSync(join(this.#folder, folder))
    this.#link(folder, [])
    const compiler = join(ROOT, 'node_modules', 'circom2', 'cli.js')
    const parameters = [`circuits/main/${circuit}.circom`, '--wasm', '--O1', '-o', folder]
    execFileSync(process.execPath, [compiler, ...parameters], { cwd: this.#folder, stdio: 'pipe' })
    const program = `${circuit}.wasm`
    const made = join(this.#folder, folder, `${circuit}_js`, program)
    renameSync(made, join(this.#folder, folder, program))
  }

  #restore(circuit: string): void {
    const folder = join(this.#folder, 'artifacts', circuit)
    rmSync(folder, { recursive: true, force: true })
    symlinkSync(join(ROOT, 'artifacts', circuit), folder)
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #run(tests: readonly string[]): Promise<Outcome> {
    const named = tests.map((name) => name.split(' › '))
    const files = new Set(named.map(([file = '']) => file))
    // Each part of a title stands in the whole one, in this order.
    const patterns = named.map(([, ...titles]) =>
      titles.map((title) => title.split('…').map(escaped).join('.*')).join('.*'),
    )
    const report = join(this.#folder, 'report.json')
    rmSync(report, { force: true })
    const runner = join(ROOT, 'node_modules/vitest/vitest.mjs')
    const output = ['--reporter=json', `--outputFile=${report}`]
    const parameters = [runner, 'run', ...files, '-t', patterns.join('|'), ...output]
    const said = await this.#spawn(parameters)
    return read(report) ?? { failed: [], passed: [], trouble: said.slice(-2_000) }
  }

  async #spawn(parameters: readonly string[]): Promise<string> {
    const child = spawn(process.execPath, parameters, {
      cwd: this.#folder,
      env: environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => (said += chunk))
    }
    await new Promise((resolve) => child.on('close', resolve))
    return said
  }
}

/** That of this process, without what makes its runner take part in a run of its own. */
function environment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env)
  return Object.fromEntries(
    entries.filter(([name]) => !/^(VITEST|TINYPOOL|ZEROCARD_DEEP|TEST$)/.test(name)),
  )
}

interface Report {
  readonly testResults: readonly {
    readonly message: string
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[]
  }[]
}

function read(path: string): Outcome | undefined {
  let report: Report
  try {
    report = JSON.parse(readFileSync(path, 'utf8')) as Report
  } catch {
    return undefined
  }
  const results = report.testResults.flatMap(({ assertionResults }) => assertionResults)
  const withStatus = (wanted: string): string[] =>
    results.filter(({ status }) => status === wanted).map(({ fullName }) => fullName)
  const messages = report.testResults.map(({ message }) => message).join('\n')
  return {
    failed: withStatus('failed'),
    passed: withStatus('passed'),
    trouble: messages.slice(0, 2_000),
  }
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
