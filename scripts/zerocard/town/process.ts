import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { ZerocardError } from '../../../core/errors.ts'

/** A part of the town that can be started. */
export interface TownPart {
  /** For messages. */
  readonly title: string
  /** Its command, such as `issuer serve --config …`. */
  readonly args: readonly string[]
  /** A file for what it writes. */
  readonly log: string
  readonly environment: Readonly<Record<string, string>>
}

/** A part that runs. */
export interface TownProcess {
  readonly title: string
  /** Absent of what runs in this process. */
  readonly pid?: number | undefined
  /** Resolves when it has ended, whoever ended it. */
  readonly ended: Promise<void>
  stop(): Promise<void>
}

/** Starts a part and waits until it listens. */
export type Launch = (part: TownPart) => Promise<TownProcess>

const PROGRAM = fileURLToPath(new URL('../main.ts', import.meta.url))
/** Milliseconds until a service must be listening; a slow disk and a cold cache included. */
const START_TIMEOUT = 60_000
/** Last lines of a process that did not start, for the message. */
const LAST_WORDS = 3

/**
 * Starts a part in a process of its own. Its log goes to a file.
 *
 * @throws ZerocardError with `UNAVAILABLE`, with what the process said last, if it ends instead.
 */
export const startProcess: Launch = async ({ title, args, log: path, environment }) => {
  const child = spawn(
    process.execPath,
    [PROGRAM, ...args, '--json'],
    // In a group of its own: Ctrl-C is for the town, which ends its services in order.
    { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  )
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      resolve()
    })
  })
  const log = createWriteStream(path, { flags: 'a', mode: 0o600 })
  child.stderr.pipe(log, { end: false })
  const words: string[] = []
  child.stderr.on('data', (data: Buffer) => words.push(...data.toString().split('\n')))
  await listening(title, child, log, ended, words)
  return {
    title,
    pid: child.pid,
    ended,
    stop: async () => {
      child.kill('SIGTERM')
      await ended
      log.end()
    },
  }
}

async function listening(
  title: string,
  child: ChildProcess,
  log: NodeJS.WritableStream,
  ended: Promise<void>,
  words: readonly string[],
): Promise<void> {
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })
  const isListening = new Promise<boolean>((resolve) => {
    lines.on('line', (line) => {
      log.write(`${line}\n`)
      if (isEvent(line)) resolve(true)
    })
    void ended.then(() => {
      resolve(false)
    })
    setTimeout(() => {
      resolve(false)
    }, START_TIMEOUT).unref()
  })
  if (await isListening) return
  child.kill('SIGKILL')
  const said = words.filter((line) => line.trim() !== '').slice(-LAST_WORDS)
  throw new ZerocardError('UNAVAILABLE', `${title} did not start: ${said.join(' ')}`)
}

function isEvent(line: string): boolean {
  try {
    return (JSON.parse(line) as { readonly event?: unknown }).event === 'listening'
  } catch {
    return false
  }
}
