import * as z from '../../core/zod.ts'
import type { WalletSettings } from './types.ts'

/** Minutes without use until a wallet locks itself: a person reads a consent screen in less. */
const LOCK_AFTER = 10

export const DEFAULT_SETTINGS: WalletSettings = {
  theme: 'system',
  lockAfter: LOCK_AFTER,
  preparesProofs: true,
}

const settingsShape = z.strictObject({
  language: z.exactOptional(z.enum(['en', 'zh-Hans'])),
  theme: z.enum(['system', 'light', 'dark']),
  /** At most a day: a wallet that never locks is no wallet. */
  lockAfter: z.int().check(z.minimum(1), z.maximum(1_440)),
  preparesProofs: z.boolean(),
})

/** What cannot be read is as if it had never been set. */
export function readSettings(value: unknown): WalletSettings {
  const result = settingsShape.safeParse(value)
  return result.success ? result.data : DEFAULT_SETTINGS
}
