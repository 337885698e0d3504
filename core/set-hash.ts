import { assertField } from './field.ts'
import { poseidon } from './hash.ts'
import { compileHasher } from './poseidon-engine.ts'
import type { Hasher } from './poseidon-engine.ts'

/** Hashes of one size that cost about as much as compiling what is faster. */
const WORTH_COMPILING = 64

interface Size {
  count: number
  /** undefined until it is worth it; null where it cannot be had. */
  compiled: Hasher | null | undefined
}

/** By number of inputs. What is kept depends on nothing but that and how much was hashed. */
const sizes = new Map<number, Size>()

/**
 * Poseidon, as `poseidon` gives it, for those who hash a great deal: a set of a million has 120,000
 * nodes. From some number of hashes on it is WebAssembly, where the platform lets it be.
 *
 * Only for what anybody may know: the inputs stay in a memory that is never cleared.
 *
 * @throws ZerocardError with `FIELD_INVALID` for an input outside the field.
 */
export function hashPublic(inputs: readonly bigint[]): bigint {
  const size = sizes.get(inputs.length) ?? { count: 0, compiled: undefined }
  sizes.set(inputs.length, size)
  size.count += 1
  if (size.compiled === undefined && size.count > WORTH_COMPILING) {
    size.compiled = checkedHasher(inputs)
  }
  if (!size.compiled) return poseidon(inputs)
  for (const input of inputs) assertField(input, 'Poseidon input')
  return size.compiled(inputs)
}

/** null if WebAssembly is refused, as by a page's policy, or does not do what it should. */
function checkedHasher(inputs: readonly bigint[]): Hasher | null {
  const expected = poseidon(inputs)
  try {
    const hasher = compileHasher(inputs.length)
    return hasher(inputs) === expected ? hasher : null
  } catch {
    return null
  }
}
