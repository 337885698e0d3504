import { createWalletHttp } from '../../../client/http.ts'
import type { PreparedProof } from '../../../client/holder.ts'
import {
  answerRequest,
  fetchRequest,
  fetchRequestTrust,
  readRequestLink,
} from '../../../client/openid4vp.ts'
import { toBase64url } from '../../../core/bytes.ts'
import { dayFromUnixSeconds } from '../../../core/dates.ts'
import { generateSigningKey, publicJwk } from '../../../core/jws.ts'
import { policyHash } from '../../../core/policy/policy.ts'
import { presenterOf } from '../../../core/presentation.ts'
import { buildStatement, publicSignals } from '../../../core/statement.ts'
import { forgeProof } from '../../support/forgery.ts'
import { keys } from '../../support/tools.ts'

// Somebody with a browser and a wallet. The wallet forges its proofs under the development keys, so
// it can be anybody; everything that the sites check is real.

export const walletHttp = createWalletHttp({ allowLoopback: true, fetch })
export const now = (): number => Math.floor(Date.now() / 1000)

/** A browser: keeps cookies, whatever the port, as browsers do. */
export class Browser {
  readonly cookies = new Map<string, string>()
  language = 'en'

  async go(url: string, init: RequestInit = {}): Promise<Response> {
    const response = await fetch(url, {
      redirect: 'manual',
      ...init,
      headers: {
        accept: 'text/html',
        'accept-language': this.language,
        ...(init.headers as Record<string, string> | undefined),
        cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      },
    })
    for (const text of response.headers.getSetCookie()) {
      const [name = '', value = ''] = (text.split(';')[0] ?? '').split('=')
      if (value === '') this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    return response
  }

  async page(url: string): Promise<string> {
    return (await this.go(url)).text()
  }

  /** Sends a form of a page and goes where that leads. */
  async send(url: string, fields: Record<string, string>, from = 'same-origin'): Promise<Response> {
    const response = await this.go(url, {
      method: 'POST',
      headers: { 'sec-fetch-site': from },
      body: new URLSearchParams(fields),
    })
    const location = response.headers.get('location')
    return location === null ? response : this.go(new URL(location, url).href)
  }

  /** Answers the question of a gate as the holder of a pseudonym. @throws With the site's code. */
  async prove(url: string, pseudonym?: bigint): Promise<void> {
    const link = linkIn(await this.page(url))
    const request = await fetchRequest(
      readRequestLink(link),
      { keys, schemas: new Map(), now: now() },
      walletHttp,
    )
    const prepared = await forged(request, pseudonym)
    await answerRequest(request, prepared, now(), walletHttp)
  }
}

/** The wallet link that a gate shows to be copied. */
function linkIn(page: string): string {
  const link = /<code>([^<]+request_uri[^<]+)<\/code>/.exec(page)?.[1] ?? ''
  return link.replaceAll('&#38;', '&').replaceAll('&amp;', '&')
}

async function forged(
  request: Awaited<ReturnType<typeof fetchRequest>>,
  pseudonym: bigint | undefined,
): Promise<PreparedProof> {
  const { policy, schemas, audience } = request
  const trust = await fetchRequestTrust(request, now(), walletHttp)
  const { publicKey, privateKey } = await generateSigningKey()
  const jwk = await publicJwk(publicKey)
  const asOf = dayFromUnixSeconds(now())
  const trustRoots = Object.fromEntries(
    Object.entries(trust).map(([alias, { root }]) => [alias, root]),
  )
  const statement = buildStatement(policy, {
    schemas,
    asOf,
    trustRoots,
    audience,
    presenter: await presenterOf(jwk),
    disclosed: {},
  })
  const circuit = Object.keys(policy.credentials).length === 1 ? 'eligibility-1' : 'eligibility-3'
  const { id, key } = keys[circuit]
  return {
    policy: toBase64url(policyHash(policy)),
    circuit: id,
    audience,
    asOf,
    trustRoots: Object.keys(policy.credentials).map((alias) => trustRoots[alias] ?? 0n),
    ...(pseudonym === undefined ? {} : { pseudonym }),
    proof: forgeProof(key, publicSignals(statement, pseudonym ?? 0n)),
    jwk,
    privateKey,
  }
}
