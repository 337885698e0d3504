import { createHash } from 'node:crypto'
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { artifactFileName } from '../../core/manifest.ts'
import type { ArtifactRole, Manifest } from '../../core/manifest.ts'
import type { ArtifactPlace } from './artifacts.ts'
import { isFolder } from './files.ts'
import { pagesWithWitnesses } from './wallet-serve-witnesses.ts'

/** A file that the wallet's server offers. */
export interface ServedFile {
  readonly type: string
  /** Bytes. */
  readonly size: number
  /** SHA-256 of the content, hex. */
  readonly sha256: string
  /** Whether its address names its content, so that it never changes there. */
  readonly isLasting: boolean
  /** Small ones are kept; large ones are read from the disk each time. */
  readonly content: { readonly bytes: Buffer } | { readonly path: string }
  /** Made when first asked for, and kept; absent for what does not get smaller. */
  readonly packed?: (encoding: Encoding) => Promise<Buffer>
}

export type Encoding = 'br' | 'gzip'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.zkey': 'application/octet-stream',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
}

/** Keys are field elements, and pictures are packed already. */
const INCOMPRESSIBLE: readonly string[] = ['.zkey', '.png', '.ico', '.woff2']

/** What provers in browsers need. */
const PROVING_ROLES: readonly ArtifactRole[] = ['wasm', 'zkey', 'vkey']

/** esbuild's hash of the content, between a file's name and its ending. */
const HASHED = /-[A-Z0-9]{8}\.[a-z]+$/

/** Brotli at its best takes half a minute for a circuit's program; this is a tenth larger. */
const BROTLI_QUALITY = 6

/** What is served. */
export interface ServedSources {
  /** Folder with the page's files. */
  readonly web: string
  readonly place: ArtifactPlace
  readonly manifest: Manifest
  /** Its file as it was believed: what lies in its place by now may be another one. */
  readonly manifestBytes: Buffer
  readonly witnesses?: readonly string[]
}

/**
 * Everything there is, by the path in the address.
 *
 * @throws ZerocardError with `CONFIG_INVALID` if there are witnesses, and the page has no place for them.
 */
export function readServedFiles(sources: ServedSources): ReadonlyMap<string, ServedFile> {
  const {
    web,
    place: { folder },
    manifest: { circuits },
    manifestBytes,
    witnesses = [],
  } = sources
  const files = new Map<string, ServedFile>()
  for (const path of isFolder(web) ? filesBelow(web) : []) {
    files.set(`/${path}`, keptFile(readFileSync(join(web, path)), path, HASHED.test(path)))
  }
  for (const [path, bytes] of pagesWithWitnesses(witnesses, (path) => contentOf(files, path))) {
    files.set(path, keptFile(bytes, path, false))
  }
  files.set('/artifacts/manifest.json', keptFile(manifestBytes, 'manifest.json', false))
  for (const [circuit, facts] of Object.entries(circuits)) {
    for (const role of PROVING_ROLES) {
      const name = artifactFileName(circuit, role)
      const path = join(folder, circuit, name)
      const size = statSync(path, { throwIfNoEntry: false })?.size
      if (size === undefined) continue
      const { sha256 } = facts.files[role]
      files.set(`/artifacts/${circuit}/${name}`, largeFile(path, size, sha256))
    }
  }
  return files
}

function contentOf(files: ReadonlyMap<string, ServedFile>, path: string): Buffer | undefined {
  const content = files.get(path)?.content
  return content !== undefined && 'bytes' in content ? content.bytes : undefined
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && TYPES[extname(entry.name)] !== undefined)
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
}

function keptFile(bytes: Buffer, path: string, isLasting: boolean): ServedFile {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return served(path, { size: bytes.length, sha256, isLasting, content: { bytes } })
}

function largeFile(path: string, size: number, sha256: string): ServedFile {
  return served(path, { size, sha256, isLasting: false, content: { path } })
}

function served(path: string, facts: Omit<ServedFile, 'type' | 'packed'>): ServedFile {
  const type = TYPES[extname(path)] ?? 'application/octet-stream'
  if (INCOMPRESSIBLE.includes(extname(path))) return { ...facts, type }
  return { ...facts, type, packed: packer(facts.content) }
}

function packer(content: ServedFile['content']): (encoding: Encoding) => Promise<Buffer> {
  const made = new Map<Encoding, Promise<Buffer>>()
  return (encoding) => {
    const before = made.get(encoding)
    if (before !== undefined) return before
    const bytes = 'bytes' in content ? content.bytes : readFileSync(content.path)
    const packed = pack(bytes, encoding)
    made.set(encoding, packed)
    return packed
  }
}

function pack(bytes: Buffer, encoding: Encoding): Promise<Buffer> {
  if (encoding === 'gzip') return promisify(gzip)(bytes)
  const params = { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY }
  return promisify(brotliCompress)(bytes, { params })
}
