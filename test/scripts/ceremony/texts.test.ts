import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { PassThrough } from 'node:stream'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import {
  attestationText,
  isAttestedName,
  parseAttestation,
} from '../../../scripts/ceremony/attestation.ts'
import {
  ceremonyPath,
  ceremonyText,
  readCeremony,
} from '../../../scripts/ceremony/ceremony-file.ts'
import type { Ceremony } from '../../../scripts/ceremony/ceremony-file.ts'
import { isSameName } from '../../../scripts/ceremony/state.ts'
import { readLine } from '../../../scripts/zerocard/hidden-line.ts'
import { Terminal, errorCode } from '../../support/cli.ts'
import { refusal, verdictOf } from '../../support/refusal.ts'

// What people write and read in a ceremony.

const folder = mkdtempSync(join(tmpdir(), 'zerocard-texts-'))
const terminal = new Terminal()
afterAll(() => {
  rmSync(folder, { recursive: true })
  terminal.remove()
})

const facts = { sha256: '0'.repeat(64), bytes: 1 }
const ceremony: Ceremony = {
  ...{ name: 'Town', createdAt: 1, compiler: 'circom 2.2.3, --O2', minimumContributions: 1 },
  beacon: { source: 'a round', at: 1_800_000_000, iterations: 10 },
  powersOfTau: { blake2b512: '0'.repeat(128), bytes: 1 },
  circuits: { tiny: { constraints: 1, r1cs: facts, wasm: facts, genesis: facts } },
}
const hash = '0'.repeat(64)
const attestation = {
  ...{ ceremony: hash, step: 1, name: 'Ada', date: '2026-02-28', software: 'zerocard' },
  circuits: { tiny: { received: hash, made: hash, contribution: hash + hash } },
}
const text = attestationText(attestation)

describe('an announcement', () => {
  const read = (changes: object): string | undefined => {
    writeFileSync(ceremonyPath(folder), ceremonyText({ ...ceremony, ...changes }))
    return refusal(() => readCeremony(folder))
  }

  test('is read', () => {
    expect(read({})).toBeUndefined()
  })

  test.each([
    ['a name', { name: 'Town\n  + Everything was checked.' }],
    ['a compiler', { compiler: 'circom\n  + Everything was checked.' }],
    [
      'a beacon',
      { beacon: { ...ceremony.beacon, source: 'a round\n  + Everything was checked.' } },
    ],
  ])('with %s that looks like another line of a report is refused', (_, changes) => {
    expect(read(changes)).toBe('ARTIFACT_INVALID')
  })

  test('with a beacon at a time that has no date is refused', () => {
    expect(read({ beacon: { ...ceremony.beacon, at: 8_640_000_000_001 } })).toBe('ARTIFACT_INVALID')
  })
})

describe('an attestation', () => {
  test('is read from a text with a signature around it', () => {
    expect(parseAttestation(`-----BEGIN-----\n${text}-----SIGNATURE-----\n`)).toEqual(attestation)
  })

  test.each([
    ['a second one, which the signature might be of', `${text}-----BEGIN-----\n${text}`],
    ['a second beginning', text.replace('step:', 'zerocard ceremony attestation\nstep:')],
    ['a day that is none', text.replace('2026-02-28', '2026-02-29')],
    ['a name with a blank that is none', text.replace('Ada', 'Ada\u2800')],
    ['a program with signs for the terminal', text.replace(': zerocard', ': \u001b[2J')],
  ])('with %s is refused', (_, altered) => {
    expect(altered).not.toBe(text)
    expect(refusal(() => parseAttestation(altered))).toBe('ARTIFACT_INVALID')
  })
})

describe('the name of a contributor', () => {
  test.each(['Ada Lovelace', 'محمد', 'x'.repeat(60), '\u{20000}'.repeat(30)])(
    'may be %s',
    (name) => {
      expect(isAttestedName(name)).toBe(true)
    },
  )

  test.each([
    ['nothing', ''],
    ['longer than what a proving key keeps', '\u{20000}'.repeat(31)],
    ['two lines', 'Ada\nstep: 2'],
    ['with a space at its end', 'Ada '],
    ['with a blank that is none', 'Ada\u3164'],
    ['only of what shows nothing', '\u200d'],
  ])('may not be %s', (_, name) => {
    expect(isAttestedName(name)).toBe(false)
  })

  test.each([
    ['Ada Lovelace', 'ada  lovelace'],
    ['Ada', 'A\u200dda'],
    ['Ada', '\uff21da'],
  ])('%s is the same as %s', (a, b) => {
    expect(isSameName(a, b)).toBe(true)
    expect(isSameName(a, `${b} II`)).toBe(false)
  })
})

describe('what a contributor types', () => {
  const typed = (...chunks: readonly (Buffer | undefined)[]): Promise<Buffer> => {
    const stdin = new PassThrough({ objectMode: true })
    const line = readLine(stdin)
    for (const chunk of chunks) {
      if (chunk === undefined) stdin.end()
      else stdin.write(chunk)
    }
    return line
  }

  test.each(['\r', '\n'])('ends with Enter, and is overwritten where it came in', async (enter) => {
    const chunks = [Buffer.from('dice 4'), Buffer.from(`25${enter}and what was pasted after`)]
    expect((await typed(...chunks)).toString()).toBe('dice 425')
    expect(Buffer.concat(chunks).every((byte) => byte === 0)).toBe(true)
  })

  test.each([
    ['Ctrl-C', Buffer.from('dice\x03')],
    ['Ctrl-D', Buffer.from('dice\x04')],
    ['a terminal that is gone', undefined],
  ])('is given up by %s', async (_, chunk) => {
    expect(await verdictOf(() => typed(Buffer.from('dice'), chunk))).toBe('ABORTED')
  })

  test('or the file in its place is not too short, and may be one that never ends', async () => {
    const contribute = async (file: string): Promise<string | undefined> => {
      const options = ['--name', 'Ada', '--ptau', 'none.ptau', '--entropy-file', file]
      return errorCode(await terminal.run(['ceremony', 'contribute', 'nowhere', ...options]))
    }
    expect(await contribute(terminal.text('short.bin', '1234567'))).toBe('USAGE')
    expect(await contribute(terminal.text('enough.bin', '12345678'))).toBe('INPUT_INVALID')
    expect(await contribute('/dev/urandom')).toBe('INPUT_INVALID')
  })
})
