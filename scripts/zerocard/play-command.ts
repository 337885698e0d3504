import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { FORGEABLE_WARNING, assertBelievable, openArtifacts } from './artifacts.ts'
import { runs } from './command.ts'
import type { Context, ExitResult } from './command.ts'
import { Stage, duration, median } from './demo/stage.ts'
import { gatherPlayers, issueScene } from './play/players.ts'
import { benefitScene, platformScene, revocationScene, shopScene } from './play/scenes.ts'
import { inspect, tell } from './play/summary.ts'
import type { Findings } from './play/summary.ts'
import { createTools } from './play/tools.ts'
import { FIRST_PORT, PORTS } from './town/plan.ts'
import { isTown, readTown, startTown } from './town/town.ts'
import type { TownAddress } from './town/town.ts'

interface PlayOptions {
  readonly json?: boolean
  readonly folder: string
}

/** In the town's folder: who has had a part before. */
const PLAYED = 'demo.json'

const MEASURED = ['issue', 'eligibility-1', 'eligibility-3', 'answer']

export function definePlay(command: Command): void {
  runs(
    command
      .option('--json', 'print the result as one JSON object')
      .option('--folder <folder>', 'the town to visit, if it runs; else one is started', 'town'),
    play,
  )
}

/** Plays holders against the services of a town, over HTTP. */
async function play(options: PlayOptions, context: Context): Promise<ExitResult> {
  const start = performance.now()
  const artifacts = await openArtifacts()
  assertBelievable(artifacts)
  const stage = new Stage(options.json === true, context.progress)
  await stage.show(['zerocard: one card that shows zero', ''])
  if (artifacts.manifest.forgeable) await stage.say(FORGEABLE_WARNING)
  return inTown(options.folder, context, async (services, folder) => {
    await stage.say(
      `Offices and sites are processes of their own: ${services.map(({ title, origin }) => `${title} ${origin}`).join(', ')}. The people are invented, the rules exist, proofs and refusals are real.`,
    )
    const players = gatherPlayers(
      await createTools(stage, artifacts),
      services,
      join(folder, PLAYED),
    )
    await issueScene(players)
    await shopScene(players)
    await benefitScene(players)
    await platformScene(players)
    await revocationScene(players)
    const findings = inspect(players)
    await tell(stage, players, findings)
    return resultOf(stage, findings, performance.now() - start)
  })
}

/** In the town that runs already, or in one that is made for this and goes with it. */
async function inTown(
  folder: string,
  { progress }: Context,
  work: (services: readonly TownAddress[], folder: string) => Promise<ExitResult>,
): Promise<ExitResult> {
  if (isTown(folder) && (await isRunning(readTown(folder)))) {
    return work(readTown(folder), folder)
  }
  const temporary = mkdtempSync(join(tmpdir(), 'zerocard-town-'))
  try {
    // Beside the usual ports: a town of another folder may have those.
    const town = await startTown(temporary, FIRST_PORT + PORTS, progress)
    try {
      return await work(town.services, temporary)
    } finally {
      await town.stop()
    }
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}

async function isRunning(services: readonly TownAddress[]): Promise<boolean> {
  const answers = await Promise.allSettled(services.map(({ origin }) => fetch(`${origin}/readyz`)))
  return answers.every((answer) => answer.status === 'fulfilled' && answer.value.ok)
}

function resultOf(stage: Stage, findings: Findings, ms: number): ExitResult {
  const { attempts } = stage
  const isAsExpected =
    attempts.every(({ expected, outcome }) => expected === outcome) && findings.leaks === 0
  const accepted = attempts.filter(({ outcome }) => outcome === 'accepted').length
  const verdict = isAsExpected
    ? `Everything came out as it should: ${accepted} times accepted, ${attempts.length - accepted} times refused.`
    : 'SOMETHING CAME OUT WRONG; see above.'
  const timings = Object.fromEntries(
    MEASURED.map((name) => [
      name,
      { median: median(stage.measured(name)), runs: stage.measured(name).length },
    ]),
  )
  return {
    text: `\n${verdict}\n${duration(ms)} in all.`,
    json: { isAsExpected, attempts, findings, timings, ms: Math.round(ms) },
    exitCode: isAsExpected ? 0 : 1,
  }
}
