import { readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import type { Reporter, TestModule, TestRunEndReason, Vitest } from 'vitest/node'
import { namedTests, unproven } from './named-tests.ts'
import type { RunTest } from './named-tests.ts'

/** Makes a run fail in which a test that a document names is missing or was skipped. */
export class NamedTestsReporter implements Reporter {
  readonly #document: string
  #vitest: Vitest | undefined

  /** @param document - Path from the project's root. */
  constructor(document: string) {
    this.#document = document
  }

  onInit(vitest: Vitest): void {
    this.#vitest = vitest
  }

  async onTestRunEnd(
    modules: readonly TestModule[],
    _errors: readonly unknown[],
    reason: TestRunEndReason,
  ): Promise<void> {
    const vitest = this.#vitest
    // Who asks for some tests by name skips the others on purpose.
    if (vitest === undefined || reason === 'interrupted' || isByName(vitest)) return
    const { root, project } = vitest.config
    const isWhole =
      project.length === 0 && modules.length >= (await vitest.globTestSpecifications()).length
    const named = namedTests(readFileSync(join(root, this.#document), 'utf8'))
    const tests = new Map(
      modules.map((module) => [
        relative(root, module.moduleId).split(sep).join('/'),
        testsOf(module),
      ]),
    )
    const missing = [...new Set(unproven(named, tests, isWhole))]
    if (missing.length === 0) return
    const lines = missing.map((line) => `  ${line}\n`).join('')
    process.stderr.write(`\n${this.#document} names tests that did not run:\n${lines}`)
    process.exitCode = 1
  }
}

function testsOf(module: TestModule): RunTest[] {
  return [...module.children.allTests()].map((test) => ({
    titles: titlesOf(test),
    hasRun: test.result().state !== 'skipped',
  }))
}

function titlesOf(test: { readonly name: string; readonly parent: unknown }): string[] {
  const titles = [test.name]
  for (let { parent } = test; isSuite(parent); { parent } = parent) titles.unshift(parent.name)
  return titles
}

function isSuite(
  parent: unknown,
): parent is { readonly type: 'suite'; readonly name: string; readonly parent: unknown } {
  return (parent as { readonly type?: unknown } | undefined)?.type === 'suite'
}

function isByName(vitest: Vitest): boolean {
  return vitest.getGlobalTestNamePattern() !== undefined
}
