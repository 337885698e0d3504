import { storageFailed } from './record-store.ts'

/** How long to wait for others, milliseconds: two passphrases take a slow phone some ten seconds. */
const MAX_WAITING = 30_000

/** Last in line by name, where the browser keeps no line. */
const tails = new Map<string, Promise<void>>()

/**
 * Runs an action while no other tab of this origin runs one under the same name: what reads, decides
 * and writes. The next one comes when the action has settled. Not to be nested under one name.
 *
 * Without Web Locks (an insecure page, Node 22) the line is of this page only.
 *
 * @param waiting - Milliseconds.
 * @throws ZerocardError with `STORAGE_FAILED` if the others have not finished in that time; the
 *   action has not begun then, and will not.
 */
export async function exclusively<T>(
  name: string,
  action: () => Promise<T>,
  waiting: number = MAX_WAITING,
): Promise<T> {
  const locks = platformLocks()
  return locks === undefined
    ? inLine(name, action, waiting)
    : underLock(locks, name, action, waiting)
}

async function underLock<T>(
  locks: LockManager,
  name: string,
  action: () => Promise<T>,
  waiting: number,
): Promise<T> {
  const patience = new AbortController()
  const late = setTimeout(() => patience.abort(busy()), waiting)
  try {
    return await locks.request(name, { signal: patience.signal }, async () => {
      clearTimeout(late)
      return action()
    })
  } finally {
    clearTimeout(late)
  }
}

async function inLine<T>(name: string, action: () => Promise<T>, waiting: number): Promise<T> {
  const before = tails.get(name) ?? Promise.resolve()
  const { promise: end, resolve: leave } = Promise.withResolvers<undefined>()
  const mine = Promise.all([before, end]).then(() => undefined)
  tails.set(name, mine)
  try {
    await within(before, waiting)
    return await action()
  } finally {
    leave(undefined)
    void mine.then(() => {
      if (tails.get(name) === mine) tails.delete(name)
    })
  }
}

async function within(awaited: Promise<void>, milliseconds: number): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => reject(busy()), milliseconds)
  try {
    await Promise.race([awaited, late])
  } finally {
    clearTimeout(timer)
  }
}

function busy(): Error {
  return storageFailed('another tab is busy with the wallet and does not finish')
}

/** The types say that it is always there. */
function platformLocks(): LockManager | undefined {
  const { navigator } = globalThis as { navigator?: { locks?: LockManager } }
  return navigator?.locks
}
