import { toHex, utf8 } from '../../core/bytes.ts'
import { ZerocardError } from '../../core/errors.ts'
import { parseJson, readWith } from '../../core/json.ts'
import * as z from '../../core/zod.ts'
import type { Fetch } from '../http.ts'

// The page's own files, kept so that the wallet opens without a network, and so that a link which
// somebody follows to it reaches no server.

/** What is kept of what is built: the page, its script and worker, its looks. */
const SHELL =
  /^(index\.html|wallet[^/]*\.(js|css)|prover\.worker\.js|manifest\.webmanifest|icons\/.+)$/

const MANIFEST = 'web-manifest.json'
const PREFIX = 'zerocard-shell-'
/** Holds the names of the version in use and of the one that is ready. */
const POINTERS = 'zerocard-shell'

const manifestJson = z.object({
  files: z.record(
    z.string().check(z.maxLength(200)),
    z.object({ integrity: z.string().check(z.maxLength(200)) }),
  ),
})

export interface ShellWorld {
  readonly caches: CacheStorage
  readonly fetch: Fetch
  readonly origin: string
}

/** Versions of the page's files. One is in use; a newer one waits until the person reloads. */
export class ShellCache {
  readonly #world: ShellWorld

  constructor(world: ShellWorld) {
    this.#world = world
  }

  /** Keeps the newest version and uses it. @throws ZerocardError with `FETCH_FAILED`. */
  async install(): Promise<void> {
    const version = await this.#fill()
    await this.#point('current', version)
    await this.#removeOthers()
  }

  /** Keeps the newest version beside the one in use. @returns Whether one waits. */
  async update(): Promise<boolean> {
    const version = await this.#fill()
    if (version === (await this.#pointed('current'))) return false
    await this.#point('next', version)
    return true
  }

  /** Uses the version that waits, if there is one. */
  async change(): Promise<void> {
    const next = await this.#pointed('next')
    if (next === undefined) return
    await this.#point('current', next)
    await this.#removeOthers()
  }

  /**
   * What a page of this origin gets for a request; undefined if that is for the network.
   *
   * Whoever opens the page gets it without what stands behind `?`: that is for the page alone.
   */
  async respond({
    url,
    method,
    mode,
  }: Pick<Request, 'url' | 'method' | 'mode'>): Promise<Response | undefined> {
    const { origin, pathname } = new URL(url)
    if (origin !== this.#world.origin || method !== 'GET') return undefined
    const isPage = mode === 'navigate' && ['/', '/index.html'].includes(pathname)
    const kept = await this.#kept(isPage ? '/index.html' : pathname)
    return kept ?? (isPage ? this.#world.fetch(`${origin}/`, {}) : undefined)
  }

  async #kept(path: string): Promise<Response | undefined> {
    const current = await this.#pointed('current')
    if (current === undefined) return undefined
    const cache = await this.#world.caches.open(current)
    return cache.match(this.#address(path))
  }

  async #fill(): Promise<string> {
    const text = await (await this.#get(MANIFEST, { cache: 'no-store' })).text()
    const json = parseJson(text, 'FETCH_FAILED', MANIFEST)
    const { files } = readWith(manifestJson, json, 'FETCH_FAILED', MANIFEST)
    const version = `${PREFIX}${await digest(text)}`
    // What was filled to its end has a mark; what was interrupted is filled again.
    if (await this.#isFilled(version)) return version
    const cache = await this.#world.caches.open(version)
    const names = Object.entries(files).filter(([name]) => SHELL.test(name))
    for (const [name, { integrity }] of names) {
      await cache.put(
        this.#address(`/${name}`),
        await this.#get(name, { integrity, cache: 'no-cache' }),
      )
    }
    await cache.put(this.#address('/filled'), new Response())
    return version
  }

  async #isFilled(version: string): Promise<boolean> {
    const cache = await this.#world.caches.open(version)
    return (await cache.match(this.#address('/filled'))) !== undefined
  }

  async #get(name: string, init: RequestInit): Promise<Response> {
    const response = await this.#world.fetch(this.#address(`/${name}`), init)
    if (!response.ok) throw new ZerocardError('FETCH_FAILED', `${name}: status ${response.status}`)
    return response
  }

  async #point(name: 'current' | 'next', version: string): Promise<void> {
    const cache = await this.#world.caches.open(POINTERS)
    await cache.put(this.#address(`/${name}`), new Response(version))
  }

  async #pointed(name: 'current' | 'next'): Promise<string | undefined> {
    const cache = await this.#world.caches.open(POINTERS)
    return (await cache.match(this.#address(`/${name}`)))?.text()
  }

  async #removeOthers(): Promise<void> {
    const pointers = await this.#world.caches.open(POINTERS)
    await pointers.delete(this.#address('/next'))
    const current = await this.#pointed('current')
    const names = await this.#world.caches.keys()
    const old = names.filter((name) => name.startsWith(PREFIX) && name !== current)
    await Promise.all(old.map((name) => this.#world.caches.delete(name)))
  }

  #address(path: string): string {
    return new URL(path, this.#world.origin).href
  }
}

async function digest(text: string): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(text))))
}
