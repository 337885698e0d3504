import { prepareProof, presentProof } from '../../../client/holder.ts'
import type { PreparedProof } from '../../../client/holder.ts'
import { createWalletHttp } from '../../../client/http.ts'
import { fetchRequest, fetchRequestTrust, readRequestLink } from '../../../client/openid4vp.ts'
import { encryptJwe } from '../../../core/jwe.ts'
import type { EncryptionJwk } from '../../../core/jwe.ts'
import { readJws } from '../../../core/jws.ts'
import { QUERY_ID } from '../../../core/openid.ts'
import { dayFromUnixSeconds } from '../../../core/dates.ts'
import type { BenchWorld } from '../world.ts'
import { createCaller } from './load.ts'
import type { Answer } from './load.ts'
import type { MeasuredService } from './service.ts'

/** Everything a load of visits needs. */
export interface Visitors {
  /** One whole visit: a site asks, a wallet fetches the question and answers it. True if accepted. */
  readonly visit: () => Promise<boolean>
  /** The same with a proof of nothing: true if it is refused as such. */
  readonly visitInVain: () => Promise<boolean>
  /** A message that is no answer at all: true if it is refused. */
  readonly shout: () => Promise<boolean>
  readonly close: () => void
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const POLICY = 'bench@1'

/**
 * Makes proofs once; each visit signs one of them anew for its own nonce, which is what a wallet
 * with a prepared proof does.
 */
export async function gatherVisitors(
  world: BenchWorld,
  service: MeasuredService,
): Promise<Visitors> {
  const { call, close } = createCaller(service.origin)
  const site = { authorization: `Bearer ${service.token}`, 'content-type': 'application/json' }
  const begin = async (): Promise<string | undefined> => {
    const question = JSON.stringify({ policy: POLICY, flow: 'cross-device' })
    const { status, text } = await call('/v1/sessions', question, site)
    return status === 201 ? (JSON.parse(text) as { id: string }).id : undefined
  }
  const prepared = await prepareFor(world, await linkOf(call, site))
  const spoiled = { ...prepared, proof: await spoil(prepared) }
  const visitWith = async (proof: PreparedProof): Promise<number> => {
    const id = await begin()
    if (id === undefined) return 0
    const asked = await call(`/oid4vp/request/${id}`, 'wallet_nonce=bench', FORM)
    if (asked.status !== 200) return asked.status
    const body = await answerTo(asked.text, proof)
    return (await call(`/oid4vp/response/${id}`, body, FORM)).status
  }
  return {
    visit: async () => (await visitWith(prepared)) === 200,
    visitInVain: async () => (await visitWith(spoiled)) === 422,
    shout: async () => {
      const body = 'response=not-an-answer&state=nobody'
      const { status } = await call('/oid4vp/response/nobody', body, FORM)
      return status >= 400 && status < 500
    },
    close,
  }
}

async function linkOf(
  call: ReturnType<typeof createCaller>['call'],
  site: Readonly<Record<string, string>>,
): Promise<string> {
  const question = JSON.stringify({ policy: POLICY, flow: 'cross-device' })
  const answer: Answer = await call('/v1/sessions', question, site)
  return (JSON.parse(answer.text) as { walletLink: string }).walletLink
}

async function prepareFor(world: BenchWorld, link: string): Promise<PreparedProof> {
  const http = createWalletHttp({ fetch, allowLoopback: true })
  const now = Math.floor(Date.now() / 1000)
  const request = await fetchRequest(readRequestLink(link), { keys: world.tools.keys, now }, http)
  const trust = await fetchRequestTrust(request, now, http)
  const { policy, schemas, audience } = request
  const asOf = dayFromUnixSeconds(now)
  const holder = { secret: world.secret, credentials: world.credentials }
  return prepareProof(holder, { policy, schemas, audience, asOf, trust }, world.tools)
}

/** A proof in the right form that proves something else: the costliest thing to refuse. */
async function spoil({ proof }: PreparedProof): Promise<string> {
  const { rerandomise, shiftC } = await import('../../../test/support/forgery.ts')
  return shiftC(rerandomise(proof, 3n), 1n)
}

async function answerTo(requestObject: string, prepared: PreparedProof): Promise<string> {
  const { payload } = readJws(requestObject, 'REQUEST_INVALID')
  const request = payload as {
    readonly nonce: string
    readonly state: string
    readonly client_metadata: { readonly jwks: { readonly keys: readonly [EncryptionJwk] } }
  }
  const presentation = await presentProof(prepared, request.nonce, Math.floor(Date.now() / 1000))
  const answer = { vp_token: { [QUERY_ID]: [presentation] }, state: request.state }
  const key = request.client_metadata.jwks.keys[0]
  return new URLSearchParams({ response: await encryptJwe(answer, key) }).toString()
}
