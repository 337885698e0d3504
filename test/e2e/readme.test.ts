import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'

const here = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const readme = readFileSync(here('README.md'), 'utf8')

describe('the README', () => {
  test('shows exactly the program that is run here', () => {
    const program = readFileSync(here('examples/first-program.ts'), 'utf8')
    expect(readme).toContain(`\`\`\`ts\n${program}\`\`\``)
  })

  test('shows a policy as it stands in the examples', () => {
    expect(readme).toContain(
      readFileSync(here('examples/policies/winter-fuel-2025.json'), 'utf8').trim(),
    )
  })

  test('shows a program that issues, presents and verifies', async () => {
    const run = promisify(execFile)
    const { stdout } = await run(process.execPath, [here('examples/first-program.ts')], {
      timeout: 90_000,
    })
    expect(stdout).toMatch(/^over-18@1 is true\. The shop read [0-9]+ bytes and no birthday\.\n$/)
  }, 100_000)
})
