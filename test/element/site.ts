import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { readRequestLink } from '../../client/request-link.ts'
import { createSite } from '../../examples/element/server.ts'
import { Shop, startIssuer, writeConfig } from '../server/verifier/shop.ts'
import type { Answer, WalletRequest } from '../server/verifier/shop.ts'
import { forgeProof } from '../support/forgery.ts'
import { acceptedKeys, keys } from '../support/tools.ts'
import { NOW } from '../support/world.ts'

// The example site with the element, and a wallet that forges its proofs under the development keys.

export const ELEMENT = fileURLToPath(new URL('../../client/element/index.ts', import.meta.url))

/** A module of the element, as it is delivered. */
export async function bundleElement(entry = ELEMENT): Promise<Uint8Array> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    external: ['react'],
    legalComments: 'none',
    logLevel: 'silent',
  })
  const [file] = outputFiles
  if (file === undefined) throw new TypeError('nothing was bundled')
  return file.contents
}

export interface ElementSite {
  readonly origin: string
  readonly wallet: ElementWallet
  readonly close: () => Promise<void>
}

/** @param changes - Members of the verifier's configuration that differ. */
export async function startSite(
  changes: Readonly<Record<string, unknown>> = {},
): Promise<ElementSite> {
  const folder = mkdtempSync(join(tmpdir(), 'zerocard-element-'))
  const element = join(folder, 'zero-card.js')
  writeFileSync(element, await bundleElement())
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://localhost:${String((server.address() as AddressInfo).port)}`
  const issuer = await startIssuer()
  const began = performance.now()
  const site = createSite(
    {
      config: writeConfig(folder, await issuer.listing(), {
        baseUrl: origin,
        walletLink: `${origin}/wallet#`,
        ...changes,
      }),
      keys: acceptedKeys,
      environment: {},
      clock: () => NOW + Math.floor((performance.now() - began) / 1000),
      log: { write: () => undefined },
      files: { element },
    },
    origin,
    'plain@1',
  )
  site.app.get('/wallet', (_request, response) => void response.send('<title>A wallet</title>'))
  server.on('request', site.app)
  await site.ready
  const wallet = new ElementWallet(origin)
  await wallet.shop.call('GET', '/readyz')
  while ((await wallet.shop.call('GET', '/readyz')).status !== 200) {
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return {
    origin,
    wallet,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await site.close()
      await issuer.close()
      rmSync(folder, { recursive: true })
    },
  }
}

export class ElementWallet {
  readonly shop: Shop
  readonly #origin: string

  constructor(origin: string) {
    this.#origin = origin
    this.shop = Shop.attach(origin)
  }

  /** Answers with a proof. @returns Where the wallet is sent back to. */
  async prove(link: string): Promise<string> {
    const request = await this.#request(link)
    const { json } = await this.#answer(request, (signals) =>
      forgeProof(keys['eligibility-1'].key, signals),
    )
    return String(json['redirect_uri'])
  }

  /** Answers with proofs that are none, until the verifier has enough. */
  async cheat(link: string): Promise<void> {
    const request = await this.#request(link)
    for (let i = 0; i < 3; i++) await this.#answer(request, () => 'AAAA'.repeat(42) + 'AAA')
  }

  async decline(link: string): Promise<string> {
    const request = await this.#request(link)
    const { json } = await this.shop.post(request, { error: 'access_denied', state: request.state })
    return String(json['redirect_uri'])
  }

  #request(link: string): Promise<WalletRequest> {
    return this.shop.fetchRequest(readRequestLink(link) as never)
  }

  async #answer(
    request: WalletRequest,
    prove: (signals: readonly bigint[]) => string,
  ): Promise<Answer> {
    const claims = { audience: this.#origin }
    return this.shop.answer(request, await this.shop.present(request, claims, prove))
  }
}
