import { ZerocardError } from '../../core/errors.ts'
import { readZkey } from '../../core/iden3/zkey.ts'

/** A key as the prover uses it, which needs no B in G1: see `Zkey` for the lists. */
export interface ProvingKey {
  readonly wires: number
  /** Without the constant one. */
  readonly publicSignals: number
  /** log2 of the size of the evaluation domain. */
  readonly log: number
  readonly alpha: Uint8Array
  readonly beta2: Uint8Array
  readonly delta2: Uint8Array
  /** Without their number. */
  readonly coefficients: Uint8Array
  readonly a: Uint8Array
  readonly b2: Uint8Array
  /** Without the points of `d`. */
  readonly c: Uint8Array
  /** The last of them, if another thread sums those. */
  readonly d: Uint8Array
  readonly h: Uint8Array
}

/** r - 1 has 28 factors 2, one of which the coset takes. */
const MAX_LOG = 27

/** @throws ZerocardError with `ARTIFACT_INVALID` if the bytes are no key over BN254. */
export function readProvingKey(bytes: Uint8Array): ProvingKey {
  // A Buffer of Node gives views where others give copies.
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const { wires, publicSignals, domain, ...key } = readZkey(plain, 'the proving key')
  const log = Math.log2(domain)
  if (!Number.isInteger(log) || log < 2 || log > MAX_LOG) {
    throw new ZerocardError('ARTIFACT_INVALID', 'the proving key: a domain of wrong size')
  }
  return {
    ...{ wires, publicSignals, log },
    ...{ alpha: key.alpha1, beta2: key.beta2, delta2: key.delta2 },
    coefficients: key.coefficients.subarray(4),
    ...{ a: key.a, b2: key.b2, c: key.c, d: new Uint8Array(), h: key.h },
  }
}

/** Bytes as words of 32 bits; copied, because sections begin anywhere. */
export function wordsOf(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(bytes.slice().buffer)
}
