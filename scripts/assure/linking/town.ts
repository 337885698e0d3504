import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { ProofVerifier } from '../../../core/groth16.ts'
import type { DecryptionJwk } from '../../../core/jwe.ts'
import type { PublicJwk } from '../../../core/jws.ts'
import { hashToken } from '../../../server/http/access.ts'
import type { RunningService } from '../../../server/http/listen.ts'
import { ISSUER_ROLES } from '../../../server/issuer/config.ts'
import { startIssuerService } from '../../../server/issuer/service.ts'
import { startTrustService } from '../../../server/trust/service.ts'
import { VERIFIER_ROLES } from '../../../server/verifier/routes.ts'
import { startVerifierService } from '../../../server/verifier/service.ts'
import { acceptedKeys, keys } from '../../../test/support/tools.ts'
import { NOW, PERSON } from '../../../test/support/world.ts'
import { POLICIES, schemaTexts } from './policies.ts'

// Two issuers, a trust service and two verifiers, as they run anywhere, on loopback and under one
// clock that the audit sets.

export const SERVICES = ['registry', 'consulate', 'trust', 'shop', 'club'] as const
export type ServiceName = (typeof SERVICES)[number]
export type IssuerName = 'registry' | 'consulate'
export type VerifierName = 'shop' | 'club'

/** One token for everything: nobody but the audit talks to these services. */
const TOKEN = `zct_${'linking-audit-'.repeat(3)}x`
const PASSPHRASE = 'a passphrase of the audit'
/** Milliseconds between two looks whether a list has come, and how many there are. */
const PAUSE = 25
const LOOKS = 400

/** Databases wait for the disk at each commit: in memory, where the machine has such a folder. */
const MEMORY = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

/** A row of a database. */
export type Row = Readonly<Record<string, unknown>>

export class Town {
  readonly clock = { now: NOW }
  readonly folder = mkdtempSync(join(MEMORY, 'zerocard-linking-'))
  readonly logs: Record<ServiceName, string[]>
  readonly #origins: Record<ServiceName, string>
  readonly #running: RunningService[] = []
  readonly #databases = new Map<string, DatabaseSync>()

  static async start(verifyProof: ProofVerifier): Promise<Town> {
    const town = new Town(await freeOrigins())
    await town.#startAll(verifyProof)
    return town
  }

  private constructor(origins: Record<ServiceName, string>) {
    this.#origins = origins
    this.logs = { registry: [], consulate: [], trust: [], shop: [], club: [] }
  }

  origin(name: ServiceName): string {
    return this.#origins[name]
  }

  /** Which service an address belongs to. */
  serviceAt(url: string): ServiceName {
    const { origin } = new URL(url)
    const found = SERVICES.find((name) => this.#origins[name] === origin)
    if (found === undefined) throw new TypeError(`nobody of the town is at ${origin}`)
    return found
  }

  /** The key that an answer will be encrypted for, while the session is open. */
  answerKey(name: VerifierName, session: string): DecryptionJwk {
    const sql = 'SELECT encryption_key AS key FROM verifier_sessions WHERE id = ?'
    const row = this.#database(`${name}.sqlite`).prepare(sql).get(session)
    return JSON.parse(String(row?.['key'])) as DecryptionJwk
  }

  /** Everything that a service has written down, row by row. */
  rows(name: ServiceName): Row[] {
    const files = name === 'shop' || name === 'club' ? [name, `${name}-trust`] : [name]
    return files.flatMap((file) => {
      const database = this.#database(`${file}.sqlite`)
      const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()
      return tables.flatMap(({ name: table }) =>
        database.prepare(`SELECT * FROM ${String(table)}`).all(),
      )
    })
  }

  /** A request of an operator or of a site's own server. */
  async call(name: ServiceName, method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(this.origin(name) + path, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${name} answered ${String(response.status)}: ${text}`)
    return text === '' ? undefined : (JSON.parse(text) as unknown)
  }

  /** All issuers publish, and every list is made anew; ends when the verifiers serve it. */
  async publish(): Promise<void> {
    await this.call('registry', 'POST', '/v1/epochs')
    await this.call('consulate', 'POST', '/v1/epochs')
    await this.call('trust', 'POST', '/v1/refresh')
    const root = await this.#rootAt('trust')
    for (const name of ['shop', 'club'] as const) await this.#untilListed(name, root)
  }

  async close(): Promise<void> {
    for (const database of this.#databases.values()) database.close()
    for (const service of this.#running.splice(0).reverse()) await service.close()
    rmSync(this.folder, { recursive: true })
  }

  async #untilListed(name: VerifierName, root: string): Promise<void> {
    for (let look = 0; look < LOOKS; look++) {
      if ((await this.#rootAt(name)) === root) return
      await new Promise((resolve) => setTimeout(resolve, PAUSE))
    }
    throw new Error(`${name} does not take the list of the trust service`)
  }

  async #rootAt(name: 'trust' | VerifierName): Promise<string> {
    const { lists } = (await this.call(name, 'GET', '/.well-known/zerocard-trust')) as {
      readonly lists: readonly { readonly root?: string }[]
    }
    return lists[0]?.root ?? ''
  }

  async #startAll(verifyProof: ProofVerifier): Promise<void> {
    for (const [file, text] of schemaTexts()) writeFileSync(join(this.folder, file), text)
    const common = { environment: { ZEROCARD_KEY_PASSPHRASE: PASSPHRASE }, verifyProof }
    for (const name of ['registry', 'consulate'] as const) {
      const settings = { ...this.#surroundings(name), enrolmentKey: keys.enrolment.key }
      const configPath = this.#write(name, issuerConfig())
      this.#running.push(await startIssuerService({ ...common, ...settings, configPath }))
    }
    const issuers = await Promise.all([this.#listing('registry'), this.#listing('consulate')])
    const chosen = { trust: { registries: { issuers } } }
    const trustPath = this.#write('trust', { ...roles(['monitor', 'publisher']), ...chosen })
    const trust = this.#surroundings('trust')
    this.#running.push(await startTrustService({ ...common, ...trust, configPath: trustPath }))
    const source = await this.#source()
    for (const name of ['shop', 'club'] as const) {
      const settings = { ...this.#surroundings(name), keys: acceptedKeys }
      const configPath = this.#write(name, verifierConfig(name, source))
      this.#running.push(await startVerifierService({ ...common, ...settings, configPath }))
    }
  }

  #database(file: string): DatabaseSync {
    const known = this.#databases.get(file)
    const open = known ?? new DatabaseSync(join(this.folder, file), { readOnly: true })
    this.#databases.set(file, open)
    return open
  }

  #surroundings(name: ServiceName) {
    return {
      clock: () => this.clock.now,
      destination: { write: (line: string) => void this.logs[name].push(line) },
    }
  }

  #write(name: ServiceName, members: object): string {
    const path = join(this.folder, `${name}.json`)
    const { host } = new URL(this.origin(name))
    const own = { baseUrl: this.origin(name), listen: host, database: `sqlite:${name}.sqlite` }
    const limits = { requestsPerMinute: 0, failuresPerMinute: 0 }
    writeFileSync(path, JSON.stringify({ ...own, limits, ...members, ...lists(name) }))
    return path
  }

  async #listing(name: IssuerName): Promise<object> {
    const json = await this.call(name, 'GET', '/.well-known/zerocard-issuer')
    const { jwk } = json as { readonly jwk: PublicJwk }
    return { issuer: this.origin(name), jwk, schemas: [PERSON.id] }
  }

  async #source(): Promise<object> {
    const json = await this.call('trust', 'GET', '/.well-known/zerocard-trust')
    const operator = this.origin('trust')
    const { jwk } = json as { readonly jwk: PublicJwk }
    return { registries: { from: `${operator}/trust/registries`, operator, jwk } }
  }
}

function issuerConfig(): object {
  return {
    ...roles(ISSUER_ROLES),
    displayName: 'Office',
    schemas: ['person-1.json'],
    publishEvery: '30d',
    validFor: '31d',
    offerLifetime: '7d',
  }
}

function verifierConfig(name: VerifierName, trust: object): object {
  return {
    ...roles(VERIFIER_ROLES),
    displayName: name,
    policies: POLICIES[name].map(({ id }) => `${id.split('@')[0] ?? ''}.json`),
    schemas: ['person-1.json'],
    trust,
    // What a verifier that wants to link would do: forget nothing.
    retention: { sessions: '365d' },
  }
}

function lists(name: ServiceName): object {
  if (name === 'registry' || name === 'consulate') return {}
  // The trust service is told when to look; the verifiers find out by themselves.
  const refreshEvery = name === 'trust' ? '1d' : '1s'
  return { allowPrivateAddresses: true, trustOptions: { refreshEvery, freshness: '30d' } }
}

function roles(all: readonly string[]): object {
  return { tokens: [{ name: 'audit', roles: all, sha256: hashToken(TOKEN) }] }
}

async function freeOrigins(): Promise<Record<ServiceName, string>> {
  const servers = SERVICES.map(() => createServer())
  await Promise.all(
    servers.map((server) => new Promise<void>((done) => server.listen(0, '127.0.0.1', done))),
  )
  const origins = servers.map(
    (server) => `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
  )
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))))
  return Object.fromEntries(SERVICES.map((name, i) => [name, origins[i]])) as Record<
    ServiceName,
    string
  >
}
