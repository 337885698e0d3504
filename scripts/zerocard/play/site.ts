import { operate } from './operator.ts'
import type { TownAddress } from '../town/town.ts'

/** A question a site has put to somebody, as `POST /v1/sessions` answers it. */
export interface SiteSession {
  readonly id: string
  readonly token: string
  readonly walletLink: string
}

/** How it stands, as `GET /v1/sessions/:id` answers. */
export interface SiteVerdict {
  readonly status: 'pending' | 'verified' | 'rejected' | 'expired'
  readonly policy: string
  readonly pseudonym?: string
  readonly isReturning?: boolean
  readonly disclosed?: Readonly<Record<string, unknown>>
}

/** A site that has a verifier ask for it. It keeps every verdict: all it could look at again. */
export class Site {
  readonly title: string
  readonly verdicts: SiteVerdict[] = []
  readonly #verifier: TownAddress

  constructor(title: string, verifier: TownAddress) {
    this.title = title
    this.#verifier = verifier
  }

  async ask(policy: string): Promise<SiteSession> {
    const question = { policy, flow: 'cross-device' }
    return (await operate(this.#verifier, 'POST', '/v1/sessions', question)) as SiteSession
  }

  async read({ id, token }: SiteSession): Promise<SiteVerdict> {
    const verdict = await operate({ ...this.#verifier, token }, 'GET', `/v1/sessions/${id}`)
    this.verdicts.push(verdict as SiteVerdict)
    return verdict as SiteVerdict
  }

  async ban(policy: string, pseudonym: string): Promise<void> {
    await operate(this.#verifier, 'POST', '/v1/bans', { policy, pseudonym })
  }
}
