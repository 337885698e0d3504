import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { FIELD_ORDER } from '../../core/field.ts'
import { poseidon } from '../../core/hash.ts'
import { compileHasher } from '../../core/poseidon-engine.ts'

const EDGES = [0n, 1n, (1n << 64n) - 1n, 1n << 64n, (1n << 253n) - 1n, FIELD_ORDER - 1n]
const element = fc.oneof(fc.constantFrom(...EDGES), fc.bigInt({ min: 0n, max: FIELD_ORDER - 1n }))

/** The module anew: it counts what it has hashed. */
async function freshHash(): Promise<(inputs: readonly bigint[]) => bigint> {
  vi.resetModules()
  const { hashPublic } = await import('../../core/set-hash.ts')
  return hashPublic
}

const MANY = 70

describe('Poseidon as WebAssembly', () => {
  test.each(Array.from({ length: 16 }, (_, i) => i + 1))(
    'hashes %i elements as the integers do',
    (size) => {
      const hash = compileHasher(size)
      const check = (inputs: bigint[]): void => {
        expect(hash(inputs)).toBe(poseidon(inputs))
      }
      for (const edge of EDGES) check(Array<bigint>(size).fill(edge))
      const inputs = fc.array(element, { minLength: size, maxLength: size })
      fc.assert(fc.property(inputs, check), { numRuns: size === 8 || size === 16 ? 40 : 8 })
    },
  )
})

describe('the hash of sets', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
  })

  test('is Poseidon, before and after it is compiled', async () => {
    const compile = vi.spyOn(WebAssembly, 'Module')
    const hash = await freshHash()
    for (let i = 0; i < MANY; i++) expect(hash([BigInt(i), 5n])).toBe(poseidon([BigInt(i), 5n]))
    expect(compile).toHaveBeenCalledTimes(1)
  })

  test('is Poseidon where WebAssembly is refused, or missing, or wrong', async () => {
    function refuse(): never {
      throw new WebAssembly.CompileError('the policy of the page')
    }
    class Idle {
      readonly exports = { hash: () => undefined }
    }
    for (const stub of [
      undefined,
      { ...platform(), Module: refuse },
      { ...platform(), Instance: Idle },
    ]) {
      vi.stubGlobal('WebAssembly', stub)
      const hash = await freshHash()
      for (let i = 0; i < MANY; i++) expect(hash([BigInt(i)])).toBe(poseidon([BigInt(i)]))
      vi.unstubAllGlobals()
    }
  })

  test('takes elements of the field only, however much was hashed', async () => {
    const hash = await freshHash()
    for (let i = 0; i < MANY; i++) {
      for (const wrong of [FIELD_ORDER, -1n]) {
        expect(() => hash([wrong, 1n, 2n])).toThrow(
          expect.objectContaining({ code: 'FIELD_INVALID' }),
        )
      }
      hash([1n, 2n, BigInt(i)])
    }
  })
})

function platform(): Record<'Memory' | 'Module' | 'Instance', unknown> {
  const { Memory, Module, Instance } = WebAssembly
  return { Memory, Module, Instance }
}
