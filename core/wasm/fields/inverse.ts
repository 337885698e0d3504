import { i32 } from '../code.ts'
import type { Callable, FunctionBuilder, ModuleBuilder } from '../code.ts'
import { storeInverse } from '../inverse.ts'
import type { Layout } from '../layout.ts'
import { place, settled, slotAt } from './field-code.ts'
import type { Bounds, Place, Slot } from './field-code.ts'
import type { PrimeCode } from './prime-code.ts'

/** Of what the function takes. */
export const INVERTIBLE: Bounds = { value: 1.1, limb: 2 }
/** Of what it gives. */
export const INVERSE: Bounds = { value: 1.01, limb: 1 }

/** Bytes of an integer outside of the field's representation. */
const INTEGER_BYTES = 32

/**
 * A function `(to, a)`: the inverse of each lane, and 0 of 0. Its time depends on the values. All
 * lanes share one inversion.
 *
 * @param prime - But for its inverse.
 */
export function addInverse(
  module: ModuleBuilder,
  layout: Layout,
  name: string,
  prime: PrimeCode,
): Callable {
  const { lanes, slotBytes, elementBytes, modulus, radix } = prime
  const room = (): Place => place(layout.room(slotBytes))
  const [own, other, whole] = [room(), room(), room()]
  const elements = Array.from({ length: lanes }, () => place(layout.room(elementBytes)))
  const integers = Array.from({ length: lanes }, () => layout.room(INTEGER_BYTES))
  const integer = integers[0] ?? i32.const(0)
  const zero = place(layout.constant(prime.slotOf(0n)))
  // What is read is the inverse of a · R, over R once more, and shall be that of a, times R.
  const squaredRadix = prime.constant((radix * radix) % modulus)

  /** In each lane the element of the other. */
  const exchanged = (f: FunctionBuilder, slot: Slot): Slot => {
    prime.scatter(f, elements, slot)
    return prime.gather(f, other, elements.toReversed())
  }
  return module.define(name, ['i32', 'i32'] as const, (f, [to, a]) => {
    const value = prime.reduce(f, own, slotAt(place(a), INVERTIBLE))
    const zeros = f.let(prime.zeros(f, value))
    f.if(zeros, () => {
      prime.replace(f, own, zeros, prime.one)
    })
    const isAlone = lanes === 1
    const others = isAlone ? prime.one : exchanged(f, value)
    const product = isAlone ? value : prime.reduce(f, whole, prime.mul(f, whole, value, others))
    prime.write(f, integers, product)
    storeInverse(f, modulus, integer, integer)
    const inverse = prime.read(f, whole, Array<typeof integer>(lanes).fill(integer), squaredRadix)
    settled(prime.mul(f, place(to), inverse, others), INVERSE)
    f.if(zeros, () => {
      prime.replace(f, place(to), zeros, zero)
    })
  })
}
