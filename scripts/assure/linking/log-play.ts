import { checkFork } from '../../../core/status-log.ts'
import { NOW } from '../../../test/support/world.ts'
import { Onlooker, Story, Watcher, castOf } from './log-world.ts'
import type { Signer } from './log-world.ts'

// Days in the life of an issuer's log: honest ones, and ones in which it tells two stories.

export const ATTACKS = [
  /** From some epoch on, one verifier's list has another story. */
  'fork for one verifier',
  /** One document, once, for one visit. */
  'epoch for one person',
  /** The same, and what differs is the key that signs cards. */
  'key swapped for one person',
  /** One person is shown the other story at the issuer's own address, too. */
  'story for one person',
  /** The other story ends, and the verifier is back on the public one. */
  'fork and back again',
  /** Everybody is shown another past from some day on. */
  'history rewritten',
  /** Everybody is shown an earlier state, from which it goes on in another way. */
  'rolled back',
] as const

export type Attack = (typeof ATTACKS)[number]

export interface Play {
  readonly seed: number
  /** Undefined: an honest issuer. */
  readonly attack?: Attack
  readonly witnesses: number
  readonly isWatching?: boolean
  readonly days: number
}

export type Outcome = {
  readonly questions: number
  /** Honest documents that the wallet was told to wait with. */
  readonly waited: number
  /** Documents of another story than the public one, and those of them that would be answered. */
  readonly told: number
  readonly answered: number
  /** Whether there is evidence, of which kind, and whether it checks. */
  readonly kind: string
  readonly isEvident: boolean
  /** Hours from the first document of the other story to the evidence; -1 without. */
  readonly hours: number
}

/** Seconds. */
const STEP = 600
const HOUR = 3_600
const VERIFIERS = ['https://shop.example', 'https://museum.example', 'https://pool.example']

export async function play(given: Play): Promise<Outcome> {
  const { signer } = await castOf()
  return new Days(given, signer).run()
}

class Days {
  readonly #given: Play
  readonly #signer: Signer
  readonly #chance: () => number
  readonly #truth = new Story()
  readonly #witnesses: readonly Onlooker[]
  readonly #lists: readonly Onlooker[]
  /** The story that is told to some; the public one while there is no other. */
  #other: Story | undefined
  #root = 1n
  #questions = 0
  #waited = 0
  #told = 0
  #answered = 0
  #since = -1
  #found = -1

  constructor(given: Play, signer: Signer) {
    this.#given = given
    this.#signer = signer
    this.#chance = chanceOf(given.seed)
    const names = Array.from({ length: given.witnesses }, (_, i) => `https://w${String(i)}.example`)
    this.#witnesses = names.map((name) => new Onlooker(name, this.#truth))
    this.#lists = VERIFIERS.map((name) => new Onlooker(name, this.#truth))
  }

  async run(): Promise<Outcome> {
    const before = 1 + Math.floor(this.#chance() * 75 * this.#given.days)
    for (let i = 0; i < before; i++) await this.#publish(this.#truth, NOW - (before - i) * HOUR)
    for (const one of [...this.#witnesses, ...this.#lists]) one.look()
    const wallet = await Watcher.create(this.#truth, this.#witnesses, this.#given.isWatching)
    await wallet.idle()
    const steps = (this.#given.days * 86_400) / STEP
    const strikeAt = Math.floor(steps * (0.2 + 0.3 * this.#chance()))
    let idleIn = this.#pause()
    for (let step = 0; step < steps; step++) {
      wallet.now = NOW + step * STEP
      if (step % 6 === 0) await this.#publish(this.#truth, wallet.now)
      await this.#plot(step - strikeAt, wallet)
      this.#looks()
      if (step === strikeAt + 1) await this.#ask(wallet, 0)
      else if (this.#chance() < 0.04) await this.#ask(wallet, this.#pick(step >= strikeAt))
      if (idleIn-- <= 0) {
        await wallet.idle()
        idleIn = this.#pause()
      }
      this.#notice(wallet)
    }
    return this.#outcome(wallet)
  }

  /** An honest world is late, misses documents, and is out of order now and then. */
  #looks(): void {
    for (const one of this.#witnesses) {
      if (this.#chance() < 0.9) one.look()
      one.isUp = this.#chance() < 0.95
    }
    for (const one of this.#lists) if (this.#chance() < 0.7) one.look()
  }

  /** Some verifier; the one with another story more often than others. */
  #pick(isStruck: boolean): number {
    return isStruck && this.#chance() < 0.6 ? 0 : Math.floor(this.#chance() * VERIFIERS.length)
  }

  async #ask(wallet: Watcher, pick: number): Promise<void> {
    const list = this.#lists[pick]
    if (list === undefined) return
    const { attack } = this.#given
    const isOther = this.#other !== undefined && pick === 0
    const text = isOther ? (this.#other?.newest ?? '') : list.newest
    const isPublic = this.#truth.documents.includes(text)
    const obstacle = await wallet.asked(list.name, text)
    this.#questions++
    if (attack === undefined && obstacle !== undefined) this.#waited++
    if (isPublic) return
    this.#told++
    if (this.#since < 0) this.#since = wallet.now
    if (obstacle === undefined) this.#answered++
    if (attack === 'epoch for one person' || attack === 'key swapped for one person') {
      this.#other = undefined
    }
  }

  /** @param age - Steps since the issuer has begun to tell two stories. */
  async #plot(age: number, wallet: Watcher): Promise<void> {
    const { attack } = this.#given
    if (attack === undefined || age < 0) return
    const isFirst = age === 0
    if (isFirst) await this.#begin(attack, wallet)
    else if (this.#other !== undefined && age % 6 === 0)
      await this.#publish(this.#other, wallet.now)
    if (attack === 'fork and back again' && age === 24) this.#other = undefined
    if (attack !== 'history rewritten' && attack !== 'rolled back') return
    if (this.#other !== undefined) wallet.shown = this.#other
    for (const one of [...this.#witnesses, ...this.#lists]) {
      if (this.#other !== undefined) one.story = this.#other
    }
  }

  async #begin(attack: Attack, wallet: Watcher): Promise<void> {
    const epoch = this.#truth.epoch
    const back = Math.min(epoch - 1, 1 + Math.floor(this.#chance() * 20))
    if (attack === 'history rewritten') {
      const other = this.#truth.from(epoch - back)
      while (other.epoch <= epoch) await this.#publish(other, wallet.now)
      this.#other = other
    } else {
      const other = this.#truth.from(attack === 'rolled back' ? epoch - back : epoch - 1)
      const { x, y } = this.#signer.key
      const key = attack === 'key swapped for one person' ? { x: y, y: x } : { x, y }
      await this.#publish(other, wallet.now, key)
      this.#other = other
    }
    if (attack === 'story for one person') wallet.shown = this.#other
  }

  async #publish(story: Story, now: number, key = this.#signer.key): Promise<void> {
    this.#root += 1n + BigInt(Math.floor(this.#chance() * 1_000))
    await story.publish(this.#signer, now, this.#root, key)
  }

  #notice(wallet: Watcher): void {
    const isMet = this.#since >= 0 || wallet.shown !== this.#truth
    if (this.#since < 0 && isMet) this.#since = wallet.now
    if (this.#found < 0 && wallet.hasEvidence) this.#found = wallet.now
  }

  async #outcome(wallet: Watcher): Promise<Outcome> {
    const evidence = wallet.hasEvidence ? await checkFork(wallet.evidence) : undefined
    return {
      questions: this.#questions,
      waited: this.#waited,
      told: this.#told,
      answered: this.#answered,
      kind: evidence?.evidence.because.kind ?? 'none',
      isEvident: evidence !== undefined,
      hours: this.#found < 0 ? -1 : (this.#found - Math.max(0, this.#since)) / HOUR,
    }
  }

  /** Steps until the wallet is idle again: from an hour to most of a day. */
  #pause(): number {
    return 6 + Math.floor(this.#chance() * 100)
  }
}

/** Numbers from 0 to 1 by a seed (mulberry32). */
function chanceOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
