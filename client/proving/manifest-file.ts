import { fromUtf8, utf8 } from '../../core/bytes.ts'
import { ZerocardError } from '../../core/errors.ts'
import { parseJson } from '../../core/json.ts'
import { parseManifest } from '../../core/manifest.ts'
import type { Manifest } from '../../core/manifest.ts'
import { createWalletHttp } from '../http.ts'
import type { Fetch } from '../http.ts'
import type { ContentCache } from './content-cache.ts'

/** Bytes; this project's has 3 kB. */
const MAX_MANIFEST_BYTES = 64 * 1024

/** Its place in a cache whose other files are under their hashes. */
const CACHE_KEY = 'manifest'

/**
 * The manifest as the server has it now; without a network, as it was last seen.
 *
 * @throws ZerocardError with `FETCH_FAILED` or `ARTIFACT_INVALID`.
 */
export async function fetchManifest(
  folder: string,
  fetch: Fetch,
  cache: ContentCache,
): Promise<Manifest> {
  const text = await fetchText(`${folder}manifest.json`, fetch).catch(async (error: unknown) => {
    const kept = await cache.get(CACHE_KEY)
    if (kept === undefined || !isFetchFailure(error)) throw error
    return fromUtf8(kept)
  })
  const manifest = parseManifest(parseJson(text, 'ARTIFACT_INVALID', 'manifest'))
  await cache.put(CACHE_KEY, Uint8Array.from(utf8(text)))
  const files = Object.values(manifest.circuits).flatMap((circuit) => Object.values(circuit.files))
  await cache.keepOnly(new Set([CACHE_KEY, ...files.map(({ sha256 }) => sha256)]))
  return manifest
}

async function fetchText(url: string, fetch: Fetch): Promise<string> {
  const http = createWalletHttp({
    fetch: (address, init) => fetch(address, { ...init, mode: 'same-origin' }),
    allowLoopback: true,
  })
  const request = { url, types: ['application/json'], maxBytes: MAX_MANIFEST_BYTES } as const
  return http.request({ ...request, cache: 'no-cache' })
}

function isFetchFailure(error: unknown): boolean {
  return error instanceof ZerocardError && error.code === 'FETCH_FAILED'
}
