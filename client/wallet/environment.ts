import type { ProofVerifier } from '../../core/groth16.ts'
import type { CircuitKeys } from '../holder.ts'
import type { WalletHttp } from '../http.ts'
import type { Prover } from '../prover.ts'
import type { PrfSource } from '../storage/passkey.ts'
import type { ScryptCost } from '../storage/stretch.ts'
import type { Vault } from '../storage/vault.ts'
import type { Language, WalletSettings } from './types.ts'

/** What a wallet stands on. Everything that touches the world is given to it. */
export interface WalletEnvironment {
  readonly vault: Vault
  readonly http: WalletHttp
  readonly prover: Prover
  readonly keys: CircuitKeys
  readonly verifyProof?: ProofVerifier
  /** Ends what the prover still holds of the last proof. */
  readonly release?: () => void
  /** Anybody can forge proofs under the keys. */
  readonly isForgeable: boolean
  /** Seconds since 1970-01-01 UTC. */
  readonly clock: () => number
  /** Lets one tab at a time do what must not be done twice. */
  readonly exclusively: <T>(name: string, action: () => Promise<T>) => Promise<T>
  readonly preferences: Preferences
  /** Where the person has chosen none. */
  readonly language: Language
  readonly passkeys?: PrfSource
  /** Origins of those who are asked what they saw of issuers. */
  readonly witnesses?: readonly string[]
  /** Milliseconds for which a question waits for them, by default 4,000. */
  readonly patience?: number
  /** Asks the browser to keep what is stored; undefined if it cannot say. */
  readonly persist?: () => Promise<boolean | undefined>
  /** Tells other tabs that something has changed, and calls back when they do. */
  readonly tabs?: Tabs
  /** Of passphrases of backups. For tests: anything below the default gives secrets away. */
  readonly cost?: ScryptCost
}

/** Settings are no secret: a locked wallet has a language, too. */
export interface Preferences {
  readonly load: () => unknown
  readonly save: (settings: WalletSettings) => void
}

export interface Tabs {
  readonly announce: () => void
  readonly listen: (changed: () => void) => void
}
