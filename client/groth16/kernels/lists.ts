import { i32, i64, store } from '../../../core/wasm/code.ts'
import type { FunctionBuilder, I32, Local, ModuleBuilder } from '../../../core/wasm/code.ts'
import { REFERENCE_BYTES } from './points.ts'

// Which points are added to which. Nothing here looks at a point, only at references to them.

const DIGIT_BYTES = 2
/** Numbers and addresses are words. */
const WORD_BYTES = 4

/**
 * Adds three functions:
 *
 * - `buckets_count(digits, count, counts)`: adds to the word of each bucket how many digits belong to
 *   it: those whose magnitude is its number.
 * - `buckets_fill(digits, count, ends, points, pointBytes)`: a reference to each point, in the order of
 *   their digits, for the opposite where the digit is negative, goes to where the word of its bucket
 *   points, which is set behind it. Points whose digit is 0 go nowhere.
 * - `lists_halve(references, counts, lists, pairs, results, pointBytes) → pairs`: writes references that
 *   follow each other in a list as pairs to `pairs`, and in their place a reference to their sum, each
 *   `pointBytes` behind the one before; a last one without another stays. Lists stay one behind the
 *   other, `counts` has their new lengths.
 */
export function addListFunctions(module: ModuleBuilder): void {
  module.define('buckets_count', ['i32', 'i32', 'i32'] as const, (f, [digits, count, counts]) => {
    const end = f.let(i32.add(digits, i32.mul(count, i32.const(DIGIT_BYTES))))
    f.upTo(digits, end, DIGIT_BYTES, () => {
      const digit = f.let(i32.load16S(digits))
      const word = wordOf(f, counts, digit, signOf(f, digit))
      f.emit(store.i32(word, i32.add(i32.load(word), i32.const(1))))
    })
  })
  module.define(
    'buckets_fill',
    ['i32', 'i32', 'i32', 'i32', 'i32'] as const,
    (f, [digits, count, ends, point, pointBytes]) => {
      const end = f.let(i32.add(digits, i32.mul(count, i32.const(DIGIT_BYTES))))
      f.upTo(digits, end, DIGIT_BYTES, () => {
        const digit = f.let(i32.load16S(digits))
        f.if(digit, () => {
          const sign = signOf(f, digit)
          const word = wordOf(f, ends, digit, sign)
          const at = f.let(i32.load(word))
          f.emit(store.i32(at, i32.sub(point, sign)))
          f.emit(store.i32(word, i32.add(at, i32.const(REFERENCE_BYTES))))
        })
        f.set(point, i32.add(point, pointBytes))
      })
    },
  )
  module.defineWithResult(
    'lists_halve',
    ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'] as const,
    'i32',
    (f, [references, counts, lists, pairs, result, pointBytes]) => {
      const from = f.let(references)
      const to = f.let(references)
      const pair = f.let(pairs)
      const end = f.let(i32.add(counts, i32.mul(lists, i32.const(WORD_BYTES))))
      f.upTo(counts, end, WORD_BYTES, () => {
        const count = f.let(i32.load(counts))
        const half = f.let(i32.shrU(count, i32.const(1)))
        const isOdd = f.let(i32.and(count, i32.const(1)))
        const lastPair = f.let(i32.add(pair, i32.mul(half, i32.const(2 * REFERENCE_BYTES))))
        f.upTo(pair, lastPair, 2 * REFERENCE_BYTES, () => {
          f.emit(store.i64(pair, i64.load(from)))
          f.emit(store.i32(to, result))
          f.set(result, i32.add(result, pointBytes))
          f.set(from, i32.add(from, i32.const(2 * REFERENCE_BYTES)))
          f.set(to, i32.add(to, i32.const(REFERENCE_BYTES)))
        })
        f.if(isOdd, () => {
          f.emit(store.i32(to, i32.load(from)))
          f.set(from, i32.add(from, i32.const(REFERENCE_BYTES)))
          f.set(to, i32.add(to, i32.const(REFERENCE_BYTES)))
        })
        f.emit(store.i32(counts, i32.add(half, isOdd)))
      })
      return i32.shrU(i32.sub(pair, pairs), i32.const(Math.log2(2 * REFERENCE_BYTES)))
    },
  )
}

/** -1 for a negative digit, else 0: taken off a reference, it makes that one to the opposite. */
function signOf(f: FunctionBuilder, digit: I32): Local<'i32'> {
  return f.let(i32.shrS(digit, i32.const(31)))
}

/** The address of the word for the magnitude of a digit. */
function wordOf(f: FunctionBuilder, words: I32, digit: I32, sign: I32): Local<'i32'> {
  const magnitude = i32.sub(i32.xor(digit, sign), sign)
  return f.let(i32.add(words, i32.mul(magnitude, i32.const(WORD_BYTES))))
}
