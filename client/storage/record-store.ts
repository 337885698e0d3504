import { ZerocardError } from '../../core/errors.ts'

export interface RecordChange {
  readonly key: string
  /** Absent: the record is removed. */
  readonly value: Uint8Array | undefined
}

/**
 * What a wallet asks of a database: bytes by key. Every call throws ZerocardError with
 * `STORAGE_FAILED` if the database does not do what it was asked.
 */
export interface RecordStore {
  get(key: string): Promise<Uint8Array<ArrayBuffer> | undefined>
  /** Everything, by key. */
  entries(): Promise<readonly (readonly [string, Uint8Array<ArrayBuffer>])[]>
  /**
   * All of the changes or none of them, in their order. They are on the disk when this resolves.
   *
   * @throws ZerocardError with `STORAGE_FULL` if there is no room, `STORAGE_FAILED` otherwise.
   */
  write(changes: readonly RecordChange[]): Promise<void>
  /** Removes every record, for other tabs too; what is written afterwards begins anew. */
  destroy(): Promise<void>
  /** Every later call throws `STORAGE_FAILED`. */
  close(): void
}

/** What a database says is wrong, in the words of this project. */
export function storageError(cause: unknown): ZerocardError {
  if (cause instanceof ZerocardError) return cause
  // The class of this error differs between browsers and their versions, its name does not.
  if (cause instanceof Error && cause.name === 'QuotaExceededError') {
    return new ZerocardError('STORAGE_FULL', 'the browser gives this page no more room', { cause })
  }
  return storageFailed('the browser could not read or write what is stored', { cause })
}

export function storageFailed(message: string, options?: ErrorOptions): ZerocardError {
  return new ZerocardError('STORAGE_FAILED', message, options)
}
