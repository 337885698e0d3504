import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { ZerocardError } from '../../core/errors.ts'
import type { FileFacts } from '../../core/manifest.ts'
import { systemReason } from '../zerocard/files.ts'

/** @throws ZerocardError with `INPUT_INVALID` if the file cannot be read. */
export async function fileFacts(path: string): Promise<FileFacts> {
  const { hash, bytes } = await hashed(path, 'sha256')
  return { sha256: hash, bytes }
}

/** The hash that powers of tau are published with. */
export async function blake2b512Of(path: string): Promise<string> {
  return (await hashed(path, 'blake2b512')).hash
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
