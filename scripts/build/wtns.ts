import { utf8 } from '../../core/bytes.ts'
import { FIELD_ORDER } from '../../core/field.ts'

/** 32-bit words of a field element. */
const WORDS = 8

/**
 * Puts a witness into the `.wtns` format of snarkjs, version 2: a header with the field, then the
 * values (https://github.com/iden3/snarkjs, `wtns_utils`).
 */
export function wtnsFile(witness: Uint32Array): Uint8Array {
  const count = witness.length / WORDS
  const bytes = new Uint8Array(76 + witness.byteLength)
  const view = new DataView(bytes.buffer)
  bytes.set(utf8('wtns'))
  view.setUint32(4, 2, true)
  view.setUint32(8, 2, true)
  view.setUint32(12, 1, true)
  view.setBigUint64(16, 40n, true)
  view.setUint32(24, 4 * WORDS, true)
  wordsOf(FIELD_ORDER).forEach((word, i) => view.setUint32(28 + 4 * i, word, true))
  view.setUint32(60, count, true)
  view.setUint32(64, 2, true)
  view.setBigUint64(68, BigInt(witness.byteLength), true)
  witness.forEach((word, i) => view.setUint32(76 + 4 * i, word, true))
  return bytes
}

function wordsOf(value: bigint): number[] {
  return Array.from({ length: WORDS }, (_, i) => Number((value >> BigInt(32 * i)) & 0xffffffffn))
}
