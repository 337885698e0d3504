import type { Defence } from './defence.ts'
import { HOLDERS } from './list/holders.ts'
import { MATHEMATICS } from './list/mathematics.ts'
import { SERVICES } from './list/services.ts'

export const DEFENCES: readonly Defence[] = [...MATHEMATICS, ...SERVICES, ...HOLDERS]
