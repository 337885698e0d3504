import type { RevocationSource } from '../holder.ts'
import type { WalletHttp } from '../http.ts'
import { assertNotAborted } from '../proving/abort.ts'
import { httpRevocations } from '../revocations.ts'
import { drawn } from './chance.ts'
import type { WalletEnvironment } from './environment.ts'
import { keptCredentials } from './holding.ts'
import type { KeptCredential } from './holding.ts'
import type { Keep } from './keep.ts'
import { askPublished } from './listed.ts'
import { keptRevocations, listsToRenew, renewList } from './offline.ts'
import type { UnknownStanding } from './offline.ts'
import { askIssuer, keptShards, standingBy, withStanding } from './standing.ts'
import type { IssuerWord } from './standing.ts'
import { followIssuer, nothing } from './watch.ts'
import { askWitnesses, compareWitness } from './witnesses.ts'

// What is asked ahead of time. Hosts that hear of a wallet within one second, and in an order of its
// own, could tell it by that: each call asks one, drawn anew.

export class Errands {
  readonly #keep: Keep
  readonly #environment: WalletEnvironment
  /** Origins that have not been asked in this round; undefined between two. */
  #left: Set<string> | undefined
  /** By issuer: what lists that were renewed in this round have made necessary. */
  #unknown: ReadonlyMap<string, readonly UnknownStanding[]> = new Map()

  constructor(keep: Keep, environment: WalletEnvironment) {
    this.#keep = keep
    this.#environment = environment
  }

  /** The next call begins a round. */
  forget(): void {
    this.#left = undefined
    this.#unknown = new Map()
  }

  /**
   * Asks one host for everything that the wallet wants of it. What cannot be had now is left for the
   * next round.
   *
   * @param signal - When it is aborted, nothing more is asked: a host that is slow to answer could
   *   otherwise be asked until after a question. It is asked again in this round.
   * @returns Whether others are left in this round.
   * @throws ZerocardError with `LOCKED` or the codes of the vault.
   */
  async next(signal?: AbortSignal): Promise<boolean> {
    const left = (this.#left ??= await this.#hosts())
    const host = drawn([...left])
    if (host !== undefined) {
      left.delete(host)
      await this.#ask(host, stoppable(this.#environment, signal))
      if (signal?.aborted === true) left.add(host)
    }
    // The wallet may have been locked meanwhile.
    if (this.#left !== left) return false
    if (left.size > 0) return true
    this.forget()
    return false
  }

  /** Issuers of all credentials, asked or not: which one is about to be used is nobody's to know. */
  async #hosts(): Promise<Set<string>> {
    const { clock, witnesses = [] } = this.#environment
    const lists = await listsToRenew(this.#keep, clock())
    const issuers = keptCredentials(this.#keep).map(({ held }) => held.credential.issuer)
    return new Set([...issuers, ...lists.map(originOf), ...witnesses])
  }

  async #ask(host: string, environment: WalletEnvironment): Promise<void> {
    const { clock, witnesses = [] } = environment
    if (witnesses.includes(host)) {
      await askWitnesses(this.#keep, { ...environment, witnesses: [host] })
      await compareWitness(this.#keep, environment, host)
    }
    const lists = await listsToRenew(this.#keep, clock())
    for (const url of lists.filter((one) => originOf(one) === host)) {
      const unknown = await renewList(url, this.#keep, environment).catch(nothing)
      this.#note(unknown ?? [])
    }
    const held = keptCredentials(this.#keep)
    const own = held.filter(({ held: { credential } }) => credential.issuer === host)
    if (own.length > 0) await this.#askIssuer(host, own, environment)
  }

  /** An issuer that was asked before its list was renewed is asked again. */
  #note(unknown: readonly UnknownStanding[]): void {
    const all = [...[...this.#unknown.values()].flat(), ...unknown]
    this.#unknown = Map.groupBy(all, ({ leaf }) => leaf.issuer)
    for (const { leaf } of unknown) this.#left?.add(leaf.issuer)
  }

  async #askIssuer(
    issuer: string,
    own: readonly KeptCredential[],
    environment: WalletEnvironment,
  ): Promise<void> {
    const { http, clock } = environment
    const revocations = httpRevocations(http, keptShards(this.#keep, clock))
    const word = await askIssuer(issuer, http, clock()).catch(nothing)
    if (word !== undefined) {
      const { from, text } = word
      await followIssuer(this.#keep, environment, from, text).catch(nothing)
      const isAll = await askPublished(this.#keep, environment, word)
      const known = isAll ? keptRevocations(this.#keep, environment) : revocations
      for (const { id, held } of own) await this.#judge(id, held, word, known)
    }
    for (const { leaf, revocationId } of this.#unknown.get(issuer) ?? []) {
      await revocations(leaf, revocationId).catch(nothing)
    }
  }

  async #judge(
    id: string,
    held: KeptCredential['held'],
    word: IssuerWord,
    revocations: RevocationSource,
  ): Promise<void> {
    const standing = await standingBy(word, held, revocations).catch(nothing)
    const document = this.#keep.get('credential', id)
    if (standing === undefined || document === undefined) return
    const value = withStanding(document, standing)
    if (value !== undefined) await this.#keep.write([{ kind: 'credential', id, value }])
  }
}

function stoppable(environment: WalletEnvironment, signal?: AbortSignal): WalletEnvironment {
  const { http } = environment
  const request: WalletHttp['request'] = async (asked) => {
    assertNotAborted(signal)
    return http.request(asked)
  }
  return { ...environment, http: { ...http, request } }
}

function originOf(url: string): string {
  return new URL(url).origin
}
