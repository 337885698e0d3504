type Value = bigint | readonly Value[]

/** Inputs of a circuit by name; arrays and buses may be nested or flat. */
export type Inputs = Readonly<Record<string, Value>>

/** A true statement, and what the circuit has to say of it. */
export interface TrueCase {
  readonly inputs: Inputs
  /** Expected outputs by name, computed without the circuit. */
  readonly outputs: Readonly<Record<string, bigint>>
}

/** A circuit around one or a few templates, with true and false statements about them. */
export interface Bench {
  readonly name: string
  /** Circom source with `component main`; includes name files of `circuits/`. */
  readonly main: string
  /** Files that take the place of circomlib's, by name, where a part is judged without another. */
  readonly library?: Readonly<Record<string, string>>
  /** The first is judged most thoroughly. */
  readonly accepted: readonly TrueCase[]
  /** Each violates one condition. */
  readonly refused: readonly Inputs[]
}

/** The source of a bench. */
export function mainOf(includes: readonly string[], text: string): string {
  return [
    'pragma circom 2.2.0;',
    ...includes.map((name) => `include "${name}.circom";`),
    text,
  ].join('\n')
}

/** Writes fields of digits one after another, the first in the lowest digits. */
export function packed(fields: readonly (readonly [value: bigint, width: number])[]): bigint {
  let word = 0n
  let place = 0n
  for (const [value, width] of fields) {
    word |= value << place
    place += BigInt(width)
  }
  return word
}

/** 0 to length - 1. */
export function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i)
}
