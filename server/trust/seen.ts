import type { LogWindow } from '../../core/log.ts'
import {
  MAX_NEWEST_BYTES,
  MAX_WITNESSED_ISSUERS,
  MAX_WITNESS_BYTES,
  WITNESSED_DOCUMENTS,
  signWitness,
} from '../../core/witness-log.ts'
import type { SeenDocument, WitnessedIssuer } from '../../core/witness-log.ts'
import type { Database } from '../storage/database.ts'
import type { TrustConfig } from './config.ts'
import type { OperatorKey } from './operator-key.ts'
import { chosenIssuers } from './sources.ts'
import type { TrustTables } from './tables.ts'

// What this operator has seen of the issuers, for everybody to compare with what they were shown.

/** Evidence that is shown. */
const MAX_FORKS = 100

/** Says what was seen, the same to everybody, for a short while. */
export class SeenLog {
  readonly #database: Database<TrustTables>
  readonly #operator: string
  readonly #key: OperatorKey
  readonly #lists: TrustConfig['trust']
  readonly #statement = new Shared((now) => this.#make(now))
  readonly #newest = new Shared(() => this.#makeNewest())

  /** @param lists - Those whose issuers are chosen here: nobody else's are spoken of. */
  constructor(
    database: Database<TrustTables>,
    operator: string,
    key: OperatorKey,
    lists: TrustConfig['trust'],
  ) {
    this.#database = database
    this.#operator = operator
    this.#key = key
    this.#lists = lists
  }

  /** The signed statement. @param maxAge - Seconds for which an earlier one serves. */
  async statement(now: number, maxAge: number): Promise<string> {
    return this.#statement.get(now, maxAge)
  }

  /**
   * The newest document of every log that was followed, as JSON: whoever asks gets all, so that nobody
   * has to say which one is wanted. If they are too large together, the largest are left out.
   */
  async newest(now: number, maxAge: number): Promise<string> {
    return this.#newest.get(now, maxAge)
  }

  /** A document by what stands for it in its issuer's log. */
  async document(hash: string): Promise<string | undefined> {
    const rows = await this.#database.query
      .selectFrom('trust_seen')
      .select(['issuer', 'key'])
      .where('hash', '=', hash)
      .execute()
    // Another key can sign the same words: what a list of somebody else has is second.
    const [first] = await this.#ownFirst(rows)
    if (first === undefined) return undefined
    const row = await this.#database.query
      .selectFrom('trust_seen')
      .select('document')
      .where('hash', '=', hash)
      .where('issuer', '=', first.issuer)
      .where('key', '=', first.key)
      .executeTakeFirst()
    return row?.document
  }

  /** What was found against issuers, as evidence that everybody can check. */
  async forks(): Promise<readonly unknown[]> {
    const rows = await this.#database.query
      .selectFrom('trust_forks')
      .select(['issuer', 'key'])
      .orderBy('found_at', 'desc')
      .execute()
    const shown = (await this.#ownFirst(rows)).slice(0, MAX_FORKS)
    const found = await Promise.all(
      shown.map(({ issuer, key }) =>
        this.#database.query
          .selectFrom('trust_forks')
          .select('evidence')
          .where('issuer', '=', issuer)
          .where('key', '=', key)
          .executeTakeFirst(),
      ),
    )
    return found.flatMap((row) => (row === undefined ? [] : [JSON.parse(row.evidence) as unknown]))
  }

  async #make(now: number): Promise<string> {
    return this.#sign(await this.#issuers(), now)
  }

  async #makeNewest(): Promise<string> {
    const found: SeenDocument[] = []
    for (const { issuer, key } of await this.#chosen()) {
      const row = await this.#database.query
        .selectFrom('trust_documents')
        .select('document')
        .where('issuer', '=', issuer)
        .where('key', '=', key)
        .where('log', 'is not', null)
        .executeTakeFirst()
      if (row !== undefined) found.push({ issuer, key, document: row.document })
    }
    return newestText(found)
  }

  /** Of very many issuers fewer documents are named: a statement that nobody reads says nothing. */
  async #sign(issuers: readonly WitnessedIssuer[], now: number): Promise<string> {
    for (let count = WITNESSED_DOCUMENTS; ; count = Math.floor(count / 2)) {
      const named = issuers.map((one) => ({ ...one, documents: one.documents.slice(-count) }))
      const statement = { witness: this.#operator, issuedAt: now, issuers: named }
      const jws = await signWitness(statement, this.#key.privateKey)
      if (jws.length <= MAX_WITNESS_BYTES || count === 1) return jws
    }
  }

  /** Documents of the log that was followed, and no others: of these each has seen all before it. */
  async #issuers(): Promise<readonly WitnessedIssuer[]> {
    const found: WitnessedIssuer[] = []
    for (const { issuer, key } of await this.#chosen()) {
      const row = await this.#database.query
        .selectFrom('trust_documents')
        .select(['epoch', 'log', 'fetched_at as fetchedAt'])
        .where('issuer', '=', issuer)
        .where('key', '=', key)
        .executeTakeFirst()
      if (row?.log == null) continue
      const documents = await this.#inLog(issuer, key, row, JSON.parse(row.log) as LogWindow)
      if (documents.length > 0) found.push({ issuer, key, documents })
    }
    return found
  }

  /**
   * Also documents that went by between two looks: the one after them has signed what stands for them,
   * and counts as the time when they were seen.
   */
  async #inLog(
    issuer: string,
    key: string,
    { epoch: newest, fetchedAt }: { readonly epoch: number; readonly fetchedAt: number },
    { base, leaves }: LogWindow,
  ): Promise<WitnessedIssuer['documents']> {
    const rows = await this.#database.query
      .selectFrom('trust_seen')
      .select(['epoch', 'hash', 'seen_at as seenAt'])
      .where('issuer', '=', issuer)
      .where('key', '=', key)
      .where('epoch', '>', newest - WITNESSED_DOCUMENTS)
      .execute()
    const times = new Map(
      rows.map(({ epoch, hash, seenAt }) => [`${String(epoch)} ${hash}`, seenAt]),
    )
    const documents: WitnessedIssuer['documents'][number][] = []
    let seenAt = fetchedAt
    for (const [i, hash] of leaves.slice(-WITNESSED_DOCUMENTS).reverse().entries()) {
      const epoch = base.size + leaves.length - i
      seenAt = times.get(`${String(epoch)} ${hash}`) ?? seenAt
      documents.push({ epoch, hash, seenAt })
    }
    return documents.reverse()
  }

  async #chosen(): Promise<readonly { readonly issuer: string; readonly key: string }[]> {
    return [...(await chosenIssuers(this.#lists)).keys()]
      .slice(0, MAX_WITNESSED_ISSUERS)
      .map((id) => {
        const [issuer = '', key = ''] = id.split(' ')
        return { issuer, key }
      })
  }

  /** Issuers that were chosen here come first. */
  async #ownFirst<T extends { readonly issuer: string; readonly key: string }>(
    rows: readonly T[],
  ): Promise<readonly T[]> {
    const chosen = await chosenIssuers(this.#lists)
    const isOwn = ({ issuer, key }: T): boolean => chosen.has(`${issuer} ${key}`)
    return [...rows.filter(isOwn), ...rows.filter((row) => !isOwn(row))]
  }
}

/** The same text for everybody who asks within a short while. */
class Shared {
  readonly #make: (now: number) => Promise<string>
  #making: Promise<string> | undefined
  #last: { readonly madeAt: number; readonly text: string } | undefined

  constructor(make: (now: number) => Promise<string>) {
    this.#make = make
  }

  async get(now: number, maxAge: number): Promise<string> {
    const last = this.#last
    if (last !== undefined && now - last.madeAt < maxAge && now >= last.madeAt) return last.text
    // Whoever asks meanwhile waits for the same.
    this.#making ??= this.#make(now)
      .then((text) => {
        this.#last = { madeAt: now, text }
        return text
      })
      .finally(() => {
        this.#making = undefined
      })
    return this.#making
  }
}

/** One issuer that publishes much must not take the room of many that do not. */
function newestText(found: readonly SeenDocument[]): string {
  const documents: SeenDocument[] = []
  let size = JSON.stringify({ documents }).length
  for (const one of found.toSorted((a, b) => a.document.length - b.document.length)) {
    size += JSON.stringify(one).length + 1
    if (size > MAX_NEWEST_BYTES) break
    documents.push(one)
  }
  return JSON.stringify({ documents })
}
