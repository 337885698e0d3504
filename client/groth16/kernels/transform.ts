import { i32 } from '../../../core/wasm/code.ts'
import type { FunctionBuilder, I32, ModuleBuilder } from '../../../core/wasm/code.ts'
import type { Layout } from '../../../core/wasm/layout.ts'
import { place, settled, slotAt } from '../../../core/wasm/fields/field-code.ts'
import type { Bounds, Place, Slot } from '../../../core/wasm/fields/field-code.ts'
import type { PrimeCode } from '../../../core/wasm/fields/prime-code.ts'

// The number-theoretic transform over the scalar field. A polynomial of n values lies in n / lanes
// slots; with two lanes, slot i has value i and value i + n/2, so that one layer goes across lanes
// and all others have the same twiddle in both.

/** Bytes of a coefficient's entry: where it is, and where the value is that it multiplies. */
export const ENTRY_BYTES = 8

/** Bytes of a plain integer. */
const INTEGER_BYTES = 32

/**
 * Adds, for slots and tables as `transform.ts` makes them:
 *
 * - `fr_forward(data, slots, width, twiddles)`: one layer of a transform from bit-reversed order, of
 *   blocks of `width` slots, at least four; `fr_inverse(…)` one of a transform to it.
 * - `fr_neighbours(data, slots)`: the layer of blocks of two slots, of both; their twiddle is 1.
 * - `fr_across_forward(data, slots, twiddles)`, `fr_across_inverse(…)`: the layer across lanes.
 * - `fr_scale(data, factors, slots)`: slot by slot.
 * - `fr_product(to, a, b, slots)`: slot by slot.
 * - `fr_quotient(to, half, a, b, c, slots)`: a·b - c as plain integers, 32 bytes each; those of the
 *   second lane at `half`.
 * - `fr_powers(to, start, ratio, slots)`: a slot, and each next one times the ratio.
 * - `fr_across_table(to, from, slots)`: slots with one in their first lane.
 * - `fr_read(to, from, groups)`, `fr_read_twice(…)`: plain integers to elements as they are, or what a
 *   key has in Montgomery form twice over to what `fr_rows` wants.
 * - `fr_spread(to, from, half, groups)`: elements to slots.
 * - `fr_rows(to, entries, ends, rows)`: sums of products, row by row.
 */
export function addTransform(module: ModuleBuilder, layout: Layout, fr: PrimeCode): void {
  const { lanes, slotBytes, elementBytes } = fr
  const room = Array.from({ length: 5 }, () => place(layout.room(slotBytes)))
  const [s, t, u, v, w] = room as [Place, Place, Place, Place, Place]
  /** To compute in, for each of two butterflies whose products are computed side by side. */
  const ways = [
    { own: s, sum: t },
    { own: v, sum: w },
  ] as const
  const at = (pointer: I32): Slot => slotAt(place(pointer), KEPT)
  const kept = (slot: Slot): void => void settled(slot, KEPT)
  const KEPT: Bounds = fr.product

  /** Where a butterfly reads and writes, and what it computes in. */
  interface Butterfly {
    readonly low: Slot
    readonly high: Slot
    readonly twiddle: Slot
    readonly own: Place
    readonly sum: Place
  }
  const butterflies = (
    name: string,
    write: (f: FunctionBuilder, both: readonly Butterfly[]) => void,
  ): void => {
    module.define(
      name,
      ['i32', 'i32', 'i32', 'i32'] as const,
      (f, [data, slots, width, twiddles]) => {
        const half = f.let(i32.mul(i32.shrU(width, i32.const(1)), i32.const(slotBytes)))
        const end = f.let(i32.add(data, i32.mul(slots, i32.const(slotBytes))))
        const [high, twiddle, blockEnd] = f.locals('i32', 3)
        if (high === undefined || twiddle === undefined || blockEnd === undefined) return
        const step = ways.length * slotBytes
        f.while(i32.ltU(data, end), () => {
          f.set(twiddle, twiddles)
          f.set(high, i32.add(data, half))
          f.set(blockEnd, high)
          f.upTo(data, blockEnd, step, () => {
            const both = ways.map(({ own, sum }, way) => ({
              low: slotAt(place(data, way * slotBytes), KEPT),
              high: slotAt(place(high, way * slotBytes), KEPT),
              twiddle: slotAt(place(twiddle, way * slotBytes), fr.reduced),
              ...{ own, sum },
            }))
            write(f, both)
            f.set(high, i32.add(high, i32.const(step)))
            f.set(twiddle, i32.add(twiddle, i32.const(step)))
          })
          f.set(data, high)
        })
      },
    )
  }
  const setLow = (f: FunctionBuilder, { low, sum }: Butterfly, other: Slot): void =>
    kept(fr.reduce(f, low, fr.add(f, sum, low, other)))
  butterflies('fr_inverse', (f, both) => {
    const products = both.map((butterfly) => {
      const { low, high, twiddle, own } = butterfly
      const difference = fr.sub(f, own, low, high)
      setLow(f, butterfly, high)
      return [high, difference, twiddle] as const
    })
    fr.mulEach(f, products).forEach(kept)
  })
  butterflies('fr_forward', (f, both) => {
    const products = fr.mulEach(
      f,
      both.map(({ high, twiddle, own }) => [own, high, twiddle]),
    )
    both.forEach((butterfly, way) => {
      const { low, high, sum } = butterfly
      const other = products[way] as Slot
      kept(fr.reduce(f, high, fr.sub(f, sum, low, other)))
      setLow(f, butterfly, other)
    })
  })
  module.define('fr_neighbours', ['i32', 'i32'] as const, (f, [data, slots]) => {
    const end = f.let(i32.add(data, i32.mul(slots, i32.const(slotBytes))))
    f.upTo(data, end, 2 * slotBytes, () => {
      const [low, high] = [at(data), slotAt(place(data, slotBytes), KEPT)]
      const difference = fr.sub(f, s, low, high)
      kept(fr.reduce(f, low, fr.add(f, t, low, high)))
      kept(fr.reduce(f, high, difference))
    })
  })

  if (lanes === 2) {
    module.define('fr_across_table', ['i32', 'i32', 'i32'] as const, (f, [to, from, slots]) => {
      const end = f.let(i32.add(to, i32.mul(slots, i32.const(slotBytes))))
      f.upTo(to, end, slotBytes, () => {
        fr.reduce(f, place(to), slotAt(place(from), fr.reduced))
        fr.replace(f, place(to), i32.const(1), fr.one)
        f.set(from, i32.add(from, i32.const(slotBytes)))
      })
    })
    const across = (
      name: string,
      write: (f: FunctionBuilder, slot: Slot, twiddle: Slot) => Slot,
    ): void => {
      module.define(name, ['i32', 'i32', 'i32'] as const, (f, [data, slots, twiddles]) => {
        const end = f.let(i32.add(data, i32.mul(slots, i32.const(slotBytes))))
        f.upTo(data, end, slotBytes, () => {
          kept(write(f, at(data), slotAt(place(twiddles), fr.reduced)))
          f.set(twiddles, i32.add(twiddles, i32.const(slotBytes)))
        })
      })
    }
    across('fr_across_inverse', (f, slot, twiddle) =>
      fr.mul(f, slot, fr.butterflyOfLanes(f, s, slot), twiddle),
    )
    across('fr_across_forward', (f, slot, twiddle) =>
      fr.reduce(f, slot, fr.butterflyOfLanes(f, s, fr.mul(f, t, slot, twiddle))),
    )
  }

  module.define('fr_scale', ['i32', 'i32', 'i32'] as const, (f, [data, factors, slots]) => {
    const end = f.let(i32.add(data, i32.mul(slots, i32.const(slotBytes))))
    f.upTo(data, end, slotBytes, () => {
      kept(fr.mul(f, place(data), at(data), slotAt(place(factors), fr.reduced)))
      f.set(factors, i32.add(factors, i32.const(slotBytes)))
    })
  })

  module.define('fr_product', ['i32', 'i32', 'i32', 'i32'] as const, (f, [to, a, b, slots]) => {
    const end = f.let(i32.add(to, i32.mul(slots, i32.const(slotBytes))))
    f.upTo(to, end, slotBytes, () => {
      kept(fr.mul(f, place(to), at(a), at(b)))
      f.set(a, i32.add(a, i32.const(slotBytes)))
      f.set(b, i32.add(b, i32.const(slotBytes)))
    })
  })

  module.define(
    'fr_quotient',
    ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'] as const,
    (f, [to, half, a, b, c, slots]) => {
      const end = f.let(i32.add(a, i32.mul(slots, i32.const(slotBytes))))
      f.upTo(a, end, slotBytes, () => {
        const difference = fr.sub(f, s, fr.mul(f, s, at(a), at(b)), at(c))
        const plain = fr.reduce(f, s, fr.mul(f, s, difference, fr.plainOne))
        fr.write(f, lanes === 2 ? [to, half] : [to], plain)
        f.set(b, i32.add(b, i32.const(slotBytes)))
        f.set(c, i32.add(c, i32.const(slotBytes)))
        f.set(to, i32.add(to, i32.const(INTEGER_BYTES)))
        f.set(half, i32.add(half, i32.const(INTEGER_BYTES)))
      })
    },
  )

  module.define(
    'fr_powers',
    ['i32', 'i32', 'i32', 'i32'] as const,
    (f, [to, start, ratio, slots]) => {
      const end = f.let(i32.add(to, i32.mul(slots, i32.const(slotBytes))))
      const previous = f.let(to)
      fr.reduce(f, place(to), at(start))
      f.set(to, i32.add(to, i32.const(slotBytes)))
      f.upTo(to, end, slotBytes, () => {
        const power = fr.mul(f, s, slotAt(place(previous), fr.reduced), at(ratio))
        fr.reduce(f, place(to), power)
        f.set(previous, to)
      })
    },
  )

  const readers = {
    // In Montgomery form once, so that the product by it leaves an integer as it is.
    fr_read: fr.one,
    // Coefficients are kept in Montgomery form twice over: times a plain value, they give one that
    // is in it once. A key has them so for R = 2^256.
    fr_read_twice: fr.constant(powerOfRadixes(fr)),
  }
  for (const [name, factor] of Object.entries(readers)) {
    module.define(name, ['i32', 'i32', 'i32'] as const, (f, [to, from, groups]) => {
      const end = f.let(i32.add(from, i32.mul(groups, i32.const(lanes * INTEGER_BYTES))))
      f.upTo(from, end, lanes * INTEGER_BYTES, () => {
        const sources = Array.from({ length: lanes }, (_, lane) =>
          i32.add(from, i32.const(lane * INTEGER_BYTES)),
        )
        const read = fr.reduce(f, s, fr.read(f, s, sources, factor))
        fr.scatter(
          f,
          sources.map((_, lane) => place(to, lane * elementBytes)),
          read,
        )
        f.set(to, i32.add(to, i32.const(lanes * elementBytes)))
      })
    })
  }

  module.define(
    'fr_spread',
    ['i32', 'i32', 'i32', 'i32'] as const,
    (f, [to, from, half, groups]) => {
      const end = f.let(i32.add(to, i32.mul(groups, i32.const(slotBytes))))
      f.upTo(to, end, slotBytes, () => {
        fr.gather(f, place(to), lanes === 2 ? [place(from), place(half)] : [place(from)])
        f.set(from, i32.add(from, i32.const(elementBytes)))
        f.set(half, i32.add(half, i32.const(elementBytes)))
      })
    },
  )

  module.define(
    'fr_rows',
    ['i32', 'i32', 'i32', 'i32'] as const,
    (f, [to, entries, ends, rows]) => {
      const end = f.let(i32.add(to, i32.mul(rows, i32.const(elementBytes))))
      f.upTo(to, end, elementBytes, () => {
        const sum = slotAt(u, fr.reduced)
        fr.reduce(f, u, slotAt(fr.sub(f, u, fr.one, fr.one), fr.reduced))
        const rowEnd = f.let(i32.load(ends))
        f.upTo(entries, rowEnd, lanes * ENTRY_BYTES, () => {
          const lane = (offset: number): Place[] =>
            Array.from({ length: lanes }, (_, i) =>
              place(f.let(i32.load(entries, i * ENTRY_BYTES + offset))),
            )
          const coefficients = fr.gather(f, s, lane(0))
          const values = fr.gather(f, t, lane(4))
          fr.reduce(f, u, fr.add(f, u, sum, fr.mul(f, s, coefficients, values)))
        })
        const total = fr.reduce(f, s, fr.sumOfLanes(f, s, sum))
        // One lane of it is enough; the other goes where the next row is written.
        fr.scatter(f, lanes === 2 ? [place(to), place(to)] : [place(to)], total)
        f.set(ends, i32.add(ends, i32.const(4)))
      })
    },
  )
}

/** R² / 2^512, so that times R it makes of v·2^512 what is v·R² after a product. */
function powerOfRadixes({ radix, modulus }: PrimeCode): bigint {
  const half = (modulus + 1n) / 2n
  let scale = 1n
  for (let i = 0; i < 512; i++) scale = (scale * half) % modulus
  return (radix * radix * scale) % modulus
}
