import { parseArgs } from 'node:util'
import { ZerocardError } from '../core/errors.ts'
import { MEASUREMENTS } from './bench/measurements.ts'
import type { Figure } from './bench/figure.ts'

// Prints what a person or an operator waits for and downloads, as medians. Absolute times are of
// the machine they were taken on; only ratios of one run travel.

const HELP = `usage: npm run bench -- [--json] [--only PREFIX]

  --json         one JSON object a line: {"name","value","unit","runs"}
  --only PREFIX  only figures whose name begins so, such as "set." or "prove."; "growth."
                 and "flood." take minutes and are left out otherwise`

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { json: { type: 'boolean' }, only: { type: 'string' }, help: { type: 'boolean' } },
  })
  if (values.help === true) {
    console.log(HELP)
    return
  }
  const print = values.json === true ? printJson : printLine
  const only = values.only ?? ''
  for (const { prefix, measure, isOnRequest } of MEASUREMENTS) {
    if (isOnRequest === true && only === '') continue
    if (!prefix.startsWith(only) && !only.startsWith(prefix)) continue
    for await (const figure of measure()) if (figure.name.startsWith(only)) print(figure)
  }
}

function printJson(figure: Figure): void {
  console.log(JSON.stringify(figure))
}

function printLine({ name, value, unit, runs }: Figure): void {
  const times = runs === 1 ? '' : `  (median of ${String(runs)})`
  console.log(`${name.padEnd(36)}${String(value).padStart(12)} ${unit}${times}`)
}

try {
  await main()
  process.exit(0)
} catch (error) {
  const message = error instanceof ZerocardError ? `${error.code}: ${error.message}` : String(error)
  console.error(`bench: ${message}`)
  process.exit(error instanceof TypeError ? 2 : 1)
}
