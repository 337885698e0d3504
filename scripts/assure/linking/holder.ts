import { accept, agree, readQuestion } from '../../../client/app/actions/answering.ts'
import { prepareWhenIdle } from '../../../client/app/idle.ts'
import { Session } from '../../../client/app/session.ts'
import { warningsOf } from '../../../client/app/state.ts'
import type { Prover } from '../../../client/prover.ts'
import { exclusively } from '../../../client/storage/lock.ts'
import { memoryStore } from '../../../client/storage/memory-store.ts'
import { Vault } from '../../../client/storage/vault.ts'
import { Wallet } from '../../../client/wallet/wallet.ts'
import type { AttributeValue } from '../../../core/attribute.ts'
import type { Random } from '../../../examples/population/random.ts'
import { keys } from '../../../test/support/tools.ts'
import type { Wiring } from './leaks.ts'
import type { Question } from './policies.ts'
import type { Tampering, Transcript } from './record.ts'
import type { DecryptionJwk } from '../../../core/jwe.ts'
import type { IssuerName, Town } from './town.ts'
import { VirtualPage } from './virtual-page.ts'

// A person with a wallet: the real page's session and schedule around the real wallet, with a clock
// and a network that the audit holds.

const PASSPHRASE = 'a passphrase of nobody'
const COST = { N: 2 ** 4, r: 8, p: 1 }
const WALLET = 'https://wallet.example/'
/** Seconds that a phone of today takes for a proof; every holder has the same. */
const PROVING_SECONDS = 6

/** How one visit to a verifier goes, in seconds. */
export interface VisitPlan extends Question {
  readonly at: number
  /** `link`: the site leads to the wallet and back; `code`: the open wallet reads a code. */
  readonly way: 'link' | 'code'
  /** Until the code is read, and until the question is agreed to. */
  readonly looking: number
  readonly reading: number
  /** How long the page stays open afterwards. */
  readonly staying: number
}

/** A visit as the verifier's site knows it. */
export interface Visit extends Question {
  readonly episode: string
  readonly session: string
  readonly day: number
  /** Opens the answer; a verifier that forgets it, as ours does, could also keep it. */
  readonly key: DecryptionJwk
}

export interface HolderOptions {
  readonly number: number
  readonly attributes: Readonly<Record<string, AttributeValue>>
  readonly random: Random
  readonly prover: Prover
  readonly tampering?: Tampering
  /** Seconds by which the holder's own clock is ahead of the services'. */
  readonly clockAhead: number
  readonly around?: Wiring['around']
}

/** Tells when what it began by itself has come to an end. */
class WatchedWallet extends Wallet {
  preparing: Promise<unknown> = Promise.resolve()
  /** Told when the wallet does something that nobody asked for. */
  onPrepare: () => void = () => undefined

  override prepareNext(signal?: AbortSignal): Promise<boolean> {
    this.onPrepare()
    const work = super.prepareNext(signal)
    this.preparing = work.catch(() => undefined)
    return work
  }
}

/** What somebody does in an open wallet. */
type Act = (session: Session, page: VirtualPage, settled: () => Promise<void>) => Promise<void>

export class VirtualHolder {
  readonly number: number
  readonly subject: string
  readonly attributes: HolderOptions['attributes']
  readonly visits: Visit[] = []
  readonly #town: Town
  readonly #random: Random
  readonly #wallet: WatchedWallet
  readonly #episode: { name: string }
  readonly #around: NonNullable<Wiring['around']>
  #idle = 0

  static async create(
    town: Town,
    transcript: Transcript,
    options: HolderOptions,
  ): Promise<VirtualHolder> {
    const episode = { name: 'none' }
    const wallet = await walletOf(town, transcript, options, episode)
    await wallet.create(PASSPHRASE)
    wallet.lock()
    return new VirtualHolder(town, options, wallet, episode)
  }

  private constructor(
    town: Town,
    { number, attributes, random, around }: HolderOptions,
    wallet: WatchedWallet,
    episode: { name: string },
  ) {
    this.number = number
    this.subject = subjectOf(number)
    this.attributes = attributes
    this.#town = town
    this.#random = random
    this.#wallet = wallet
    this.#episode = episode
    this.#around = around ?? ((opening) => opening())
    wallet.onPrepare = () => {
      this.#idle += 1
      this.#episode.name = `idle-${String(this.#idle)}`
    }
  }

  /** Gets a credential, with the code that came by letter. */
  async enrol(issuer: IssuerName, at: number, staying: number): Promise<void> {
    const { number } = this
    await this.#town.call(issuer, 'PUT', `/v1/people/${this.subject}/person-1`, {
      attributes: this.attributes,
    })
    this.#town.clock.now = at
    const offer = (await this.#town.call(issuer, 'POST', '/v1/offers', {
      subject: subjectOf(number),
      configuration: 'person-1',
    })) as { readonly link: string; readonly txCode: string }
    this.#episode.name = `issuance-${issuer}`
    await this.#open(WALLET, staying, async () => {
      await this.#wallet.takeOffer(await this.#wallet.readOffer(offer.link), offer.txCode)
    })
  }

  async visit(plan: VisitPlan): Promise<void> {
    const { clock } = this.#town
    const { verifier, policy, way } = plan
    clock.now = plan.at
    const { id, walletLink } = await this.#begin(plan)
    const episode = `visit-${String(this.visits.length + 1)}`
    const day = Math.floor(plan.at / 86_400)
    const key = this.#town.answerKey(verifier, id)
    this.visits.push({ verifier, policy, episode, session: id, day, key })
    const query = walletLink.slice(walletLink.indexOf('?'))
    const address = way === 'link' ? WALLET + query : WALLET
    await this.#open(address, plan.staying, async (session, page, settled) => {
      if (way === 'code') await page.pass(plan.looking, settled)
      this.#episode.name = episode
      session.noteUse()
      await readQuestion(session, walletLink)
      const { request, failure } = session.state
      if (request === undefined) throw new Error(`no question: ${failure?.problem ?? ''}`)
      for (const finding of warningsOf(request)) accept(session, finding, true)
      await page.pass(plan.reading, settled)
      session.noteUse()
      await agree(session)
      if (session.state.outcome === undefined) {
        throw new Error(`not answered: ${session.state.failure?.problem ?? 'a warning'}`)
      }
    })
  }

  /** Opens the wallet to look at it. */
  async look(at: number, staying: number): Promise<void> {
    this.#town.clock.now = at
    this.#episode.name = 'looking'
    await this.#open(WALLET, staying, () => Promise.resolve())
  }

  /** The site asks its verifier for a session. */
  async #begin({ verifier, policy, way }: VisitPlan) {
    const flow = way === 'link' ? 'same-device' : 'cross-device'
    const back = way === 'link' ? { returnTo: `${this.#town.origin(verifier)}/done` } : {}
    const body = { policy, flow, ...back }
    const created = await this.#town.call(verifier, 'POST', '/v1/sessions', body)
    return created as { readonly id: string; readonly walletLink: string }
  }

  #open(address: string, staying: number, act: Act): Promise<void> {
    return this.#around(() => this.#opening(address, staying, act))
  }

  async #opening(address: string, staying: number, act: Act): Promise<void> {
    const pick = (limit: number) => this.#random.integer(0, limit - 1)
    const page = new VirtualPage(this.#town.clock, pick, address)
    const session = new Session(this.#wallet, page)
    const endIdle = prepareWhenIdle(session)
    const settled = async () => {
      await this.#wallet.preparing
    }
    await this.#wallet.unlock(PASSPHRASE)
    await act(session, page, settled)
    // Whoever was led here is led back; the page is closed then.
    await page.pass(staying, settled)
    endIdle()
    session.end()
    this.#wallet.lock()
  }
}

export function subjectOf(number: number): string {
  return `P-${String(number).padStart(6, '0')}`
}

async function walletOf(
  town: Town,
  transcript: Transcript,
  { number, prover, tampering, clockAhead }: HolderOptions,
  episode: { name: string },
): Promise<WatchedWallet> {
  const slow: Prover = {
    async prove(...parameters) {
      const made = await prover.prove(...parameters)
      town.clock.now += PROVING_SECONDS
      return made
    },
  }
  return new WatchedWallet({
    vault: await Vault.open(memoryStore(), { cost: COST }),
    http: transcript.http(number, () => episode.name, tampering),
    prover: slow,
    // The verifiers judge each proof; that the wallet does as well costs time and sends nothing.
    verifyProof: () => Promise.resolve(true),
    keys,
    isForgeable: true,
    clock: () => town.clock.now + clockAhead,
    exclusively,
    preferences: { load: () => undefined, save: () => undefined },
    language: 'en',
    cost: COST,
  })
}
