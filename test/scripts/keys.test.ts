import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  DEVELOPMENT_ALPHA,
  isDevelopmentKey,
  parseVerificationKey,
} from '../../core/groth16-key.ts'
import { readSections } from '../../core/iden3/sections.ts'
import { compileCircuit } from '../../scripts/build/compile.ts'
import type { CompiledCircuit } from '../../scripts/build/compile.ts'
import { makeDevelopmentKey } from '../../scripts/build/keys.ts'
import { Multiplier } from '../../scripts/build/multiplier.ts'
import { deriveTrapdoor, DEVELOPMENT_SEED } from '../../scripts/build/trapdoor.ts'
import { exportVerificationKey } from '../../scripts/build/verification-key.ts'
import { isDevelopmentZkey } from '../../scripts/build/zkey.ts'
import { ceremonyKey, ceremonyTrapdoor } from './ceremony.ts'
import { memoryFile, snarkjs } from './snarkjs.ts'

const FIXTURES = join(import.meta.dirname, 'fixtures')
const CIRCOMLIB = join(import.meta.dirname, '../../node_modules/circomlib/circuits')

/** The toy circuit has 22 constraints and 3 public signals: its domain is 2^5. */
const POWER_ABOVE_TOY = 6
const CONTRIBUTIONS = 10

const directory = mkdtempSync(join(tmpdir(), 'zerocard-keys-'))
const multiplier = new Multiplier(2)
let toy: CompiledCircuit
let chain: CompiledCircuit
/** Of the chain, made once. */
let chainKey: Uint8Array

beforeAll(async () => {
  const options = { outDir: directory, includePaths: [CIRCOMLIB] }
  toy = await compileCircuit({ ...options, source: join(FIXTURES, 'toy.circom') })
  chain = await compileCircuit({ ...options, source: join(FIXTURES, 'chain.circom') })
  chainKey = await keyOf(chain)
})

afterAll(async () => {
  await multiplier.close()
  rmSync(directory, { recursive: true })
})

function keyOf(circuit: CompiledCircuit, using = multiplier): Promise<Uint8Array> {
  return makeDevelopmentKey(readFileSync(circuit.r1cs), deriveTrapdoor(DEVELOPMENT_SEED), using)
}

describe('a key from the public seed', () => {
  test.each([
    ['bits that are zero', { number: 0n, unused: 5n, secret: 0n }],
    ['bits that are one', { number: 2n ** 20n - 1n, unused: 0n, secret: 11n }],
  ])('proves with %s, and refuses other public signals', async (_, input) => {
    const zkey = memoryFile(await keyOf(toy))
    const key = await snarkjs.zKey.exportVerificationKey(zkey)
    const { proof, publicSignals } = await snarkjs.groth16.fullProve(input, toy.wasm, zkey)
    expect(await snarkjs.groth16.verify(key, publicSignals, proof)).toBe(true)
    for (const i of publicSignals.keys()) {
      const other = publicSignals.with(i, String(BigInt(publicSignals[i] ?? 0) + 1n))
      expect(await snarkjs.groth16.verify(key, other, proof)).toBe(false)
    }
  })

  test('proves a circuit with thousands of wires', async () => {
    const zkey = memoryFile(chainKey)
    const input = { start: 1n, seasoning: 0n }
    const { proof, publicSignals } = await snarkjs.groth16.fullProve(input, chain.wasm, zkey)
    const key = exportVerificationKey(chainKey)
    expect(await snarkjs.groth16.verify(key, publicSignals, proof)).toBe(true)
    expect(await snarkjs.groth16.verify(key, ['1', '1'], proof)).toBe(false)
  })

  test('has the verification key that snarkjs exports', async () => {
    const zkey = await keyOf(toy)
    const exported = await snarkjs.zKey.exportVerificationKey(memoryFile(zkey))
    expect(JSON.stringify(exportVerificationKey(zkey))).toBe(JSON.stringify(exported))
  })

  test('has the same bytes every time and on any number of threads', async () => {
    const expected = Buffer.from(chainKey)
    expect(expected.equals(await keyOf(chain))).toBe(true)
    for (const threads of [1, 3]) {
      const other = new Multiplier(threads)
      expect(expected.equals(await keyOf(chain, other))).toBe(true)
      await other.close()
    }
  })

  test('is another one for another seed', async () => {
    const r1cs = readFileSync(toy.r1cs)
    const other = await makeDevelopmentKey(r1cs, deriveTrapdoor('another seed'), multiplier)
    expect(Buffer.from(await keyOf(toy)).equals(other)).toBe(false)
  })
})

describe('beside a ceremony', () => {
  test('a key from its trapdoor has the bytes that snarkjs writes', async () => {
    const theirs = await ceremonyKey(toy.r1cs, POWER_ABOVE_TOY)
    const ours = await makeDevelopmentKey(
      readFileSync(toy.r1cs),
      await ceremonyTrapdoor(),
      multiplier,
    )
    const expected = readSections(theirs.data ?? new Uint8Array(), 'zkey', 'theirs')
    const got = readSections(ours, 'zkey', 'ours')
    expect([...got.keys()].sort()).toEqual([...expected.keys()].sort())
    for (const [id, section] of expected) {
      // The last section tells the contributions, which ours has none of.
      if (id === CONTRIBUTIONS) continue
      expect(Buffer.from(section).equals(got.get(id) ?? new Uint8Array()), `section ${id}`).toBe(
        true,
      )
    }
    expect(isDevelopmentZkey(ours)).toBe(true)
    expect(isDevelopmentZkey(theirs.data ?? new Uint8Array())).toBe(false)
    expect(isDevelopmentKey(parseVerificationKey(exportVerificationKey(ours)))).toBe(false)
  })

  test('a development key is still recognised after a contribution', async () => {
    const zkey = await keyOf(toy)
    const after = memoryFile()
    await snarkjs.zKey.beacon(memoryFile(zkey), after, 'somebody', 'ab'.repeat(32), 10)
    expect(isDevelopmentZkey(after.data ?? new Uint8Array())).toBe(true)
    const before = parseVerificationKey(exportVerificationKey(zkey))
    const key = parseVerificationKey(await snarkjs.zKey.exportVerificationKey(after))
    expect(key.delta).not.toEqual(before.delta)
    expect(isDevelopmentKey(before)).toBe(true)
    expect(isDevelopmentKey(key)).toBe(true)
    expect(before.alpha).toEqual(DEVELOPMENT_ALPHA)
  })
})
