import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { BaseSequencer } from 'vitest/node'
import type { TestSpecification } from 'vitest/node'
import { NamedTestsReporter } from './test/support/named-tests-reporter.ts'

/** Files that make many proofs begin first: begun last, they would keep one core waiting. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification): boolean => moduleId.includes('policies-of-')
    const sorted = await super.sort(files)
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}

/** In the deep run, or when one of them is asked for by name. */
const isAsked = (name: string): boolean =>
  process.argv.some((argument) => argument.includes('vitest.deep') || argument === name)

/** What takes minutes. A part of the stories is played in trouble (test/e2e) each time. */
const DEEP = [
  ...(isAsked('stories')
    ? []
    : ['test/e2e/stories.test.ts', 'test/e2e/stories-other-ways.test.ts']),
  ...(isAsked('cli-bulk') ? [] : ['test/scripts/cli-bulk.test.ts']),
  ...(isAsked('without') ? [] : ['test/defences/without.test.ts']),
]

/** Files that leave nothing behind: they share a process, and what it has loaded. */
const TOGETHER = [
  'test/{core,circuits,docs,element,examples}/**/*.test.ts',
  'test/client/{app,guard,pool,wallet}/*.test.ts',
  'test/client/{http,malformed,openid4vci,openid4vp,revocations}.test.ts',
  'test/defences/places.test.ts',
  'test/server/{http,outgoing}/*.test.ts',
  'test/server/{config,express,secrets}.test.ts',
  'test/server/issuer/{issuer,openid4vci,operators,order,restored,salts,service}.test.ts',
  'test/server/trust/{seen,service}.test.ts',
  'test/server/verifier/{counter,openid4vp,page-sessions,proofs,rotation}.test.ts',
]

export default defineConfig({
  test: {
    // Proofs, keys and compilations take seconds, and several files share the cores.
    testTimeout: 120_000,
    hookTimeout: 180_000,
    // A second, as usual, is too short for that.
    expect: { poll: { timeout: 30_000 } },
    pool: 'forks',
    // One for each core: the process that watches them has little to do.
    maxWorkers: availableParallelism(),
    // A run does not pass if a test that the threat model names was left out.
    reporters: ['default', new NamedTestsReporter('docs/threat-model.md')],
    sequence: { sequencer: LongestFirst },
    setupFiles: ['test/support/setup.ts'],
    projects: [
      { extends: true, test: { name: 'together', include: TOGETHER, isolate: false } },
      {
        extends: true,
        // Each file in a process of its own: provers leave threads behind, which end with it.
        test: {
          name: 'apart',
          include: ['test/**/*.test.ts'],
          exclude: [...TOGETHER, ...DEEP],
          globalSetup: ['test/support/postgres.ts'],
        },
      },
    ],
  },
})
