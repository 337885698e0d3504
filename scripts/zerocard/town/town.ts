import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ZerocardError } from '../../../core/errors.ts'
import { DEFAULT_SIZE } from '../../../examples/population/generate.ts'
import { TOKEN_PREFIX } from '../../../server/http/access.ts'
import { SECRET, ensureFolder, readJson, writeJson, writeWhole } from '../files.ts'
import type { Progress } from '../progress.ts'
import { issuerConfig, siteConfig, trustConfig, trustFacts, verifierConfig } from './configs.ts'
import type { TrustFacts } from './configs.ts'
import {
  ISSUERS,
  PLACES,
  PORTAL,
  SERVICES,
  SITES,
  TOWN_HOST,
  TRUST,
  VERIFIER,
  WALLET,
  originOf,
} from './plan.ts'
import type { TownPlace, TownService } from './plan.ts'
import { startProcess } from './process.ts'
import type { Launch, TownPart, TownProcess } from './process.ts'
import { populate } from './populate.ts'
import type { SitesFile } from './sites/config.ts'

/** A town that runs: where its services are and with which tokens they can be told what to do. */
export interface Town {
  readonly folder: string
  readonly services: readonly TownAddress[]
  /** Pages for people, the portal first. */
  readonly places: readonly PlaceAddress[]
  /** Invented people in its registers. */
  readonly people: number
  /** Resolves with the name of a part that has ended by itself. */
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

export interface PlaceAddress {
  readonly name: string
  readonly title: string
  readonly origin: string
}

const TOWN_FILE = 'town.json'
const TOWN_FORMAT = 'zerocard-town/1'
/** The process of the portal and the sites. */
const SITES_TITLE = 'The portal with its sites'

export interface TownOptions {
  /** How a part is started; by default each in a process of its own. */
  readonly launch?: Launch
  /** People in the registers besides those of the town's stories, at least; by default 10,000. */
  readonly crowd?: number
}

/**
 * Starts everything, making folders the first time: configuration, tokens, passphrases and databases
 * stay there, so the town is the same when it is started again.
 *
 * @throws ZerocardError with `UNAVAILABLE` if a part does not start; none is left running then.
 */
export async function startTown(
  path: string,
  firstPort: number,
  progress: Progress,
  { launch = startProcess, crowd = DEFAULT_SIZE }: TownOptions = {},
): Promise<Town> {
  const folder = resolve(path)
  ensureFolder(folder, SECRET)
  const services = openAddresses(folder, firstPort)
  const running: TownProcess[] = []
  const starter = new Starter(folder, services, firstPort, async (part) => {
    progress.update(running.length / PARTS, `starting: ${part.title}`)
    running.push(await launch(part))
  })
  const stop = async (): Promise<void> => {
    // Whoever asks ends before whoever is asked.
    for (const process of running.toReversed()) await process.stop()
  }
  try {
    await starter.start()
    const people = await populate(services, crowd, progress)
    const askers = [...SITES, VERIFIER].map((place) => originOf(place, firstPort))
    await Promise.all(askers.map(becomesReady))
    progress.clear()
    const broken = Promise.race(running.map(({ title, ended }) => ended.then(() => title)))
    return { folder, services, places: placesOf(firstPort), people, broken, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Issuers, trust list, verifier, wallet, and one for portal and sites. */
const PARTS = SERVICES.length + 2

class Starter {
  readonly #folder: string
  readonly #services: readonly TownAddress[]
  readonly #firstPort: number
  readonly #launch: (part: TownPart) => Promise<void>

  constructor(
    folder: string,
    services: readonly TownAddress[],
    firstPort: number,
    launch: (part: TownPart) => Promise<void>,
  ) {
    this.#folder = folder
    this.#services = services
    this.#firstPort = firstPort
    this.#launch = launch
  }

  /** In steps: nobody is started before those whose keys are in its configuration. */
  async start(): Promise<void> {
    await allOf(
      ISSUERS.map((issuer) =>
        this.#service(issuer, issuerConfig(this.#services, issuer, this.#walletLink())),
      ),
    )
    await this.#service(TRUST, await trustConfig(this.#services))
    await becomesReady(originOf(TRUST, this.#firstPort))
    const trust = await trustFacts(this.#services)
    await allOf([
      this.#service(VERIFIER, verifierConfig(this.#services, VERIFIER, trust)),
      this.#wallet(),
      this.#sites(trust),
    ])
  }

  #service(service: TownService, config: object): Promise<void> {
    const own = this.#own(service.name)
    const configPath = join(own, `${service.kind}.json`)
    writeJson(configPath, config, SECRET)
    return this.#launch({
      title: service.title,
      args: [service.kind, 'serve', '--config', configPath],
      log: join(own, 'log.jsonl'),
      environment: { ZEROCARD_KEY_PASSPHRASE_FILE: join(own, 'passphrase') },
    })
  }

  #wallet(): Promise<void> {
    const { port } = new URL(originOf(WALLET, this.#firstPort))
    const listen = ['--listen', `${TOWN_HOST}:${port}`]
    return this.#launch({
      title: WALLET.title,
      args: ['wallet', 'serve', ...listen, '--witness', originOf(TRUST, this.#firstPort)],
      log: join(this.#own(WALLET.name), 'log.jsonl'),
      environment: {},
    })
  }

  #sites(trust: TrustFacts): Promise<void> {
    const own = this.#own('sites')
    const sites = SITES.map((site) => {
      const origin = originOf(site, this.#firstPort)
      const folder = join(own, site.name)
      ensureFolder(folder, SECRET)
      const config = join(folder, 'verifier.json')
      writeJson(config, siteConfig(site, origin, this.#walletLink(), trust), SECRET)
      return { name: site.name, origin, config }
    })
    const file: SitesFile = {
      portal: originOf(PORTAL, this.#firstPort),
      wallet: originOf(WALLET, this.#firstPort),
      offices: this.#services.filter(({ kind }) => kind === 'issuer'),
      trust: this.#services.filter(({ kind }) => kind === 'trust'),
      sites,
    }
    const path = join(own, 'sites.json')
    writeJson(path, file, SECRET)
    return this.#launch({
      title: SITES_TITLE,
      args: ['sites', 'serve', '--config', path],
      log: join(own, 'log.jsonl'),
      environment: {},
    })
  }

  #own(name: string): string {
    const own = join(this.#folder, name)
    ensureFolder(own, SECRET)
    return own
  }

  /** What links to the wallet begin with: what follows stays in the browser. */
  #walletLink(): string {
    return `${originOf(WALLET, this.#firstPort)}/#`
  }
}

/**
 * Waits until a service says that it has all it needs: for those who trust, the first lists.
 *
 * @throws ZerocardError with `UNAVAILABLE`.
 */
async function becomesReady(origin: string): Promise<void> {
  const until = performance.now() + READY_TIMEOUT
  while ((await fetch(`${origin}/readyz`)).status !== 200) {
    if (performance.now() > until) {
      throw new ZerocardError('UNAVAILABLE', `${origin} does not get ready; see /readyz there`)
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN))
  }
}

/** Milliseconds: several looks for lists, on a busy machine. */
const READY_TIMEOUT = 60_000
const LOOK_AGAIN = 100

/** Waits for all, also if one fails, so that none starts unseen after the end. */
async function allOf(starts: readonly Promise<void>[]): Promise<void> {
  const outcomes = await Promise.allSettled(starts)
  const failure = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failure !== undefined) throw failure.reason
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

function placesOf(firstPort: number): readonly PlaceAddress[] {
  return PLACES.map((place: TownPlace) => ({
    name: place.name,
    title: place.title,
    origin: originOf(place, firstPort),
  }))
}
