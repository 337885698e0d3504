/** Tells how far a long work is, on a terminal; nothing anywhere else. */
export interface Progress {
  /** @param done - How much of the whole, from 0 to 1. */
  update(done: number, text: string): void
  /** Takes the bar away. */
  clear(): void
}

export const SILENT: Progress = { update: () => undefined, clear: () => undefined }

const BAR_WIDTH = 24
/** Milliseconds between two drawings. */
const INTERVAL = 80

/** A bar in the last line of the terminal behind `stream`. */
export function progressBar(stream: NodeJS.WriteStream): Progress {
  if (!stream.isTTY) return SILENT
  let drawnAt = -Infinity
  let isDrawn = false
  return {
    update: (done, text) => {
      const now = performance.now()
      if (now - drawnAt < INTERVAL && done < 1) return
      drawnAt = now
      isDrawn = true
      stream.write(`\r${bar(done)} ${text}`.slice(0, stream.columns - 1) + '\x1b[K')
    },
    clear: () => {
      if (isDrawn) stream.write('\r\x1b[K')
      isDrawn = false
    },
  }
}

/** Like `[########                ]  33%`. */
function bar(done: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, done)) * BAR_WIDTH)
  const percent = `${String(Math.floor(done * 100))}%`.padStart(4)
  return `[${'#'.repeat(filled).padEnd(BAR_WIDTH)}] ${percent}`
}
