import { aborted, assertNotAborted } from '../proving/abort.ts'

// When to make proofs ahead: while nobody needs the machine, its battery or its network.

/** What is known of a moment. */
export interface Moment {
  /** Somebody waits for a proof. */
  readonly isProving: boolean
  /** Nobody sees the page: a browser may stop it at any time. */
  readonly isHidden: boolean
  /** Undefined where the browser does not say. */
  readonly isCharging: boolean | undefined
  /** The person pays by volume, or has asked for less of it. */
  readonly isMetered: boolean
}

/** Lets the page's own work go first. Both give a function that calls it off. */
export interface IdlePlatform {
  /** Absent where the browser does not know idle moments. */
  readonly idle?: (callback: () => void) => () => void
  readonly after: (milliseconds: number, callback: () => void) => () => void
}

/** Instead of an idle moment, where there are none. */
const FALLBACK_PAUSE = 2000

/** @param needsDownload - Whether artefacts of some megabytes would have to be fetched first. */
export function mayPrepare(
  { isProving, isHidden, isCharging, isMetered }: Moment,
  needsDownload: boolean,
): boolean {
  if (isProving || isHidden || isCharging === false) return false
  return !(needsDownload && isMetered)
}

/**
 * Waits until the page has nothing to do.
 *
 * @throws ZerocardError with `ABORTED`.
 */
export async function untilIdle(
  { idle, after }: IdlePlatform,
  signal?: AbortSignal,
): Promise<void> {
  assertNotAborted(signal)
  const { promise, resolve, reject } = Promise.withResolvers<undefined>()
  const callOff = (idle ?? ((callback) => after(FALLBACK_PAUSE, callback)))(() =>
    resolve(undefined),
  )
  const stop = (): void => {
    callOff()
    reject(aborted())
  }
  signal?.addEventListener('abort', stop, { once: true })
  try {
    await promise
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}

/** What only some browsers have. */
interface BrowserNavigator {
  readonly getBattery?: () => Promise<{ readonly charging: boolean }>
  readonly connection?: { readonly saveData?: boolean; readonly type?: string }
}

/** What the browser says of this moment. */
export async function momentNow(
  isProving: boolean,
  page: { readonly hidden: boolean } = document,
  browser: BrowserNavigator = navigator as BrowserNavigator,
): Promise<Moment> {
  const { saveData, type } = browser.connection ?? {}
  return {
    isProving,
    isHidden: page.hidden,
    isCharging: await charging(browser),
    isMetered: saveData === true || type === 'cellular',
  }
}

/** The browser's idle moments. */
export function browserIdle(): IdlePlatform {
  const after: IdlePlatform['after'] = (milliseconds, callback) => {
    const timer = setTimeout(callback, milliseconds)
    return () => clearTimeout(timer)
  }
  // Safari has none; the types say that every browser does.
  if (!('requestIdleCallback' in globalThis)) return { after }
  const idle = (callback: () => void) => {
    const handle = requestIdleCallback(callback)
    return () => cancelIdleCallback(handle)
  }
  return { after, idle }
}

async function charging(browser: BrowserNavigator): Promise<boolean | undefined> {
  try {
    return (await browser.getBattery?.())?.charging
  } catch {
    // A page that may not ask: as where there is nothing to ask.
    return undefined
  }
}
