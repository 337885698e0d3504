import { describe, expect, test } from 'vitest'
import type { CardState } from '../../client/element/card-state.ts'
import { Inquiry, MAX_RENEWALS } from '../../client/element/inquiry.ts'
import type { InquiryOptions } from '../../client/element/inquiry.ts'
import type { Standing } from '../../client/element/page-session.ts'
import type { Pace } from '../../client/element/presence.ts'
import { Trouble } from '../../client/element/trouble.ts'
import type { TroubleKind } from '../../client/element/trouble.ts'

// What an element asks, and when it stops: with a clock that runs as fast as it can.

/** A clock that jumps to the next thing that somebody waits for. */
class FastPace implements Pace {
  #now = 0
  #waiting: { readonly at: number; readonly done: () => void }[] = []
  #isDue = false
  visible = Promise.resolve()
  hiding = new AbortController()

  now(): number {
    return this.#now
  }

  wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((done, fail) => {
      const stop = (): void => fail(new DOMException('stopped', 'AbortError'))
      if (signal.aborted) stop()
      signal.addEventListener('abort', stop, { once: true })
      this.#waiting.push({ at: this.#now + milliseconds, done })
      this.#goOnLater()
    })
  }

  async whenVisible(signal: AbortSignal): Promise<void> {
    await this.visible
    signal.throwIfAborted()
  }

  hidden(): AbortSignal {
    return this.hiding.signal
  }

  #goOnLater(): void {
    if (this.#isDue) return
    this.#isDue = true
    setImmediate(() => {
      this.#isDue = false
      this.#waiting.sort((one, other) => one.at - other.at)
      const next = this.#waiting.shift()
      if (next === undefined) return
      this.#now = Math.max(this.#now, next.at)
      next.done()
      if (this.#waiting.length > 0) this.#goOnLater()
    })
  }
}

type Calls = InquiryOptions['calls']

const SESSION = {
  id: 'one',
  token: 'secret',
  walletLink: 'https://wallet.example/#x',
  expiresIn: 300,
}
const never = (signal: AbortSignal): Promise<never> =>
  new Promise((_done, fail) => {
    signal.addEventListener('abort', () => fail(new Trouble('away')))
  })

/** A verifier to which nobody answers, but for what `changes` says. */
function world(changes: Partial<Calls> = {}): {
  readonly inquiry: Inquiry
  readonly states: CardState[]
  readonly pace: FastPace
  readonly counts: { begin: number; look: number; listen: number }
  readonly names: () => string[]
} {
  const states: CardState[] = []
  const pace = new FastPace()
  const counts = { begin: 0, look: 0, listen: 0 }
  const calls: Calls = {
    begin: () => Promise.resolve(SESSION),
    look: () => Promise.resolve({ status: 'pending' }),
    listen: (_key, signal) => never(signal),
    result: () => Promise.resolve('a.b.c'),
    ...changes,
  }
  const counted: Calls = {
    ...calls,
    begin: (...args) => ((counts.begin += 1), calls.begin(...args)),
    look: (...args) => ((counts.look += 1), calls.look(...args)),
    listen: (...args) => ((counts.listen += 1), calls.listen(...args)),
  }
  const onState = (state: CardState): void => void states.push(state)
  const inquiry = new Inquiry({ calls: counted, policy: 'over-18@1', pace, onState })
  const names = (): string[] =>
    states.map(({ name }) => name).filter((name, i, all) => name !== all[i - 1])
  return { inquiry, states, pace, counts, names }
}

const away =
  (kind: TroubleKind = 'away') =>
  (): Promise<never> =>
    Promise.reject(new Trouble(kind))
const told = (standing: Standing) => (): Promise<Standing> => Promise.resolve(standing)

describe('an inquiry', () => {
  test('ends with the token of an answer', async () => {
    const { inquiry, states, names } = world({ listen: told({ status: 'verified' }) })
    await inquiry.start()
    expect(names()).toEqual(['starting', 'asking', 'verified'])
    expect(states.at(-1)).toEqual({ name: 'verified', session: 'one', token: 'a.b.c' })
  })

  test('tells a wallet that did not answer from an answer that was not accepted', async () => {
    const endings = { access_denied: 'rejected', PROOF_INVALID: 'refused' }
    for (const [error, name] of Object.entries(endings)) {
      const { inquiry, names } = world({ listen: told({ status: 'rejected', error }) })
      await inquiry.start()
      expect(names().at(-1)).toBe(name)
    }
  })

  test('renews its code a few times, says so before, and then waits to be asked', async () => {
    const { inquiry, names, counts } = world()
    await inquiry.start()
    expect(counts.begin).toBe(1 + MAX_RENEWALS)
    expect(names().slice(0, 5)).toEqual(['starting', 'asking', 'expiring', 'asking', 'expiring'])
    expect(names().at(-1)).toBe('expired')
  })

  test('counts an answer that came in the last moment', async () => {
    const { inquiry, names, counts } = world({
      look: told({ status: 'verified' }),
    })
    await inquiry.start()
    expect([counts.begin, names().at(-1)]).toEqual([1, 'verified'])
  })

  test('looks from time to time where a stream does not get through', async () => {
    let looks = 0
    const { inquiry, names, pace } = world({
      listen: away(),
      look: () => Promise.resolve({ status: (looks += 1) === 5 ? 'verified' : 'pending' }),
    })
    await inquiry.start()
    expect(names().at(-1)).toBe('verified')
    // 2, 4, 8 and 10 seconds: not a question a second.
    expect(pace.now()).toBeGreaterThanOrEqual(24_000)
  })

  test('gives up on a verifier that went away, and says so', async () => {
    const { inquiry, states, counts } = world({ listen: away(), look: away() })
    await inquiry.start()
    expect(states.at(-1)).toEqual({ name: 'unavailable', trouble: 'away' })
    expect(counts.look).toBe(5)
  })

  test('says why it cannot begin', async () => {
    for (const kind of ['away', 'busy', 'mistake', 'ended'] as const) {
      const { inquiry, states } = world({ begin: away(kind) })
      await inquiry.start()
      expect(states.at(-1)).toEqual({ name: 'unavailable', trouble: kind })
    }
  })

  test('asks again when its session is gone', async () => {
    const { inquiry, counts } = world({ listen: away('ended'), look: away('ended') })
    await inquiry.start()
    expect(counts.begin).toBe(1 + MAX_RENEWALS)
  })

  test('tries again to get a result that was given', async () => {
    let tries = 0
    const { inquiry, names } = world({
      listen: told({ status: 'verified' }),
      result: () => ((tries += 1) < 3 ? away()() : Promise.resolve('a.b.c')),
    })
    await inquiry.start()
    expect([tries, names().at(-1)]).toEqual([3, 'verified'])
  })

  test('asks nothing while nobody looks, and nothing more once it is stopped', async () => {
    const { inquiry, counts, pace, states } = world()
    let show = (): void => undefined
    pace.visible = new Promise((done) => (show = done))
    const running = inquiry.start()
    await new Promise((done) => setImmediate(done))
    expect(counts).toEqual({ begin: 0, look: 0, listen: 0 })
    show()
    await new Promise((done) => setImmediate(done))
    expect(counts.begin).toBe(1)
    inquiry.stop()
    await running
    const { length } = states
    await new Promise((done) => setImmediate(done))
    expect([counts.begin, states.length]).toEqual([1, length])
  })

  test('goes on where the wallet led back to, or asks anew if that is nothing', async () => {
    const key = { id: 'two', token: 'secret', code: 'A'.repeat(22) }
    const back = world({ look: told({ status: 'verified' }) })
    await back.inquiry.resume(key)
    expect(back.states.at(-1)).toMatchObject({ name: 'verified', session: 'two' })
    expect(back.counts.begin).toBe(0)
    const foreign = world({ look: away('mistake'), listen: told({ status: 'verified' }) })
    await foreign.inquiry.resume(key)
    expect(foreign.states.at(-1)).toMatchObject({ name: 'verified', session: 'one' })
  })
})
