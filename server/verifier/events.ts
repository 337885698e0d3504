import type { Response } from 'express'
import { ZerocardError } from '../../core/errors.ts'
import type { SessionView } from './session-desk.ts'
import { statusAt } from './session.ts'
import type { Session } from './session.ts'
import type { VerifierStore } from './store.ts'

/** Milliseconds between two looks at the database, drawn from half to one and a half of it. */
const POLL = 500
/** Milliseconds after which a silent stream says that it is alive; proxies hang up after a minute. */
const HEARTBEAT = 15_000
const MAX_LISTENERS = 5_000
/** Of one session: a page has one, and a few when it is loaded again. */
const MAX_LISTENERS_OF_ONE = 16
/** Ids in one query. */
const BATCH = 500

const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  // For proxies that would otherwise wait for more.
  'x-accel-buffering': 'no',
}

interface Listener {
  readonly id: string
  readonly response: Response
  /** What the listener may know of the session. */
  readonly describe: (session: Session) => Promise<SessionView>
}

/**
 * Tells pages how sessions stand, as server-sent events (HTML, section 9.2): one `session` event at
 * once and one at the end. The database is looked at, all sessions together, only while somebody
 * listens.
 */
export class SessionEvents {
  readonly #store: VerifierStore
  readonly #clock: () => number
  readonly #listeners = new Set<Listener>()
  #timer: NodeJS.Timeout | undefined
  #saidAt = 0

  constructor(store: VerifierStore, clock: () => number) {
    this.#store = store
    this.#clock = clock
  }

  /** @throws ZerocardError with `OVERLOADED` if too many listen, to this session or to all. */
  assertRoom(id: string): void {
    const same = Array.from(this.#listeners).filter((listener) => listener.id === id)
    if (this.#listeners.size >= MAX_LISTENERS || same.length >= MAX_LISTENERS_OF_ONE) {
      throw new ZerocardError('OVERLOADED', 'too many listen already: ask again later')
    }
  }

  /** Streams to one listener until the session, the connection or the service ends. */
  listen(listener: Listener, view: SessionView): void {
    const { response } = listener
    // Gone while the database was asked: its `close` has been and does not come again.
    if (response.destroyed) return
    response.set(HEADERS).flushHeaders()
    say(response, view)
    if (view.status !== 'pending') {
      response.end()
      return
    }
    this.#listeners.add(listener)
    response.once('close', () => this.#listeners.delete(listener))
    this.#lookLater()
  }

  /** Ends all streams. */
  close(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    for (const { response } of this.#listeners) response.end()
    this.#listeners.clear()
  }

  #lookLater(): void {
    if (this.#timer !== undefined || this.#listeners.size === 0) return
    this.#timer = setTimeout(() => void this.#look(), POLL * (0.5 + Math.random()))
  }

  async #look(): Promise<void> {
    const listeners = [...this.#listeners]
    for (let at = 0; at < listeners.length; at += BATCH) {
      // While the database is away there is nothing to tell; streams stay open.
      await this.#tell(listeners.slice(at, at + BATCH)).catch(() => undefined)
    }
    this.#sayAlive()
    this.#timer = undefined
    this.#lookLater()
  }

  async #tell(listeners: readonly Listener[]): Promise<void> {
    const ids = [...new Set(listeners.map(({ id }) => id))]
    const found = await this.#store.findSessions(ids)
    const sessions = new Map(found.map((session) => [session.id, session]))
    for (const listener of listeners) {
      const session = sessions.get(listener.id)
      if (session === undefined) this.#end(listener)
      else if (statusAt(session, this.#clock()) !== 'pending') await this.#finish(listener, session)
    }
  }

  async #finish(listener: Listener, session: Session): Promise<void> {
    // Whoever listens with a wrong code is told nothing, and keeps nobody else from being told.
    const view = await listener.describe(session).catch(() => undefined)
    // What another browser proved looks unanswered here, until its time is over.
    if (view?.status === 'pending') return
    if (view !== undefined) say(listener.response, view)
    this.#end(listener)
  }

  #end(listener: Listener): void {
    this.#listeners.delete(listener)
    listener.response.end()
  }

  #sayAlive(): void {
    const now = performance.now()
    if (now - this.#saidAt < HEARTBEAT) return
    this.#saidAt = now
    for (const { response } of this.#listeners) response.write(':\n\n')
  }
}

function say(response: Response, view: SessionView): void {
  response.write(`event: session\ndata: ${JSON.stringify(view)}\n\n`)
}
