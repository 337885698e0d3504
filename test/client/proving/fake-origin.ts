import { createHash } from 'node:crypto'
import { parseVerificationKey, verificationKeyId } from '../../../core/groth16-key.ts'
import type { CircuitFacts, Manifest } from '../../../core/manifest.ts'
import type { Fetch } from '../../../client/http.ts'
import type { CircuitName } from '../../../client/prover.ts'
import { readArtifact } from '../../support/tools.ts'

// A site that serves artefacts, and a browser's cache, both in memory, and both can be made to fail.

const CIRCUITS: readonly CircuitName[] = ['eligibility-1', 'eligibility-3', 'enrolment']

/** More than one part that a download keeps, so that it can be interrupted between two. */
export const ZKEY_BYTES = 1_300_000

export const BASE = 'https://wallet.example/artifacts/'

/** A request as the site saw it. */
export interface Seen {
  readonly path: string
  readonly range: string | undefined
  readonly ifRange: string | undefined
  readonly init: RequestInit
}

export class FakeOrigin {
  readonly files = new Map<string, Uint8Array<ArrayBuffer>>()
  readonly seen: Seen[] = []
  /** Bytes of the next answer after which the line breaks; undefined if it holds. */
  breakAfter: number | undefined
  isOffline = false
  /** Whether answers are said to be compressed. */
  isCompressed = false
  /** Whether the site answers ranges. */
  hasRanges = true
  etag = '"first"'

  constructor() {
    const { manifest, files } = ARTIFACTS
    for (const [path, bytes] of files) this.files.set(path, bytes.slice())
    this.serveManifest(manifest)
  }

  get manifest(): Manifest {
    return JSON.parse(new TextDecoder().decode(this.files.get('manifest.json'))) as Manifest
  }

  serveManifest(manifest: unknown): void {
    this.files.set('manifest.json', new TextEncoder().encode(JSON.stringify(manifest)))
  }

  /** How often a file was asked for. */
  requestsFor(ending: string): Seen[] {
    return this.seen.filter(({ path }) => path.endsWith(ending))
  }

  readonly fetch: Fetch = (url, init) => {
    const path = url.slice(BASE.length)
    const headers = new Headers(init.headers)
    const range = headers.get('range') ?? undefined
    const ifRange = headers.get('if-range') ?? undefined
    this.seen.push({ path, range, ifRange, init })
    if (this.isOffline) return Promise.reject(new TypeError('Failed to fetch'))
    const bytes = this.files.get(path)
    if (bytes === undefined) return Promise.resolve(new Response(null, { status: 404 }))
    const start = this.#startOf(range, ifRange)
    if (start === undefined) return Promise.resolve(this.#response(200, path, bytes))
    const contentRange = `bytes ${start}-${bytes.length - 1}/${bytes.length}`
    return Promise.resolve(this.#response(206, path, bytes.subarray(start), contentRange))
  }

  #startOf(range: string | undefined, ifRange: string | undefined): number | undefined {
    const start = /^bytes=(\d+)-$/.exec(range ?? '')?.[1]
    if (!this.hasRanges || start === undefined) return undefined
    return ifRange === undefined || ifRange === this.etag ? Number(start) : undefined
  }

  #response(status: number, path: string, bytes: Uint8Array, range?: string): Response {
    const after = path.endsWith('.json') ? undefined : this.breakAfter
    if (after !== undefined) this.breakAfter = undefined
    return new Response(streamOf(bytes, after), {
      status,
      headers: {
        'content-type': path.endsWith('.json') ? 'application/json' : 'application/octet-stream',
        etag: this.etag,
        ...(range === undefined ? {} : { 'content-range': range }),
        ...(this.isCompressed ? { 'content-encoding': 'br' } : {}),
      },
    })
  }
}

/** Bytes of one chunk, as a network would deliver them. */
const CHUNK = 100_000

function streamOf(bytes: Uint8Array, breakAfter = Infinity): ReadableStream<Uint8Array> {
  let sent = 0
  return new ReadableStream({
    pull(controller) {
      if (sent >= breakAfter) controller.error(new TypeError('network error'))
      else if (sent >= bytes.length) controller.close()
      else controller.enqueue(bytes.slice(sent, Math.min(sent + CHUNK, breakAfter)))
      sent += CHUNK
    },
  })
}

/** `caches` with one cache that can be full, or damaged. */
export class FakeCaches {
  readonly kept = new Map<string, { readonly bytes: Uint8Array; readonly headers: Headers }>()
  isFull = false
  isForbidden = false

  open(): Promise<Cache> {
    if (this.isForbidden) return Promise.reject(new DOMException('denied', 'SecurityError'))
    return Promise.resolve(this.#cache)
  }

  /** Addresses with this in them. */
  keysWith(part: string): string[] {
    return [...this.kept.keys()].filter((key) => key.includes(part))
  }

  readonly #cache = {
    match: (url: string) => {
      const entry = this.kept.get(url)
      return Promise.resolve(entry && new Response(entry.bytes.slice(), { headers: entry.headers }))
    },
    put: async (url: string, response: Response) => {
      if (this.isFull) throw new DOMException('no room', 'QuotaExceededError')
      const { headers } = response
      this.kept.set(url, { bytes: new Uint8Array(await response.arrayBuffer()), headers })
    },
    delete: (url: string) => Promise.resolve(this.kept.delete(url)),
    keys: () => Promise.resolve([...this.kept.keys()].map((url) => new Request(url))),
  } as unknown as Cache
}

/** Real verification keys; other files only have the right hash. */
function fakeArtifacts(): {
  readonly manifest: Manifest
  readonly files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>
} {
  const files = new Map<string, Uint8Array<ArrayBuffer>>()
  const circuits = CIRCUITS.map((circuit, i): readonly [string, CircuitFacts] => {
    const facts = (role: string, bytes: Uint8Array) => {
      files.set(`${circuit}/${circuit}.${role}`, Uint8Array.from(bytes))
      return { sha256: sha256(bytes), bytes: bytes.length }
    }
    const vkey = new Uint8Array(readArtifact(circuit, 'vkey.json'))
    const key = parseVerificationKey(JSON.parse(new TextDecoder().decode(vkey)))
    return [
      circuit,
      {
        constraints: 1,
        publicSignals: key.publicSignals,
        wires: 1,
        domain: 1,
        keyId: verificationKeyId(key),
        files: {
          r1cs: facts('r1cs', new Uint8Array(1)),
          wasm: facts('wasm', pattern(200_000, i)),
          zkey: facts('zkey', pattern(ZKEY_BYTES, i + 3)),
          vkey: facts('vkey.json', vkey),
        },
      },
    ]
  })
  const manifest: Manifest = {
    kind: 'development',
    forgeable: true,
    note: '',
    compiler: 'test',
    circuits: Object.fromEntries(circuits),
  }
  return { manifest, files }
}

/** Bytes of which no part is like another. */
function pattern(length: number, seed: number): Uint8Array {
  const words = new Uint32Array(length / 4)
  for (let i = 0; i < words.length; i++) words[i] = Math.imul(i + seed, 2654435761)
  return new Uint8Array(words.buffer)
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

// Made once: the files are large.
const ARTIFACTS = fakeArtifacts()
