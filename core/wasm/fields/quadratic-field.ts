import { i32 } from '../code.ts'
import type { FunctionBuilder, I32, ModuleBuilder } from '../code.ts'
import type { Layout } from '../layout.ts'
import { address, place, settled, slotAt } from './field-code.ts'
import type { FieldCode, Place, Product, Slot, SumCode, SumsCode } from './field-code.ts'
import type { PrimeCode } from './prime-code.ts'

/**
 * The field of a + b·u with u² = -1 over a prime field, as pairs of its slots: the coordinates of G2.
 *
 * @param name - In the names of the functions.
 */
export function addQuadraticField(
  module: ModuleBuilder,
  layout: Layout,
  name: string,
  prime: PrimeCode,
): FieldCode {
  const { reduced } = prime
  const parts = (slot: Slot): readonly [Slot, Slot] => [slot, second(slot)]
  const second = (slot: Slot): Slot => slotAt(after(slot), slot)
  const after = ({ pointer, offset }: Place, bytes = prime.slotBytes): Place =>
    place(pointer, offset + bytes)
  const room = Array.from({ length: 4 }, () => place(layout.room(prime.slotBytes)))
  const [t0, t1, t2, t3] = room as [Place, Place, Place, Place]
  const taken = (pointer: Parameters<typeof place>[0]): readonly [Slot, Slot] =>
    parts(slotAt(place(pointer), reduced))

  const writeParts = (f: FunctionBuilder, to: I32, [real, imaginary]: readonly Slot[]): void => {
    if (real === undefined || imaginary === undefined) throw new TypeError('two parts are needed')
    prime.reduce(f, place(to), real)
    prime.reduce(f, after(place(to)), imaginary)
  }

  const mul = module.define(`${name}_mul`, ['i32', 'i32', 'i32'] as const, (f, [to, a, b]) => {
    const [[a0, a1], [b0, b1]] = [taken(a), taken(b)]
    const sums = prime.mulPairEach(f, [
      { to: t0, first: [a0, b0], sign: '-', second: [a1, b1] },
      { to: t1, first: [a0, b1], sign: '+', second: [a1, b0] },
    ])
    writeParts(f, to, sums)
  })
  const sqr = module.define(`${name}_sqr`, ['i32', 'i32'] as const, (f, [to, a]) => {
    const [a0, a1] = taken(a)
    const factors = [prime.add(f, t0, a0, a1), prime.sub(f, t1, a0, a1)] as const
    const [real, half] = prime.mulEach(f, [
      [t0, ...factors],
      [t2, a0, a1],
    ]) as [Slot, Slot]
    writeParts(f, to, [real, prime.add(f, t2, half, half)])
  })
  const inv = module.define(`${name}_inv`, ['i32', 'i32'] as const, (f, [to, a]) => {
    const [a0, a1] = taken(a)
    const squares = prime.sqrEach(f, [
      [t0, a0],
      [t1, a1],
    ]) as [Slot, Slot]
    const norm = prime.reduce(f, t0, prime.add(f, t0, ...squares))
    const inverse = prime.inv(f, t0, norm)
    const [real, imaginary] = prime.mulEach(f, [
      [t1, a0, inverse],
      [t2, a1, inverse],
    ]) as [Slot, Slot]
    prime.reduce(f, place(to), real)
    // 0 - x: what has no value but 0 is a slot less itself.
    const zero = prime.sub(f, t3, imaginary, imaginary)
    prime.reduce(
      f,
      after(place(to)),
      prime.sub(f, t3, slotAt(zero, { value: 0, limb: 0 }), imaginary),
    )
  })

  const oneBytes = (): Place => {
    const zero = new Uint8Array(prime.slotBytes)
    const both = new Uint8Array(2 * prime.slotBytes)
    both.set(prime.slotOf(1n))
    both.set(zero, prime.slotBytes)
    return place(layout.constant(both))
  }
  const pairwise =
    (operation: 'add' | 'sub') =>
    (f: FunctionBuilder, to: Place, a: Slot, b: Slot): Slot => {
      const real = prime[operation](f, to, a, b)
      prime[operation](f, after(to), second(a), second(b))
      return real
    }
  const field: FieldCode = {
    lanes: prime.lanes,
    slotBytes: 2 * prime.slotBytes,
    elementBytes: 2 * prime.elementBytes,
    reduced,
    product: reduced,
    one: slotAt(oneBytes(), reduced),
    add: pairwise('add'),
    sub: pairwise('sub'),
    mul(f, to, a, b) {
      f.emit(mul.call(address(to), ...fitPair(f, a, b).map(address)))
      return slotAt(to, reduced)
    },
    sqr(f, to, a) {
      f.emit(sqr.call(address(to), address(fit(f, a))))
      return slotAt(to, reduced)
    },
    mulEach: (f, products) => products.map(([to, a, b]) => field.mul(f, to, a, b)),
    sqrEach: (f, squares) => squares.map(([to, a]) => field.sqr(f, to, a)),
    reduce(f, to, a) {
      prime.reduce(f, to, a)
      prime.reduce(f, after(to), second(a))
      return slotAt(to, reduced)
    },
    inv(f, to, a) {
      f.emit(inv.call(address(to), address(fit(f, a))))
      return slotAt(to, reduced)
    },
    zeros: (f, a) => {
      const real = f.let(prime.zeros(f, a))
      return i32.and(real, prime.zeros(f, second(a)))
    },
    replace(f, at, lanes, by) {
      prime.replace(f, at, lanes, by)
      prime.replace(f, after(at), lanes, after(by))
    },
    gather(f, to, from, signs) {
      prime.gather(f, to, from, signs)
      const others = from.map((element) => after(element, prime.elementBytes))
      prime.gather(f, after(to), others, signs)
      return slotAt(to, reduced)
    },
    scatter(f, to, a) {
      prime.scatter(f, to, a)
      const others = to.map((element) => after(element, prime.elementBytes))
      prime.scatter(f, others, second(a))
    },
  }
  /** Operands that can be multiplied, the wider one or both reduced where they are. */
  const fitPair = (f: FunctionBuilder, a: Slot, b: Slot): readonly [Slot, Slot] => {
    if (prime.pairFits(a, b)) return [a, b]
    if (a.limb * a.value < b.limb * b.value) {
      const narrow = fit(f, b)
      return prime.pairFits(a, narrow) ? [a, narrow] : [fit(f, a), narrow]
    }
    const narrow = fit(f, a)
    return prime.pairFits(narrow, b) ? [narrow, b] : [narrow, fit(f, b)]
  }
  /** The slot if it is reduced, else reduced where it is. */
  const fit = (f: FunctionBuilder, slot: Slot): Slot =>
    slot.value <= reduced.value && slot.limb <= reduced.limb
      ? settled(slot, reduced)
      : field.reduce(f, slot, slot)
  return field
}

/**
 * Sums of products in the field of a + b·u, each part reduced once. They may replace their operands.
 *
 * @param prime - Whose products can be summed.
 */
export function quadraticSums(layout: Layout, prime: SumsCode): SumCode['mulSum'] {
  const after = ({ pointer, offset }: Place): Place => place(pointer, offset + prime.slotBytes)
  const [real, imaginary] = [0, 1].map(() => place(layout.room(prime.slotBytes))) as [Place, Place]
  const parts = (slot: Slot): readonly [Slot, Slot] => [slot, slotAt(after(slot), slot)]
  return (f, to, products) => {
    const inReal: Product[] = []
    const inImaginary: Product[] = []
    for (const [sign, a, b] of products) {
      const [[a0, a1], [b0, b1]] = [parts(a), parts(b)]
      inReal.push([sign, a0, b0], [sign === '+' ? '-' : '+', a1, b1])
      inImaginary.push([sign, a0, b1], [sign, a1, b0])
    }
    const sums = prime.mulSumEach(f, [
      [real, inReal],
      [imaginary, inImaginary],
    ]) as [Slot, Slot]
    prime.reduce(f, to, sums[0])
    prime.reduce(f, after(to), sums[1])
    return slotAt(to, prime.reduced)
  }
}
