import { readFileSync, readdirSync } from 'node:fs'

// The processes in which this program's browser shows pages and runs their workers. Linux only.

/** Milliseconds of a turn in which a slowed process runs once. */
const TURN = 40

/** Megabytes in memory now. */
export function megabytesNow(): number {
  return sizes('VmRSS')
}

/** The most megabytes that were in memory at once, in each process. */
export function megabytesAtMost(): number {
  return sizes('VmHWM')
}

/**
 * Lets pages and workers run only one part of the time in `rate`. (The debugger's
 * `Emulation.setCPUThrottlingRate` slows the page's own thread, and refuses workers.)
 *
 * @returns A function that lets them run freely again.
 */
export function slowDown(rate: number): () => void {
  const processes = renderers()
  const signal = (name: 'SIGSTOP' | 'SIGCONT'): void => {
    for (const pid of processes) process.kill(pid, name)
  }
  const begin = performance.now()
  let isRunning = true
  // By the clock, not by counting: timers come late, and what is lost has to be made up for.
  let ran = 0
  let last = begin
  const timer = setInterval(() => {
    const now = performance.now()
    if (isRunning) ran += now - last
    last = now
    const mayRun = ran * rate <= now - begin
    if (mayRun !== isRunning) signal(mayRun ? 'SIGCONT' : 'SIGSTOP')
    isRunning = mayRun
  }, TURN / rate)
  return () => {
    clearInterval(timer)
    signal('SIGCONT')
  }
}

function sizes(field: 'VmRSS' | 'VmHWM'): number {
  const kilobytes = renderers().map((pid) =>
    Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(readProcess(pid, 'status'))?.[1] ?? 0),
  )
  return kilobytes.reduce((sum, size) => sum + size, 0) / 1024
}

/** Descendants of this process that show pages. */
function renderers(): number[] {
  const parents = new Map(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => [Number(pid), parentOf(Number(pid))]),
  )
  const isOurs = (pid: number | undefined): boolean =>
    pid !== undefined && (pid === process.pid || isOurs(parents.get(pid)))
  return [...parents.keys()].filter(
    (pid) => readProcess(pid, 'cmdline').includes('--type=renderer') && isOurs(pid),
  )
}

function parentOf(pid: number): number | undefined {
  const parent = /PPid:\s+(\d+)/.exec(readProcess(pid, 'status'))?.[1]
  return parent === undefined ? undefined : Number(parent)
}

/** Nothing for a process that has just ended. */
function readProcess(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}
