import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ZerocardError } from '../../../core/errors.ts'
import { TOKEN_PREFIX, hashToken } from '../../../server/http/access.ts'
import { SECRET, ensureFolder, readJson, writeJson, writeWhole } from '../files.ts'
import type { Progress } from '../progress.ts'
import { EXAMPLES, ISSUERS, SERVICES, TOWN_HOST, TRUST, VERIFIER, originOf } from './plan.ts'
import type { TownService } from './plan.ts'
import { startProcess } from './process.ts'
import type { TownProcess } from './process.ts'

/** A town that runs: where its services are and with which tokens they can be told what to do. */
export interface Town {
  readonly folder: string
  readonly services: readonly TownAddress[]
  /** Resolves with the name of a service that has ended by itself. */
  readonly broken: Promise<string>
  stop(): Promise<void>
}

export interface TownAddress {
  readonly name: string
  readonly title: string
  readonly kind: TownService['kind']
  readonly origin: string
  /** Has all roles of the service; in a file for the owner only. */
  readonly token: string
}

const TOWN_FILE = 'town.json'
const TOWN_FORMAT = 'zerocard-town/1'

/**
 * Starts all services, making their folders the first time: configuration, tokens, passphrases and
 * databases stay there, so the town is the same when it is started again.
 *
 * @throws ZerocardError with `UNAVAILABLE` if a service does not start; none is left running then.
 */
export async function startTown(
  path: string,
  firstPort: number,
  progress: Progress,
): Promise<Town> {
  const folder = resolve(path)
  ensureFolder(folder, SECRET)
  const addresses = openAddresses(folder, firstPort)
  const running: TownProcess[] = []
  const stop = async (): Promise<void> => {
    // The verifier first: nobody asks it while the others go.
    for (const process of running.toReversed()) await process.stop()
  }
  const start = async (service: TownService, config: object): Promise<void> => {
    progress.update(running.length / SERVICES.length, `starting: ${service.title}`)
    running.push(await startService(folder, service, config))
  }
  try {
    for (const issuer of ISSUERS) {
      const { displayName, ...common } = commonConfig(addresses, issuer)
      const schemas = Object.keys(issuer.schemas).map(schemaPath)
      await start(issuer, { ...common, displayName, schemas, publishEvery: '10m' })
    }
    await start(TRUST, { ...commonConfig(addresses, TRUST), ...(await trustConfig(addresses)) })
    await start(VERIFIER, {
      ...commonConfig(addresses, VERIFIER),
      ...(await verifierConfig(addresses)),
    })
  } catch (error) {
    await stop()
    throw error
  }
  progress.clear()
  const broken = Promise.race(
    running.map(({ ended }, i) => ended.then(() => SERVICES[i]?.title ?? '')),
  )
  return { folder, services: addresses, broken, stop }
}

/** The addresses and tokens of a town that somebody has started. */
export function readTown(path: string): readonly TownAddress[] {
  return readJson(join(path, TOWN_FILE), (json) => {
    const { format, services } = json as { format?: unknown; services?: readonly TownAddress[] }
    if (format !== TOWN_FORMAT || !Array.isArray(services)) {
      throw new ZerocardError('INPUT_INVALID', 'not the file of a town')
    }
    return services as readonly TownAddress[]
  })
}

export function isTown(path: string): boolean {
  return existsSync(join(path, TOWN_FILE))
}

/** Tokens are made once; with other ports the issuers are others, and so is the town. */
function openAddresses(folder: string, firstPort: number): readonly TownAddress[] {
  if (isTown(folder)) {
    const services = readTown(folder)
    const first = SERVICES[0] as TownService
    if (services[0]?.origin === originOf(first, firstPort)) return services
    throw new ZerocardError(
      'INPUT_INVALID',
      `${folder}: this town has other ports; take another --folder, or the ports it was made with`,
    )
  }
  const services = SERVICES.map((service) => ({
    name: service.name,
    title: service.title,
    kind: service.kind,
    origin: originOf(service, firstPort),
    token: TOKEN_PREFIX + randomBytes(32).toString('base64url'),
  }))
  for (const { name } of services) {
    ensureFolder(join(folder, name), SECRET)
    writeWhole(join(folder, name, 'passphrase'), randomBytes(32).toString('base64url'), SECRET)
  }
  writeJson(join(folder, TOWN_FILE), { format: TOWN_FORMAT, services }, SECRET)
  return services
}

function startService(folder: string, service: TownService, config: object): Promise<TownProcess> {
  const own = join(folder, service.name)
  const configPath = join(own, `${service.kind}.json`)
  writeJson(configPath, config, SECRET)
  return startProcess(service, configPath, join(own, 'log.jsonl'), {
    ZEROCARD_KEY_PASSPHRASE_FILE: join(own, 'passphrase'),
  })
}

function commonConfig(
  addresses: readonly TownAddress[],
  service: TownService,
): { readonly displayName: string } & Readonly<Record<string, unknown>> {
  const { origin, token } = addressOf(addresses, service)
  return {
    displayName: service.title,
    baseUrl: origin,
    listen: `${TOWN_HOST}:${new URL(origin).port}`,
    database: 'sqlite:state.sqlite',
    tokens: [{ name: 'town', roles: service.roles, sha256: hashToken(token) }],
  }
}

/** Each list trusts the town's one issuer of a schema, under the key that it shows now. */
async function trustConfig(addresses: readonly TownAddress[]): Promise<object> {
  const entries = await Promise.all(
    ISSUERS.map(async (issuer) => {
      const { origin } = addressOf(addresses, issuer)
      const { jwk } = await fetchFacts(`${origin}/.well-known/zerocard-issuer`)
      return Object.entries(issuer.schemas).map(([schema, list]) => [
        list,
        { issuers: [{ issuer: origin, jwk, schemas: [schema] }] },
      ])
    }),
  )
  return {
    trust: Object.fromEntries(entries.flat()) as unknown,
    trustOptions: { refreshEvery: '10s' },
    allowPrivateAddresses: true,
  }
}

async function verifierConfig(addresses: readonly TownAddress[]): Promise<object> {
  const { origin } = addressOf(addresses, TRUST)
  const { jwk } = await fetchFacts(`${origin}/.well-known/zerocard-trust`)
  const lists = ISSUERS.flatMap(({ schemas }) => Object.values(schemas))
  return {
    policies: [join(EXAMPLES, 'policies')],
    schemas: ISSUERS.flatMap(({ schemas }) => Object.keys(schemas)).map(schemaPath),
    trust: Object.fromEntries(
      lists.map((list) => [list, { from: `${origin}/trust/${list}`, operator: origin, jwk }]),
    ),
    trustOptions: { refreshEvery: '10s' },
    allowPrivateAddresses: true,
  }
}

/** What a service tells of itself; here it is our own, just started, on this machine. */
async function fetchFacts(url: string): Promise<{ readonly jwk: unknown }> {
  const response = await fetch(url)
  if (!response.ok) throw new ZerocardError('UNAVAILABLE', `${url}: status ${response.status}`)
  return (await response.json()) as { readonly jwk: unknown }
}

function addressOf(addresses: readonly TownAddress[], { name }: TownService): TownAddress {
  const address = addresses.find((candidate) => candidate.name === name)
  if (address === undefined) {
    throw new ZerocardError('INPUT_INVALID', `the town has no ${name}; make a new one`)
  }
  return address
}

function schemaPath(id: string): string {
  return join(EXAMPLES, 'schemas', `${id.split('/')[0] ?? ''}.json`)
}
