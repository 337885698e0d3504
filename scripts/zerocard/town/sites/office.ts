import * as z from '../../../../core/zod.ts'
import { operate } from '../../play/operator.ts'
import { personView, totalsView } from '../../../../server/issuer/views.ts'
import type { TownAddress } from '../town.ts'

/** An offer on a desk: what the clerk hands over, and what goes by post. */
export interface DeskOffer {
  readonly id: string
  readonly link: string
  /** Six digits. */
  readonly txCode: string
  readonly configuration: string
  /** Credentials the person had when it was made: one more, and it was taken. */
  readonly before: number
}

const offerShape = z.looseObject({ id: z.string(), link: z.string(), txCode: z.string() })

/** Offers that pages still show; older ones are forgotten. */
const MAX_OFFERS = 100

/** An office as its clerk uses it, with the operator's token, over HTTP. */
export class Office {
  readonly #address: TownAddress
  readonly #trust: TownAddress | undefined
  readonly #offers = new Map<string, DeskOffer>()

  /** @param trust - The service that is told to look at once when something was published. */
  constructor(address: TownAddress, trust: TownAddress | undefined) {
    this.#address = address
    this.#trust = trust
  }

  /** What is recorded of somebody, and what was issued to them. */
  async person(id: string): Promise<z.output<typeof personView>> {
    return z.parse(personView, await operate(this.#address, 'GET', `/v1/people/${id}`))
  }

  async totals(): Promise<z.output<typeof totalsView>> {
    return z.parse(totalsView, await operate(this.#address, 'GET', '/v1/statistics'))
  }

  /** @returns The offer's id. @throws ZerocardError with the office's code. */
  async makeOffer(subject: string, configuration: string): Promise<string> {
    const { credentials } = await this.person(subject)
    const offer = await operate(this.#address, 'POST', '/v1/offers', { subject, configuration })
    return this.#keep(offer, configuration, credentials.length)
  }

  /** For a lost wallet. @returns The id of a new offer. */
  async recover(subject: string, configuration: string): Promise<string> {
    const path = `/v1/people/${subject}/recovery`
    const offer = await operate(this.#address, 'POST', path, { configuration })
    await this.#publish()
    const { credentials } = await this.person(subject)
    return this.#keep(offer, configuration, credentials.length)
  }

  async revoke(subject: string, configuration: string): Promise<void> {
    await operate(this.#address, 'POST', '/v1/revocations', { subject, configuration })
    await this.#publish()
  }

  /** The offer that a page's address names, if it is still known here. */
  offer(id: unknown): DeskOffer | undefined {
    return typeof id === 'string' ? this.#offers.get(id) : undefined
  }

  async #publish(): Promise<void> {
    await operate(this.#address, 'POST', '/v1/epochs')
    if (this.#trust !== undefined) await operate(this.#trust, 'POST', '/v1/refresh')
  }

  #keep(answer: unknown, configuration: string, before: number): string {
    const { id, link, txCode } = z.parse(offerShape, answer)
    this.#offers.set(id, { id, link, txCode, configuration, before })
    const [oldest] = this.#offers.keys()
    if (this.#offers.size > MAX_OFFERS && oldest !== undefined) this.#offers.delete(oldest)
    return id
  }
}
