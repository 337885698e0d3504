import { existsSync, statfsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { ZerocardError } from '../../core/errors.ts'
import { explained } from '../zerocard/files.ts'

/**
 * Asks before long work whether its result will have room.
 *
 * @param path - Where something will be written; it need not exist yet.
 * @throws ZerocardError with `INPUT_INVALID`.
 */
export function assertRoom(path: string, bytes: number): void {
  const folder = nearestFolder(resolve(path))
  const { bavail, bsize } = explained(folder, () => statfsSync(folder))
  if (bavail * bsize >= bytes) return
  const [needed, free] = [bytes, bavail * bsize].map((size) => (size / 1e6).toFixed(0))
  throw new ZerocardError(
    'INPUT_INVALID',
    `${folder}: no space left: ${needed ?? ''} MB are needed, ${free ?? ''} MB are free`,
  )
}

function nearestFolder(path: string): string {
  return existsSync(path) ? path : nearestFolder(dirname(path))
}
