import type { Values } from './pattern.ts'

/** The elements of an array as single values: `list('path', [1n])` is `path[0]` = 1. */
export function list(name: string, elements: readonly bigint[]): Values {
  return Object.fromEntries(elements.map((value, i) => [`${name}[${String(i)}]`, value]))
}

/** One of the values. A name that does not exist is a mistake of the pattern. */
export function at(values: Values, name: string): bigint {
  const value = values[name]
  if (value === undefined) throw new TypeError(`no value of ${name}`)
  return value
}

/** All combinations of the given values. */
export function combinations(choices: Readonly<Record<string, readonly bigint[]>>): Values[] {
  return Object.entries(choices).reduce<Values[]>(
    (partial, [name, values]) =>
      partial.flatMap((sample) => values.map((value) => ({ ...sample, [name]: value }))),
    [{}],
  )
}
