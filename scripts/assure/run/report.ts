import { cpus } from 'node:os'
import type { AssuranceFigure, Check, Conclusion, SeededFault } from '../check.ts'
import { hasPassed, isReached } from './in-process.ts'

/** One check as it came out. */
export interface Section {
  readonly check: Pick<Check, 'id' | 'claim' | 'method' | 'threats'>
  readonly units: number
  /** Processor time of all units, in seconds, whenever they were done. */
  readonly seconds: number
  /** Undefined as long as units are missing. */
  readonly conclusion: Conclusion | undefined
  /** Units that ended by an error of their own: a defect of the check, and no result. */
  readonly errors: readonly string[]
}

export type Verdict = 'passed' | 'FAILED' | 'not finished'

export function verdictOf({ conclusion, errors }: Section): Verdict {
  if (errors.length > 0) return 'FAILED'
  if (conclusion === undefined) return 'not finished'
  return hasPassed(conclusion) ? 'passed' : 'FAILED'
}

/** Where and when the report was made. */
export interface Circumstances {
  readonly date: Date
  readonly scope: string
}

/** The report as JSON, for programs. */
export function reportJson(sections: readonly Section[], { date, scope }: Circumstances): object {
  return {
    date: date.toISOString(),
    scope,
    node: process.version,
    passed: sections.every((section) => verdictOf(section) === 'passed'),
    checks: sections.map((section) => ({
      id: section.check.id,
      verdict: verdictOf(section),
      claim: section.check.claim,
      threats: section.check.threats,
      units: section.units,
      seconds: Math.round(section.seconds),
      ...section.conclusion,
      errors: section.errors,
    })),
  }
}

/** The report in Markdown, for people. */
export function reportText(sections: readonly Section[], circumstances: Circumstances): string {
  return [
    '# Assurance report',
    '',
    ...head(sections, circumstances),
    '',
    '| check | verdict | claim | seeded faults seen |',
    '|---|---|---|---|',
    ...sections.map(tableRow),
    '',
    ...sections.flatMap(sectionText),
  ].join('\n')
}

function head(sections: readonly Section[], { date, scope }: Circumstances): string[] {
  const seconds = sections.reduce((sum, section) => sum + section.seconds, 0)
  const cores = cpus()
  const machine = `${String(cores.length)} cores (${cores[0]?.model.trim() ?? 'unknown'})`
  return [
    `Made ${date.toISOString().slice(0, 16).replace('T', ' ')} UTC with Node.js ${process.version} on ` +
      `${machine}; ${minutes(seconds)} of processor time. Scope: ${scope}.`,
    '',
    'Each section says what is claimed, how it was tried to be refuted, and what was found. A seeded',
    'fault is one that was built on purpose, to show that the check would have seen it. Attempts that',
    'find nothing are evidence, no proof: what they cannot see is named under each.',
  ]
}

function tableRow(section: Section): string {
  const seeded = section.conclusion?.seeded ?? []
  const seen = seeded.filter(({ wasSeen }) => wasSeen).length
  const counts = seeded.length === 0 ? '' : `${String(seen)} of ${String(seeded.length)}`
  return `| ${section.check.id} | ${verdictOf(section)} | ${section.check.claim} | ${counts} |`
}

function sectionText(section: Section): string[] {
  const { check, units, seconds, conclusion, errors } = section
  return [
    `## ${check.id}: ${verdictOf(section)}`,
    '',
    `**Claim.** ${check.claim}`,
    '',
    `**How.** ${check.method}`,
    '',
    `Threats: ${check.threats.join(', ')}. ${String(units)} pieces of work, ${minutes(seconds)}. ` +
      `Again, alone: \`npm run assure -- --fresh --only ${check.id}\``,
    '',
    ...errors.map((error) => `- **Did not run:** ${error.split('\n')[0] ?? ''}`),
    ...(conclusion === undefined ? [] : conclusionText(conclusion)),
    '',
  ]
}

function conclusionText({ figures, faults, seeded, notes }: Conclusion): string[] {
  return [
    ...faults.map((fault) => `- **Found:** ${fault}`),
    ...(faults.length === 0 ? ['Found: nothing.'] : []),
    '',
    '| figure | value | aim |',
    '|---|---|---|',
    ...figures.map(figureRow),
    '',
    ...(seeded.length === 0 ? [] : ['Seeded faults:', '', ...seeded.map(seededLine), '']),
    ...notes.map((note) => `- ${note}`),
  ]
}

function figureRow(figure: AssuranceFigure): string {
  const { name, value, unit = '', aim } = figure
  const number = value.toLocaleString('en', { maximumSignificantDigits: 12 })
  return `| ${name} | ${number}${unit === '' ? '' : ` ${unit}`} | ${aimText(aim)}${isReached(figure) ? '' : ' **missed**'} |`
}

function aimText(aim: AssuranceFigure['aim']): string {
  if (aim === undefined) return ''
  return 'atLeast' in aim
    ? `at least ${aim.atLeast.toLocaleString('en')}`
    : `at most ${aim.atMost.toLocaleString('en')}`
}

function seededLine({ fault, wasSeen }: SeededFault): string {
  return `- ${wasSeen ? 'seen' : '**NOT SEEN**'}: ${fault}`
}

function minutes(seconds: number): string {
  return seconds < 90 ? `${seconds.toFixed(1)} s` : `${(seconds / 60).toFixed(1)} min`
}
