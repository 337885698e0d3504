import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { generatePrivateKey, publicKeyOf } from '../../../core/eddsa.ts'
import type { Point } from '../../../core/eddsa.ts'
import { generateSigningKey, publicJwk } from '../../../core/jws.ts'
import type { PublicJwk } from '../../../core/jws.ts'
import { schemaHash } from '../../../core/schema.ts'
import { signStatus } from '../../../core/status.ts'
import { PERSON } from '../../support/world.ts'
import { TestLog } from '../../support/test-log.ts'

// Issuers as small servers on loopback, which publish whatever a test wants.

const DAY = 86_400

/** A server that serves one text, with an entity tag, or nothing at all. */
export class TextServer {
  text: string | undefined
  /** Requests that were answered, and those of them with 304. */
  requests = 0
  unchanged = 0
  readonly origin: string
  readonly #server: Server

  protected constructor(server: Server) {
    this.#server = server
    this.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    server.on('request', (request, response) => {
      const page = this.page(request.url ?? '')
      if (page !== undefined) {
        response.writeHead(200, { 'content-type': 'application/json' })
        return void response.end(page instanceof Uint8Array ? page : JSON.stringify(page))
      }
      this.requests++
      const { text } = this
      if (text === undefined) return void response.destroy()
      const etag = `"${Buffer.from(text.slice(-80)).toString('base64url')}"`
      if (request.headers['if-none-match'] === etag) {
        this.unchanged++
        return void response.writeHead(304).end()
      }
      return void response.writeHead(200, { 'content-type': 'application/jwt', etag }).end(text)
    })
  }

  static async listening(): Promise<Server> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return server
  }

  static async start(): Promise<TextServer> {
    return new TextServer(await TextServer.listening())
  }

  /** What is served besides the text, as JSON or as bytes. */
  page(_path: string): unknown {
    return undefined
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

/** An issuer that publishes status documents. */
export class StatusServer extends TextServer {
  readonly jwk: PublicJwk
  /** Replaced by tests: another root is another state of revocations. */
  revocationRoot = 1n
  /** Served in the place of each part of the log, if there are any. */
  tileBytes: Uint8Array | undefined
  /** Replaced by tests in which the issuer tells two stories. */
  log = new TestLog()
  readonly #key: CryptoKey
  /** Signs its credentials; replaced by tests. */
  signer = publicKeyOf(generatePrivateKey())
  /** Other keys that its documents name; changed by tests. */
  others: Point[] = []

  private constructor(server: Server, key: CryptoKey, jwk: PublicJwk) {
    super(server)
    this.#key = key
    this.jwk = jwk
  }

  static override async start(): Promise<StatusServer> {
    const { privateKey, publicKey } = await generateSigningKey()
    return new StatusServer(await TextServer.listening(), privateKey, await publicJwk(publicKey))
  }

  /** The entry of a configuration that trusts it. */
  get entry(): { issuer: string; jwk: PublicJwk; schemas: string[] } {
    return { issuer: this.origin, jwk: this.jwk, schemas: [PERSON.id] }
  }

  /** Signs and serves a document. @param validFor - Seconds. */
  async publish(epoch: number, issuedAt: number, validFor = DAY): Promise<string> {
    const keys = [this.signer, ...this.others].map((key) => ({
      key,
      schema: PERSON.id,
      schemaHash: schemaHash(PERSON),
      revocationRoot: this.revocationRoot,
      revoked: 0,
    }))
    const times = { issuedAt, expiresAt: issuedAt + validFor }
    const log = this.log.before(epoch)
    const status = { issuer: this.origin, epoch, ...times, log, keys }
    return (this.text = this.log.add(epoch, await signStatus(status, this.#key)))
  }

  override page(path: string): unknown {
    const tile = /^\/status\/log\/([0-9]+)$/.exec(path)?.[1]
    return tile === undefined ? undefined : (this.tileBytes ?? this.log.tile(Number(tile)))
  }

  async revokeAndPublish(epoch: number, issuedAt: number, validFor = DAY): Promise<string> {
    this.revocationRoot++
    return this.publish(epoch, issuedAt, validFor)
  }
}
