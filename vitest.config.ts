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

/** In the deep run, or by `npm test -- stories`. */
const playsStories = process.argv.some((argument) => /stories|vitest\.deep/.test(argument))

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // All stories of the town take minutes: the deep run plays them. A part of them is played with a
    // keyboard, in Chinese and in trouble (test/e2e) each time.
    exclude: playsStories ? [] : ['test/e2e/stories.test.ts'],
    // Proofs, keys and compilations take seconds, and several files share the cores.
    testTimeout: 120_000,
    hookTimeout: 180_000,
    // Each file in a process of its own: provers leave threads behind, which end with it.
    pool: 'forks',
    // One for each core: the process that watches them has little to do.
    maxWorkers: availableParallelism(),
    globalSetup: ['test/support/postgres.ts'],
    // A run does not pass if a test that the threat model names was left out.
    reporters: ['default', new NamedTestsReporter('docs/threat-model.md')],
    sequence: { sequencer: LongestFirst },
  },
})
