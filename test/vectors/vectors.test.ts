import { readFileSync, readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { vectorFiles, vectorText } from '../../scripts/assure/verifying/files.ts'
import { ALL_KITS } from '../../scripts/vectors/all.ts'
import { kitText } from '../../scripts/vectors/kit.ts'

interface File {
  readonly numberOfTests: number
  readonly notes: Readonly<Record<string, { readonly description: string }>>
  readonly testGroups: readonly {
    readonly tests: readonly { readonly tcId: number; readonly result: string }[]
  }[]
}

const files = vectorFiles().map((name) => JSON.parse(vectorText(name)) as File)
const tests = files.map(({ testGroups }) => testGroups.flatMap((group) => group.tests))

/** The others take seconds each; `npm run vectors -- --check` compares all. */
const QUICK = ['encodings', 'credentials', 'documents']

test('there are hundreds of vectors, most of them of what must be refused', () => {
  expect(tests.flat().length).toBeGreaterThanOrEqual(500)
  const refused = tests.flat().filter(({ result }) => result === 'invalid')
  expect(refused.length).toBeGreaterThan(tests.flat().length / 2)
})

test('every file counts its vectors, and numbers them from 1', () => {
  for (const [i, { numberOfTests }] of files.entries()) {
    expect(numberOfTests).toBe(tests[i]!.length)
    expect(tests[i]!.map(({ tcId }) => tcId)).toEqual(tests[i]!.map((_, at) => at + 1))
  }
})

test('the frozen files are what the script makes', () => {
  const made = ALL_KITS.map((make) => make).filter((make) => QUICK.includes(nameOf(make)))
  expect(made.length).toBe(QUICK.length)
  for (const make of made) {
    const kit = make()
    expect(kitText(kit) === vectorText(kit.name)).toBe(true)
  }
})

test('all files are small enough to be kept with the source', () => {
  const size = vectorFiles().reduce((sum, name) => sum + vectorText(name).length, 0)
  expect(size).toBeLessThan(1_500_000)
})

test('the second implementation imports nothing of the first', () => {
  const folder = new URL('../independent/', import.meta.url)
  const allowed = /^(\.\/[a-z0-9-]+\.ts|node:crypto|@noble\/(curves|hashes)\/[a-z0-9]+\.js)$/
  for (const name of readdirSync(folder)) {
    const text = readFileSync(new URL(name, folder), 'utf8')
    const imported = [...text.matchAll(/(?:from|import\()\s*'([^']+)'/g)].map((match) => match[1]!)
    for (const module of imported) expect(module).toMatch(allowed)
    expect(text).not.toMatch(/require\(|readFileSync/)
  }
})

/** The kits of proofs are not made only to learn their names. */
function nameOf(make: (typeof ALL_KITS)[number]): string {
  const names: Readonly<Record<string, string>> = {
    encodingsKit: 'encodings',
    credentialsKit: 'credentials',
    documentsKit: 'documents',
  }
  return names[make.name] ?? make.name
}
