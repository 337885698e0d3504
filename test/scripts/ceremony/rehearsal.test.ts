import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { g1, g1Coordinates } from '../../../core/bn254.ts'
import { contributionName } from '../../../core/ceremony/chain.ts'
import { parseTranscript } from '../../../core/ceremony/transcript.ts'
import type { Transcript } from '../../../core/ceremony/transcript.ts'
import { parseVerificationKey, verificationKeyId } from '../../../core/groth16-key.ts'
import type { VerificationKey } from '../../../core/groth16-key.ts'
import { readSections, writeSections } from '../../../core/iden3/sections.ts'
import { G1_BYTES, ZKEY_SECTION, readZkey } from '../../../core/iden3/zkey.ts'
import { invert } from '../../../core/field.ts'
import { encodeProof, verifyGroth16 } from '../../../core/groth16.ts'
import { parseManifest } from '../../../core/manifest.ts'
import type { Manifest } from '../../../core/manifest.ts'
import { exportVerificationKey } from '../../../scripts/build/verification-key.ts'
import { attestationText } from '../../../scripts/ceremony/attestation.ts'
import { weaknessesOf } from '../../../scripts/ceremony/forgeries.ts'
import { blake2b512Of } from '../../../scripts/ceremony/hashes.ts'
import { readKeyHistory } from '../../../scripts/ceremony/key-history.ts'
import { assertPowers } from '../../../scripts/ceremony/powers.ts'
import { readPowersHistory } from '../../../scripts/ceremony/powers-history.ts'
import { assertSameProduction, writeProduction } from '../../../scripts/ceremony/production.ts'
import { finalizeCeremony } from '../../../scripts/ceremony/finalize.ts'
import { applyBeacon, beginKey, contributeTo } from '../../../scripts/ceremony/snarkjs.ts'
import { openCeremony } from '../../../scripts/ceremony/state.ts'
import { describeState, stageOf } from '../../../scripts/ceremony/status.ts'
import { verifyCeremony } from '../../../scripts/ceremony/verify.ts'
import type { VerifiedCeremony, VerifyOptions } from '../../../scripts/ceremony/verify.ts'
import { SILENT } from '../../../scripts/zerocard/progress.ts'
import type { Progress } from '../../../scripts/zerocard/progress.ts'
import { Verifier, VerifierStore } from '../../../server/index.ts'
import { verdictOf } from '../../support/refusal.ts'
import { memoryFile, snarkjs } from '../snarkjs.ts'
import { hiddenPoint, withHiddenPoint, withHiddenPower } from './hidden-point.ts'
import { BEACON, BEACON_AT, BEFORE, Rehearsal } from './rehearsal.ts'

// A whole ceremony, and what can go wrong in one.

const rehearsal = new Rehearsal()
/** After three contributions. */
let contributed: string
/** After the beacon, verified and finalised. */
let finished: string
let verified: VerifiedCeremony
let manifestHash: string

beforeAll(async () => {
  await rehearsal.prepare()
  contributed = await rehearsal.announce('contributed')
  for (const name of ['Ada', 'Grace', 'Edith']) await rehearsal.contribute(contributed, name)
  finished = rehearsal.copy(contributed, 'finished')
  await rehearsal.beacon(finished)
  const announced = createHash('sha256').update(readFileSync(join(finished, 'ceremony.json')))
  const options = rehearsal.verifying(finished, {
    ...{ skipsPowers: false, beacon: BEACON, announced: announced.digest('hex') },
  })
  ;({ verified, manifestHash } = await finalizeCeremony(options))
}, 120_000)

afterAll(() => {
  rehearsal.remove()
})

const produced = (name: string): unknown =>
  JSON.parse(readFileSync(join(finished, 'production/tiny', name), 'utf8'))
const key = (): VerificationKey => parseVerificationKey(produced('tiny.vkey.json'))
const transcript = (): Transcript => parseTranscript(produced('tiny.transcript.json'))

async function startVerifier(from: Transcript | undefined, of = key()): Promise<string> {
  const store = await VerifierStore.open('sqlite::memory:')
  const keys = new Map([[verificationKeyId(of), { circuit: 'tiny', key: of, transcript: from }]])
  return verdictOf(() =>
    Promise.resolve().then(() => new Verifier({ store, keys, environment: 'production' })),
  )
}

const verify = (folder: string, changes: Partial<VerifyOptions> = {}): Promise<string> =>
  verdictOf(() => verifyCeremony(rehearsal.verifying(folder, changes), () => undefined))

describe('a ceremony that was held as announced', () => {
  test('verifies from the sources to the keys, with nothing left out', () => {
    expect(verified.findings.join('\n')).toContain('3 contributions')
    // The powers of tau are home-made, which is said and not more.
    expect(verified.skipped).toEqual([expect.stringContaining('powers of tau')])
  })

  test('gives artefacts that a verifier in production starts with', async () => {
    expect(await startVerifier(transcript())).toBe('accepted')
    const manifest: Manifest = parseManifest(
      JSON.parse(readFileSync(join(finished, 'production/manifest.json'), 'utf8')),
    )
    expect(manifest).toMatchObject({ kind: 'production', forgeable: false })
    expect(manifest.circuits['tiny']?.keyId).toBe(verificationKeyId(key()))
  })

  test('gives keys that prove', async () => {
    const place = join(finished, 'production/tiny')
    const zkey = memoryFile(readFileSync(join(place, 'tiny.zkey')))
    const input = { square: 9n, root: 3n }
    const wasm = join(place, 'tiny.wasm')
    const { proof, publicSignals } = await snarkjs.groth16.fullProve(input, wasm, zkey)
    const vkey = produced('tiny.vkey.json')
    expect(await snarkjs.groth16.verify(vkey, publicSignals, proof)).toBe(true)
    expect(await snarkjs.groth16.verify(vkey, ['8'], proof)).toBe(false)
  })

  test('can be verified again with its artefacts, by whoever looked the beacon up', async () => {
    const text = readFileSync(join(finished, '0002/attestation.txt'), 'utf8')
    const path = rehearsal.path('signed.txt')
    writeFileSync(path, `-----BEGIN SIGNED-----\n${text}-----END SIGNED-----\n`)
    expect(await verify(finished, { beacon: BEACON, published: [path] })).toBe('accepted')
    expect(await verify(finished, { beacon: Uint8Array.of(1) })).toBe('KEY_FORGEABLE')
    expect(await verify(finished, { announced: '0'.repeat(64) })).toBe('ARTIFACT_INVALID')
    expect(await verdictOf(() => finalizeCeremony(rehearsal.verifying(finished)))).toBe('CONFLICT')
  })

  test('names the manifest of its artefacts, when they are written and when they are verified', async () => {
    const bytes = readFileSync(join(finished, 'production/manifest.json'))
    expect(manifestHash).toBe(createHash('sha256').update(bytes).digest('hex'))
    const told = await verifyCeremony(rehearsal.verifying(finished), ({ production }) => production)
    expect(told?.manifestHash).toBe(manifestHash)
    // Before there are artefacts, there is nothing to name.
    expect(verified.production).toBeUndefined()
  })

  test('says where it stands at every step', async () => {
    const [during, after] = [await openCeremony(contributed), await openCeremony(finished)]
    expect(stageOf(during, BEFORE)).toBe('contributing')
    expect(stageOf(during, BEACON_AT)).toBe('beacon-due')
    expect(stageOf(after, BEACON_AT)).toBe('finished')
    expect(describeState(during, BEFORE)).toMatch(/1 {2}\S+ {2}Ada\n[^]*3 {2}\S+ {2}Edith/)
  })
})

describe('raw snarkjs', () => {
  test('finds nothing wrong with a key without a contribution, and both of us with a forgery', async () => {
    const first = readFileSync(join(contributed, '0000/tiny.0000.zkey'))
    const powers = memoryFile(readFileSync(rehearsal.powers))
    const r1cs = join(finished, 'production/tiny/tiny.r1cs')
    expect(await snarkjs.zKey.verifyFromR1cs(r1cs, powers, memoryFile(first))).toBe(true)
    const bare = parseVerificationKey(exportVerificationKey(first))
    expect(weaknessesOf(bare, [])).toContain('nobody has contributed')
    expect(await startVerifier(transcript(), bare)).toBe('KEY_FORGEABLE')
    expect(weaknessesOf(key(), [{ value: BEACON, iterations: 10 }])).toEqual([])
  })

  test('accepts a beacon alone, under which everybody can forge', async () => {
    const first = memoryFile(readFileSync(join(contributed, '0000/tiny.0000.zkey')))
    const only = memoryFile()
    await snarkjs.zKey.beacon(first, only, 'beacon', Buffer.from(BEACON).toString('hex'), 10)
    const weak = parseVerificationKey(exportVerificationKey(only.data!))
    expect(weaknessesOf(weak, [{ value: BEACON, iterations: 10 }])).toContain(
      'only public beacons have contributed',
    )
    expect(await startVerifier(transcript(), weak)).toBe('KEY_FORGEABLE')
  })
})

describe('in the wrong order', () => {
  test.each([
    ['a contribution after the beacon', () => rehearsal.contribute(finished, 'Late')],
    [
      'a contribution when the beacon is known',
      () => rehearsal.contribute(contributed, 'Late', BEACON_AT),
    ],
    ['a second contribution of one person', () => rehearsal.contribute(contributed, ' ada'.trim())],
    ['a beacon before its time', () => rehearsal.beacon(contributed, BEACON, BEFORE)],
    ['a second beacon', () => rehearsal.beacon(finished)],
    ['a result before the beacon', () => finalizeCeremony(rehearsal.verifying(contributed))],
    [
      'a verdict before the beacon',
      () => verifyCeremony(rehearsal.verifying(contributed), () => 0),
    ],
  ])('%s is refused', async (_, step) => {
    expect(await verdictOf(step)).toBe('CONFLICT')
  })

  test('a contributor with the longest name that is allowed is one like any other', async () => {
    const folder = rehearsal.copy(contributed, 'long-name')
    await rehearsal.contribute(folder, '\u{20000}'.repeat(30))
    expect((await openCeremony(folder)).attestations).toHaveLength(4)
  })

  test('a beacon dated before its time is noticed', async () => {
    const folder = rehearsal.copy(finished, 'early-beacon')
    edit(join(folder, '0004/attestation.txt'), /date: .*/, 'date: 2027-01-14')
    expect(await verdictOf(() => openCeremony(folder))).toBe('ARTIFACT_INVALID')
  })

  test('a beacon after too few contributions is refused', async () => {
    const folder = rehearsal.copy(contributed, 'few')
    rmSync(join(folder, '0003'), { recursive: true })
    expect(await verdictOf(() => rehearsal.beacon(folder))).toBe('CONFLICT')
  })

  test('nothing is left of steps that were refused', () => {
    expect(readdirSync(contributed).sort()).toEqual([
      '0000',
      '0001',
      '0002',
      '0003',
      'ceremony.json',
    ])
  })

  test('what an interrupted step has left goes away with the next', async () => {
    const folder = rehearsal.copy(contributed, 'interrupted')
    mkdirSync(join(folder, '.0004.999999999.0123456789ab.tmp'))
    await rehearsal.contribute(folder, 'Hedy')
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([])
  })
})

describe('with a file that is not the right one (N43, N44)', () => {
  const damage: readonly (readonly [string, (folder: string) => void])[] = [
    [
      'a contribution altered by a byte',
      (folder) => flip(join(folder, '0003/tiny.0003.zkey'), -40),
    ],
    [
      'an attestation altered',
      (folder) => edit(join(folder, '0002/attestation.txt'), 'Grace', 'Grape'),
    ],
    [
      'an attestation of another hash',
      (folder) => edit(join(folder, '0002/attestation.txt'), /(contribution: )./, '$1z'),
    ],
    [
      'a contribution dated after the beacon',
      (folder) => edit(join(folder, '0002/attestation.txt'), /date: .*/, 'date: 2027-01-16'),
    ],
    ['two contributors swapped', (folder) => swap(folder, '0001', '0002')],
    ['a step left out', (folder) => rmSync(join(folder, '0002'), { recursive: true })],
    [
      'another first key',
      (folder) => cpSync(join(folder, '0001/tiny.0001.zkey'), join(folder, '0000/tiny.0000.zkey')),
    ],
    [
      'the first key passed off as the last',
      (folder) => cpSync(join(folder, '0000/tiny.0000.zkey'), join(folder, '0003/tiny.0003.zkey')),
    ],
    [
      'an altered announcement',
      (folder) =>
        edit(
          join(folder, 'ceremony.json'),
          '"minimumContributions": 3',
          '"minimumContributions": 1',
        ),
    ],
    ['a description that is none', (folder) => writeFileSync(join(folder, 'ceremony.json'), '{}')],
    ['a key that is cut short', (folder) => truncateSync(join(folder, '0003/tiny.0003.zkey'), 900)],
  ]

  test.each(damage)('%s is noticed before anything is added', async (name, change) => {
    const folder = rehearsal.copy(contributed, name.replaceAll(' ', '-'))
    change(folder)
    expect(await verdictOf(() => openCeremony(folder))).toBe('ARTIFACT_INVALID')
    expect(await verdictOf(() => rehearsal.contribute(folder, 'Hedy'))).toBe('ARTIFACT_INVALID')
  })

  test('a beacon is not computed unless it is the announced one, and the last step', async () => {
    // What a contribution is called is not in its hash: it still follows from those before it.
    const folder = rehearsal.copy(contributed, 'called-beacon')
    exchange(folder, 3, (zkey) => calledBeacon(zkey, 'Edith', 21))
    await expect(openCeremony(folder)).rejects.toThrow(/2\^21 iterations/)
    const early = rehearsal.copy(contributed, 'called-beacon-early')
    exchange(early, 3, (zkey) => calledBeacon(zkey, 'Grace', 10))
    await expect(openCeremony(early)).rejects.toThrow(/after the beacon/)
  })

  test('a step of another ceremony is noticed', async () => {
    const other = await rehearsal.announce('other')
    const { folder } = await rehearsal.contribute(other, 'Mallory')
    const mixed = rehearsal.copy(contributed, 'mixed')
    rmSync(join(mixed, '0001'), { recursive: true })
    cpSync(folder, join(mixed, '0001'), { recursive: true })
    expect(await verdictOf(() => openCeremony(mixed))).toBe('ARTIFACT_INVALID')
  })

  test.each([
    ['an attestation', '0003/attestation.txt'],
    ['a key', '0003/tiny.0003.zkey'],
    ['a first key', '0000/tiny.0000.zkey'],
    ['an announcement', 'ceremony.json'],
  ])('%s that is a link is not followed: it may have no end', async (_, name) => {
    const folder = rehearsal.copy(contributed, `linked-${name.replaceAll('/', '-')}`)
    const path = join(folder, name)
    rmSync(path)
    symlinkSync(join(contributed, name), path)
    expect(await verdictOf(() => openCeremony(folder))).toBe('ARTIFACT_INVALID')
  })

  test('a folder without a ceremony is none', async () => {
    expect(await verdictOf(() => openCeremony(rehearsal.path('nowhere')))).toBe('INPUT_INVALID')
  })

  test('a circuit of other sources is noticed', async () => {
    rehearsal.writeCircuit(rehearsal.olderSource())
    expect(await verify(finished)).toBe('ARTIFACT_INVALID')
    rehearsal.writeCircuit(rehearsal.source())
  })

  test.each([
    ['a verification key', 'tiny/tiny.vkey.json'],
    ['a transcript', 'tiny/tiny.transcript.json'],
    ['a proving key', 'tiny/tiny.zkey'],
    ['a manifest', 'manifest.json'],
  ])('artefacts with %s that was exchanged are noticed', async (_, file) => {
    const folder = rehearsal.copy(finished, `exchanged-${file.replaceAll('/', '-')}`)
    const { state, transcripts, compiled } = verified
    const check = (): Promise<string> =>
      verdictOf(() => assertSameProduction({ ...state, folder }, transcripts, compiled))
    expect(await check()).toBe('accepted')
    const path = join(folder, 'production', file)
    if (file.endsWith('.zkey')) flip(path, 400)
    else edit(path, /[2-8](?=\d{5})/, '9')
    expect(await check()).toBe('ARTIFACT_INVALID')
  })

  test('a proving key that is exchanged between verdict and result is noticed', async () => {
    const folder = rehearsal.copy(finished, 'exchanged-late')
    const r1csPath = join(finished, 'production/tiny/tiny.r1cs')
    const wasmPath = join(finished, 'production/tiny/tiny.wasm')
    rmSync(join(folder, 'production'), { recursive: true })
    const { state, transcripts, compiled } = verified
    const tiny = state.keys['tiny']!
    const finish = (path: string): Promise<string> =>
      verdictOf(() =>
        writeProduction({ ...state, folder, keys: { tiny: { ...tiny, path } } }, transcripts, {
          tiny: { ...compiled['tiny']!, r1csPath, wasmPath },
        }),
      )
    expect(await finish(join(folder, '0003/tiny.0003.zkey'))).toBe('ARTIFACT_INVALID')
    expect(readdirSync(folder)).not.toContain('production')
    expect(await finish(join(folder, '0004/tiny.0004.zkey'))).toBe('accepted')
  })

  test('a proving key that is another one the next time it is read is noticed', async () => {
    const folder = rehearsal.copy(finished, 'exchanged-twice')
    rmSync(join(folder, 'production'), { recursive: true })
    const path = join(folder, '0004/tiny.0004.zkey')
    const honest = readFileSync(path)
    exchange(folder, 4, inputsSwapped)
    const theirs = readFileSync(path)
    expect(await verify(folder)).toBe('ARTIFACT_INVALID')
    // As a stick can, and whoever else can write to where the folder is.
    const progress = onceAt('making the first key of tiny again', () => {
      writeFileSync(path, honest)
    })
    const finish = (): Promise<unknown> =>
      verifyCeremony(rehearsal.verifying(folder, { progress }), (found) => {
        writeFileSync(path, theirs)
        return writeProduction(found.state, found.transcripts, found.compiled)
      })
    expect(await verdictOf(finish)).toBe('ARTIFACT_INVALID')
  })

  test('the manifest that is named is the one that was written, whatever lies in its place', async () => {
    const folder = rehearsal.copy(finished, 'exchanged-manifest')
    const [r1csPath, wasmPath] = ['r1cs', 'wasm'].map((role) =>
      join(finished, `production/tiny/tiny.${role}`),
    ) as [string, string]
    rmSync(join(folder, 'production'), { recursive: true })
    const { state, transcripts, compiled } = verified
    const tiny = { ...compiled['tiny']!, r1csPath, wasmPath }
    const path = join(folder, 'production/manifest.json')
    const isThere = (): boolean => existsSync(path)
    const writing = writeProduction({ ...state, folder }, transcripts, { tiny })
    while (!isThere()) await new Promise((resolve) => void setImmediate(resolve))
    edit(path, '"note": "', '"note": "not ')
    expect((await writing).manifestHash).toBe(manifestHash)
  })

  test('a published attestation that is not in the ceremony is noticed', async () => {
    const text = readFileSync(join(contributed, '0002/attestation.txt'), 'utf8')
    const path = rehearsal.path('published.txt')
    writeFileSync(path, text.replace('Grace', 'Mallory'))
    expect(await verify(finished, { published: [path] })).toBe('ARTIFACT_INVALID')
  })
})

describe('a first contributor who hides a point for the others to divide', () => {
  // A public signal of which nobody knows the rest.
  const signals = [8n]
  let folder: string

  beforeAll(async () => {
    folder = await rehearsal.announce('hidden', { minimumContributions: 1 })
    const first = readFileSync(join(folder, '0000/tiny.0000.zkey'))
    const [one, square] = parseVerificationKey(exportVerificationKey(first)).inputs
    const taken = g1(one!).add(g1(square!).multiply(signals[0]!)).negate()
    const theirs = rehearsal.path('hidden.zkey')
    writeFileSync(theirs, withHiddenPoint(first, taken))
    await addStep(folder, 1, 'Mallory', (to) => contributeTo(known(theirs), to, 'Mallory', 'dice'))
  })

  test('could forge under the key of all of them', async () => {
    const path = rehearsal.path('divided.zkey')
    await contributeTo(known(join(folder, '0001/tiny.0001.zkey')), path, 'Ada', 'more dice')
    const zkey = readFileSync(path)
    const theirs = parseVerificationKey(exportVerificationKey(zkey))
    const c = g1Coordinates(hiddenPoint(zkey))
    const proof = encodeProof({ a: theirs.alpha, b: theirs.beta, c })
    expect(verifyGroth16(theirs, signals, proof)).toBe(true)
  })

  test('is noticed by whoever comes next, and by whoever verifies', async () => {
    const reason = /does not follow from the first one/
    await expect(rehearsal.contribute(folder, 'Ada')).rejects.toThrow(reason)
    await expect(rehearsal.beacon(folder)).rejects.toThrow(reason)
    const beacon = { value: BEACON, iterations: 10 }
    await addStep(folder, 2, 'beacon', (to) =>
      applyBeacon(known(join(folder, '0001/tiny.0001.zkey')), to, 'beacon', beacon),
    )
    const verifying = verifyCeremony(rehearsal.verifying(folder), () => undefined)
    await expect(verifying).rejects.toThrow(reason)
  })
})

describe('powers of tau (N45)', () => {
  type Change = (bytes: Buffer) => Uint8Array | Promise<Uint8Array>
  const wrong: readonly (readonly [string, Change])[] = [
    ['the right name and another content', (bytes) => flipped(bytes, bytes.length - 100)],
    ['an end that is missing', (bytes) => bytes.subarray(0, bytes.length - 64)],
    // Nothing is wrong with these but that somebody else has made them.
    ['the right name and the secret of a stranger', () => rehearsal.strangePowers()],
  ]

  test.each(wrong)('with %s are refused, whoever brings them', async (name, change) => {
    const folder = rehearsal.path(name.replaceAll(' ', '-'))
    mkdirSync(folder)
    const powers = join(folder, 'powersOfTau28_hez_final_04.ptau')
    writeFileSync(powers, await change(readFileSync(rehearsal.powers)))
    const attempts = [
      () => rehearsal.announce('never', { powers }),
      () => rehearsal.contribute(contributed, 'Hedy', BEFORE, powers),
      () => verifyCeremony(rehearsal.verifying(finished, { powers }), () => undefined),
    ]
    for (const attempt of attempts) expect(await verdictOf(attempt)).toBe('ARTIFACT_INVALID')
  })

  test('that are other ones the next time they are read are refused', async () => {
    const [powers, theirs] = [rehearsal.path('exchanged.ptau'), await rehearsal.strangePowers()]
    writeFileSync(powers, theirs)
    const pinned = await blake2b512Of(powers)
    const folder = await rehearsal.announce('strange', { powers, pinned, minimumContributions: 1 })
    await rehearsal.contribute(folder, 'Ada', BEFORE, powers)
    await rehearsal.beacon(folder, BEACON, BEACON_AT, powers)
    // The announcement names the right ones, and everything agrees with it.
    const before = (await openCeremony(folder)).ceremony.id
    edit(join(folder, 'ceremony.json'), pinned, rehearsal.hash)
    const announcement = readFileSync(join(folder, 'ceremony.json'))
    const id = createHash('sha256').update(announcement).digest('hex')
    for (const step of ['0001', '0002']) edit(join(folder, step, 'attestation.txt'), before, id)
    expect(await verify(folder, { powers })).toBe('ARTIFACT_INVALID')
    expect(await verify(folder)).toBe('ARTIFACT_INVALID')
    writeFileSync(powers, readFileSync(rehearsal.powers))
    const progress = onceAt('making the first key of tiny again', () => {
      writeFileSync(powers, theirs)
    })
    expect(await verify(folder, { powers, progress })).toBe('ARTIFACT_INVALID')
  })

  test('in which whoever prepared them has hidden a point are refused', async () => {
    const [honest, theirs] = [rehearsal.path('exact.ptau'), rehearsal.path('hidden.ptau')]
    writeFileSync(honest, await rehearsal.exactPowers())
    const announce = async (name: string, powers: string): Promise<string> =>
      rehearsal.announce(name, { powers, pinned: await blake2b512Of(powers) })
    const first = readFileSync(join(await announce('exact', honest), '0000/tiny.0000.zkey'))
    const [one, square] = parseVerificationKey(exportVerificationKey(first)).inputs
    const signals = [8n]
    const taken = g1(one!).add(g1(square!).multiply(signals[0]!)).negate()
    const added = taken
      .subtract(hiddenPoint(first))
      .multiply(invert(BigInt(readZkey(first).domain)))
    writeFileSync(theirs, withHiddenPower(readFileSync(honest), 2, added))
    // All who contribute to a key that is made from them would divide it.
    const [begun, divided] = [rehearsal.path('begun.zkey'), rehearsal.path('all.zkey')]
    const r1cs = join(finished, 'production/tiny/tiny.r1cs')
    await beginKey(r1cs, { path: theirs, blake2b512: await blake2b512Of(theirs) }, begun)
    await contributeTo(known(begun), divided, 'Ada', 'dice')
    const zkey = readFileSync(divided)
    const { alpha, beta, ...rest } = parseVerificationKey(exportVerificationKey(zkey))
    const proof = encodeProof({ a: alpha, b: beta, c: g1Coordinates(hiddenPoint(zkey)) })
    expect(verifyGroth16({ alpha, beta, ...rest }, signals, proof)).toBe(true)
    expect(await verdictOf(() => announce('never', theirs))).toBe('ARTIFACT_INVALID')
  })

  test('that were cut from larger ones are as good', async () => {
    await snarkjs.powersOfTau.truncate(rehearsal.powers, rehearsal.path('cut'))
    const powers = rehearsal.path('cut02.ptau')
    const pinned = await blake2b512Of(powers)
    expect(await verdictOf(() => rehearsal.announce('cut', { powers, pinned }))).toBe('accepted')
  })

  test('that come from public beacons alone are refused, because everybody knows them', async () => {
    const powers = await rehearsal.publicPowers()
    const changes = { powers, pinned: await blake2b512Of(powers) }
    expect(await verdictOf(() => rehearsal.announce('never', changes))).toBe('KEY_FORGEABLE')
    // Of a ceremony that was begun in another way.
    const powersOfTau = { blake2b512: changes.pinned, bytes: 1 }
    const ceremony = { ...verified.state.ceremony, powersOfTau }
    expect(await verdictOf(() => assertPowers(ceremony, powers))).toBe('KEY_FORGEABLE')
    expect(readPowersHistory(readFileSync(powers))).toEqual(['beacon'])
    expect(readPowersHistory(readFileSync(rehearsal.powers))).toEqual(['secret', 'beacon'])
  })

  test('that nobody has pinned and no table knows are refused', async () => {
    const unpinned = { pinned: undefined }
    expect(await verdictOf(() => rehearsal.announce('never', unpinned))).toBe('USAGE')
  })
})

describe('a verifier in production refuses (N44)', () => {
  test('no transcript, and one of another ceremony of the same circuit', async () => {
    expect(await startVerifier(undefined)).toBe('KEY_FORGEABLE')
    const other = await openCeremony(contributed)
    const { contributions } = other.keys['tiny']!
    expect(await startVerifier({ ...transcript(), contributions })).toBe('KEY_FORGEABLE')
  })

  test('contributors swapped, one left out, another beacon, a byte changed', async () => {
    const { contributions, beacon, ...rest } = transcript()
    const [a, b, c, d] = contributions as unknown as [never, never, never, { beacon: object }]
    const altered = [
      { contributions: [b, a, c, d] },
      { contributions: [a, b, d] },
      {
        contributions: [
          a,
          b,
          c,
          { ...(d as object), beacon: { value: Uint8Array.of(1), iterations: 10 } },
        ],
      },
      { contributions, beacon: { ...beacon, iterations: 11 } },
      {
        contributions,
        circuitHash: rest.circuitHash.map((byte, i) => (i === 9 ? byte ^ 1 : byte)),
      },
    ]
    for (const changes of altered) {
      const from = { ...transcript(), ...changes } as Transcript
      expect(await startVerifier(from)).toBe('KEY_FORGEABLE')
    }
  })
})

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes)
  const index = at < 0 ? copy.length + at : at
  copy[index] = copy[index]! ^ 1
  return copy
}

function flip(path: string, at: number): void {
  writeFileSync(path, flipped(readFileSync(path), at))
}

function known(path: string): { readonly path: string; readonly sha256: string } {
  return { path, sha256: createHash('sha256').update(readFileSync(path)).digest('hex') }
}

/** A step by somebody who checks nothing. */
async function addStep(
  folder: string,
  step: number,
  name: string,
  make: (to: string) => Promise<void>,
): Promise<void> {
  const place = (of: number): string => join(folder, `000${String(of)}`)
  const keyOf = (of: number): string => join(place(of), `tiny.000${String(of)}.zkey`)
  mkdirSync(place(step))
  await make(keyOf(step))
  const contribution = readKeyHistory(readFileSync(keyOf(step))).contributions.at(-1)!
  const tiny = {
    received: known(keyOf(step - 1)).sha256,
    made: known(keyOf(step)).sha256,
    contribution: contributionName(contribution),
  }
  const ceremony = known(join(folder, 'ceremony.json')).sha256
  const date = name === 'beacon' ? '2027-01-15' : '2027-01-14'
  const head = { ceremony, step, name, date, software: 'none' }
  const text = attestationText({ ...head, circuits: { tiny } })
  writeFileSync(join(place(step), 'attestation.txt'), text)
}

/** Does something when a command says that it has come so far. */
function onceAt(place: string, work: () => void): Progress {
  const update = (_: number, what: string): void => {
    if (what === place) work()
  }
  return { ...SILENT, update }
}

/** A key in which the points of public signals are in another order. */
function inputsSwapped(zkey: Buffer): Uint8Array {
  const copy = Buffer.from(zkey)
  const inputs = readSections(copy, 'zkey', 'zkey').get(ZKEY_SECTION.inputs)!
  inputs.set([...inputs.subarray(G1_BYTES), ...inputs.subarray(0, G1_BYTES)])
  return copy
}

/** Exchanges the key of a step, and has the attestation name the other one. */
function exchange(folder: string, step: number, change: (zkey: Buffer) => Uint8Array): void {
  const place = join(folder, `000${String(step)}`)
  const path = join(place, `tiny.000${String(step)}.zkey`)
  writeFileSync(path, change(readFileSync(path)))
  const made = createHash('sha256').update(readFileSync(path)).digest('hex')
  edit(join(place, 'attestation.txt'), /made: .*/, `made: ${made}`)
}

/** A key in which somebody's contribution is called a beacon. */
function calledBeacon(zkey: Buffer, name: string, iterations: number): Uint8Array {
  const sections = [...readSections(zkey, 'zkey', 'zkey')]
  const history = Buffer.from(sections.find(([id]) => id === ZKEY_SECTION.contributions)![1])
  // Type and length of the parameters, then the parameters: here the name alone.
  const at = history.indexOf(name) - 10
  const parameters = [...history.subarray(at + 8, at + 10 + name.length), 2, iterations, 3, 1, 0xbe]
  const called = Buffer.concat([
    history.subarray(0, at),
    Buffer.from([1, 0, 0, 0, parameters.length, 0, 0, 0, ...parameters]),
    history.subarray(at + 10 + name.length),
  ])
  return writeSections(
    'zkey',
    sections.map(([id, content]) => [id, id === ZKEY_SECTION.contributions ? called : content]),
  )
}

function edit(path: string, from: string | RegExp, to: string): void {
  const before = readFileSync(path, 'utf8')
  const after = before.replace(from, to)
  expect(after).not.toBe(before)
  writeFileSync(path, after)
}

function swap(folder: string, a: string, b: string): void {
  const place = (name: string): string => join(folder, name)
  renameSync(place(a), place('x'))
  renameSync(place(b), place(a))
  renameSync(place('x'), place(b))
}
