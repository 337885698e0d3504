import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { ALL_KITS } from './vectors/all.ts'
import { kitText } from './vectors/kit.ts'

// Makes test/vectors/*.json again, or compares. The files are frozen: they change only together
// with the protocol.

const FOLDER = fileURLToPath(new URL('../test/vectors/', import.meta.url))

const { values } = parseArgs({ options: { check: { type: 'boolean' } } })
mkdirSync(FOLDER, { recursive: true })
for (const make of ALL_KITS) {
  const kit = make()
  const text = kitText(kit)
  const path = `${FOLDER}${kit.name}.json`
  const tests = kit.groups.reduce((sum, group) => sum + group.tests.length, 0)
  if (values.check === true) {
    const isSame = readFileSync(path, 'utf8') === text
    if (!isSame) process.exitCode = 1
    console.log(`${kit.name}: ${tests} vectors, ${isSame ? 'as frozen' : 'NOT as frozen'}`)
  } else {
    writeFileSync(path, text)
    console.log(`${kit.name}: ${tests} vectors, ${text.length} characters`)
  }
}
