import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { MAX_BACKUP_BYTES, openBackup, sealBackup } from '../../../client/storage/backup.ts'
import { concatBytes, utf8 } from '../../../core/bytes.ts'
import { sha256 } from '../../../core/hash.ts'
import { verdictOf } from '../../support/refusal.ts'

const QUICK = { cost: { N: 16, r: 8, p: 1 } }
const PASSPHRASE = 'correct horse battery staple'
const CONTENT = { credentials: [{ id: '1', value: 'é' }], madeAt: 1.5, nothing: null }

let file: Uint8Array<ArrayBuffer>

beforeAll(async () => {
  file = await sealBackup(CONTENT, PASSPHRASE, QUICK)
})

const verdict = (bytes: Uint8Array<ArrayBuffer>, passphrase = PASSPHRASE) =>
  verdictOf(() => openBackup(bytes, passphrase, QUICK))

/** What an attacker writes who knows the format: the hash at the end needs no secret. */
function rehashed(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const content = bytes.subarray(0, -32)
  return concatBytes(content, sha256(content))
}

describe('a backup', () => {
  test('gives back what was put in, for its passphrase only', async () => {
    expect(await openBackup(file, PASSPHRASE, QUICK)).toEqual(CONTENT)
    for (const wrong of ['', 'x', `${PASSPHRASE} `, '\ud800']) {
      expect(await verdict(file, wrong)).toBe('UNLOCK_FAILED')
    }
  })

  test('is sealed with the full cost by default, and tells how far it is', async () => {
    const told: number[] = []
    const progress = (part: number) => void told.push(part)
    const real = await sealBackup([1], PASSPHRASE, { progress })
    expect(new TextDecoder().decode(real)).toContain('"cost":{"N":131072,"p":1,"r":8}')
    expect(await openBackup(real, PASSPHRASE)).toEqual([1])
    expect(told.at(-1)).toBe(1)
    // One that a test made gives its content away too cheaply to be taken for a real one.
    expect(await verdictOf(() => openBackup(file, PASSPHRASE))).toBe('BACKUP_INVALID')
  })

  test('says what it is, and nothing of what is in it', async () => {
    const [head] = new TextDecoder().decode(file).split('\n')
    expect(JSON.parse(head ?? '')).toMatchObject({ format: 'zerocard-backup', version: 1 })
    expect(Buffer.from(file).includes('credentials')).toBe(false)
    const short = await sealBackup('x', PASSPHRASE, QUICK)
    const longer = await sealBackup('x'.repeat(400), PASSPHRASE, QUICK)
    expect(longer.length).toBe(short.length)
    expect(await sealBackup('x', PASSPHRASE, QUICK)).not.toEqual(short)
  })

  test('is not made without a passphrase, of nothing, or of too much', async () => {
    await expect(sealBackup(CONTENT, '', QUICK)).rejects.toThrow(TypeError)
    await expect(sealBackup(undefined, PASSPHRASE, QUICK)).rejects.toThrow(TypeError)
    const large = 'x'.repeat(MAX_BACKUP_BYTES)
    expect(await verdictOf(() => sealBackup(large, PASSPHRASE, QUICK))).toBe('INPUT_TOO_LARGE')
    const fits = 'x'.repeat(MAX_BACKUP_BYTES - 2 * 65_536)
    const sealed = await sealBackup(fits, PASSPHRASE, QUICK)
    expect(sealed.length).toBeLessThanOrEqual(MAX_BACKUP_BYTES)
    expect(await openBackup(sealed, PASSPHRASE, QUICK)).toBe(fits)
  })

  test('that is too long is refused unread', async () => {
    const head = file.subarray(0, file.indexOf(10) + 1)
    const long = concatBytes(head, new Uint8Array(MAX_BACKUP_BYTES))
    expect(await verdict(rehashed(long))).toBe('BACKUP_INVALID')
  })

  test('with one bit flipped anywhere is refused as damaged', async () => {
    for (let at = 0; at < file.length; at++) {
      const altered = Uint8Array.from(file)
      altered[at] = (altered[at] ?? 0) ^ (1 << (at % 8))
      expect(await verdict(altered), `byte ${String(at)}`).toBe('BACKUP_INVALID')
    }
  })

  test('altered on purpose is refused too', async () => {
    const verdicts = new Set<string>()
    for (let at = 0; at < file.length - 32; at++) {
      const altered = Uint8Array.from(file)
      altered[at] = (altered[at] ?? 0) ^ 1
      verdicts.add(await verdict(rehashed(altered)))
    }
    expect([...verdicts].sort()).toEqual(['BACKUP_INVALID', 'UNLOCK_FAILED'])
  })

  test('that would weaken the passphrase or hang the page is refused', async () => {
    const text = new TextDecoder('latin1').decode(file)
    for (const cost of ['8', '0', '-16', '17', '1e99', String(2 ** 19), '"16"', '{}']) {
      const altered = Buffer.from(text.replace('"N":16', `"N":${cost}`), 'latin1')
      expect(await verdict(rehashed(altered)), cost).toBe('BACKUP_INVALID')
    }
    const other = Buffer.from(text.replace('"version":1', '"version":2'), 'latin1')
    expect(await verdict(rehashed(other))).toBe('BACKUP_INVALID')
    const extra = Buffer.from(text.replace('"version":1', '"version":1,"x":1'), 'latin1')
    expect(await verdict(rehashed(extra))).toBe('BACKUP_INVALID')
  })
})

describe('whatever file is opened', () => {
  const codes = ['BACKUP_INVALID', 'UNLOCK_FAILED']
  const bytes = fc.uint8Array({ maxLength: 2000 }).map((array) => Uint8Array.from(array))
  const runs = { numRuns: 200 }

  test('random bytes are refused', async () => {
    await fc.assert(
      fc.asyncProperty(bytes, async (random) => {
        expect(await verdict(random)).toBe('BACKUP_INVALID')
        expect(await verdict(rehashed(random))).toBe('BACKUP_INVALID')
      }),
      runs,
    )
  })

  test('truncated, prolonged and altered files are refused, with a fitting hash too', async () => {
    const part = fc.nat({ max: file.length - 1 })
    await fc.assert(
      fc.asyncProperty(part, part, bytes, fc.string(), async (from, to, patch, passphrase) => {
        const altered = concatBytes(file.subarray(0, from), patch, file.subarray(to))
        fc.pre(Buffer.compare(altered, file) !== 0)
        expect(await verdict(altered, passphrase)).toBe('BACKUP_INVALID')
        const fitting = rehashed(altered)
        // Where nothing but the hash was altered, this is the file again.
        fc.pre(Buffer.compare(fitting, file) !== 0)
        expect(codes).toContain(await verdict(fitting))
      }),
      runs,
    )
  })

  test('random text after a right beginning is refused', async () => {
    const head = file.subarray(0, file.indexOf(10) + 1)
    await fc.assert(
      fc.asyncProperty(bytes, async (random) => {
        const whole = concatBytes(head, random)
        expect(await verdict(concatBytes(whole, sha256(whole)))).toBe('UNLOCK_FAILED')
      }),
      runs,
    )
  })

  test('JSON of every shape as the beginning is refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), async (json) => {
        const whole = concatBytes(utf8(`${json.replaceAll(/[^ -~]/g, '')}\n`), new Uint8Array(60))
        expect(await verdict(concatBytes(whole, sha256(whole)))).toBe('BACKUP_INVALID')
      }),
      runs,
    )
  })
})
