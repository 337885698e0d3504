import type { Fetch } from '../../client/http.ts'
import { createWalletHttp } from '../../client/http.ts'
import type { WalletHttp } from '../../client/http.ts'
import type { EnrolmentTools, ProvingTools, RevocationSource } from '../../client/holder.ts'
import { keys } from '../support/tools.ts'

// What the tests of the wire share: a network of functions, and a prover that does not prove.

/** Answers a request to one address; throws where an answer is to be lost. */
export type Page = (body: string, headers: Headers) => Response | Promise<Response>

/** One request as it left the wallet. */
export interface Sent {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A network that holds nothing but the given pages, by address, and remembers what was asked. */
export class FakeNetwork {
  readonly pages = new Map<string, Page>()
  readonly sent: Sent[] = []

  readonly fetch: Fetch = async (url, init) => {
    const headers = new Headers(init.headers)
    const body = await new Response(init.body ?? '').text()
    this.sent.push({ method: init.method ?? '', url, headers: Object.fromEntries(headers), body })
    const page = this.pages.get(url)
    if (page === undefined) throw new TypeError('no such page')
    return page(body, headers)
  }

  http(): WalletHttp {
    return createWalletHttp({ fetch: this.fetch, allowLoopback: true })
  }

  /** Addresses asked since the last call, in their order. */
  asked(): string[] {
    return this.sent.splice(0).map(({ url }) => url)
  }
}

export function json(body: unknown, status = 200, type = 'application/json'): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': type } })
}

export function text(body: string, type: string): Response {
  return new Response(body, { headers: { 'content-type': type } })
}

/** Has the length of a proof. */
export const STUB_PROOF = 'A'.repeat(171)

export const stubEnrolment: EnrolmentTools = {
  prover: { prove: () => Promise.resolve({ proof: STUB_PROOF, publicSignals: [] }) },
  keys,
  verifyProof: () => Promise.resolve(true),
}

export function stubTools(revocations: RevocationSource): ProvingTools {
  return { ...stubEnrolment, revocations }
}
