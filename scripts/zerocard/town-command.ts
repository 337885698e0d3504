import type { Command } from 'commander'
import { ZerocardError } from '../../core/errors.ts'
import { DEFAULT_SIZE } from '../../examples/population/generate.ts'
import { FORGEABLE_WARNING, openArtifacts } from './artifacts.ts'
import { runs } from './command.ts'
import type { Context, ExitResult } from './command.ts'
import { writeOut } from './output.ts'
import { FIRST_PORT, PORTS } from './town/plan.ts'
import { startTown } from './town/town.ts'
import type { Town } from './town/town.ts'

/** A register is sent as one table, of 16 MiB at most. */
const MAX_PEOPLE = 20_000

interface TownOptions {
  readonly json?: boolean
  readonly folder: string
  readonly port: string
  readonly people: string
}

export function defineTown(command: Command): void {
  runs(
    command
      .option('--json', 'print what happens as JSON objects, one a line')
      .option('--folder <folder>', 'where the town keeps its state', 'town')
      .option('--port <number>', `first of ${PORTS} ports`, String(FIRST_PORT))
      .option('--people <number>', 'how many to invent, at least', String(DEFAULT_SIZE)),
    serveTown,
  )
}

/** Runs the town until Ctrl-C, or until one of its services has ended. */
async function serveTown(options: TownOptions, context: Context): Promise<ExitResult> {
  const port = portOption(options.port)
  const isForgeable = (await openArtifacts()).manifest.forgeable
  const told = nextSignal()
  const crowd = peopleOption(options.people)
  const town = await startTown(options.folder, port, context.progress, { crowd })
  try {
    context.progress.clear()
    await writeOut(process.stdout, describe(town, isForgeable, options.json === true))
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
  { services, places, people, folder }: Town,
  isForgeable: boolean,
  isJson: boolean,
): string {
  const portal = places[0]?.origin ?? ''
  if (isJson) {
    const [asked, seen] = [services, places].map((all) =>
      all.map(({ name, origin }) => ({ name, origin })),
    )
    const event = { event: 'listening', folder, portal, services: asked, places: seen }
    return `${JSON.stringify(event)}\n`
  }
  return [
    '',
    `The town is open: ${portal}`,
    '',
    `${people.toLocaleString('en')} invented people are in its registers. Configuration, tokens and`,
    `databases are in ${folder}; nobody else can read them.`,
    ...(isForgeable ? [FORGEABLE_WARNING] : []),
    '',
    'All addresses: --json. People who use it by themselves: zerocard demo, in another window.',
    'To end it: Ctrl-C.',
    '',
  ].join('\n')
}

function portOption(text: string): number {
  const port = Number(text)
  if (/^[1-9][0-9]{0,4}$/.test(text) && port >= 1024 && port + PORTS <= 65_536) return port
  throw new ZerocardError('USAGE', `--port: expected a number from 1024 to ${65_536 - PORTS}`)
}

function peopleOption(text: string): number {
  const people = Number(text)
  if (/^[1-9][0-9]{0,5}$/.test(text) && people <= MAX_PEOPLE) return people
  throw new ZerocardError('USAGE', `--people: expected a number from 1 to ${MAX_PEOPLE}`)
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
