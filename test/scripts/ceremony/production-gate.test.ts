import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { transcriptToJson } from '../../../core/ceremony/transcript.ts'
import { verificationKeyId } from '../../../core/groth16-key.ts'
import { artifactFileName, parseManifest, transcriptFileName } from '../../../core/manifest.ts'
import { syntheticCeremony } from '../../../scripts/assure/keys/synthetic-ceremony.ts'
import { keyToJson } from '../../../scripts/assure/keys/weak-keys.ts'
import { assertBelievable, openArtifacts } from '../../../scripts/zerocard/artifacts.ts'
import { readServedFiles } from '../../../scripts/zerocard/wallet-serve-files.ts'
import { Terminal } from '../../support/cli.ts'
import { verdictOf } from '../../support/refusal.ts'
import { CIRCUIT_NAMES, keys } from '../../support/tools.ts'

// What every service does first: open the artefacts, and in production believe them or end.

const terminal = new Terminal()
const folder = terminal.path('production')
const manifest = parseManifest(
  JSON.parse(readFileSync(join(import.meta.dirname, '../../../circuits/manifest.json'), 'utf8')),
)
const ceremonies = new Map(
  CIRCUIT_NAMES.map((circuit, seed) => {
    const { publicSignals } = keys[circuit].key
    const secrets = [101n, 103n, 107n].map((secret) => secret + BigInt(seed))
    const options = { circuit, publicSignals, seed: seed + 1, secrets }
    const { key, transcript } = syntheticCeremony(options)
    // The constraints of this program, as anybody would say who wants to be believed.
    const r1cs = manifest.circuits[circuit]!.files.r1cs.sha256
    return [circuit, { key, transcript: { ...transcript, r1cs } }]
  }),
)

beforeAll(() => {
  // No proof is made here, so the large files are empty ones.
  for (const circuit of CIRCUIT_NAMES) mkdirSync(join(folder, circuit), { recursive: true })
})
beforeEach(() => {
  vi.stubEnv('ZEROCARD_ENV', 'production')
  write()
})
afterEach(() => {
  vi.unstubAllEnvs()
})
afterAll(() => {
  rmSync(folder, { recursive: true })
  terminal.remove()
})

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/**
 * Writes the folder, and names its manifest to the program; `texts` replaces files by their name, and
 * the manifest knows it.
 */
function write(
  texts: Readonly<Record<string, string | null>> = {},
  changes: object = {},
  keyIds: readonly (readonly [circuit: string, id: string])[] = [],
): void {
  const circuits: Record<string, unknown> = {}
  const otherIds = new Map(keyIds)
  for (const [circuit, { key, transcript }] of ceremonies) {
    const file = (name: string, text: string): object => {
      const content = texts[name] ?? text
      writeFileSync(join(folder, circuit, name), content)
      return { sha256: sha256(content), bytes: content.length }
    }
    const empty = (role: 'r1cs' | 'wasm' | 'zkey'): object =>
      file(artifactFileName(circuit, role), '')
    const name = transcriptFileName(circuit)
    const told = file(name, JSON.stringify(transcriptToJson(transcript)))
    circuits[circuit] = {
      ...{ constraints: 1, wires: 1, domain: 2, publicSignals: key.publicSignals },
      keyId: otherIds.get(circuit) ?? verificationKeyId(key),
      files: {
        ...{ r1cs: empty('r1cs'), wasm: empty('wasm'), zkey: empty('zkey') },
        vkey: file(artifactFileName(circuit, 'vkey'), JSON.stringify(keyToJson(key))),
      },
      ...(texts[name] === null ? {} : { transcript: told }),
    }
  }
  const head = { kind: 'production', forgeable: false, note: '', compiler: 'none' }
  const text = JSON.stringify({ ...head, circuits, ...changes })
  writeFileSync(join(folder, 'manifest.json'), text)
  vi.stubEnv('ZEROCARD_MANIFEST', sha256(text))
}

const place = { folder, manifest: join(folder, 'manifest.json') }
const believe = (): Promise<string> =>
  verdictOf(async () => {
    assertBelievable(await openArtifacts(place))
  })
const transcriptOf = (circuit: 'eligibility-1' | 'enrolment'): string =>
  JSON.stringify(transcriptToJson(ceremonies.get(circuit)!.transcript))

describe('in production, artefacts', () => {
  test('are believed with transcripts that verify', async () => {
    expect(await believe()).toBe('accepted')
    // For the wallet's server there is nothing in them that it has to say.
    expect((await openArtifacts(place)).manifest.forgeable).toBe(false)
  })

  test('are refused if one circuit has no transcript', async () => {
    write({ [transcriptFileName('enrolment')]: null })
    expect(await believe()).toBe('KEY_FORGEABLE')
  })

  test('are refused if two circuits have the same transcript', async () => {
    write({ [transcriptFileName('enrolment')]: transcriptOf('eligibility-1') })
    expect(await believe()).toBe('KEY_FORGEABLE')
  })

  test('are refused if a digit of a transcript was changed, also with the manifest', async () => {
    const text = transcriptOf('enrolment')
    const altered = text.replace(/(?<="sx":\["\d{20})\d/, (digit) => (digit === '1' ? '2' : '1'))
    expect(altered).not.toBe(text)
    write({ [transcriptFileName('enrolment')]: altered })
    expect(await believe()).toBe('KEY_FORGEABLE')
  })

  test('are refused if a ceremony was about other constraints, like those of an older program', async () => {
    const name = transcriptFileName('eligibility-1')
    const { r1cs } = ceremonies.get('eligibility-1')!.transcript
    const altered = transcriptOf('eligibility-1').replace(r1cs, 'f'.repeat(64))
    write({ [name]: altered })
    expect(await believe()).toBe('KEY_INVALID')
    vi.stubEnv('ZEROCARD_ENV', 'development')
    expect(await believe()).toBe('accepted')
  })

  test('are refused if a file is not the one that the manifest names (N46)', async () => {
    const path = join(folder, 'enrolment', transcriptFileName('enrolment'))
    writeFileSync(path, `${readFileSync(path, 'utf8')} `)
    expect(await believe()).toBe('ARTIFACT_INVALID')
  })

  test.each([
    ['nothing', undefined, 'CONFIG_INVALID'],
    ['an empty text', '', 'CONFIG_INVALID'],
    ['no hash', 'manifest.json', 'CONFIG_INVALID'],
    ['a hash in capitals', 'A'.repeat(64), 'CONFIG_INVALID'],
    ['another manifest', 'a'.repeat(64), 'KEY_UNKNOWN'],
  ])('are refused if ZEROCARD_MANIFEST names %s', async (_, value, code) => {
    vi.stubEnv('ZEROCARD_MANIFEST', value)
    expect(await believe()).toBe(code)
    vi.stubEnv('ZEROCARD_ENV', 'development')
    expect(await believe()).toBe('accepted')
  })

  test('are refused if alpha was exchanged and everything in the folder agrees with it', async () => {
    const { key } = ceremonies.get('eligibility-1')!
    const theirs = { ...key, alpha: ceremonies.get('eligibility-3')!.key.alpha }
    const named = process.env['ZEROCARD_MANIFEST']
    write({ [artifactFileName('eligibility-1', 'vkey')]: JSON.stringify(keyToJson(theirs)) }, {}, [
      ['eligibility-1', verificationKeyId(theirs)],
    ])
    // A transcript speaks of delta alone: but for the name of the manifest, this would be believed.
    expect(await believe()).toBe('accepted')
    vi.stubEnv('ZEROCARD_MANIFEST', named)
    expect(await believe()).toBe('KEY_UNKNOWN')
  })

  test('are served with the manifest that was believed, and not with one that came since', async () => {
    const artifacts = await openArtifacts(place)
    assertBelievable(artifacts)
    write({}, { note: 'from somebody else' })
    const served = readServedFiles({ web: join(folder, 'none'), place, ...artifacts })
    expect(served.get('/artifacts/manifest.json')?.sha256).toBe(artifacts.manifestHash)
  })

  test('are refused if they say that they are for development', async () => {
    write({}, { kind: 'development', forgeable: true })
    expect(await believe()).toBe('KEY_FORGEABLE')
    vi.stubEnv('ZEROCARD_ENV', 'development')
    expect(await believe()).toBe('accepted')
  })

  test.each([
    ['wallet', 'serve', '--listen', 'localhost:0'],
    ['verifier', 'serve', '--config', 'none.json'],
    ['issuer', 'serve', '--config', 'none.json'],
  ])('that are refused end zerocard %s %s with one line', async (...args) => {
    write({ [transcriptFileName('eligibility-1')]: null })
    const env = {
      ZEROCARD_ENV: 'production',
      ZEROCARD_ARTIFACTS: folder,
      ZEROCARD_MANIFEST: process.env['ZEROCARD_MANIFEST'] ?? '',
    }
    const { code, stdout, stderr } = await terminal.run(args, env)
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(/^zerocard: KEY_FORGEABLE: the key of eligibility-1: [^\n]*\n$/)
  })
})
