import { fromUtf8 } from '../../core/bytes.ts'
import { assertKeyForm } from '../../core/ceremony/key-form.ts'
import { ZerocardError } from '../../core/errors.ts'
import { parseVerificationKey, verificationKeyId } from '../../core/groth16-key.ts'
import { parseJson } from '../../core/json.ts'
import { artifactFileName } from '../../core/manifest.ts'
import type { ArtifactRole, CircuitFacts, FileFacts, Manifest } from '../../core/manifest.ts'
import type { CircuitKeys } from '../holder.ts'
import type { Fetch } from '../http.ts'
import type { ArtifactSource, CircuitArtifacts, CircuitName } from '../prover.ts'
import { ContentCache } from './content-cache.ts'
import type { Caches } from './content-cache.ts'
import { loadFile } from './download.ts'
import { fetchManifest } from './manifest-file.ts'

// What a browser proves with, from the page's own origin. The origin vouches for the manifest as it
// does for the page's own script; the manifest vouches for every other file.

/** Manifest and verification keys, checked. */
export interface WebArtifacts {
  readonly manifest: Manifest
  readonly keys: CircuitKeys
  /** URL of the folder of files, ending in a slash. */
  readonly base: string
}

export interface CachedArtifacts extends ArtifactSource {
  /**
   * Fetches the files of a circuit unless they are kept.
   *
   * @param progress - Told the fraction of the bytes that are here, from 0 to 1.
   * @throws ZerocardError with the codes of {@link cachedArtifacts}.
   */
  prefetch(circuit: CircuitName, progress?: (fraction: number) => void): Promise<void>
  /** Whether a proof of this circuit needs no network. */
  isCached(circuit: CircuitName): Promise<boolean>
}

const CIRCUITS: readonly CircuitName[] = ['eligibility-1', 'eligibility-3', 'enrolment']

/** A verification key has some 400 bytes for each public signal; those here have at most 9 kB. */
const MAX_KEY_BYTES = 64 * 1024

/** Bytes of one file that a browser is asked to hold; the largest here has 46 MB. */
const MAX_FILE_BYTES = 256 * 1024 * 1024

/**
 * Opens manifest and verification keys.
 *
 * @param base - URL of the folder of files, on the page's own origin.
 * @param caches - The browser's: what is kept serves without a network.
 * @throws ZerocardError with `FETCH_FAILED` if they can be had neither from the network nor from the
 *   cache; `ARTIFACT_INVALID` or `KEY_INVALID` if they are not what they should be; `KEY_FORGEABLE`
 *   for keys that are called those of a ceremony, and under which everybody can see how to forge.
 * @throws TypeError if `base` is no absolute URL.
 */
export async function openWebArtifacts(
  base: string,
  fetch: Fetch,
  caches?: Caches,
): Promise<WebArtifacts> {
  const folder = new URL(base.endsWith('/') ? base : `${base}/`).href
  const cache = new ContentCache(caches, folder)
  const manifest = await fetchManifest(folder, fetch, cache)
  const keys = CIRCUITS.map(async (circuit) => {
    const { keyId, files } = factsOf(manifest, circuit)
    const file = { folder, circuit, role: 'vkey', facts: files.vkey } as const
    const bytes = await load(file, MAX_KEY_BYTES, fetch, cache)
    const name = artifactFileName(circuit, 'vkey')
    const key = parseVerificationKey(parseJson(fromUtf8(bytes), 'ARTIFACT_INVALID', name))
    const id = verificationKeyId(key)
    if (id !== keyId) throw invalid(`${name}: the manifest names another key`)
    if (manifest.kind === 'production') assertKeyForm(key)
    return [circuit, { id, key }] as const
  })
  return {
    manifest,
    keys: Object.fromEntries(await Promise.all(keys)) as CircuitKeys,
    base: folder,
  }
}

/**
 * The files of circuits: fetched once, checked against the manifest each time before they are used,
 * kept in the browser's cache under their hash. A download that was interrupted goes on where it
 * stopped. Calls for the same circuit at the same time share one download.
 *
 * Without a cache they are kept in memory.
 *
 * @throws ZerocardError, when called, with `FETCH_FAILED` if the network fails, and
 *   `ARTIFACT_INVALID` if the server has other files than the manifest lists.
 */
export function cachedArtifacts(
  { manifest, base }: Pick<WebArtifacts, 'manifest' | 'base'>,
  { fetch, caches }: { readonly fetch: Fetch; readonly caches?: Caches | undefined },
): CachedArtifacts {
  const cache = new ContentCache(caches, base)
  const running = new Map<CircuitName, SharedLoad>()
  const inMemory = new Map<CircuitName, CircuitArtifacts>()

  const load = async (
    circuit: CircuitName,
    report: (fraction: number) => void,
  ): Promise<CircuitArtifacts> => {
    const loaded = await loadCircuit(circuit, factsOf(manifest, circuit), {
      base,
      fetch,
      cache,
      report,
    })
    if (!(await cache.isThere())) inMemory.set(circuit, loaded)
    return loaded
  }
  const source = async (
    circuit: CircuitName,
    progress: (fraction: number) => void = () => undefined,
  ): Promise<CircuitArtifacts> => {
    const kept = inMemory.get(circuit)
    if (kept !== undefined) return kept
    const shared = running.get(circuit) ?? new SharedLoad((report) => load(circuit, report))
    running.set(circuit, shared)
    try {
      return await shared.join(progress)
    } finally {
      if (running.get(circuit) === shared) running.delete(circuit)
    }
  }
  return Object.assign(source, {
    async prefetch(circuit: CircuitName, progress?: (fraction: number) => void): Promise<void> {
      await source(circuit, progress)
    },
    async isCached(circuit: CircuitName): Promise<boolean> {
      if (inMemory.has(circuit)) return true
      const { wasm, zkey } = factsOf(manifest, circuit).files
      return (await cache.has(wasm.sha256)) && (await cache.has(zkey.sha256))
    },
  })
}

/** One load that several callers wait for. */
class SharedLoad {
  readonly #listeners = new Set<(fraction: number) => void>()
  readonly #result: Promise<CircuitArtifacts>

  constructor(load: (report: (fraction: number) => void) => Promise<CircuitArtifacts>) {
    this.#result = load((fraction) => {
      for (const listener of this.#listeners) listener(fraction)
    })
  }

  join(progress: (fraction: number) => void): Promise<CircuitArtifacts> {
    this.#listeners.add(progress)
    return this.#result
  }
}

interface Means {
  readonly base: string
  readonly fetch: Fetch
  readonly cache: ContentCache
  readonly report: (fraction: number) => void
}

/** One file after the other: together they would only share the line. */
async function loadCircuit(
  circuit: CircuitName,
  { files }: CircuitFacts,
  { base: folder, fetch, cache, report }: Means,
): Promise<CircuitArtifacts> {
  const total = files.wasm.bytes + files.zkey.bytes
  const get = (role: 'wasm' | 'zkey', before: number): Promise<Uint8Array<ArrayBuffer>> =>
    load({ folder, circuit, role, facts: files[role] }, MAX_FILE_BYTES, fetch, cache, (bytes) =>
      report((before + bytes) / total),
    )
  const wasm = await get('wasm', 0)
  return { wasm, zkey: await get('zkey', files.wasm.bytes) }
}

interface NamedFile {
  readonly folder: string
  readonly circuit: CircuitName
  readonly role: ArtifactRole
  readonly facts: FileFacts
}

function load(
  { folder, circuit, role, facts }: NamedFile,
  maxBytes: number,
  fetch: Fetch,
  cache: ContentCache,
  progress: (bytes: number) => void = () => undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const name = artifactFileName(circuit, role)
  if (facts.bytes > maxBytes) {
    throw invalid(`${name}: the manifest lists ${facts.bytes} bytes, more than ${maxBytes}`)
  }
  return loadFile({ url: `${folder}${circuit}/${name}`, name, facts, fetch, cache, progress })
}

function factsOf(manifest: Manifest, circuit: CircuitName): CircuitFacts {
  const facts = manifest.circuits[circuit]
  if (facts !== undefined) return facts
  throw invalid(`the manifest has no circuit ${circuit}`)
}

function invalid(message: string): ZerocardError {
  return new ZerocardError('ARTIFACT_INVALID', message)
}
