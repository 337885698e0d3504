import type { Command } from 'commander'
import { FORGEABLE_WARNING, assertBelievable, openArtifacts } from './artifacts.ts'
import { runs } from './command.ts'
import type { Context, ExitResult } from './command.ts'
import { DEMO_NOON, chooseCast, readDemoSchemas, readRules } from './demo/cast.ts'
import { issueAll } from './demo/players.ts'
import {
  benefitScene,
  pharmacyScene,
  revocationScene,
  shopScene,
  transitScene,
} from './demo/scenes.ts'
import { Stage, duration, median } from './demo/stage.ts'
import { inspect, isClean, tellTimes, tellWhoLearned } from './demo/summary.ts'
import { createTools } from './demo/tools.ts'

const MEASURED = [
  'enrol',
  'check',
  'issue',
  'eligibility-1',
  'eligibility-3',
  'present',
  'verify',
  'bytes',
]

export function defineDemo(command: Command): void {
  command.option('--json', 'print the result as one JSON object')
  runs(command, (options: { readonly json?: boolean }, context) =>
    play(options.json === true, context),
  )
}

/** Plays the main job, from issuing to refusing, in memory. */
async function play(isSilent: boolean, context: Context): Promise<ExitResult> {
  const start = performance.now()
  const artifacts = await openArtifacts()
  assertBelievable(artifacts)
  const stage = new Stage(isSilent, context.progress)
  await stage.show(['zerocard: one card that shows zero', ''])
  if (artifacts.manifest.forgeable) await stage.say(FORGEABLE_WARNING)
  await stage.say(
    'The people are invented; for them it is noon of 22 November 2026. The rules exist, see examples/policies/SOURCES.md. Proofs, signatures and refusals are real.',
  )
  const schemas = readDemoSchemas()
  const rules = readRules(schemas)
  const cast = chooseCast(schemas, rules)
  const tools = await createTools(stage, artifacts, schemas, DEMO_NOON)
  const { players, world } = await issueAll(tools, cast)
  await shopScene(tools, world, players, cast, rules)
  await transitScene(tools, world, players, cast, rules)
  await benefitScene(tools, world, players, cast, rules)
  await pharmacyScene(tools, world, players, cast, rules)
  await revocationScene(tools, world, players, cast, rules)
  const findings = inspect(players)
  await tellWhoLearned(stage, players, findings)
  await tellTimes(stage)
  return resultOf(stage, findings, performance.now() - start)
}

function resultOf(stage: Stage, findings: ReturnType<typeof inspect>, ms: number): ExitResult {
  const { attempts } = stage
  const wrong = attempts.filter(({ expected, outcome }) => expected !== outcome)
  const accepted = attempts.filter(({ outcome }) => outcome === 'accepted').length
  const isAsExpected = wrong.length === 0 && isClean(findings)
  const counts = `${String(accepted)} times accepted, ${String(attempts.length - accepted)} times refused`
  const verdict = isAsExpected
    ? `Everything came out as it should: ${counts}.`
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
