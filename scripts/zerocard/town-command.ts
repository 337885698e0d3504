import type { Command } from 'commander'
import { ZerocardError } from '../../core/errors.ts'
import { FORGEABLE_WARNING, openArtifacts } from './artifacts.ts'
import { runs } from './command.ts'
import type { Context, ExitResult } from './command.ts'
import { writeOut } from './output.ts'
import { FIRST_PORT, SERVICES } from './town/plan.ts'
import { populate } from './town/populate.ts'
import { startTown } from './town/town.ts'
import type { Town, TownAddress } from './town/town.ts'

interface TownOptions {
  readonly json?: boolean
  readonly folder: string
  readonly port: string
}

export function defineTown(command: Command): void {
  runs(
    command
      .option('--json', 'print what happens as JSON objects, one a line')
      .option('--folder <folder>', 'where the town keeps its state', 'town')
      .option('--port <number>', `first of ${SERVICES.length} ports`, String(FIRST_PORT)),
    serveTown,
  )
}

/** Runs the town until Ctrl-C, or until one of its services has ended. */
async function serveTown(options: TownOptions, context: Context): Promise<ExitResult> {
  const port = portOption(options.port)
  const isForgeable = (await openArtifacts()).manifest.forgeable
  const told = nextSignal()
  const town = await startTown(options.folder, port, context.progress)
  try {
    const people = await populate(town.services, context.progress)
    context.progress.clear()
    await writeOut(process.stdout, describe(town, people, isForgeable, options.json === true))
    const broken = await Promise.race([told, town.broken])
    if (broken !== undefined) {
      throw new ZerocardError('UNAVAILABLE', `${broken} has ended; its log is in ${town.folder}`)
    }
  } finally {
    await town.stop()
  }
  return { text: 'The town has ended. Its state is kept.', json: { event: 'ended' } }
}

function describe(
  { services, folder }: Town,
  people: number,
  isForgeable: boolean,
  isJson: boolean,
): string {
  const addresses = services.map(({ name, origin }) => ({ name, origin }))
  if (isJson) return `${JSON.stringify({ event: 'listening', folder, services: addresses })}\n`
  const width = Math.max(...services.map(({ title }) => title.length))
  const rows = services.map((service) => `  ${service.title.padEnd(width)}  ${lookAt(service)}`)
  return [
    '',
    'A town on this machine:',
    ...rows,
    '',
    `${people.toLocaleString('en')} invented people are in its registers. Configuration, tokens and`,
    `databases are in ${folder}; nobody else can read them.`,
    ...(isForgeable ? [FORGEABLE_WARNING] : []),
    '',
    'To see somebody use it: zerocard demo, in another window. To end it: Ctrl-C.',
    '',
  ].join('\n')
}

/** The page of a service that says most about it. */
function lookAt({ origin }: TownAddress): string {
  return `${origin}/docs`
}

function portOption(text: string): number {
  const port = Number(text)
  if (/^[1-9][0-9]{0,4}$/.test(text) && port >= 1024 && port + SERVICES.length <= 65_536)
    return port
  throw new ZerocardError('USAGE', '--port: expected a number from 1024 to 65530')
}

function nextSignal(): Promise<undefined> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        resolve(undefined)
      })
    }
  })
}
