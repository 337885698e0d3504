import { i32, store } from '../../../core/wasm/code.ts'
import type { FunctionBuilder, I32, Local, ModuleBuilder } from '../../../core/wasm/code.ts'
import type { Layout } from '../../../core/wasm/layout.ts'
import { place, settled, slotAt } from '../../../core/wasm/fields/field-code.ts'
import type { FieldCode, Place, Slot } from '../../../core/wasm/fields/field-code.ts'
import { inverseModulo } from '../../../core/wasm/fields/prime-code.ts'
import type { PrimeCode } from '../../../core/wasm/fields/prime-code.ts'

// Points of a curve y² = x³ + b in affine coordinates, many at once: all share one inversion
// (P. Montgomery, "Speeding the Pollard and elliptic curve methods of factorization", 1987).
//
// A reference to a point is its address, with the lowest bit set for its opposite. Points are
// aligned to eight bytes, so the bit is free.

/**
 * Products that are computed side by side: one has to wait for its own carries, and a processor
 * computes on another meanwhile.
 */
export const WAYS = 2

/** Bytes of one reference. */
export const REFERENCE_BYTES = 4

/** Bytes that processors bring from memory at once: 64, rarely 128. */
const LINE_BYTES = 64

/** Bytes of a coordinate's part in a proving key, in Montgomery form with R = 2^256. */
const KEY_PART_BYTES = 32

export interface PointCode {
  /** Of a stored point. */
  readonly pointBytes: number
  /** Of the room that {@link addPointFunctions} wants for each group of `lanes` additions. */
  readonly workBytes: number
}

/**
 * Adds four functions:
 *
 * - `NAME_add(references, to, groups, work, exceptions) → count`: sums of pairs of references, one
 *   after another to `to`. Where both have the same x, nothing is computed; the numbers of these
 *   pairs are written to `exceptions`.
 * - `NAME_fetch(references, count, to)`: reads something of each cache line of these points, so that
 *   `NAME_add` finds them near; writes something to `to`.
 * - `NAME_double(references, to, groups, work)`: doubles of references.
 * - `NAME_import(from, to, endomorphic, groups)`: points of a proving key, and their images under
 *   (x, y) → (β·x, y).
 *
 * A group is as many as the field has lanes. There is an even number of groups, and `work` has room for
 * {@link WAYS} more.
 *
 * @param components - Parts of a coordinate: 1, or 2 over the quadratic field.
 */
export function addPointFunctions(
  module: ModuleBuilder,
  layout: Layout,
  name: string,
  { field, prime, beta }: { field: FieldCode; prime: PrimeCode; beta: bigint },
): PointCode {
  const { lanes, slotBytes, elementBytes } = field
  const pointBytes = 2 * elementBytes
  const entryBytes = 2 * slotBytes
  const ways = [roomFor(layout, slotBytes), roomFor(layout, slotBytes)] as const
  const each = <T>(work: (room: Room, way: number) => T): T[] => ways.map(work)
  const mulEach = (
    f: FunctionBuilder,
    operands: (room: Room, way: number) => readonly [Place, Slot, Slot],
  ): Slot[] => field.mulEach(f, each(operands))
  const settle = (slot: Slot): void => void settled(slot, field.product)

  /** References at an address, one for each lane, and what lies between two of them. */
  const referencesAt = (f: FunctionBuilder, at: I32, stride: number, which: number): Reference[] =>
    Array.from({ length: lanes }, (_, lane) => {
      const reference = f.let(i32.load(at, REFERENCE_BYTES * (stride * lane + which)))
      return {
        point: f.let(i32.and(reference, i32.const(~1))),
        sign: f.let(i32.and(reference, i32.const(1))),
      }
    })
  const gatherX = (f: FunctionBuilder, to: Place, references: readonly Reference[]): Slot =>
    field.gather(
      f,
      to,
      references.map(({ point }) => place(point)),
    )
  const gatherY = (f: FunctionBuilder, to: Place, references: readonly Reference[]): Slot =>
    field.gather(
      f,
      to,
      references.map(({ point }) => place(point, elementBytes)),
      references.map(({ sign }) => sign),
    )
  const product = (pointer: I32, way: number): Slot =>
    slotAt(place(pointer, way * entryBytes), field.product)
  const divisor = (pointer: I32, way: number): Slot =>
    slotAt(place(pointer, way * entryBytes + slotBytes), field.reduced)

  /** Products of all divisors before each, for each way; `at` goes through the work's entries. */
  const forward = (
    f: FunctionBuilder,
    { references, groups, work }: Operands,
    bytes: number,
    write: (at: Local<'i32'>, entry: Local<'i32'>) => void,
  ): void => {
    const at = f.let(references)
    const end = f.let(i32.add(references, i32.mul(groups, i32.const(bytes))))
    const entry = f.let(work)
    each((_, way) => field.reduce(f, product(entry, way), field.one))
    f.upTo(at, end, WAYS * bytes, () => {
      write(at, entry)
      mulEach(f, (_, way) => [
        product(entry, way + WAYS),
        product(entry, way),
        divisor(entry, way),
      ]).forEach(settle)
      f.set(entry, i32.add(entry, i32.const(WAYS * entryBytes)))
    })
  }

  /** Goes back with the inverse of the product of all; `write` gets that of each divisor. */
  const backward = (
    f: FunctionBuilder,
    { references, to, groups, work }: Operands,
    bytes: number,
    write: (at: Local<'i32'>, out: Local<'i32'>) => void,
  ): void => {
    const entry = f.let(i32.add(work, i32.mul(groups, i32.const(entryBytes))))
    const running = invertTotals(f, entry)
    const at = f.let(i32.add(references, i32.mul(groups, i32.const(bytes))))
    const out = f.let(i32.add(to, i32.mul(groups, i32.const(lanes * pointBytes))))
    f.while(i32.gtU(at, references), () => {
      f.set(entry, i32.sub(entry, i32.const(WAYS * entryBytes)))
      f.set(at, i32.sub(at, i32.const(WAYS * bytes)))
      f.set(out, i32.sub(out, i32.const(WAYS * lanes * pointBytes)))
      mulEach(f, ({ inverse }, way) => [inverse, running(way), product(entry, way)]).forEach(settle)
      mulEach(f, (_, way) => [running(way), running(way), divisor(entry, way)]).forEach(settle)
      write(at, out)
    })
  }
  /** One inversion for all ways: each way's is that of the product, times the others. */
  const invertTotals = (f: FunctionBuilder, entry: I32): ((way: number) => Slot) => {
    const [first, second] = ways
    const totals = [product(entry, 0), product(entry, 1)] as const
    const all = field.reduce(f, first.s, field.mul(f, first.s, ...totals))
    const inverse = settled(field.inv(f, first.s, all), field.product)
    settled(field.mul(f, first.running, inverse, totals[1]), field.product)
    settled(field.mul(f, second.running, inverse, totals[0]), field.product)
    return (way) => slotAt((ways[way] as Room).running, field.product)
  }

  /** From slopes to the third points, way by way so that neighbours do not wait for each other. */
  const writeThirds = (
    f: FunctionBuilder,
    out: I32,
    lines: readonly {
      readonly slope: Slot
      readonly x: Slot
      readonly otherX: Slot
      readonly y: Slot
    }[],
  ): void => {
    const outOf = (way: number, offset: number): Place[] =>
      Array.from({ length: lanes }, (_, lane) =>
        place(out, (way * lanes + lane) * pointBytes + offset),
      )
    const line = (way: number) => lines[way] as (typeof lines)[number]
    const squares = field.sqrEach(
      f,
      each(({ t }, way) => [t, line(way).slope]),
    )
    const thirds = each(({ x2, t }, way) => {
      const sum = field.add(f, x2, line(way).x, line(way).otherX)
      return field.reduce(f, x2, field.sub(f, t, squares[way] as Slot, sum))
    })
    const rises = mulEach(f, ({ x1, t }, way) => {
      const run = field.sub(f, x1, line(way).x, thirds[way] as Slot)
      return [t, line(way).slope, run]
    })
    each(({ t }, way) => {
      const height = field.reduce(f, t, field.sub(f, t, rises[way] as Slot, line(way).y))
      field.scatter(f, outOf(way, 0), thirds[way] as Slot)
      field.scatter(f, outOf(way, elementBytes), height)
    })
  }

  module.define(`${name}_fetch`, ['i32', 'i32', 'i32'] as const, (f, [references, count, to]) => {
    const end = f.let(i32.add(references, i32.mul(count, i32.const(REFERENCE_BYTES))))
    const all = f.let(i32.const(0))
    f.upTo(references, end, REFERENCE_BYTES, () => {
      const point = f.let(i32.and(i32.load(references), i32.const(~1)))
      for (let at = 0; at < pointBytes; at += LINE_BYTES) {
        f.set(all, i32.or(all, i32.load(point, at)))
      }
      f.set(all, i32.or(all, i32.load(point, pointBytes - 4)))
    })
    // What is not written would not be read either.
    f.emit(store.i32(to, all))
  })

  const pairBytes = 2 * lanes * REFERENCE_BYTES
  module.defineWithResult(
    `${name}_add`,
    ['i32', 'i32', 'i32', 'i32', 'i32'] as const,
    'i32',
    (f, [references, to, groups, work, exceptions]) => {
      const operands = { references, to, groups, work }
      const [pair, count] = [f.let(i32.const(0)), f.let(i32.const(0))]
      forward(f, operands, pairBytes, (at, entry) => {
        each(({ x1, x2, s }, way) => {
          const own = f.let(i32.add(at, i32.const(way * pairBytes)))
          const first = gatherX(f, x1, referencesAt(f, own, 2, 0))
          const second = gatherX(f, x2, referencesAt(f, own, 2, 1))
          const run = field.reduce(f, divisor(entry, way), field.sub(f, s, second, first))
          const zeros = f.let(field.zeros(f, run))
          f.if(zeros, () => {
            field.replace(f, run, zeros, field.one)
            for (let lane = 0; lane < lanes; lane++) {
              f.if(i32.and(zeros, i32.const(1 << lane)), () => {
                const found = i32.add(exceptions, i32.shl(count, i32.const(2)))
                f.emit(store.i32(found, i32.add(pair, i32.const(way * lanes + lane))))
                f.set(count, i32.add(count, i32.const(1)))
              })
            }
          })
        })
        f.set(pair, i32.add(pair, i32.const(WAYS * lanes)))
      })
      backward(f, operands, pairBytes, (at, out) => {
        const lines = each(({ x1, x2, y1, y2, s }, way) => {
          const own = f.let(i32.add(at, i32.const(way * pairBytes)))
          const [first, second] = [referencesAt(f, own, 2, 0), referencesAt(f, own, 2, 1)]
          const y = gatherY(f, y1, first)
          return {
            ...{ x: gatherX(f, x1, first), otherX: gatherX(f, x2, second), y },
            rise: field.sub(f, s, gatherY(f, y2, second), y),
          }
        })
        const slopes = mulEach(f, ({ s, inverse }, way) => {
          const { rise } = lines[way] as (typeof lines)[number]
          return [s, rise, slotAt(inverse, field.product)]
        })
        writeThirds(
          f,
          out,
          lines.map((line, way) => ({ ...line, slope: slopes[way] as Slot })),
        )
      })
      return count
    },
  )

  const singleBytes = lanes * REFERENCE_BYTES
  module.define(
    `${name}_double`,
    ['i32', 'i32', 'i32', 'i32'] as const,
    (f, [references, to, groups, work]) => {
      const operands = { references, to, groups, work }
      forward(f, operands, singleBytes, (at, entry) => {
        each(({ y1, s }, way) => {
          const own = i32.add(at, i32.const(way * singleBytes))
          const y = gatherY(f, y1, referencesAt(f, f.let(own), 1, 0))
          field.reduce(f, divisor(entry, way), field.add(f, s, y, y))
        })
      })
      backward(f, operands, singleBytes, (at, out) => {
        const lines = each(({ x1, y1, s, t, inverse }, way) => {
          const own = f.let(i32.add(at, i32.const(way * singleBytes)))
          const only = referencesAt(f, own, 1, 0)
          const [x, y] = [gatherX(f, x1, only), gatherY(f, y1, only)]
          const square = field.reduce(f, s, field.sqr(f, s, x))
          const rise = field.reduce(f, s, field.add(f, s, field.add(f, t, square, square), square))
          const slope = field.mul(f, s, rise, slotAt(inverse, field.product))
          return { slope, x, otherX: x, y }
        })
        writeThirds(f, out, lines)
      })
    },
  )

  const toMontgomery = prime.constant(
    (prime.radix * inverseModulo(1n << 256n, prime.modulus)) % prime.modulus,
  )
  const twist = prime.constant(beta)
  const components = elementBytes / prime.elementBytes
  const { s, t } = ways[0]
  module.define(
    `${name}_import`,
    ['i32', 'i32', 'i32', 'i32'] as const,
    (f, [from, to, endomorphic, groups]) => {
      const keyPointBytes = 2 * components * KEY_PART_BYTES
      const end = f.let(i32.add(from, i32.mul(groups, i32.const(lanes * keyPointBytes))))
      f.upTo(from, end, lanes * keyPointBytes, () => {
        for (let part = 0; part < 2 * components; part++) {
          const sources = Array.from({ length: lanes }, (_, lane) =>
            i32.add(from, i32.const(lane * keyPointBytes + part * KEY_PART_BYTES)),
          )
          const out = (table: I32): Place[] =>
            sources.map((_, lane) => place(table, lane * pointBytes + part * prime.elementBytes))
          const converted = prime.reduce(f, s, prime.read(f, s, sources, toMontgomery))
          prime.scatter(f, out(to), converted)
          const image =
            part < components ? prime.reduce(f, t, prime.mul(f, t, converted, twist)) : converted
          prime.scatter(f, out(endomorphic), image)
        }
        f.set(to, i32.add(to, i32.const(lanes * pointBytes)))
        f.set(endomorphic, i32.add(endomorphic, i32.const(lanes * pointBytes)))
      })
    },
  )
  return { pointBytes, workBytes: entryBytes }
}

interface Reference {
  readonly point: I32
  readonly sign: I32
}

interface Operands {
  readonly references: Local<'i32'>
  readonly to: Local<'i32'>
  readonly groups: Local<'i32'>
  readonly work: Local<'i32'>
}

/** What one way computes in. */
type Room = Readonly<Record<'x1' | 'x2' | 'y1' | 'y2' | 'inverse' | 'running' | 's' | 't', Place>>

function roomFor(layout: Layout, bytes: number): Room {
  const one = (): Place => place(layout.room(bytes))
  return {
    ...{ x1: one(), x2: one(), y1: one(), y2: one() },
    ...{ inverse: one(), running: one(), s: one(), t: one() },
  }
}
