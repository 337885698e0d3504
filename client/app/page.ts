import { mayPrepare, momentNow } from '../pool/idle.ts'

/** What the wallet's page needs of the browser around it. Tests bring another. */
export interface Page {
  /** Seconds since 1970-01-01 UTC. */
  readonly now: () => number
  readonly languages: readonly string[]
  /** Whether the person has asked for less movement: then nothing goes anywhere by itself. */
  readonly isCalm: () => boolean
  readonly hasPasskeys: boolean
  /** The address, fragment included. */
  readonly address: () => string
  /** Puts another address in the place of this one, so that no history keeps this one. */
  readonly replaceAddress: (address: string) => void
  readonly goTo: (hash: string) => void
  /** Leaves the wallet for a site. */
  readonly leaveFor: (url: string) => void
  readonly save: (name: string, bytes: Uint8Array<ArrayBuffer>) => void
  readonly reload: () => void
  /** @returns What cancels it. */
  readonly after: (seconds: number, action: () => void) => () => void
  /** Whether work that nobody waits for costs nobody anything now: battery, data volume. */
  readonly isSpare: () => Promise<boolean>
  /** A whole number from 0 to below `limit`, for choosing words to ask for. */
  readonly pick: (limit: number) => number
}

export function browserPage(window: Window & typeof globalThis): Page {
  return {
    now: () => Math.floor(Date.now() / 1000),
    languages: window.navigator.languages,
    isCalm: () => window.matchMedia('(prefers-reduced-motion: reduce)').matches,
    hasPasskeys: 'PublicKeyCredential' in window,
    address: () => window.location.href,
    replaceAddress: (address) => window.history.replaceState(null, '', address),
    goTo: (hash) => {
      window.location.hash = hash
    },
    leaveFor: (url) => window.location.assign(url),
    save: (name, bytes) => saveFile(window.document, name, bytes),
    reload: () => window.location.reload(),
    after: (seconds, action) => {
      const timer = window.setTimeout(action, seconds * 1000)
      return () => window.clearTimeout(timer)
    },
    // Circuits may have to be fetched first: on a line that is paid by volume, nothing is made ahead.
    isSpare: async () => mayPrepare(await momentNow(false), true),
    pick: (limit) => (window.crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) % limit,
  }
}

/** How long a browser may take to begin reading a file that is saved, in milliseconds. */
const SAVE_TIME = 60_000

function saveFile(document: Document, name: string, bytes: Uint8Array<ArrayBuffer>): void {
  const url = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), SAVE_TIME)
}
