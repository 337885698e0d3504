import { CURVE_FIELD_ORDER, CURVE_PARAMETER } from '../../../core/curve.ts'
import { ZerocardError } from '../../../core/errors.ts'
import type { G1Coordinates, G2Coordinates } from '../../../core/groth16-key.ts'
import type { Address } from '../../../core/wasm/memory.ts'
import { nonAdjacentForm } from '../non-adjacent.ts'
import type { CompressedPoint } from './compressed.ts'
import type { PairingMachine } from './machine.ts'

/** A point as the machine scatters it: it can be put into any lane. */
export type Point = Uint8Array

/** One for each lane. */
export type Lanes<T> = readonly [T, T]

export type Group = 'g1' | 'g2'

/** Digits of x below the highest, from there. */
export const PARAMETER_DIGITS = nonAdjacentForm(CURVE_PARAMETER).toReversed().slice(1)

/** Points in and out of a machine, two at a time. */
export class PointLanes {
  readonly #machine: PairingMachine
  /** Zero of G1, for lanes without a point. */
  readonly zero: Point

  constructor(machine: PairingMachine) {
    this.#machine = machine
    this.zero = machine.temporarily(() => this.taken('g1', this.#slot('g1', [[0n], [1n], [0n]])))
  }

  /** Room for two points. */
  room(group: Group): Address {
    return this.#machine.allocate(this.#machine.module[group].slot)
  }

  gather(group: Group, points: Lanes<Point>, signs: Lanes<0 | 1> = [0, 0]): Address {
    const slot = this.room(group)
    this.gatherTo(slot, group, points, signs)
    return slot
  }

  gatherTo(slot: Address, group: Group, points: Lanes<Point>, signs: Lanes<0 | 1> = [0, 0]): void {
    this.#machine.temporarily(() => {
      const from = points.map((point) => this.#machine.put(point))
      this.#machine.call(`${group}_gather`, slot, ...from, ...signs)
    })
  }

  scatter(group: Group, slot: Address): Lanes<Point> {
    return this.#machine.temporarily(() => {
      const { element } = this.#machine.module[group]
      const [low, high] = [this.#machine.allocate(element), this.#machine.allocate(element)]
      this.#machine.call(`${group}_scatter`, low, high, slot)
      return [this.#machine.copy(low, element), this.#machine.copy(high, element)]
    })
  }

  /** The point of the lower lane. */
  taken(group: Group, slot: Address): Point {
    return this.scatter(group, slot)[0]
  }

  opposite(point: Point): Point {
    return this.#machine.temporarily(() =>
      this.taken('g1', this.gather('g1', [point, point], [1, 1])),
    )
  }

  /** @throws ZerocardError with `KEY_INVALID` if it is not on the curve: G1 has no other points. */
  g1([x, y]: G1Coordinates): Point {
    if ((y * y - x * x * x - 3n) % CURVE_FIELD_ORDER !== 0n) throw keyInvalid()
    return this.#machine.temporarily(() => this.taken('g1', this.#slot('g1', [[x], [y], [1n]])))
  }

  /** @throws ZerocardError with `KEY_INVALID` if it is not in the subgroup. */
  g2([x, y]: G2Coordinates): Point {
    return this.#machine.temporarily(() => {
      const slot = this.#slot('g2', [x, y, [1n, 0n]])
      const isSound = this.#machine.call('g2_valid', slot) === 3 && this.inSubgroup(slot) === 3
      if (!isSound) throw keyInvalid()
      return this.taken('g2', slot)
    })
  }

  /**
   * Finds the points of two x, where there are such.
   *
   * @returns Where they are, and bits of the lanes in which they are points of the curve.
   */
  lift(group: Group, points: Lanes<CompressedPoint>): { slot: Address; found: number } {
    const [low, high] = points
    const slot = this.room(group)
    const { slotBytes } = this.#machine.module.prime
    low.x.forEach((part, i) => {
      this.#machine.read(slot + i * slotBytes, part, high.x[i] ?? 0n)
    })
    const found = this.#machine.call(`${group}_lift`, slot)
    const y = slot + low.x.length * slotBytes
    const parts = low.x.map((_, i) => this.#machine.write(y + i * slotBytes))
    const other = points.map(({ isOdd }, lane) => {
      // Of a y in Fp2 the imaginary part decides where the real one is zero.
      const [real = 0n, imaginary = 0n] = parts.map((lanes) => lanes[lane] ?? 0n)
      const isOddRoot = ((real === 0n ? imaginary : real) & 1n) === 1n
      return isOddRoot === isOdd ? 0 : 1 << lane
    })
    this.#machine.call(
      `${group}_flip`,
      slot,
      other.reduce((bits, bit) => bits | bit),
    )
    return { slot, found }
  }

  /** Bits of the lanes whose point of the twist is in the subgroup: why so, ../library/subgroup.ts says. */
  inSubgroup(q: Address): number {
    return this.#machine.temporarily(() => {
      const call = (name: string, ...operands: readonly Address[]): number =>
        this.#machine.call(`g2_${name}`, ...operands)
      const [opposite, multiple, sum] = [this.room('g2'), this.room('g2'), this.room('g2')]
      call('negate', opposite, q)
      // For the highest digit, which is 1.
      call('double', multiple, q)
      PARAMETER_DIGITS.forEach((digit, i) => {
        if (i > 0) call('double', multiple, multiple)
        if (digit !== 0) call('add', multiple, multiple, digit === 1 ? q : opposite)
      })
      // With R = xQ, whether psi(R + psi(R - psi(2R))) is -(R + Q).
      call('double', sum, multiple)
      call('psi', sum, sum)
      call('negate', sum, sum)
      for (let i = 0; i < 2; i++) {
        call('add', sum, sum, multiple)
        call('psi', sum, sum)
      }
      call('add', multiple, multiple, q)
      call('negate', multiple, multiple)
      return call('same', sum, multiple)
    })
  }

  /** A slot of points with these coordinates, each of 1 or 2 integers, the same in both lanes. */
  #slot(group: Group, coordinates: readonly (readonly bigint[])[]): Address {
    const { slotBytes } = this.#machine.module.prime
    const slot = this.room(group)
    coordinates.flat().forEach((integer, i) => {
      this.#machine.read(slot + i * slotBytes, integer, integer)
    })
    return slot
  }
}

export function twos<T>(items: readonly T[]): (readonly [T, T | undefined])[] {
  return Array.from({ length: Math.ceil(items.length / 2) }, (_, i) => [
    items[2 * i] as T,
    items[2 * i + 1],
  ])
}

function keyInvalid(): ZerocardError {
  return new ZerocardError('KEY_INVALID', 'the verification key has a point outside its group')
}
