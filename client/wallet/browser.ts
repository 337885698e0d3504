import { isDevelopmentKey } from '../../core/groth16-key.ts'
import { createWalletHttp, isLoopback } from '../http.ts'
import type { Fetch } from '../http.ts'
import { openWebArtifacts } from '../proving/artifacts.ts'
import { browserCaches } from '../proving/content-cache.ts'
import { createWorkerProver } from '../proving/worker-prover.ts'
import { openIndexedDb } from '../storage/indexed-db.ts'
import { exclusively } from '../storage/lock.ts'
import { webAuthnPrf } from '../storage/passkey.ts'
import { askForPersistence } from '../storage/persistence.ts'
import { Vault } from '../storage/vault.ts'
import type { Preferences, Tabs, WalletEnvironment } from './environment.ts'
import type { Language } from './types.ts'
import { Wallet } from './wallet.ts'

// The wallet in an ordinary browser: IndexedDB, a worker, the page's own circuits and keys.

const DATABASE = 'zerocard-wallet'
const SETTINGS = 'zerocard-settings'
const CHANNEL = 'zerocard-wallet'

export interface BrowserWalletOptions {
  /** URL of the folder of circuits and keys, on the page's own origin. */
  readonly artifacts: string
  /** URL of `prover.worker.js`; by default beside this bundle. */
  readonly workerUrl?: string
  /** How the browser names the wallet in its list of passkeys. */
  readonly name: string
  /** Where the person has chosen none. */
  readonly language: Language
  /** Origins of those who are asked what they saw of issuers. */
  readonly witnesses?: readonly string[]
  /** Told if another tab has removed the wallet: only a reload helps then. */
  readonly onLost?: () => void
}

/**
 * Opens the wallet of this origin.
 *
 * @throws ZerocardError with `STORAGE_FAILED`, or the codes of `openWebArtifacts`.
 */
export async function openBrowserWallet(options: BrowserWalletOptions): Promise<Wallet> {
  const fetch: Fetch = (url, init) => globalThis.fetch(url, init)
  const [web, store] = await Promise.all([
    openWebArtifacts(options.artifacts, fetch, browserCaches()),
    openIndexedDb(DATABASE, options.onLost),
  ])
  const prover = createWorkerProver({
    base: web.base,
    manifest: web.manifest,
    ...(options.workerUrl === undefined ? {} : { workerUrl: options.workerUrl }),
  })
  const { name } = options
  const environment: WalletEnvironment = {
    vault: await Vault.open(store),
    // A wallet on this machine is for trying things out with services on this machine.
    http: createWalletHttp({ fetch, allowLoopback: isLoopback(new URL(location.href)) }),
    prover,
    release: () => prover.release(),
    verifyProof: (key, signals, proof) => prover.verify(key, signals, proof),
    keys: web.keys,
    isForgeable: Object.values(web.keys).some(({ key }) => isDevelopmentKey(key)),
    clock: () => Math.floor(Date.now() / 1000),
    exclusively,
    preferences: localPreferences(),
    language: options.language,
    passkeys: webAuthnPrf({ site: name, user: name }),
    persist: askForPersistence,
    tabs: otherTabs(),
    ...(options.witnesses === undefined ? {} : { witnesses: options.witnesses }),
  }
  return new Wallet(environment)
}

function localPreferences(): Preferences {
  return {
    load: () => {
      try {
        return JSON.parse(localStorage.getItem(SETTINGS) ?? 'null') as unknown
      } catch {
        // A browser that keeps nothing, or something that is no JSON: the defaults serve.
        return undefined
      }
    },
    save: (settings) => {
      localStorage.setItem(SETTINGS, JSON.stringify(settings))
    },
  }
}

function otherTabs(): Tabs {
  const channel = new BroadcastChannel(CHANNEL)
  return {
    announce: () => {
      channel.postMessage('changed')
    },
    listen: (changed) => {
      channel.addEventListener('message', () => {
        changed()
      })
    },
  }
}
