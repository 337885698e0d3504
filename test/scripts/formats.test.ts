import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ZerocardError } from '../../core/errors.ts'
import { FIELD_ORDER } from '../../core/field.ts'
import { readSections, setElement, viewOf } from '../../core/iden3/sections.ts'
import { compileCircuit, describeCompiler, runCircom } from '../../scripts/build/compile.ts'
import { makeDevelopmentKey } from '../../scripts/build/keys.ts'
import { Multiplier } from '../../scripts/build/multiplier.ts'
import { forEachTerm, parseR1cs } from '../../scripts/build/r1cs.ts'
import { deriveTrapdoor } from '../../scripts/build/trapdoor.ts'
import { exportVerificationKey } from '../../scripts/build/verification-key.ts'
import { readZkey } from '../../core/iden3/zkey.ts'
import { isDevelopmentZkey } from '../../scripts/build/zkey.ts'

const TOY = join(import.meta.dirname, 'fixtures', 'toy.circom')
const directory = mkdtempSync(join(tmpdir(), 'zerocard-formats-'))
let r1cs: Uint8Array
let zkey: Uint8Array

beforeAll(async () => {
  const { r1cs: path } = await compileCircuit({ source: TOY, outDir: directory })
  r1cs = Uint8Array.from(readFileSync(path))
  const multiplier = new Multiplier(1)
  zkey = await makeDevelopmentKey(r1cs, deriveTrapdoor('test'), multiplier)
  await multiplier.close()
})

afterAll(() => {
  rmSync(directory, { recursive: true })
})

/** Code and number of lines of the error, or undefined if there is none. */
function errorOf(action: () => unknown): { code: string; lines: number } | undefined {
  try {
    action()
    return undefined
  } catch (error) {
    if (!(error instanceof ZerocardError)) throw error
    return { code: error.code, lines: error.message.split('\n').length }
  }
}

const refused = { code: 'ARTIFACT_INVALID', lines: 1 }

function readWhole(bytes: Uint8Array): number {
  let terms = 0
  forEachTerm(parseR1cs(bytes), () => terms++)
  return terms
}

/** The bytes with some of them changed, at an offset in a section. */
function edited(bytes: Uint8Array, type: string, section: number, edit: (view: DataView) => void) {
  const copy = Uint8Array.from(bytes)
  edit(viewOf(readSections(copy, type, 'copy').get(section) ?? new Uint8Array()))
  return copy
}

describe('constraints', () => {
  test('are read whole', () => {
    const { constraints, publicSignals, wires } = parseR1cs(r1cs)
    expect({ constraints, publicSignals, wires }).toEqual({
      constraints: 22,
      publicSignals: 3,
      wires: 25,
    })
    expect(readWhole(r1cs)).toBeGreaterThan(constraints)
  })

  test('that are cut short anywhere are refused', () => {
    for (let length = 0; length < r1cs.length; length += 37) {
      expect(errorOf(() => readWhole(r1cs.subarray(0, length)))).toEqual(refused)
    }
  })

  test.each<[string, () => Uint8Array]>([
    ['another file type', () => Uint8Array.from(zkey)],
    ['bytes after the end', () => Uint8Array.from([...r1cs, 0])],
    ['another field', () => edited(r1cs, 'r1cs', 1, (view) => setElement(view, 4, 101n))],
    ['more constraints', () => edited(r1cs, 'r1cs', 1, (view) => view.setUint32(60, 99, true))],
    ['fewer constraints', () => edited(r1cs, 'r1cs', 1, (view) => view.setUint32(60, 3, true))],
    ['few wires', () => edited(r1cs, 'r1cs', 1, (view) => view.setUint32(36, 4, true))],
    ['many public signals', () => edited(r1cs, 'r1cs', 1, (view) => view.setUint32(40, 99, true))],
    ['a wire too much', () => edited(r1cs, 'r1cs', 2, (view) => view.setUint32(4, 25, true))],
    ['a count too large', () => edited(r1cs, 'r1cs', 2, (view) => view.setUint32(0, 9e8, true))],
    [
      'a coefficient outside the field',
      () => edited(r1cs, 'r1cs', 2, (view) => setElement(view, 8, FIELD_ORDER)),
    ],
  ])('with %s are refused', (_, make) => {
    expect(errorOf(() => readWhole(make()))).toEqual(refused)
  })
})

describe('a proving key', () => {
  test('that is cut short anywhere is refused', () => {
    for (let length = 0; length < zkey.length; length += 199) {
      const short = zkey.subarray(0, length)
      expect(errorOf(() => readZkey(short))).toEqual(refused)
      expect(errorOf(() => isDevelopmentZkey(short))).toEqual(refused)
      expect(errorOf(() => exportVerificationKey(short))).toEqual(refused)
    }
  })

  test.each<[string, () => Uint8Array]>([
    ['another file type', () => Uint8Array.from(r1cs)],
    ['another version', () => Uint8Array.from(zkey).with(4, 2)],
    ['another protocol', () => edited(zkey, 'zkey', 1, (view) => view.setUint32(0, 2, true))],
    ['another curve', () => edited(zkey, 'zkey', 2, (view) => setElement(view, 4, 101n))],
    ['another field', () => edited(zkey, 'zkey', 2, (view) => setElement(view, 40, 101n))],
    ['a longer curve', () => edited(zkey, 'zkey', 2, (view) => view.setUint32(0, 48, true))],
    ['a longer field', () => edited(zkey, 'zkey', 2, (view) => view.setUint32(36, 48, true))],
    ['more wires', () => edited(zkey, 'zkey', 2, (view) => view.setUint32(72, 26, true))],
    ['other public signals', () => edited(zkey, 'zkey', 2, (view) => view.setUint32(76, 2, true))],
    ['another domain', () => edited(zkey, 'zkey', 2, (view) => view.setUint32(80, 64, true))],
  ])('with %s is refused', (_, make) => {
    expect(errorOf(() => readZkey(make()))).toEqual(refused)
  })
})

describe('the compiler', () => {
  test('is the one that the manifest names', async () => {
    const { output } = await runCircom({ args: ['--version'], root: directory })
    expect(describeCompiler()).toContain(`circom ${/\d+\.\d+\.\d+/.exec(output)?.[0] ?? ''} `)
  })

  test('says what it has against a circuit', async () => {
    const source = join(directory, 'wrong.circom')
    writeFileSync(source, 'pragma circom 2.2.0;\ncomponent main = Nothing();\n')
    await expect(compileCircuit({ source, outDir: directory })).rejects.toMatchObject({
      code: 'ARTIFACT_INVALID',
      message: expect.stringContaining('Nothing') as string,
    })
  })

  test('stops when it is told to', async () => {
    const abort = new AbortController()
    const outDir = join(directory, 'stopped')
    const running = compileCircuit({ source: TOY, outDir, signal: abort.signal })
    abort.abort(new Error('enough'))
    await expect(running).rejects.toThrow('enough')
  })
})
