import { FIELD_ORDER, reduce } from '../../../core/field.ts'
import { inverseOf } from './inverses.ts'
import type { Network } from './network.ts'
import type { System, Wire } from './system.ts'

// With one wire of a witness changed by d, a constraint a * b = c that held is off by
// d * (slope + square * d), where the slope and the square come from the wire's coefficients and the
// other wires. So a wire's constraints tell for all values at once which of them would pass.

/** A wire that can be changed alone. */
export interface WireMutant {
  readonly wire: Wire
  /** The only other value that passes; absent if every value does. */
  readonly value?: bigint
}

export interface WireMutants {
  /** Wires changed, each to all other elements of the field. */
  readonly tried: number
  readonly survivors: readonly WireMutant[]
}

/**
 * Changes single wires of a witness, each to every other value.
 *
 * @param witness - Satisfies all constraints.
 * @param options - `wires` to change; all but the constant 1 if absent.
 */
export function killWireMutants(
  system: System,
  witness: readonly bigint[],
  { wires }: { readonly wires?: readonly Wire[] } = {},
): WireMutants {
  const network = system.plain
  const sums = sidesOf(network, witness)
  const survivors: WireMutant[] = []
  const tried = wires ?? Array.from({ length: network.wires - 1 }, (_, i) => i + 1)
  for (const wire of tried) {
    const change = passingChange(network, sums, wire)
    if (change === 'any') survivors.push({ wire })
    else if (change !== undefined) {
      survivors.push({ wire, value: reduce((witness[wire] ?? 0n) + change) })
    }
  }
  return { tried: tried.length, survivors }
}

interface Sides {
  readonly a: readonly bigint[]
  readonly b: readonly bigint[]
}

function sidesOf(network: Network, witness: readonly bigint[]): Sides {
  const zeros = (): bigint[] => Array.from({ length: network.constraints }, () => 0n)
  const [a, b] = [zeros(), zeros()]
  for (let entry = 0; entry < network.wireOf.length; entry++) {
    const value = witness[network.wireOf[entry] ?? 0] ?? 0n
    const i = network.constraintOf[entry] ?? 0
    const ka = network.a[entry] ?? 0n
    const kb = network.b[entry] ?? 0n
    if (ka !== 0n) a[i] = (a[i] ?? 0n) + ka * value
    if (kb !== 0n) b[i] = (b[i] ?? 0n) + kb * value
  }
  return { a: a.map((value) => value % FIELD_ORDER), b: b.map((value) => value % FIELD_ORDER) }
}

/** The change that no constraint notices. */
function passingChange(network: Network, sides: Sides, wire: Wire): bigint | 'any' | undefined {
  let passing: bigint | 'any' = 'any'
  const { useStarts, uses } = network
  for (let at = useStarts[wire] ?? 0; at < (useStarts[wire + 1] ?? 0); at++) {
    const change = unnoticedBy(network, sides, uses[at] ?? 0)
    if (change === undefined || (passing !== 'any' && change !== 'any' && change !== passing)) {
      return undefined
    }
    if (change !== 'any') passing = change
  }
  return passing
}

function unnoticedBy(
  { constraintOf, a, b, c }: Network,
  sides: Sides,
  entry: number,
): bigint | 'any' | undefined {
  const i = constraintOf[entry] ?? 0
  const ka = a[entry] ?? 0n
  const kb = b[entry] ?? 0n
  const slope = reduce((sides.a[i] ?? 0n) * kb + (sides.b[i] ?? 0n) * ka - (c[entry] ?? 0n))
  if (ka === 0n || kb === 0n) return slope === 0n ? 'any' : undefined
  return slope === 0n ? undefined : reduce(-slope * inverseOf(reduce(ka * kb)))
}
