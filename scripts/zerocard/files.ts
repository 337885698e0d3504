import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  readdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { randomBytes } from 'node:crypto'
import { ZerocardError } from '../../core/errors.ts'
import { findJsonMistake } from './json-mistake.ts'

/** Mode of files that hold a secret or somebody's attributes. */
export const SECRET = 0o600
/** Mode of files for everybody. */
export const PUBLIC = 0o644

const SECRET_FOLDER = 0o700

/** No document of the protocol comes near this. */
const MAX_JSON_BYTES = 16 * 1024 * 1024

/** @throws ZerocardError with `INPUT_INVALID`. */
export function readBytes(path: string): Buffer<ArrayBuffer> {
  return explained(path, () => Buffer.from(readFileSync(path)))
}

/** The first bytes of a file, or of a device that has no end. @throws ZerocardError with `INPUT_INVALID`. */
export function readStart(path: string, limit: number): Buffer {
  return explained(path, () => {
    const file = openSync(path, 'r')
    try {
      const bytes = Buffer.alloc(limit)
      let length = 0
      for (let read = -1; read !== 0 && length < limit; length += read) {
        read = readSync(file, bytes, length, limit - length, null)
      }
      return bytes.subarray(0, length)
    } finally {
      closeSync(file)
    }
  })
}

/** A file's text. @throws ZerocardError with `INPUT_INVALID`, also if it is not UTF-8. */
export function readText(path: string): string {
  const bytes = readBytes(path)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new ZerocardError('INPUT_INVALID', `${path}: not UTF-8 text`, { cause })
  }
}

/**
 * Reads a JSON file.
 *
 * @param parse - Takes the parsed JSON; the messages of its errors get the path in front.
 * @throws ZerocardError with `INPUT_INVALID`, or the code of `parse`.
 */
export function readJson<T>(path: string, parse: (json: unknown) => T): T {
  if (explained(path, () => statSync(path)).size > MAX_JSON_BYTES) {
    throw new ZerocardError('INPUT_INVALID', `${path}: too large for a JSON document`)
  }
  const json = jsonIn(path)
  return named(path, () => parse(json))
}

/** Runs `work`; the messages of its errors get the name of the file they are about in front. */
export function named<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw withName(path, error)
  }
}

/** {@link named} for promises. */
export async function namedAsync<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw withName(path, error)
  }
}

/**
 * Writes a file so that, whatever happens, its path has the old content or the new one.
 *
 * @throws ZerocardError with `INPUT_INVALID` if the place cannot be written.
 */
export function writeWhole(path: string, content: string | Uint8Array, mode: number): void {
  explained(path, () => {
    const temporary = temporaryBeside(path)
    try {
      writeSynced(temporary, content, mode)
      renameSync(temporary, path)
    } catch (error) {
      rmSync(temporary, { force: true })
      throw error
    }
    syncFolder(dirname(path))
  })
}

export function writeJson(path: string, json: unknown, mode: number): void {
  writeWhole(path, `${JSON.stringify(json, null, 2)}\n`, mode)
}

/**
 * Makes a folder that appears with all of its content or not at all.
 *
 * @param fill - Writes the content into the folder it is given.
 * @throws ZerocardError with `INPUT_INVALID` if the path exists or cannot be written.
 */
export async function makeFolder(
  path: string,
  mode: number,
  fill: (folder: string) => void | Promise<void>,
): Promise<void> {
  const target = resolve(path)
  if (existsSync(target)) throw new ZerocardError('INPUT_INVALID', `${path}: exists already`)
  const temporary = explained(path, () => {
    mkdirSync(dirname(target), { recursive: true })
    const folder = temporaryBeside(target)
    mkdirSync(folder, { mode: SECRET_FOLDER })
    return folder
  })
  try {
    await fill(temporary)
    explained(path, () => {
      chmodSync(temporary, mode === SECRET ? SECRET_FOLDER : 0o755)
      renameSync(temporary, target)
      syncFolder(dirname(target))
    })
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true })
    throw error
  }
}

/** Takes away what processes that were ended in the middle of writing have left in a folder. */
export function removeUnfinished(folder: string): void {
  for (const name of readdirSync(folder)) {
    const owner = /^\..+\.([0-9]+)\.[0-9a-f]{12}\.tmp$/.exec(name)?.[1]
    if (owner === undefined || isRunning(Number(owner))) continue
    rmSync(join(folder, name), { recursive: true, force: true })
  }
}

/** Makes a folder if there is none. */
export function ensureFolder(path: string, mode: number): void {
  explained(path, () =>
    mkdirSync(path, { recursive: true, mode: mode === SECRET ? SECRET_FOLDER : 0o755 }),
  )
}

export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

export function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}

/** Runs `work` and turns what the operating system says against it into one line. */
export function explained<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    const reason = systemReason(cause)
    if (reason === undefined) throw cause
    throw new ZerocardError('INPUT_INVALID', `${path}: ${reason}`, { cause })
  }
}

/** What the operating system says against a path, in words; undefined for other errors. */
export function systemReason(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return REASONS[code]
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'cannot be written here',
  EISDIR: 'is a folder',
  ENOTDIR: 'a part of the path is not a folder',
  EEXIST: 'exists already',
  ENOTEMPTY: 'exists already',
  ENOSPC: 'no space left',
  ENAMETOOLONG: 'the name is too long',
  ERR_FS_FILE_TOO_LARGE: 'is larger than 2 GB',
}

function jsonIn(path: string): unknown {
  const text = readText(path)
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    const { line, column } = findJsonMistake(text)
    const place = `line ${String(line)}, column ${String(column)}`
    throw new ZerocardError('INPUT_INVALID', `${path}: not JSON, at ${place}`, { cause })
  }
}

function withName(path: string, error: unknown): unknown {
  if (!(error instanceof ZerocardError)) return error
  return new ZerocardError(error.code, `${path}: ${error.message}`, { cause: error })
}

/** A name in the same folder, so that renaming is one step; hidden, and with its owner in it. */
function temporaryBeside(path: string): string {
  const unique = `${String(process.pid)}.${randomBytes(6).toString('hex')}`
  return join(dirname(path), `.${basename(path)}.${unique}.tmp`)
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // Somebody else's process may not be asked, but is there.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function writeSynced(path: string, content: string | Uint8Array, mode: number): void {
  const file = openSync(path, 'wx', mode)
  try {
    const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** So that the new name survives a power cut; Windows has no such call for folders. */
function syncFolder(path: string): void {
  if (process.platform === 'win32') return
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
