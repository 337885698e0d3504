import { ZerocardError } from '../../core/errors.ts'
import { fieldFromText, fieldText } from '../../core/presentation.ts'
import type { BanList, Ban } from './bans.ts'
import { randomName } from './secrets.ts'
import { nameOf } from './verifier.ts'
import type { Verifier } from './verifier.ts'

export interface ModerationOptions {
  readonly bans: BanList
  readonly verifier: Verifier
  readonly origin: string
  /** Seconds since 1970-01-01 UTC. */
  readonly clock: () => number
}

/** A name to refuse. */
export interface BanRequest {
  /** Id of a policy that asks for a pseudonym; the ban holds in its scope. */
  readonly policy: string
  /** 43 characters of base64url, as a session told it. */
  readonly pseudonym: string
  readonly until?: number | undefined
  readonly reason?: string | undefined
}

export interface BanView {
  readonly id: string
  readonly policy: string
  readonly pseudonym: string
  readonly until?: number
  readonly reason: string
  readonly createdAt: number
}

/** The side of a verifier that moderators speak to. */
export class Moderation {
  readonly #options: ModerationOptions

  constructor(options: ModerationOptions) {
    this.#options = options
  }

  /**
   * Refuses a name from now on.
   *
   * @throws ZerocardError with `NOT_FOUND` for an unknown policy, `INPUT_INVALID` for one without
   *   pseudonyms, a pseudonym that is none or a time that has passed.
   */
  async ban({ policy, pseudonym, until, reason = '' }: BanRequest): Promise<BanView> {
    const { bans, verifier, origin, clock } = this.#options
    const now = clock()
    const known = await verifier.policies.find(policy)
    const name = nameOf(known.policy, origin, readPseudonym(pseudonym))
    if (name === undefined) {
      throw new ZerocardError('INPUT_INVALID', 'policy: asks for no pseudonym')
    }
    if (until !== undefined && until <= now) {
      throw new ZerocardError('INPUT_INVALID', 'until: has passed')
    }
    const facts = { ...name, id: randomName(), policy, reason, createdAt: now }
    return viewOf(await bans.ban(until === undefined ? facts : { ...facts, until }))
  }

  /** @param after - The last id of the page before. */
  async list(after?: string): Promise<BanView[]> {
    const { bans, clock } = this.#options
    return (await bans.list(clock(), after)).map(viewOf)
  }

  /** @throws ZerocardError with `NOT_FOUND`. */
  async lift(id: string): Promise<void> {
    if (!(await this.#options.bans.lift(id))) {
      throw new ZerocardError('NOT_FOUND', 'there is no ban of this id')
    }
  }
}

function readPseudonym(text: string): bigint {
  try {
    return fieldFromText(text)
  } catch (cause) {
    throw new ZerocardError('INPUT_INVALID', 'pseudonym: not one', { cause })
  }
}

function viewOf({ id, policy, pseudonym, until, reason, createdAt }: Ban): BanView {
  const end = until === undefined ? {} : { until }
  return { id, policy, pseudonym: fieldText(pseudonym), ...end, reason, createdAt }
}
