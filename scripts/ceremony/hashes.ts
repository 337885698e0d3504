import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { ZerocardError } from '../../core/errors.ts'
import type { FileFacts } from '../../core/manifest.ts'
import { readBytes, systemReason } from '../zerocard/files.ts'

/** A file, and what it was when it was checked. */
export type CheckedFile = { readonly path: string } & (
  { readonly sha256: string } | { readonly blake2b512: string }
)

/** @throws ZerocardError with `INPUT_INVALID` if the file cannot be read. */
export async function fileFacts(path: string): Promise<FileFacts> {
  const { hash, bytes } = await hashed(path, 'sha256')
  return { sha256: hash, bytes }
}

/** The hash that powers of tau are published with. */
export async function blake2b512Of(path: string): Promise<string> {
  return (await hashed(path, 'blake2b512')).hash
}

/**
 * The content of a file that was checked before. It may lie on a stick or a share of somebody else,
 * which can give another one the next time.
 *
 * @throws ZerocardError with `INPUT_INVALID` if it cannot be read, or `ARTIFACT_INVALID` if it has
 *   become another one.
 */
export function readAgain(file: CheckedFile): Buffer<ArrayBuffer> {
  const bytes = readBytes(file.path)
  const isSame =
    'sha256' in file
      ? hashOf(bytes, 'sha256') === file.sha256
      : hashOf(bytes, 'blake2b512') === file.blake2b512
  if (isSame) return bytes
  throw new ZerocardError('ARTIFACT_INVALID', `${file.path}: is another file than a moment ago`)
}

/** In hex. */
export function hashOf(bytes: Uint8Array, algorithm: 'sha256' | 'blake2b512'): string {
  return createHash(algorithm).update(bytes).digest('hex')
}

/** Large files are read in pieces. */
async function hashed(
  path: string,
  algorithm: 'sha256' | 'blake2b512',
): Promise<{ readonly hash: string; readonly bytes: number }> {
  const hash = createHash(algorithm)
  let bytes = 0
  try {
    await pipeline(createReadStream(path), async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) {
        hash.update(chunk)
        bytes += chunk.length
      }
    })
  } catch (cause) {
    const reason = systemReason(cause)
    if (reason === undefined) throw cause
    throw new ZerocardError('INPUT_INVALID', `${path}: ${reason}`, { cause })
  }
  return { hash: hash.digest('hex'), bytes }
}
