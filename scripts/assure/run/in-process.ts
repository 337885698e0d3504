import type { AnyCheck, AssuranceFigure, Conclusion, Json, Scope } from '../check.ts'

/** Does all of a check in this process, one unit after the other, and keeps nothing. */
export async function runCheck(check: AnyCheck, scope: Scope): Promise<Conclusion> {
  const results: Json[] = []
  for (const { input } of await check.plan(scope)) {
    results.push((await check.run(input, { progress: () => undefined })) as Json)
  }
  return check.conclude(results, scope)
}

/** The figures that are not what they have to be. */
export function missedAims(figures: readonly AssuranceFigure[]): AssuranceFigure[] {
  return figures.filter((figure) => !isReached(figure))
}

/** True also for a figure without an aim. */
export function isReached({ value, aim }: AssuranceFigure): boolean {
  if (aim === undefined) return true
  return 'atLeast' in aim ? value >= aim.atLeast : value <= aim.atMost
}

/** Nothing found that must not be, every seeded fault seen, every aim reached. */
export function hasPassed({ faults, seeded, figures }: Conclusion): boolean {
  return (
    faults.length === 0 &&
    seeded.every(({ wasSeen }) => wasSeen) &&
    missedAims(figures).length === 0
  )
}
