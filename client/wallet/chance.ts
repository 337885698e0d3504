/** One of them, at random; undefined if there is none. */
export function drawn<T>(all: readonly T[]): T | undefined {
  const [number = 0] = crypto.getRandomValues(new Uint32Array(1))
  return all[number % Math.max(1, all.length)]
}

/** All of them, in no order. */
export function shuffled<T>(all: readonly T[]): T[] {
  const places = crypto.getRandomValues(new Uint32Array(all.length))
  return all
    .map((one, i) => [places[i] ?? 0, one] as const)
    .sort(([a], [b]) => a - b)
    .map(([, one]) => one)
}
