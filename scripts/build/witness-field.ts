import { FIELD_ORDER } from '../../core/field.ts'
import type { FunctionCode, ValueType } from '../../core/wasm/binary.ts'
import { ModuleBuilder, i64 } from '../../core/wasm/code.ts'
import type { FunctionBuilder, I32, I64 } from '../../core/wasm/code.ts'
import { storeInverse } from '../../core/wasm/inverse.ts'
import {
  FACTOR,
  LIMBS,
  LIMB_BITS,
  belowModulus,
  join,
  modulusOf,
  product,
  split,
} from '../../core/wasm/limbs.ts'

// Functions of circom's field in other words, with the same results: the Montgomery product, the
// way back from Montgomery's form, and the inverse, which circom finds by long division. Elements are
// 32 bytes, little-endian, below the order; all are read before one is written, as places may
// coincide. Their time depends on the values, like that of the rest of a witness program.

/** circom's R is 2^256, nine limbs are 2^261: one factor is taken 2^5 times. */
const PRODUCT_SHIFT = LIMBS * LIMB_BITS - 256

const MODULUS = modulusOf(FIELD_ORDER)

/** `product(a, b, to)`: a * b / 2^256. */
export function montgomeryProduct(): FunctionCode {
  return functionOf(['i32', 'i32', 'i32'] as const, (f, [a, b, to]) => {
    storeProduct(f, a, split(f, b), to)
  })
}

/** `product(a, 1, to)`, as a function of two. */
export function fromMontgomery(): FunctionCode {
  return functionOf(['i32', 'i32'] as const, (f, [a, to]) => {
    storeProduct(f, a, [i64.const(1n)], to)
  })
}

/** `inverse(a, modulus, to)`; 0 for 0. The modulus is the field's, whatever is told. */
export function fieldInverse(): FunctionCode {
  return functionOf(['i32', 'i32', 'i32'] as const, (f, [a, , to]) => {
    storeInverse(f, FIELD_ORDER, a, to)
  })
}

function storeProduct(f: FunctionBuilder, a: I32, right: readonly I64[], to: I32): void {
  const limbs = product(f, MODULUS, split(f, a, FACTOR, PRODUCT_SHIFT), right)
  belowModulus(f, MODULUS, limbs)
  join(f, to, limbs)
}

function functionOf<const P extends readonly ValueType[]>(
  parameters: P,
  write: Parameters<typeof ModuleBuilder.prototype.define<P>>[2],
): FunctionCode {
  const module = new ModuleBuilder()
  module.define('function', parameters, write)
  const [code] = module.functions
  if (code === undefined) throw new TypeError('no function')
  return code
}
