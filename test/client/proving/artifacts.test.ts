import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { cachedArtifacts, openWebArtifacts } from '../../../client/proving/artifacts.ts'
import type { CachedArtifacts } from '../../../client/proving/artifacts.ts'
import type { CircuitArtifacts } from '../../../client/prover.ts'
import { SILENT_SECONDS } from '../../../client/proving/download.ts'
import { verdictOf } from '../../support/refusal.ts'
import { BASE, FakeCaches, FakeOrigin, ZKEY_BYTES } from './fake-origin.ts'

let origin: FakeOrigin
let caches: FakeCaches

beforeEach(() => {
  origin = new FakeOrigin()
  caches = new FakeCaches()
})

/** As a page that was just opened. */
function artifacts(): CachedArtifacts {
  const { manifest, fetch } = origin
  return cachedArtifacts({ manifest, base: BASE }, { fetch, caches })
}

const open = () => openWebArtifacts(BASE, origin.fetch, caches)
const zkey = () => origin.files.get('enrolment/enrolment.zkey')!
const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const hashesOf = (files: CircuitArtifacts) => ({
  wasm: hashOf(files.wasm),
  zkey: hashOf(files.zkey),
})
const factsOf = (role: 'wasm' | 'zkey') => origin.manifest.circuits['enrolment']!.files[role]

/** Hashes of the files of `enrolment`, as the manifest lists them. */
const { wasm, zkey: proving } = new FakeOrigin().manifest.circuits['enrolment']!.files
const LISTED = { wasm: wasm.sha256, zkey: proving.sha256 }

function tamper(path: string, change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>) {
  origin.files.set(path, change(origin.files.get(path)!.slice()))
}

const ALTERED = [
  ['altered', (bytes) => bytes.with(1000, bytes[1000]! ^ 1)],
  ['cut short', (bytes) => bytes.slice(0, -1)],
  ['too long', (bytes) => new Uint8Array([...bytes, 0])],
  ['empty', () => new Uint8Array()],
] as const satisfies readonly (readonly [
  string,
  (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>,
])[]

describe('manifest and verification keys', () => {
  test('are opened from the folder, with or without its slash', async () => {
    const { keys, base, manifest } = await openWebArtifacts(BASE.slice(0, -1), origin.fetch)
    expect(base).toBe(BASE)
    expect(manifest).toEqual(origin.manifest)
    expect(keys.enrolment.id).toBe(manifest.circuits['enrolment']?.keyId)
    expect(keys.enrolment.key.publicSignals).toBe(manifest.circuits['enrolment']?.publicSignals)
  })

  test('are asked for without cookies, on the page’s own origin, and nowhere else', async () => {
    await open()
    expect(origin.seen).toHaveLength(4)
    for (const { init } of origin.seen) {
      expect(init).toMatchObject({ mode: 'same-origin', credentials: 'omit', redirect: 'error' })
    }
  })

  test.each(ALTERED)('refuses a verification key that is %s', async (_, change) => {
    tamper('eligibility-1/eligibility-1.vkey.json', change)
    expect(await verdictOf(open)).toBe('ARTIFACT_INVALID')
  })

  test('refuses a verification key that the manifest does not name', async () => {
    const { manifest } = origin
    const [a, b] = [manifest.circuits['eligibility-1']!, manifest.circuits['eligibility-3']!]
    const circuits = { ...manifest.circuits, 'eligibility-1': { ...a, keyId: b.keyId } }
    origin.serveManifest({ ...manifest, circuits })
    expect(await verdictOf(open)).toBe('ARTIFACT_INVALID')
  })

  test.each([
    ['without a circuit', { circuits: {} }, 'ARTIFACT_INVALID'],
    ['that hides that its keys are forgeable', { forgeable: false }, 'ARTIFACT_INVALID'],
    ['with something unknown in it', { more: 1 }, 'ARTIFACT_INVALID'],
    ['that is too long', { note: 'x'.repeat(70_000) }, 'FETCH_FAILED'],
  ])('refuses a manifest %s', async (_, change, code) => {
    origin.serveManifest({ ...origin.manifest, ...change })
    expect(await verdictOf(open)).toBe(code)
  })

  test('refuses development keys that the manifest calls those of a ceremony', async () => {
    const { manifest } = origin
    origin.serveManifest({ ...manifest, kind: 'production', forgeable: false, seed: undefined })
    expect(await verdictOf(open)).toBe('KEY_FORGEABLE')
  })

  test('refuses to fetch a key that the manifest calls enormous', async () => {
    const { manifest } = origin
    const enrolment = manifest.circuits['enrolment']!
    const vkey = { ...enrolment.files.vkey, bytes: 65_537 }
    const files = { ...enrolment.files, vkey }
    origin.serveManifest({
      ...manifest,
      circuits: { ...manifest.circuits, enrolment: { ...enrolment, files } },
    })
    expect(await verdictOf(open)).toBe('ARTIFACT_INVALID')
    expect(origin.requestsFor('enrolment.vkey.json')).toEqual([])
  })

  test('open without a network if they were opened before, and not otherwise', async () => {
    origin.isOffline = true
    expect(await verdictOf(open)).toBe('FETCH_FAILED')
    origin.isOffline = false
    const online = await open()
    origin.isOffline = true
    expect(await open()).toEqual(online)
  })

  test('a new manifest makes the cache forget what only the old one listed', async () => {
    await open()
    await artifacts().prefetch('enrolment')
    const { sha256 } = factsOf('zkey')
    expect(caches.keysWith(sha256)).toHaveLength(1)
    const { manifest } = origin
    const enrolment = manifest.circuits['enrolment']!
    const other = { ...enrolment.files, zkey: { sha256: 'a'.repeat(64), bytes: 1 } }
    origin.serveManifest({
      ...manifest,
      circuits: { ...manifest.circuits, enrolment: { ...enrolment, files: other } },
    })
    await open()
    expect(caches.keysWith(sha256)).toEqual([])
    expect(caches.keysWith(enrolment.files.wasm.sha256)).toHaveLength(1)
  })
})

describe('files of a circuit', () => {
  test('are fetched once, kept under their hash, and need no network then', async () => {
    const first = await artifacts()('enrolment')
    expect(hashesOf(first)).toEqual(LISTED)
    expect(origin.seen).toHaveLength(2)
    expect([...caches.kept.keys()].sort()).toEqual(
      [factsOf('wasm'), factsOf('zkey')].map(({ sha256 }) => `${BASE}sha256/${sha256}`).sort(),
    )
    origin.isOffline = true
    expect(hashesOf(await artifacts()('enrolment'))).toEqual(LISTED)
    expect(await artifacts().isCached('enrolment')).toBe(true)
    expect(await artifacts().isCached('eligibility-1')).toBe(false)
  })

  test('tell the fraction of the bytes that are here', async () => {
    const told: number[] = []
    await artifacts().prefetch('enrolment', (fraction) => told.push(fraction))
    expect(told.toSorted((a, b) => a - b)).toEqual(told)
    expect(told.length).toBeGreaterThan(10)
    expect(told[0]).toBe(0)
    expect(told.at(-1)).toBe(1)
  })

  test('come once for callers at the same time, who all see the progress', async () => {
    const source = artifacts()
    const told: number[] = []
    const both = [source('enrolment'), source('enrolment', (fraction) => told.push(fraction))]
    const [a, b] = await Promise.all(both)
    expect(a).toBe(b)
    expect(origin.seen).toHaveLength(2)
    expect(told.at(-1)).toBe(1)
  })

  for (const role of ['wasm', 'zkey'] as const) {
    test.each(ALTERED)(
      `are refused with a ${role} that is %s, after a second look`,
      async (_, change) => {
        tamper(`enrolment/enrolment.${role}`, change)
        expect(await verdictOf(() => artifacts()('enrolment'))).toBe('ARTIFACT_INVALID')
        expect(caches.keysWith(factsOf(role).sha256)).toEqual([])
        expect(origin.requestsFor(role)).toHaveLength(2)
      },
    )
  }

  test('a wrong file is fetched anew once: it may just have been replaced', async () => {
    const honest = zkey()
    tamper('enrolment/enrolment.zkey', (bytes) => bytes.fill(0))
    const { fetch } = origin
    const replacing = cachedArtifacts(
      { manifest: origin.manifest, base: BASE },
      {
        caches,
        fetch: async (url, init) => {
          const response = await fetch(url, init)
          if (url.endsWith('.zkey')) origin.files.set('enrolment/enrolment.zkey', honest)
          return response
        },
      },
    )
    expect(hashesOf(await replacing('enrolment'))).toEqual(LISTED)
    expect(origin.requestsFor('.zkey')).toHaveLength(2)
  })

  test('that were changed in the cache are fetched anew', async () => {
    await artifacts().prefetch('enrolment')
    const key = caches.keysWith(factsOf('zkey').sha256)[0]!
    caches.kept.set(key, { bytes: zkey().with(7, 99), headers: new Headers() })
    expect(hashesOf(await artifacts()('enrolment'))).toEqual(LISTED)
    expect(origin.requestsFor('.zkey')).toHaveLength(2)
    expect(hashOf(caches.kept.get(key)!.bytes)).toBe(LISTED.zkey)
  })

  test.each(['full', 'forbidden'] as const)('come also if the cache is %s', async (trouble) => {
    if (trouble === 'full') caches.isFull = true
    else caches.isForbidden = true
    const source = artifacts()
    expect(hashesOf(await source('enrolment'))).toEqual(LISTED)
    expect(caches.kept.size).toBe(0)
  })

  test('stay in memory where there is no cache', async () => {
    const { manifest, fetch } = origin
    const source = cachedArtifacts({ manifest, base: BASE }, { fetch })
    const first = await source('enrolment')
    origin.isOffline = true
    expect(await source('enrolment')).toBe(first)
    expect(await source.isCached('enrolment')).toBe(true)
    expect(await verdictOf(() => source('eligibility-1'))).toBe('FETCH_FAILED')
  })
})

describe('an interrupted download', () => {
  const BROKEN_AT = 900_000

  /** Breaks in the zkey, which is the second file. */
  async function interrupt(): Promise<void> {
    await artifacts()
      .prefetch('enrolment')
      .catch(() => undefined)
    caches.kept.clear()
    origin.seen.length = 0
    const { manifest, fetch } = origin
    const source = cachedArtifacts(
      { manifest, base: BASE },
      {
        caches,
        fetch: (url, init) => {
          origin.breakAfter = url.endsWith('.zkey') ? BROKEN_AT : undefined
          return fetch(url, init)
        },
      },
    )
    expect(await verdictOf(() => source('enrolment'))).toBe('FETCH_FAILED')
    origin.breakAfter = undefined
    origin.seen.length = 0
  }

  test('goes on where it stopped, if the file is still the same', async () => {
    await interrupt()
    const told: number[] = []
    expect(hashesOf(await artifacts()('enrolment', (fraction) => told.push(fraction)))).toEqual(
      LISTED,
    )
    expect(origin.seen).toMatchObject([{ range: `bytes=${BROKEN_AT}-`, ifRange: '"first"' }])
    expect(told.some((fraction) => fraction > 0.5)).toBe(true)
    expect(caches.keysWith('parts')).toEqual([])
  })

  test('loses nothing when the network is lost again and again', async () => {
    await interrupt()
    origin.isOffline = true
    expect(await verdictOf(() => artifacts()('enrolment'))).toBe('FETCH_FAILED')
    origin.isOffline = false
    origin.breakAfter = 100_000
    expect(await verdictOf(() => artifacts()('enrolment'))).toBe('FETCH_FAILED')
    await artifacts()('enrolment')
    expect(origin.seen.at(-1)?.range).toBe(`bytes=${BROKEN_AT + 100_000}-`)
  })

  test('of a compressed answer goes on without naming the ETag of the compressed form', async () => {
    origin.isCompressed = true
    await interrupt()
    origin.isCompressed = false
    expect(hashesOf(await artifacts()('enrolment'))).toEqual(LISTED)
    expect(origin.seen).toMatchObject([{ range: `bytes=${BROKEN_AT}-`, ifRange: undefined }])
  })

  test.each([
    ['the file has another ETag now', () => (origin.etag = '"second"')],
    ['the server knows no ranges', () => (origin.hasRanges = false)],
  ])('begins anew if %s', async (_, change) => {
    await interrupt()
    change()
    expect(hashesOf(await artifacts()('enrolment'))).toEqual(LISTED)
    expect(origin.seen).toHaveLength(1)
  })

  test('whose parts were damaged is thrown away and begun anew', async () => {
    await interrupt()
    const key = caches.keysWith('parts')[0]!
    const part = caches.kept.get(key)!
    caches.kept.set(key, { ...part, bytes: part.bytes.slice().fill(0) })
    expect(hashesOf(await artifacts()('enrolment'))).toEqual(LISTED)
    expect(origin.seen.map(({ range }) => range)).toEqual([`bytes=${BROKEN_AT}-`, undefined])
  })

  test('with a gap goes on before the gap', async () => {
    await interrupt()
    const [first = ''] = caches.keysWith('parts').filter((key) => key.endsWith('/0'))
    const { length } = caches.kept.get(first)!.bytes
    for (const key of caches.keysWith('parts')) if (key !== first) caches.kept.delete(key)
    expect(hashesOf(await artifacts()('enrolment'))).toEqual(LISTED)
    expect(origin.seen[0]?.range).toBe(`bytes=${length}-`)
    expect(length).toBeLessThan(ZKEY_BYTES)
  })
})

describe('a line on which nothing comes', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test.each(['answer', 'body'])('is given up when there is no %s', async (missing) => {
    const { manifest } = origin
    const source = cachedArtifacts(
      { manifest, base: BASE },
      { fetch: (_url, { signal }) => silence(missing, signal as AbortSignal) },
    )
    const verdict = verdictOf(() => source('enrolment'))
    await vi.advanceTimersByTimeAsync(SILENT_SECONDS * 1000)
    expect(await verdict).toBe('FETCH_FAILED')
  })
})

function silence(missing: string, signal: AbortSignal): Promise<Response> {
  if (missing === 'answer') {
    return new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(new DOMException('', 'AbortError')))
    })
  }
  const body = new ReadableStream({
    start: (controller) => {
      signal.addEventListener('abort', () => controller.error(new DOMException('', 'AbortError')))
    },
  })
  return Promise.resolve(new Response(body))
}
