/** What the browser says about the room of this origin; bytes, rounded as the browser likes. */
export interface StorageEstimate {
  readonly used: number
  readonly quota: number
}

interface Storage {
  persist?: () => Promise<boolean>
  persisted?: () => Promise<boolean>
  estimate?: () => Promise<{ usage?: number; quota?: number }>
}

/**
 * Asks the browser not to remove what is stored when it wants room, or after days without a visit.
 *
 * @returns Its answer, or undefined if it has none: then a promise was neither made nor refused.
 */
export async function askForPersistence(): Promise<boolean | undefined> {
  const storage = platformStorage()
  return answerOf(async () => (await storage?.persisted?.()) === true || storage?.persist?.())
}

/** Whether the browser has promised, without asking for it; undefined if it does not tell. */
export async function isPersistent(): Promise<boolean | undefined> {
  const storage = platformStorage()
  return answerOf(async () => storage?.persisted?.())
}

/** Undefined if the browser does not tell. */
export async function estimate(): Promise<StorageEstimate | undefined> {
  const storage = platformStorage()
  const told = await answerOf(async () => storage?.estimate?.())
  if (told?.usage === undefined || told.quota === undefined) return undefined
  return { used: told.usage, quota: told.quota }
}

/** A browser that fails at this question has not answered it. */
async function answerOf<T>(ask: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await ask()
  } catch {
    return undefined
  }
}

/** The types say that all of it is always there; insecure pages and older browsers have none or less. */
function platformStorage(): Storage | undefined {
  const { navigator } = globalThis as { navigator?: { storage?: Storage } }
  return navigator?.storage
}
