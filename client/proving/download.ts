import { ZerocardError } from '../../core/errors.ts'
import { assertArtifact } from '../../core/manifest.ts'
import type { FileFacts } from '../../core/manifest.ts'
import type { Fetch } from '../http.ts'
import type { Beginning, ContentCache } from './content-cache.ts'

// Large files over bad lines: what has arrived is kept, the next attempt goes on where this one
// stopped, and nothing is given out before the whole has the hash that it must have.

export interface Download {
  readonly url: string
  /** What messages call the file. */
  readonly name: string
  readonly facts: FileFacts
  readonly fetch: Fetch
  readonly cache: ContentCache
  /** Told how many bytes are here. */
  readonly progress: (bytes: number) => void
}

/** Seconds without a single byte after which a line is taken to be dead. */
export const SILENT_SECONDS = 30

/** Bytes that are kept at a time: what an interruption costs at most. */
const PART_BYTES = 512 * 1024

/**
 * The file, from the cache or the network.
 *
 * @throws ZerocardError with `FETCH_FAILED` if the network fails: what has come is kept.
 *   `ARTIFACT_INVALID` if the server twice gives another file than the manifest lists.
 */
export async function loadFile(download: Download): Promise<Uint8Array<ArrayBuffer>> {
  const { cache, facts, progress } = download
  const kept = await cache.get(facts.sha256)
  if (kept !== undefined && (await mistakeIn(download, kept)) === undefined) {
    progress(facts.bytes)
    return kept
  }
  if (kept !== undefined) await cache.remove(facts.sha256)
  return fetchFile(download)
}

async function fetchFile(download: Download): Promise<Uint8Array<ArrayBuffer>> {
  const { cache, facts } = download
  const first = await attempt(download, await cache.beginning(facts.sha256))
  if (first.mistake === undefined) return first.bytes
  // Parts of two versions, or a server that was just being changed: once more, from nothing.
  const second = await attempt(download, NOTHING)
  if (second.mistake === undefined) return second.bytes
  throw second.mistake
}

const NOTHING: Beginning = { bytes: new Uint8Array() }

interface Attempt {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly mistake: ZerocardError | undefined
}

async function attempt(download: Download, beginning: Beginning): Promise<Attempt> {
  const { cache, facts } = download
  const bytes = await receive(download, beginning)
  const mistake = await mistakeIn(download, bytes)
  if (mistake === undefined) await cache.put(facts.sha256, bytes)
  else await cache.forgetParts(facts.sha256)
  return { bytes, mistake }
}

async function mistakeIn(
  { facts, name }: Download,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<ZerocardError | undefined> {
  try {
    await assertArtifact(facts, bytes, name)
    return undefined
  } catch (error) {
    if (error instanceof ZerocardError) return error
    throw error
  }
}

/** As many bytes as there should be, or fewer if the server has no more; never more. */
async function receive(download: Download, beginning: Beginning): Promise<Uint8Array<ArrayBuffer>> {
  const { facts, progress } = download
  const had = beginning.bytes.length
  if (had >= facts.bytes) return beginning.bytes
  const line = new Line(download)
  try {
    const response = await line.open(requestFrom(beginning))
    const start = await startOf(response, had, download)
    if (start === 0) await download.cache.forgetParts(facts.sha256)
    const sink = new Sink(download, beginning.bytes.subarray(0, start), etagOf(response))
    progress(start)
    return await line.drain(response, sink)
  } catch (cause) {
    if (cause instanceof ZerocardError) throw cause
    throw line.failure(cause)
  } finally {
    line.close()
  }
}

function requestFrom({ bytes, etag }: Beginning): Readonly<Record<string, string>> {
  if (bytes.length === 0) return {}
  // Without an ETag too: parts of another version make a whole that is refused.
  return { range: `bytes=${bytes.length}-`, ...(etag === undefined ? {} : { 'if-range': etag }) }
}

/** Where in the file the answer begins. */
async function startOf(response: Response, had: number, download: Download): Promise<number> {
  if (response.status === 200) return 0
  const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(response.headers.get('content-range') ?? '')
  const isContinued =
    response.status === 206 &&
    Number(range?.[1]) === had &&
    Number(range?.[2]) === download.facts.bytes
  if (isContinued && had > 0) return had
  await response.body?.cancel()
  // The parts do not fit what the server has now: the next attempt begins anew.
  if (response.status === 206 || response.status === 416) {
    await download.cache.forgetParts(download.facts.sha256)
  }
  throw new ZerocardError(
    'FETCH_FAILED',
    `${download.name}: the server answered with status ${response.status}`,
  )
}

/**
 * A strong ETag of the file itself. Of a compressed answer it names the compressed form, and the
 * browser asks for a range of the file as it is.
 */
function etagOf({ headers }: Response): string | undefined {
  const etag = headers.get('etag')
  const isOfFile = etag?.startsWith('"') === true && !headers.has('content-encoding')
  return isOfFile ? etag : undefined
}

/** A request that ends when nothing comes any more. */
class Line {
  readonly #download: Download
  readonly #abort = new AbortController()
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(download: Download) {
    this.#download = download
  }

  async open(headers: Readonly<Record<string, string>>): Promise<Response> {
    const { url, fetch, cache } = this.#download
    // What the cache keeps need not be kept by the browser a second time.
    const keeps = await cache.isThere()
    this.#wait()
    return fetch(url, {
      headers,
      mode: 'same-origin',
      redirect: 'error',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      cache: keeps ? 'no-store' : 'default',
      signal: this.#abort.signal,
    })
  }

  async drain(response: Response, sink: Sink): Promise<Uint8Array<ArrayBuffer>> {
    const reader = response.body?.getReader()
    try {
      for (;;) {
        this.#wait()
        const part = await reader?.read()
        if (part?.value === undefined) break
        await sink.take(part.value)
        if (sink.isTooLong) await reader?.cancel()
      }
      return sink.bytes()
    } catch (cause) {
      await reader?.cancel().catch(() => undefined)
      throw cause
    } finally {
      await sink.flush()
    }
  }

  failure(cause: unknown): ZerocardError {
    const { name } = this.#download
    const trouble = this.#abort.signal.aborted
      ? `nothing came for ${SILENT_SECONDS} seconds`
      : 'the download was interrupted'
    return new ZerocardError('FETCH_FAILED', `${name}: ${trouble}`, { cause })
  }

  close(): void {
    clearTimeout(this.#timer)
  }

  #wait(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#abort.abort(), SILENT_SECONDS * 1000)
  }
}

/** Collects a file in one piece of memory and keeps it part by part. */
class Sink {
  readonly #download: Download
  readonly #etag: string | undefined
  readonly #whole: Uint8Array<ArrayBuffer>
  #length: number
  #kept: number
  #isTooLong = false

  constructor(download: Download, beginning: Uint8Array, etag: string | undefined) {
    this.#download = download
    this.#etag = etag
    this.#whole = new Uint8Array(download.facts.bytes)
    this.#whole.set(beginning)
    this.#length = beginning.length
    this.#kept = beginning.length
  }

  get isTooLong(): boolean {
    return this.#isTooLong
  }

  async take(bytes: Uint8Array): Promise<void> {
    const { facts, progress } = this.#download
    if (this.#length + bytes.length > facts.bytes) {
      this.#isTooLong = true
      return
    }
    this.#whole.set(bytes, this.#length)
    this.#length += bytes.length
    progress(this.#length)
    if (this.#length - this.#kept >= PART_BYTES) await this.flush()
  }

  async flush(): Promise<void> {
    const [start, end] = [this.#kept, this.#length]
    if (start === end) return
    this.#kept = end
    const { cache, facts } = this.#download
    await cache.putPart(facts.sha256, start, this.#whole.slice(start, end), this.#etag)
  }

  /** What came. Of a file that is too long nothing, which is as wrong. */
  bytes(): Uint8Array<ArrayBuffer> {
    if (this.#isTooLong) return new Uint8Array()
    return this.#length === this.#whole.length ? this.#whole : this.#whole.slice(0, this.#length)
  }
}
