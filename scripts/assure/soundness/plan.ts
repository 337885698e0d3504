import type { Scope, Unit } from '../check.ts'
import { honestCount, templateNames } from './subjects.ts'

/** A piece of work on one circuit or template: honest inputs number `from` and following. */
export type Portion = {
  readonly subject: string
  readonly from: number
  readonly count: number
}

/** The piece of work that shows the check its seeded faults. */
export const SEEDED: Unit<Portion> = {
  name: 'seeded-faults',
  input: { subject: 'seeded', from: 0, count: 0 },
}

/**
 * @param subject - A circuit or a template.
 * @param total - Honest inputs in all; fewer if there are no more.
 * @param size - Honest inputs in one unit.
 */
export function portions(subject: string, total: number, size: number): Unit<Portion>[] {
  const available = Math.min(total, honestCount(subject))
  return Array.from({ length: Math.ceil(available / size) }, (_, i) => {
    const from = i * size
    const count = Math.min(size, available - from)
    return { name: `${subject}-${from}`, input: { subject, from, count } }
  })
}

/** A seeded fault as units tell of it: JSON knows no interfaces. */
export type Seen = { readonly fault: string; readonly wasSeen: boolean }

/** In `npm test`: those that compile fast. The others are parts of these, or of the circuits. */
const QUICK = ['comparison', 'formula', 'gap', 'program', 'select', 'sorted-set', 'tags']
const TEMPLATE_WITNESSES = { part: 1, whole: 12 } as const

/** The templates, each with its first honest inputs. */
export function templatePortions(scope: Scope): Unit<Portion>[] {
  const names = scope === 'part' ? QUICK : templateNames()
  const total = TEMPLATE_WITNESSES[scope]
  return names.flatMap((name) =>
    portions(name, total, total).map((unit) => ({ ...unit, name: `template-${unit.name}` })),
  )
}

/** How many templates there are to examine. */
export function templateCount(scope: Scope): number {
  return scope === 'part' ? QUICK.length : templateNames().length
}
