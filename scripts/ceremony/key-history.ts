import { fromUtf8 } from '../../core/bytes.ts'
import { CURVE_FIELD_ORDER } from '../../core/curve.ts'
import type { Fq2, G1Coordinates, G2Coordinates } from '../../core/groth16-key.ts'
import type { Beacon, Contribution } from '../../core/ceremony/contribution.ts'
import {
  ELEMENT_BYTES,
  damaged,
  getElement,
  readSections,
  requireSection,
  viewOf,
} from '../../core/iden3/sections.ts'

// The last section of a .zkey: 64 bytes of hash of the circuit, u32 number of contributions, and
// per contribution four points, 64 bytes of transcript, u32 type, u32 length of parameters.

const SECTION = 10
const HASH_BYTES = 64

/** Types of contributions. */
const SECRET = 0
const BEACON = 1

/** Parameters: one byte of number, then the content; in rising order. */
const PARAMETER = { name: 1, iterations: 2, beacon: 3 } as const

export interface KeyHistory {
  readonly circuitHash: Uint8Array
  readonly contributions: readonly Contribution[]
}

/**
 * Reads who has contributed to a proving key. Nothing is checked but the format.
 *
 * @param name - What the file is, for messages.
 * @throws ZerocardError with `ARTIFACT_INVALID`.
 */
export function readKeyHistory(zkey: Uint8Array, name = 'zkey'): KeyHistory {
  const section = requireSection(readSections(zkey, 'zkey', name), SECTION, name)
  const reader = new Reader(section, name)
  const circuitHash = reader.bytes(HASH_BYTES)
  const count = reader.u32()
  const contributions: Contribution[] = []
  while (contributions.length < count) contributions.push(readContribution(reader))
  reader.assertEnd()
  return { circuitHash, contributions }
}

function readContribution(reader: Reader): Contribution {
  const points = { delta: reader.g1(), s: reader.g1(), sx: reader.g1(), spx: reader.g2() }
  const transcript = reader.bytes(HASH_BYTES)
  const type = reader.u32()
  const { name, ...beacon } = readParameters(reader.part(reader.u32()))
  const named = name === undefined ? {} : { name }
  if (type === SECRET) {
    if (Object.keys(beacon).length > 0) throw reader.damaged('a beacon in a secret contribution')
    return { ...points, transcript, ...named }
  }
  if (type !== BEACON) throw reader.damaged('an unknown type of contribution')
  const { value, iterations } = beacon
  if (value === undefined || iterations === undefined) throw reader.damaged('half a beacon')
  return { ...points, transcript, ...named, beacon: { value, iterations } }
}

function readParameters(reader: Reader): Partial<Beacon> & { readonly name?: string } {
  const found: { name?: string; iterations?: number; value?: Uint8Array } = {}
  for (let last = 0; !reader.isAtEnd();) {
    const parameter = reader.byte()
    if (parameter <= last) throw reader.damaged('parameters out of order')
    last = parameter
    if (parameter === PARAMETER.name) found.name = reader.text(reader.byte())
    else if (parameter === PARAMETER.iterations) found.iterations = reader.byte()
    else if (parameter === PARAMETER.beacon) found.value = reader.bytes(reader.byte())
    else throw reader.damaged('an unknown parameter')
  }
  return found
}

/** Takes values from the front of some bytes. */
class Reader {
  readonly #bytes: Uint8Array
  readonly #name: string
  #position = 0

  constructor(bytes: Uint8Array, name: string) {
    this.#bytes = bytes
    this.#name = name
  }

  bytes(length: number): Uint8Array {
    const end = this.#position + length
    if (end > this.#bytes.length) throw this.damaged('the contributions are cut short')
    const bytes = this.#bytes.slice(this.#position, end)
    this.#position = end
    return bytes
  }

  part(length: number): Reader {
    return new Reader(this.bytes(length), this.#name)
  }

  byte(): number {
    return this.bytes(1)[0] ?? 0
  }

  u32(): number {
    return viewOf(this.bytes(4)).getUint32(0, true)
  }

  text(length: number): string {
    try {
      return fromUtf8(this.bytes(length))
    } catch {
      throw this.damaged('a name that is no text')
    }
  }

  g1(): G1Coordinates {
    return [this.#coordinate(), this.#coordinate()]
  }

  g2(): G2Coordinates {
    return [this.#pair(), this.#pair()]
  }

  isAtEnd(): boolean {
    return this.#position === this.#bytes.length
  }

  assertEnd(): void {
    if (!this.isAtEnd()) throw this.damaged('more than its contributions')
  }

  damaged(reason: string): Error {
    return damaged(this.#name, reason)
  }

  #pair(): Fq2 {
    return [this.#coordinate(), this.#coordinate()]
  }

  /** Coordinates are in Montgomery form: multiplied by 2^256. */
  #coordinate(): bigint {
    const value = getElement(viewOf(this.bytes(ELEMENT_BYTES)), 0)
    if (value >= CURVE_FIELD_ORDER) throw this.damaged('a coordinate outside the curve field')
    return (value * MONTGOMERY_INVERSE) % CURVE_FIELD_ORDER
  }
}

/** 2^-256, by Fermat. */
const MONTGOMERY_INVERSE = ((): bigint => {
  let [result, square] = [1n, 2n ** 256n % CURVE_FIELD_ORDER]
  for (let rest = CURVE_FIELD_ORDER - 2n; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = (result * square) % CURVE_FIELD_ORDER
    square = (square * square) % CURVE_FIELD_ORDER
  }
  return result
})()
