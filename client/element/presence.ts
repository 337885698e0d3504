// Time, and whether anybody is looking: what an inquiry needs of the page it is on.

/** Milliseconds. */
export interface Pace {
  now(): number
  /** Rejects when `signal` aborts. */
  wait(milliseconds: number, signal: AbortSignal): Promise<void>
  /** Resolves once the page is seen; rejects when `signal` aborts. */
  whenVisible(signal: AbortSignal): Promise<void>
  /** Aborts when the page is hidden next. */
  hidden(): AbortSignal
}

/** The pace of a browser's page. */
export function pagePace(page: Document): Pace {
  return {
    now: () => performance.now(),
    wait: (milliseconds, signal) =>
      settled(signal, (done) => {
        const timer = setTimeout(done, milliseconds)
        return () => clearTimeout(timer)
      }),
    whenVisible: (signal) => settled(signal, (done) => whenVisibilityIs(page, 'visible', done)),
    hidden() {
      const controller = new AbortController()
      whenVisibilityIs(page, 'hidden', () => controller.abort())
      return controller.signal
    },
  }
}

/** @returns What ends the waiting. */
function whenVisibilityIs(
  page: Document,
  state: DocumentVisibilityState,
  then: () => void,
): () => void {
  const look = (): void => {
    if (page.visibilityState !== state) return
    page.removeEventListener('visibilitychange', look)
    then()
  }
  page.addEventListener('visibilitychange', look)
  look()
  return () => page.removeEventListener('visibilitychange', look)
}

function settled(signal: AbortSignal, begin: (done: () => void) => () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(new DOMException('stopped', 'AbortError'))
      return
    }
    const stop = (): void => {
      end()
      reject(new DOMException('stopped', 'AbortError'))
    }
    signal.addEventListener('abort', stop, { once: true })
    const end = begin(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    })
  })
}
