import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { f64x2 } from '../../../../core/wasm/code.ts'
import { FusedEngine, startFusedEngine } from '../../../../server/pairing/fused/engine.ts'
import type { PairingMachine } from '../../../../server/pairing/fused/machine.ts'
import type * as pairing from '../../../../server/pairing.ts'
import { forgeProof, shiftC } from '../../../support/forgery.ts'
import { keys } from '../../../support/tools.ts'
import { startMachine } from './world.ts'

// Where multiply-adds are rounded twice, or a function is wrong in any other way, nobody must get a
// verdict from the fused engine: the library gives it.

const { key } = keys.enrolment
const signals = [1n, 2n, 3n, 4n]
const proof = forgeProof(key, signals)

/** The module of verifiers as it is when nothing has been started. */
let fresh: typeof pairing

beforeEach(async () => {
  vi.resetModules()
  fresh = await import('../../../../server/pairing.ts')
})

afterEach(() => {
  vi.restoreAllMocks()
})

describe('on hardware that rounds a multiply-add twice', () => {
  beforeEach(async () => {
    const { f64x2: used } = await import('../../../../core/wasm/code.ts')
    for (const of of [f64x2, used]) {
      vi.spyOn(of, 'relaxedMadd').mockImplementation((a, b, c) => of.add(of.mul(a, b), c))
    }
  })

  test('the fused engine does not start, without an error', async () => {
    expect(await startFusedEngine()).toBeUndefined()
  })

  test('verifiers take the library, and have its verdicts', async () => {
    const verify = await fresh.createPairingVerifier()
    expect(verify(key, signals, proof)).toBe(true)
    expect(verify(key, signals, shiftC(proof, 1n))).toBe(false)
    expect(verify(key, signals.with(0, 2n), proof)).toBe(false)
    const batch = await fresh.createBatchVerifier()
    const bad = shiftC(proof, 1n)
    const submitted = [proof, bad, proof, proof, proof].map((one) => ({
      ...{ key, publicSignals: signals, proof: one },
    }))
    expect(batch(submitted)).toEqual([true, false, true, true, true])
    const isRead = await fresh.createPointReader()
    expect([isRead(proof), isRead('')]).toEqual([true, false])
    await expect(fresh.prepareKeys([key])).resolves.toBeUndefined()
  })

  test('there is none if there is no other', async () => {
    const start = fresh.createPairingVerifier(['fused'])
    await expect(start).rejects.toThrow('no engine for pairings works here')
  })
})

// Other processors have no such switch: they fuse, or they do not.
test.runIf(process.arch === 'x64')(
  'on a processor that cannot fuse, wallets prove and verifiers judge by other engines',
  async () => {
    const program = fileURLToPath(new URL('engines-here.ts', import.meta.url))
    const run = async (...switches: string[]): Promise<unknown> => {
      const { stdout } = await promisify(execFile)(process.execPath, [...switches, program])
      return JSON.parse(stdout) as unknown
    }
    const verdicts = [true, false]
    expect(await run()).toEqual({ prover: 'fma', isFused: true, verdicts })
    expect(await run('--no-enable-fma3')).toEqual({ prover: 'scalar', isFused: false, verdicts })
  },
)

test('where WebAssembly has no relaxed operations, the fused engine does not start', async () => {
  vi.spyOn(WebAssembly, 'validate').mockReturnValue(false)
  expect(await startFusedEngine()).toBeUndefined()
})

test('where it cannot be started, the library serves, and it is tried again', async () => {
  const noMemory = new RangeError('out of memory')
  vi.spyOn(WebAssembly, 'instantiate').mockRejectedValueOnce(noMemory)
  const verify = await fresh.createPairingVerifier()
  expect([verify(key, signals, proof), verify(key, signals, '')]).toEqual([true, false])
  await expect(fresh.createPairingVerifier(['fused'])).resolves.toBeDefined()
})

describe('the self-test', () => {
  let machine: PairingMachine
  beforeAll(async () => {
    machine = await startMachine()
  })

  /** Its verdict on the machine with one function replaced. */
  function verdictWith(
    name: string,
    replacement: (call: (...operands: number[]) => number, ...operands: number[]) => number,
  ): boolean {
    const call = machine.call.bind(machine)
    const engine = new FusedEngine(machine)
    vi.spyOn(machine, 'call').mockImplementation((called, ...operands) => {
      if (called !== name) return call(called, ...operands)
      return replacement((...others) => call(name, ...others), ...operands)
    })
    return engine.isSound()
  }

  test('passes, and again', () => {
    const engine = new FusedEngine(machine)
    expect([engine.isSound(), engine.isSound()]).toEqual([true, true])
  })

  // All that it calls. What it does not call consists of the same products of the field.
  test.each([
    ...['fq_read', 'g1_gather', 'g1_scatter', 'g1_ratios', 'g2_gather', 'g2_scatter'],
    ...['g1_add', 'g2_lift', 'g2_add', 'g2_negate', 'g2_psi', 'g2_same', 'g2_valid'],
    ...['pair_begin', 'pair_double', 'pair_add', 'line_scale', 'fp12_line0', 'fp12_line1'],
    ...['fp12_sqr', 'fp12_mul', 'fp12_inv', 'fp12_conjugate', 'fp12_cyclotomic', 'fp12_isone'],
    ...['fp12_frobenius1', 'fp12_frobenius2', 'fp12_frobenius3'],
  ])('finds out that %s does nothing', (name) => {
    expect(verdictWith(name, () => 0)).toBe(false)
  })

  test('finds out that doubling is something else', () => {
    const negate = (_: unknown, ...operands: number[]): number =>
      machine.call('g2_negate', ...operands)
    expect(verdictWith('g2_double', negate)).toBe(false)
  })

  test('finds out that every value is one', () => {
    expect(verdictWith('fp12_isone', () => 1)).toBe(false)
  })

  test('finds out a wrong lane of the check of points', () => {
    for (const lanes of [1, 2]) {
      expect(verdictWith('g2_valid', () => lanes)).toBe(false)
      vi.restoreAllMocks()
      expect(verdictWith('g2_same', () => lanes)).toBe(false)
      vi.restoreAllMocks()
    }
  })

  test('finds out that every point is in the subgroup', () => {
    expect(verdictWith('g2_same', () => 3)).toBe(false)
  })

  test('finds out a function that does not return', () => {
    const trap = (): never => {
      throw new WebAssembly.RuntimeError('unreachable')
    }
    expect(verdictWith('fp12_inv', trap)).toBe(false)
  })
})
