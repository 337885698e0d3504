/** One result. `runs` is how many measurements the median was taken of. */
export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly runs: number
}

/** Figures whose names share a prefix, taken together because they share their preparation. */
export interface Measurement {
  readonly prefix: string
  /** Left out unless `--only` names it. */
  readonly isOnRequest?: boolean
  readonly measure: () => AsyncGenerator<Figure>
}

/** A count or a size: taken once, the same each time. */
export function exact(name: string, value: number, unit: string): Figure {
  return { name, value, unit, runs: 1 }
}

/**
 * Times an action.
 *
 * @param unit - `ms` or `s`, of the value.
 * @param warmUps - Runs before the ones that count, for caches and the compiler.
 */
export async function timed(
  name: string,
  unit: 'ms' | 's',
  runs: number,
  action: () => unknown,
  warmUps = 1,
): Promise<Figure> {
  for (let i = 0; i < warmUps; i++) await action()
  const times: number[] = []
  for (let i = 0; i < runs; i++) {
    const start = performance.now()
    await action()
    times.push(performance.now() - start)
  }
  return medianOf(name, unit, times)
}

/** The share of one of `count` things that were done at once. */
export function perItem(figure: Figure, count: number): Figure {
  return { ...figure, value: rounded(figure.value / count) }
}

/** @param times - Milliseconds, however they were measured. */
export function medianOf(name: string, unit: 'ms' | 's', times: readonly number[]): Figure {
  const value = rounded(median(times) / (unit === 's' ? 1000 : 1))
  return { name, value, unit, runs: times.length }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const [low = 0, high = 0] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]]
  return (low + high) / 2
}

/** Three significant digits: more would pretend. */
export function rounded(value: number): number {
  return Number(value.toPrecision(3))
}
