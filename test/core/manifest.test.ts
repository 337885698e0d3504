import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { artifactFileName, assertArtifact, parseManifest } from '../../core/manifest.ts'
import { refusal, verdictOf } from '../support/refusal.ts'

const file = { sha256: 'ab'.repeat(32), bytes: 10 }
const circuit = {
  constraints: 22,
  publicSignals: 3,
  wires: 25,
  domain: 32,
  keyId: 'A'.repeat(43),
  files: { r1cs: file, wasm: file, zkey: file, vkey: file },
}
const honest = {
  kind: 'development',
  forgeable: true,
  note: 'worthless',
  seed: 'public',
  compiler: 'circom',
  circuits: { 'eligibility-1': circuit },
}

test('a manifest is read as it is', () => {
  expect(parseManifest(honest)).toEqual(honest)
  const { seed: _, ...rest } = honest
  const production = { ...rest, kind: 'production', forgeable: false }
  expect(parseManifest(production)).toEqual(production)
})

test.each([
  ['no object', null],
  ['an unknown member', { ...honest, extra: 1 }],
  ['another kind', { ...honest, kind: 'test' }],
  ['development keys that nobody can forge under', { ...honest, forgeable: false }],
  ['production keys that anybody can forge under', { ...honest, kind: 'production' }],
  ['a circuit with a path as name', { ...honest, circuits: { '../x': circuit } }],
  ['a key id that is too short', { ...honest, circuits: { a: { ...circuit, keyId: 'AAAA' } } }],
  [
    'a hash in capitals',
    {
      ...honest,
      circuits: {
        a: { ...circuit, files: { ...circuit.files, zkey: { ...file, sha256: 'AB'.repeat(32) } } },
      },
    },
  ],
  [
    'a file missing',
    { ...honest, circuits: { a: { ...circuit, files: { r1cs: file, wasm: file, zkey: file } } } },
  ],
])('a manifest with %s is refused', (_, json) => {
  expect(refusal(() => parseManifest(json))).toBe('ARTIFACT_INVALID')
})

test('a file is accepted by its hash only', async () => {
  const bytes = Uint8Array.of(1, 2, 3)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const check = (content: Uint8Array<ArrayBuffer>): Promise<string> =>
    verdictOf(() => assertArtifact({ sha256, bytes: 3 }, content, 'toy.zkey'))
  expect(await check(bytes)).toBe('accepted')
  for (const other of [Uint8Array.of(1, 2), Uint8Array.of(1, 2, 4), Uint8Array.of(1, 2, 3, 0)]) {
    expect(await check(other)).toBe('ARTIFACT_INVALID')
  }
})

test('files are named by circuit and role', () => {
  expect(artifactFileName('enrolment', 'vkey')).toBe('enrolment.vkey.json')
  expect(artifactFileName('enrolment', 'zkey')).toBe('enrolment.zkey')
})
