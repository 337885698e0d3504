import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'

const here = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const readme = readFileSync(here('README.md'), 'utf8')

let stop: () => void = () => undefined
afterEach(() => {
  stop()
})

describe('the README', () => {
  test('shows exactly the site that is run here, and it protects its route', async () => {
    const program = readFileSync(here('examples/protected-route.ts'), 'utf8')
    expect(readme).toContain(`\`\`\`ts\n${program}\`\`\``)
    const { url, end } = await startSite()
    stop = end
    const response = await fetch(`${url}/wine`, { headers: { accept: 'application/json' } })
    expect([response.status, await response.json()]).toMatchObject([
      401,
      { code: 'PROOF_REQUIRED', policy: 'over-18@1' },
    ])
    const page = await fetch(`${url}/wine`, { headers: { accept: 'text/html' } })
    expect([page.status, await page.text()]).toEqual([401, expect.stringContaining('18')])
  })

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

/** Runs the example with the README's configuration, its files taken from the examples. */
async function startSite(): Promise<{ url: string; end: () => void }> {
  const folder = mkdtempSync(join(tmpdir(), 'zerocard-readme-'))
  const [, text = ''] = /```json\n(\{\n {2}"baseUrl"[^`]*)```/.exec(readme) ?? []
  const config = JSON.parse(text.replaceAll('"…"', `"${'A'.repeat(43)}"`)) as object
  const files = {
    policies: [here('examples/policies/over-18.json')],
    schemas: [here('examples/schemas/person.json')],
  }
  writeFileSync(join(folder, 'verifier.json'), JSON.stringify({ ...config, ...files }))
  const port = String(await freePort())
  const args = [here('examples/protected-route.ts'), join(folder, 'verifier.json'), port]
  const site = spawn(process.execPath, args, { stdio: 'ignore' })
  const url = `http://127.0.0.1:${port}`
  const end = (): void => {
    site.kill()
    rmSync(folder, { recursive: true, force: true })
  }
  for (let i = 0; i < 200; i++) {
    const isThere = await fetch(`${url}/livez`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (isThere) return { url, end }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  end()
  throw new Error('the example does not start')
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
