import { documentKeyId } from '../../../client/status-log.ts'
import { createWalletHttp } from '../../../client/http.ts'
import { memoryStore } from '../../../client/storage/memory-store.ts'
import { Vault } from '../../../client/storage/vault.ts'
import { Keep } from '../../../client/wallet/keep.ts'
import { followIssuer, noteLists } from '../../../client/wallet/watch.ts'
import type { WatchTools } from '../../../client/wallet/watch.ts'
import {
  askForQuestion,
  askWitnesses,
  compareWitness,
  judgeListed,
} from '../../../client/wallet/witnesses.ts'
import { credentialToJson } from '../../../core/credential.ts'
import type { ErrorCode } from '../../../core/errors.ts'
import { generateSigningKey, publicJwk } from '../../../core/jws.ts'
import type { PublicJwk } from '../../../core/jws.ts'
import { EMPTY_LOG, addLeaf, frontierAt, logRoot } from '../../../core/log.ts'
import type { LogFrontier, LogHash } from '../../../core/log.ts'
import { schemaHash } from '../../../core/schema.ts'
import { readOldStatus, signStatus } from '../../../core/status.ts'
import { LOG_TILE, documentHash, tileToJson } from '../../../core/status-log.ts'
import type { SignedTrustList } from '../../../core/trust-list.ts'
import { signWitness } from '../../../core/witness-log.ts'
import { ADULT, NOW, PERSON, TestIssuer } from '../../../test/support/world.ts'

// An issuer that may tell several stories, witnesses, verifiers, and a wallet that goes by its real
// code, in a time of their own.

export const ISSUER = 'https://registry.example'

/** One story of the issuer: its documents in their order. */
export class Story {
  readonly documents: string[]
  readonly #leaves: LogHash[]
  #log: LogFrontier

  constructor(documents: readonly string[] = []) {
    this.documents = [...documents]
    this.#leaves = documents.map(documentHash)
    this.#log = this.#leaves.reduce(addLeaf, EMPTY_LOG)
  }

  get epoch(): number {
    return this.documents.length
  }

  get newest(): string {
    return this.documents.at(-1) ?? ''
  }

  /** The same up to an epoch, and from there on another. */
  from(epoch: number): Story {
    return new Story(this.documents.slice(0, epoch))
  }

  async publish(issuer: Signer, now: number, root: bigint, key = issuer.key): Promise<void> {
    const { jwk: _, privateKey } = issuer
    const keys = [
      {
        key,
        schema: PERSON.id,
        schemaHash: schemaHash(PERSON),
        revocationRoot: root,
        revoked: 1,
      },
    ]
    const times = { issuedAt: now, expiresAt: now + 7 * 86_400 }
    const status = {
      issuer: ISSUER,
      epoch: this.epoch + 1,
      ...times,
      log: logRoot(this.#log),
      keys,
    }
    const text = await signStatus(status, privateKey)
    this.documents.push(text)
    this.#leaves.push(documentHash(text))
    this.#log = addLeaf(this.#log, documentHash(text))
  }

  tile(number: number): unknown {
    const start = Math.min(number * LOG_TILE, this.epoch)
    const base = frontierAt({ base: EMPTY_LOG, leaves: this.#leaves }, start)
    const leaves = this.#leaves.slice(start, start + LOG_TILE)
    return tileToJson({ base, leaves })
  }
}

export interface Signer {
  readonly jwk: PublicJwk
  readonly privateKey: CryptoKey
  readonly key: { readonly x: bigint; readonly y: bigint }
}

/** Somebody who looks at one story and tells what was seen. */
export class Onlooker {
  readonly name: string
  /** By what stands for them; only those that continue what was seen before. */
  readonly seen = new Map<LogHash, { readonly epoch: number; readonly text: string }>()
  story: Story
  isUp = true
  #seenTo = 0
  #last: LogHash | undefined

  constructor(name: string, story: Story) {
    this.name = name
    this.story = story
  }

  /** What stands last in the story is taken if what was seen before is in it. */
  look(): void {
    const { documents, epoch } = this.story
    const known = documents[this.#seenTo - 1]
    const isSame =
      this.#last === undefined || (known !== undefined && documentHash(known) === this.#last)
    if (!isSame || epoch <= this.#seenTo) return
    const text = this.story.newest
    this.#seenTo = epoch
    this.#last = documentHash(text)
    this.seen.set(this.#last, { epoch, text })
  }

  /** The newest that was seen. */
  get newest(): string {
    return this.seen.get(this.#last ?? '')?.text ?? ''
  }

  statement(): readonly { epoch: number; hash: LogHash; seenAt: number }[] {
    return [...this.seen].slice(-32).map(([hash, { epoch }]) => ({ epoch, hash, seenAt: NOW }))
  }
}

interface Cast {
  readonly signer: Signer
  readonly held: ReturnType<TestIssuer['issue']>
  readonly witnessKey: CryptoKeyPair
  readonly witnessJwk: PublicJwk
  readonly keyId: string
}

let cast: Promise<Cast> | undefined

/** Keys and a card, made once a process. */
export function castOf(): Promise<Cast> {
  cast ??= makeCast()
  return cast
}

async function makeCast(): Promise<Cast> {
  const issuer = await TestIssuer.create(ISSUER, PERSON)
  const [documents, witnessKey] = await Promise.all([generateSigningKey(), generateSigningKey()])
  const jwk = await publicJwk(documents.publicKey)
  return {
    signer: { jwk, privateKey: documents.privateKey, key: issuer.signer.key },
    held: issuer.issue(7n, ADULT),
    witnessKey,
    witnessJwk: await publicJwk(witnessKey.publicKey),
    keyId: await documentKeyId(jwk),
  }
}

/** The part of a wallet that watches issuers, with one card. */
export class Watcher {
  readonly keep: Keep
  now = NOW
  /** What the issuer shows at its own address to whoever has this wallet. */
  shown: Story
  readonly #cast: Cast
  readonly #tools: WatchTools
  readonly #isWatching: boolean

  static async create(
    shown: Story,
    witnesses: readonly Onlooker[],
    isWatching = true,
  ): Promise<Watcher> {
    const vault = await Vault.open(memoryStore(), { cost: { N: 2, r: 8, p: 1 } })
    await vault.create('a passphrase', [])
    const one = new Watcher(new Keep(vault), await castOf(), shown, witnesses, isWatching)
    await one.#keepCard()
    return one
  }

  private constructor(
    keep: Keep,
    cast: Cast,
    shown: Story,
    witnesses: readonly Onlooker[],
    isWatching: boolean,
  ) {
    this.keep = keep
    this.shown = shown
    this.#cast = cast
    this.#isWatching = isWatching
    this.#tools = {
      clock: () => this.now,
      exclusively: (_, work) => work(),
      witnesses: witnesses.map(({ name }) => name),
      http: createWalletHttp({ fetch: (url) => this.#answer(url, witnesses) }),
    }
  }

  /** An idle moment. */
  async idle(): Promise<void> {
    if (!this.#isWatching) return
    const from = { issuer: ISSUER, jwk: this.#cast.signer.jwk }
    await followIssuer(this.keep, this.#tools, from, this.shown.newest)
    await askWitnesses(this.keep, this.#tools)
    for (const witness of this.#tools.witnesses ?? []) {
      await compareWitness(this.keep, this.#tools, witness)
    }
  }

  /** A question under a list with this document. @returns What is in the way of an answer. */
  async asked(operator: string, text: string): Promise<ErrorCode | undefined> {
    if (!this.#isWatching) return undefined
    await askForQuestion(this.keep, this.#tools)
    const list = await this.#listOf(operator, text)
    await noteLists(this.keep, this.#tools, [list], this.now)
    return judgeListed(this.keep, list, ISSUER, this.now)
  }

  get hasEvidence(): boolean {
    return this.keep.all('fork').length > 0
  }

  get evidence(): unknown {
    return this.keep.all('fork')[0]?.[1].evidence
  }

  async #listOf(operator: string, text: string): Promise<SignedTrustList> {
    const { jwk } = this.#cast.signer
    const listed = { issuer: ISSUER, jwk, schemas: [PERSON.id], status: text }
    const status = await readOldStatus(text, listed)
    return {
      name: 'registries',
      operator,
      issuedAt: this.now,
      expiresAt: this.now + 3_600,
      root: 0n,
      leaves: [],
      issuers: [listed],
      statuses: [status],
      path: () => {
        throw new TypeError('nothing is proved here')
      },
    }
  }

  async #answer(url: string, witnesses: readonly Onlooker[]): Promise<Response> {
    const { origin, pathname } = new URL(url)
    const tile = /^\/status\/log\/([0-9]+)$/.exec(pathname)?.[1]
    if (origin === ISSUER && tile !== undefined) return json(this.shown.tile(Number(tile)))
    const witness = witnesses.find(({ name, isUp }) => name === origin && isUp)
    if (witness === undefined) throw new TypeError('nobody is there')
    const { witnessKey, witnessJwk, keyId } = this.#cast
    if (pathname === '/.well-known/zerocard-trust') return json({ jwk: witnessJwk })
    if (pathname === '/.well-known/zerocard-log') {
      const documents = witness.statement()
      const issuers = documents.length === 0 ? [] : [{ issuer: ISSUER, key: keyId, documents }]
      const said = { witness: origin, issuedAt: this.now, issuers }
      return jwt(await signWitness(said, witnessKey.privateKey))
    }
    if (pathname !== '/log/newest') return new Response('', { status: 404 })
    const { newest: document } = witness
    return json({ documents: document === '' ? [] : [{ issuer: ISSUER, key: keyId, document }] })
  }

  async #keepCard(): Promise<void> {
    const { held, signer } = this.#cast
    const value = {
      credential: credentialToJson(held.credential),
      blinding: String(held.blinding),
      schema: PERSON,
      receivedAt: NOW,
      origin: { jwk: signer.jwk },
    }
    await this.keep.write([{ kind: 'credential', id: 'card', value }])
  }
}

function json(body: unknown): Response {
  return new Response(JSON.stringify(body), { headers: { 'content-type': 'application/json' } })
}

function jwt(body: string): Response {
  return new Response(body, { headers: { 'content-type': 'application/jwt' } })
}
