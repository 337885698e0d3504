import type { Command } from 'commander'
import { ZerocardError } from '../../core/errors.ts'
import { dayFromIso } from '../../core/dates.ts'
import type { Day } from '../../core/dates.ts'
import { EXIT_OK, printable, writeOut } from './output.ts'
import type { Result } from './output.ts'
import { SILENT, progressBar } from './progress.ts'
import type { Progress } from './progress.ts'

/** What a command has besides its options. */
export interface Context {
  /** Seconds since 1970-01-01 UTC. */
  readonly now: number
  readonly progress: Progress
  /** Tells people something before the result; silent with `--json`. */
  readonly note: (text: string) => Promise<void>
}

/** From options, context and arguments to a result. */
export type Work<O> = (options: O, context: Context, ...values: string[]) => Promise<ExitResult>

/** A result that is not good although nothing failed. */
export interface ExitResult extends Result {
  readonly exitCode?: number
}

const SECONDS = { m: 60, h: 3600, d: 86_400 } as const
/** Ten years: more is a slip of the finger. */
const LONGEST = 3650 * SECONDS.d

/** Adds a command that can print JSON. */
export function addCommand(group: Command, usage: string, summary: string): Command {
  return group
    .command(usage)
    .description(summary)
    .option('--json', 'print the result as one JSON object')
}

/** Gives a command its work; the result is printed here. */
export function runs<O>(command: Command, work: Work<O>): void {
  command.action(async (...given: unknown[]) => {
    const options = command.opts<O & { readonly json?: boolean }>()
    const isJson = options.json === true
    const context = contextOf(isJson)
    try {
      const values = given.slice(0, command.registeredArguments.length) as string[]
      const result = await work(options, context, ...values)
      context.progress.clear()
      await writeOut(
        process.stdout,
        isJson ? `${JSON.stringify(result.json)}\n` : `${printable(result.text)}\n`,
      )
      process.exitCode = result.exitCode ?? EXIT_OK
    } finally {
      context.progress.clear()
    }
  })
}

/** For options that may be given several times, each with one value or more. */
export function collected(value: string, previous: readonly string[] | undefined): string[] {
  return [...(previous ?? []), value]
}

/** @throws ZerocardError with `USAGE`. */
export function dayOption(text: string, option: string): Day {
  try {
    return dayFromIso(text)
  } catch (cause) {
    throw new ZerocardError('USAGE', `${option}: expected a date as YYYY-MM-DD`, { cause })
  }
}

/** Reads `10m`, `24h` or `7d`. @returns Seconds. @throws ZerocardError with `USAGE`. */
export function durationOption(text: string, option: string): number {
  const match = /^([1-9][0-9]{0,5})([mhd])$/.exec(text)
  const seconds = Number(match?.[1]) * SECONDS[(match?.[2] ?? 'm') as keyof typeof SECONDS]
  if (match !== null && seconds <= LONGEST) return seconds
  throw new ZerocardError('USAGE', `${option}: expected a time like 10m, 24h or 7d`)
}

/** Like `2026-11-29 12:00 UTC`. */
export function isoTime(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

function contextOf(isJson: boolean): Context {
  return {
    now: Math.floor(Date.now() / 1000),
    progress: isJson ? SILENT : progressBar(process.stderr),
    note: async (text) => {
      if (!isJson) await writeOut(process.stderr, `${printable(text)}\n`)
    },
  }
}
