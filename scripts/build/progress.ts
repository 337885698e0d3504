/** Tells what is being done, for people: lines on a stream, never part of a result. */
export interface Progress {
  /** The circuit begins its next step, in words like `compiling`. */
  readonly step: (circuit: string, text: string) => void
  readonly note: (circuit: string, text: string) => void
  /** The circuit is finished. */
  readonly done: (circuit: string, text: string) => void
  readonly close: () => void
}

/** After this many seconds a step that is still running is named again. */
const REMINDER_SECONDS = 10

export const SILENT: Progress = { step: ignore, note: ignore, done: ignore, close: ignore }

export function reportProgress(write: (line: string) => void): Progress {
  const running = new Map<string, { readonly text: string; readonly since: number }>()
  const timer = setInterval(() => {
    for (const [circuit, { text, since }] of running) {
      write(`${circuit}: still ${text}, ${seconds(since)}`)
    }
  }, REMINDER_SECONDS * 1000)
  timer.unref()
  return {
    step: (circuit, text) => {
      running.set(circuit, { text, since: performance.now() })
      write(`${circuit}: ${text}`)
    },
    note: (circuit, text) => {
      write(`${circuit}: ${text}`)
    },
    done: (circuit, text) => {
      running.delete(circuit)
      write(`${circuit}: ${text}`)
    },
    close: () => {
      clearInterval(timer)
    },
  }
}

/** Time since a `performance.now()`, like `1.5 s`. */
export function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`
}

function ignore(): void {
  // Nobody is watching.
}
