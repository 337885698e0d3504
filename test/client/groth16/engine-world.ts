import type * as snarkjs from 'snarkjs'
import { Fp, G1, G2 } from '../../../core/bn254.ts'
import type { G1Point, G2Point } from '../../../core/bn254.ts'
import type { ProofCoordinates } from '../../../core/groth16.ts'
import { createEngineModule, Engine } from '../../../client/groth16/engine.ts'
import type { EngineKind } from '../../../client/groth16/engine.ts'
import { SCALAR_BYTES } from '../../../client/groth16/multiexp.ts'
import type { AffinePoint } from '../../../client/groth16/multiexp.ts'

export const KINDS: readonly EngineKind[] = ['fma', 'scalar']

export function startEngineOf(kind: EngineKind): Promise<Engine> {
  return Engine.start(createEngineModule(kind))
}

/** Numbers that look random and are the same in every run (a linear congruential generator, MMIX). */
export function numbersFrom(seed: number): (below: bigint) => bigint {
  let state = BigInt(seed)
  return (below) => {
    let value = 0n
    for (let i = 0; i < 5; i++) {
      state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n)
      value = (value << 56n) | (state >> 8n)
    }
    return value % below
  }
}

/** Integers as 32 bytes each, the lowest first. */
export function integerBytes(values: readonly bigint[]): Uint8Array {
  const bytes = new Uint8Array(values.length * SCALAR_BYTES)
  values.forEach((value, i) => {
    for (let k = 0; k < SCALAR_BYTES; k++) {
      bytes[i * SCALAR_BYTES + k] = Number((value >> BigInt(8 * k)) & 0xffn)
    }
  })
  return bytes
}

export function integersIn(bytes: Uint8Array): bigint[] {
  return Array.from({ length: bytes.length / SCALAR_BYTES }, (_, i) => {
    let value = 0n
    for (let k = SCALAR_BYTES - 1; k >= 0; k--) {
      value = (value << 8n) | BigInt(bytes[i * SCALAR_BYTES + k] ?? 0)
    }
    return value
  })
}

/** Points as a proving key has them: Montgomery form with R = 2^256, zeros for infinity. */
export function keyPoints(points: readonly (G1Point | G2Point)[]): Uint8Array {
  const parts = points.flatMap((point) => coordinatesOf(point))
  return integerBytes(parts.map((part) => (part << 256n) % Fp.ORDER))
}

function coordinatesOf(point: G1Point | G2Point): bigint[] {
  const { x, y } = point.toAffine()
  if (typeof x === 'bigint') return [x, y as bigint]
  const second = y as typeof x
  return [x.c0, x.c1, second.c0, second.c1]
}

/** What a library says that our result should be. */
export function affine(point: G1Point | G2Point): AffinePoint {
  if (point.is0()) return undefined
  const parts = coordinatesOf(point)
  return { x: parts.slice(0, parts.length / 2), y: parts.slice(parts.length / 2) }
}

export const CURVES = {
  g1: { Point: G1, generator: G1.BASE },
  g2: { Point: G2, generator: G2.BASE },
} as const

/** As snarkjs writes proofs. */
export function printed({ a, b, c }: ProofCoordinates): SnarkProof {
  const text = ([x, y]: readonly [bigint, bigint]): [string, string] => [String(x), String(y)]
  return {
    pi_a: [...text(a), '1'],
    pi_b: [text(b[0]), text(b[1]), ['1', '0']],
    pi_c: [...text(c), '1'],
    ...{ protocol: 'groth16', curve: 'bn128' },
  }
}

type SnarkProof = Parameters<typeof snarkjs.groth16.verify>[2]
