import { concatBytes } from '../../core/bytes.ts'

// Files by what they are: each under the SHA-256 it must have, in the browser's Cache API. Whoever
// reads checks; nothing here is believed. Without a cache (private windows, a full disk) everything
// behaves as if nothing had been kept.

/** What is used of the browser's `caches`. */
export type Caches = Pick<CacheStorage, 'open'>

/** The first bytes of a file whose download was interrupted. */
export interface Beginning {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** ETag of the file they were cut from, if the server gave one that can be asked for again. */
  readonly etag?: string | undefined
}

/** The browser's own, if it has any for this page. */
export function browserCaches(): Caches | undefined {
  try {
    return 'caches' in globalThis ? globalThis.caches : undefined
  } catch {
    // Some browsers throw where storage is forbidden.
    return undefined
  }
}

/** Bumped when the layout changes; what an earlier version kept is then fetched again. */
const CACHE_NAME = 'zerocard-artifacts-1'

const ETAG = 'etag'

export class ContentCache {
  readonly #cache: Promise<Cache | undefined>
  readonly #base: string

  /** @param base - URL of the folder of the files; cached requests have to have some address. */
  constructor(caches: Caches | undefined, base: string) {
    this.#base = base
    this.#cache = openCache(caches)
  }

  /** Whether a browser keeps files for this page at all. */
  async isThere(): Promise<boolean> {
    return (await this.#cache) !== undefined
  }

  async get(sha256: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.#read(this.#whole(sha256))
  }

  async has(sha256: string): Promise<boolean> {
    const cache = await this.#cache
    return (await quietly(() => cache?.match(this.#whole(sha256)))) !== undefined
  }

  /** Keeps a whole file; the parts it was made of are not needed any more. */
  async put(sha256: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    // First: the disk may have no room for both.
    await this.forgetParts(sha256)
    await this.#write(this.#whole(sha256), bytes)
  }

  async remove(sha256: string): Promise<void> {
    const cache = await this.#cache
    await quietly(() => cache?.delete(this.#whole(sha256)))
    await this.forgetParts(sha256)
  }

  async putPart(
    sha256: string,
    start: number,
    bytes: Uint8Array<ArrayBuffer>,
    etag?: string,
  ): Promise<void> {
    await this.#write(`${this.#parts(sha256)}${start}`, bytes, etag)
  }

  /** What is there of a file, as far as it has no gap. */
  async beginning(sha256: string): Promise<Beginning> {
    const parts: Uint8Array[] = []
    let length = 0
    let etag: string | undefined
    for (const start of await this.#partStarts(sha256)) {
      if (start !== length) continue
      const kept = await this.#match(`${this.#parts(sha256)}${start}`)
      const bytes = kept && (await quietly(() => kept.arrayBuffer()))
      if (kept === undefined || bytes === undefined) break
      etag = kept.headers.get(ETAG) ?? undefined
      parts.push(new Uint8Array(bytes))
      length += bytes.byteLength
    }
    return { bytes: concatBytes(...parts), etag }
  }

  /** Removes every file and part that is none of these: what an earlier version needed. */
  async keepOnly(names: ReadonlySet<string>): Promise<void> {
    const cache = await this.#cache
    for (const { url } of (await quietly(() => cache?.keys())) ?? []) {
      const name = /^sha256(?:-parts)?\/([^/]+)/.exec(url.slice(this.#base.length))?.[1]
      if (name !== undefined && !names.has(name)) await quietly(() => cache?.delete(url))
    }
  }

  async forgetParts(sha256: string): Promise<void> {
    const cache = await this.#cache
    for (const start of await this.#partStarts(sha256)) {
      await quietly(() => cache?.delete(`${this.#parts(sha256)}${start}`))
    }
  }

  async #partStarts(sha256: string): Promise<number[]> {
    const cache = await this.#cache
    const requests = (await quietly(() => cache?.keys())) ?? []
    const prefix = this.#parts(sha256)
    return requests
      .filter(({ url }) => url.startsWith(prefix))
      .map(({ url }) => Number(url.slice(prefix.length)))
      .sort((a, b) => a - b)
  }

  async #match(url: string): Promise<Response | undefined> {
    const cache = await this.#cache
    return quietly(() => cache?.match(url))
  }

  async #read(url: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const kept = await this.#match(url)
    const bytes = kept && (await quietly(() => kept.arrayBuffer()))
    return bytes && new Uint8Array(bytes)
  }

  async #write(url: string, bytes: Uint8Array<ArrayBuffer>, etag?: string): Promise<void> {
    const cache = await this.#cache
    const headers = { ...(etag === undefined ? {} : { [ETAG]: etag }) }
    await quietly(() => cache?.put(url, new Response(bytes, { headers })))
  }

  #whole(sha256: string): string {
    return `${this.#base}sha256/${sha256}`
  }

  #parts(sha256: string): string {
    return `${this.#base}sha256-parts/${sha256}/`
  }
}

async function openCache(caches: Caches | undefined): Promise<Cache | undefined> {
  return quietly(() => caches?.open(CACHE_NAME))
}

/** A cache that does not work is no cache: what it was to keep is fetched again. */
async function quietly<T>(action: () => Promise<T> | undefined): Promise<T | undefined> {
  try {
    return await action()
  } catch {
    return undefined
  }
}
