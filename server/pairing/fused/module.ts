import { i32, ModuleBuilder } from '../../../core/wasm/code.ts'
import type { FunctionBuilder } from '../../../core/wasm/code.ts'
import { moduleBytes } from '../../../core/wasm/binary.ts'
import { CURVE_FIELD_ORDER, ENDOMORPHISM } from '../../../core/curve.ts'
import { address, place, slotAt } from '../../../core/wasm/fields/field-code.ts'
import type { Place, Slot } from '../../../core/wasm/fields/field-code.ts'
import { addFmaField } from '../../../core/wasm/fields/fma-field.ts'
import type { FmaCode } from '../../../core/wasm/fields/fma-field.ts'
import { addPower } from '../../../core/wasm/fields/power.ts'
import { Layout } from '../../../core/wasm/layout.ts'
import { addLoops } from './loops.ts'
import type { LoopCode } from './loops.ts'
import { addPairField } from './pair-field.ts'
import { addCurve } from './points.ts'
import type { CurveCode } from './points.ts'
import { addTower } from './tower.ts'
import { TWIST_3B, TWIST_B, frobeniusFactor } from './xi.ts'

/** b of G1's curve y² = x³ + b. */
const B = 3n

/** A module with what has to be known of it to use it. */
export interface PairingModule {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly layout: Layout
  readonly prime: FmaCode
  readonly loops: LoopCode
  /** Bytes of slots, and of single elements of a group as they are gathered and scattered. */
  readonly g1: GroupBytes
  readonly g2: GroupBytes
  readonly towerBytes: number
}

export interface GroupBytes {
  readonly slot: number
  readonly element: number
}

export function createPairingModule(): PairingModule {
  const module = new ModuleBuilder()
  const layout = new Layout()
  const prime = addFmaField(module, layout, 'fq', CURVE_FIELD_ORDER)
  const pair = addPairField(module, layout, prime)
  const tower = addTower(module, layout, pair)
  const loops = addLoops(module, pair, tower)
  const slotOf = (at: Place): Slot => slotAt(at, prime.reduced)
  const room = (): Place => place(layout.room(prime.slotBytes))
  const zero = slotOf(place(layout.constant(new Uint8Array(prime.slotBytes))))
  const threeB = pair.constant(TWIST_3B)
  const g1 = addCurve(module, layout, 'g1', {
    field: prime,
    timesThreeB: (f, to, a) => prime.multiplePlus(f, to, Number(3n * B), a, zero),
  })
  const g2 = addCurve(module, layout, 'g2', {
    field: pair,
    timesThreeB: (f, to, a) => pair.mul(f, to, a, threeB),
  })

  // Integers in and out.
  const radix = prime.constant(prime.radix % CURVE_FIELD_ORDER)
  module.define('fq_read', ['i32', 'i32', 'i32'] as const, (f, [to, low, high]) => {
    prime.reduce(f, place(to), prime.read(f, place(to), [low, high], radix))
  })
  const [t0, t1, t2, t3] = [room(), room(), room(), room()]
  module.define('fq_write', ['i32', 'i32', 'i32'] as const, (f, [low, high, a]) => {
    const plain = prime.mul(f, t0, slotOf(place(a)), prime.plainOne)
    prime.write(f, [low, high], prime.reduce(f, t0, plain))
  })

  // Points in and out, one for each lane.
  for (const [name, field, curve] of [
    ['g1', prime, g1],
    ['g2', pair, g2],
  ] as const) {
    const part = (at: Place, index: number): Place =>
      place(at.pointer, at.offset + index * field.elementBytes)
    module.define(
      `${name}_gather`,
      ['i32', 'i32', 'i32', 'i32', 'i32'] as const,
      (f, [to, low, high, lowSign, highSign]) => {
        curve.coordinates(place(to)).forEach((coordinate, i) => {
          const from = [part(place(low), i), part(place(high), i)]
          field.gather(f, coordinate, from, i === 1 ? [lowSign, highSign] : undefined)
        })
      },
    )
    module.define(`${name}_scatter`, ['i32', 'i32', 'i32'] as const, (f, [low, high, from]) => {
      curve.coordinates(place(from)).forEach((coordinate, i) => {
        field.scatter(f, [part(place(low), i), part(place(high), i)], coordinate)
      })
    })
    /** The other y, in these lanes. */
    const other = place(layout.room(field.slotBytes))
    module.define(`${name}_flip`, ['i32', 'i32'] as const, (f, [point, lanes]) => {
      const [, y] = curve.coordinates(place(point))
      const none = slotAt(field.sub(f, other, y, y), { value: 0, limb: 0 })
      field.reduce(f, other, field.sub(f, other, none, y))
      field.replace(f, y, lanes, other)
    })
  }

  // Roots: q is 3 modulo 4, so x^((q - 3)/4) is the inverse of a root where x is a square.
  const rootOf = addPower(module, layout, 'fq_power', prime, (CURVE_FIELD_ORDER - 3n) / 4n)
  const power = (f: FunctionBuilder, to: Place, a: Slot): Slot => {
    f.emit(rootOf.call(address(to), address(a)))
    return prime.reduce(f, to, slotAt(to, { value: 1.01, limb: 1 }))
  }
  /** Finds y and sets z where x is that of a point. @returns bits of lanes where it is. */
  module.defineWithResult('g1_lift', ['i32'] as const, 'i32', (f, [point]) => {
    const [x, y, z] = g1.coordinates(place(point))
    const cube = prime.mul(f, t0, prime.sqr(f, t0, x), x)
    const right = prime.reduce(f, t0, prime.add(f, t0, cube, prime.constant(B)))
    const inverse = power(f, t1, right)
    prime.reduce(f, y, prime.mul(f, t1, inverse, right))
    prime.reduce(f, z, prime.constant(1n))
    return prime.zeros(f, prime.reduce(f, t1, prime.sub(f, t1, prime.sqr(f, t1, y), right)))
  })
  const twistB = pair.constant(TWIST_B)
  const [right, tried, square] = pair.rooms(3).map((at) => pair.slot(at)) as [Slot, Slot, Slot]
  /** Bits of lanes whose point is on the twist. */
  module.defineWithResult('g2_valid', ['i32'] as const, 'i32', (f, [point]) => {
    const [x, y] = g2.coordinates(place(point))
    const cube = pair.mul(f, right, pair.sqr(f, right, x), x)
    const difference = pair.sub(f, square, pair.sqr(f, square, y), pair.add(f, right, cube, twistB))
    return pair.zeros(f, pair.reduce(f, square, difference))
  })
  // In Fp2 (y0 + y1 u)² = a + b u: with n² = a² + b², y0² is (a + n)/2 or (a - n)/2, and
  // y1 = b / (2 y0). Where y0 is 0, b is, and a has no root in Fq: then -a has.
  const half = prime.constant((CURVE_FIELD_ORDER + 1n) / 2n)
  const partOf = (at: Place, which: 0 | 1): Slot =>
    slotOf(place(at.pointer, at.offset + which * prime.slotBytes))
  module.defineWithResult('g2_lift', ['i32'] as const, 'i32', (f, [point]) => {
    const [x, y, z] = g2.coordinates(place(point))
    pair.mul(f, right, pair.sqr(f, right, x), x)
    pair.reduce(f, right, pair.add(f, right, right, twistB))
    const [a, b] = [partOf(right, 0), partOf(right, 1)]
    const norm = prime.reduce(
      f,
      t0,
      prime.mulSum(f, t0, [
        ['+', a, a],
        ['+', b, b],
      ]),
    )
    const n = prime.reduce(f, t0, prime.mul(f, t1, power(f, t1, norm), norm))
    const found = f.let(i32.const(0))
    const takeIfRoot = (): void => {
      const difference = pair.sub(f, square, pair.sqr(f, square, tried), right)
      const isRoot = f.let(pair.zeros(f, pair.reduce(f, square, difference)))
      pair.replace(f, y, isRoot, tried)
      f.set(found, i32.or(found, isRoot))
    }
    for (const operation of ['add', 'sub'] as const) {
      const twice = prime.reduce(f, t1, prime[operation](f, t1, a, n))
      const y0y0 = prime.reduce(f, t1, prime.mul(f, t1, twice, half))
      const inverse = power(f, t2, y0y0)
      prime.reduce(f, partOf(tried, 0), prime.mul(f, t3, inverse, y0y0))
      const y1 = prime.reduce(f, t3, prime.mul(f, t3, inverse, b))
      prime.reduce(f, partOf(tried, 1), prime.mul(f, t3, y1, half))
      takeIfRoot()
    }
    // With n = -a, what was tried last is a power of a: here a root of -a, and so times u one of a.
    prime.reduce(f, partOf(tried, 1), partOf(tried, 0))
    prime.reduce(f, partOf(tried, 0), zero)
    takeIfRoot()
    pair.reduce(f, z, pair.constant([1n, 0n]))
    return found
  })

  // Endomorphisms.
  const beta = prime.constant(ENDOMORPHISM.beta)
  module.define('g1_endomorphism', ['i32', 'i32'] as const, (f, [to, from]) => {
    const [x, y, z] = g1.coordinates(place(from))
    const [x3, y3, z3] = g1.coordinates(place(to))
    prime.reduce(f, x3, prime.mul(f, t0, x, beta))
    prime.reduce(f, y3, y)
    prime.reduce(f, z3, z)
  })
  const [psiX, psiY] = [pair.constant(frobeniusFactor(1, 2)), pair.constant(frobeniusFactor(1, 3))]
  module.define('g2_psi', ['i32', 'i32'] as const, (f, [to, from]) => {
    const [x, y, z] = g2.coordinates(place(from))
    const [x3, y3, z3] = g2.coordinates(place(to))
    pair.mul(f, x3, pair.conjugate(f, tried, x), psiX)
    pair.mul(f, y3, pair.conjugate(f, tried, y), psiY)
    pair.conjugate(f, z3, z)
  })
  /** x/y and 1/y: zeros of zero. */
  module.define('g1_ratios', ['i32', 'i32'] as const, (f, [to, from]) => {
    const [x, y, z] = g1.coordinates(place(from))
    const inverse = prime.reduce(f, t0, prime.inv(f, t0, y))
    prime.reduce(f, place(to), prime.mul(f, t1, x, inverse))
    prime.reduce(f, place(to, prime.slotBytes), prime.mul(f, t1, z, inverse))
  })

  const groupOf = (curve: CurveCode, elementBytes: number): GroupBytes => ({
    slot: curve.bytes,
    element: 3 * elementBytes,
  })
  return {
    bytes: moduleBytes(module.functions),
    layout,
    prime,
    loops,
    g1: groupOf(g1, prime.elementBytes),
    g2: groupOf(g2, pair.elementBytes),
    towerBytes: tower.bytes,
  }
}
