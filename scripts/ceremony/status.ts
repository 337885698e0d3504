import type { CeremonyState } from './state.ts'
import { productionFolder } from './state.ts'
import { publishedName } from './known-powers.ts'

/** Where a ceremony stands, in one word. */
export type Stage = 'contributing' | 'waiting' | 'beacon-due' | 'finalizing' | 'finished'

/** @param now - Seconds since 1970-01-01 UTC. */
export function stageOf(state: CeremonyState, now: number): Stage {
  if (state.isFinished) return 'finished'
  if (state.hasBeacon) return 'finalizing'
  const { beacon, minimumContributions } = state.ceremony
  if (now < beacon.at) return 'contributing'
  return state.attestations.length < minimumContributions ? 'waiting' : 'beacon-due'
}

/** What has happened, and what comes next, for people. */
export function describeState(state: CeremonyState, now: number): string {
  const { ceremony, attestations } = state
  const { powersOfTau, minimumContributions, beacon, circuits } = ceremony
  return [
    `Ceremony "${ceremony.name}" (${ceremony.id})`,
    `Circuits: ${Object.keys(circuits).join(', ')}; compiled by ${ceremony.compiler}`,
    `Powers of tau: ${publishedName(powersOfTau.blake2b512) ?? `${powersOfTau.blake2b512.slice(0, 32)}…, not a published file`}`,
    `Beacon: ${beacon.source}, from ${timeOf(beacon.at)}, 2^${String(beacon.iterations)} iterations`,
    '',
    ...attestations.map(({ step, name, date }) => `  ${String(step)}  ${date}  ${name}`),
    ...(attestations.length === 0 ? ['  no contribution yet'] : []),
    '',
    `At least ${String(minimumContributions)} contributions were announced.`,
    nextStep(state, stageOf(state, now)),
  ].join('\n')
}

function nextStep({ folder, ceremony, attestations }: CeremonyState, stage: Stage): string {
  const missing = Math.max(0, ceremony.minimumContributions - attestations.length)
  const sentences: Readonly<Record<Stage, string>> = {
    contributing:
      missing > 0
        ? `Next: ${String(missing)} more to contribute: zerocard ceremony contribute ${folder} …`
        : `Next: more may contribute until ${timeOf(ceremony.beacon.at)}; then comes the beacon.`,
    waiting: 'The beacon is known, and too few have contributed: announce a new ceremony.',
    'beacon-due': `Next: look the beacon up, then: zerocard ceremony beacon ${folder} …`,
    finalizing: `Next: zerocard ceremony finalize ${folder} …`,
    finished: `Finished: the artefacts are in ${productionFolder(folder)}. Before you use them: zerocard ceremony verify ${folder} …`,
  }
  return sentences[stage]
}

/** Like `2026-11-29T12:00:00Z`. */
export function timeOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000', '')
}
