import { expect, test } from 'vitest'
import { ChaCha } from '../../../core/ceremony/chacha.ts'

test('the key stream is that of RFC 8439, appendix A.1, test vectors 1 and 2', () => {
  const stream = new ChaCha(new Uint8Array(32))
  const words = Array.from({ length: 32 }, () => stream.next())
  expect(words.slice(0, 4)).toEqual([0xade0b876, 0x903df1a0, 0xe56a5d40, 0x28bd8653])
  expect(words.slice(16, 20)).toEqual([0xbee7079f, 0x7a385155, 0x7c97ba98, 0x0d082d73])
})

test('a key of less than 32 bytes is a mistake of the caller', () => {
  expect(() => new ChaCha(new Uint8Array(31))).toThrow(TypeError)
})
