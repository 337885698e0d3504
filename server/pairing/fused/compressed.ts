import { fromBase64url } from '../../../core/bytes.ts'
import { CURVE_FIELD_ORDER } from '../../../core/curve.ts'
import { integerFromBytes } from '../../../core/field.ts'
import { PROOF_BYTES } from '../../../core/groth16.ts'

/** x, and which y. */
export interface CompressedPoint {
  /** One part, or two, the real one first. */
  readonly x: readonly bigint[]
  readonly isOdd: boolean
}

export interface CompressedProof {
  readonly a: CompressedPoint
  readonly b: CompressedPoint
  readonly c: CompressedPoint
}

/** In the first byte of a point. */
const ODD_Y = 0x80
/** Bits of the first byte of a part that belong to its number. */
const NUMBER_BITS = 0x3f

/** What the text of a proof says, if it is canonical; whether there are such points is not known. */
export function readCompressed(text: string): CompressedProof | undefined {
  const bytes = bytesOf(text)
  if (bytes?.length !== PROOF_BYTES) return undefined
  const part = (offset: number, marks: number): bigint | undefined => {
    const first = bytes[offset] ?? 0
    if ((first & ~(NUMBER_BITS | marks)) !== 0) return undefined
    const number = bytes.slice(offset, offset + 32)
    number[0] = first & NUMBER_BITS
    const value = integerFromBytes(number)
    return value < CURVE_FIELD_ORDER ? value : undefined
  }
  const isOdd = (offset: number): boolean => ((bytes[offset] ?? 0) & ODD_Y) !== 0
  const [a, imaginary, real, c] = [part(0, ODD_Y), part(32, ODD_Y), part(64, 0), part(96, ODD_Y)]
  if (a === undefined || imaginary === undefined || real === undefined || c === undefined) {
    return undefined
  }
  return {
    a: { x: [a], isOdd: isOdd(0) },
    b: { x: [real, imaginary], isOdd: isOdd(32) },
    c: { x: [c], isOdd: isOdd(96) },
  }
}

function bytesOf(text: string): Uint8Array | undefined {
  try {
    return fromBase64url(text)
  } catch {
    return undefined
  }
}
