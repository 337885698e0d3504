import { ELEMENT_BYTES, getElement, viewOf } from '../../core/iden3/sections.ts'
import { G1_BYTES, readZkey } from '../../core/iden3/zkey.ts'
import { Bn128 } from './bn128.ts'

type Decimals = string | readonly Decimals[]

/** The content of a `verification_key.json`, with members in snarkjs' order. */
export interface VerificationKeyFile {
  readonly protocol: 'groth16'
  readonly curve: 'bn128'
  readonly nPublic: number
  readonly vk_alpha_1: Decimals
  readonly vk_beta_2: Decimals
  readonly vk_gamma_2: Decimals
  readonly vk_delta_2: Decimals
  readonly vk_alphabeta_12: Decimals
  readonly IC: readonly Decimals[]
}

/**
 * Takes the verification key out of a proving key, with the same content as snarkjs' export.
 *
 * @param name - What the proving key is, for messages.
 * @throws ZerocardError with `ARTIFACT_INVALID` if the proving key is damaged.
 */
export function exportVerificationKey(zkey: Uint8Array, name = 'zkey'): VerificationKeyFile {
  const key = readZkey(zkey, name)
  const curve = new Bn128()
  const g1 = (point: Uint8Array): Decimals => [...decimals(curve.fromMontgomery(point)), '1']
  const g2 = (point: Uint8Array): Decimals => [
    ...inPairs(decimals(curve.fromMontgomery(point))),
    ['1', '0'],
  ]
  return {
    protocol: 'groth16',
    curve: 'bn128',
    nPublic: key.publicSignals,
    vk_alpha_1: g1(key.alpha1),
    vk_beta_2: g2(key.beta2),
    vk_gamma_2: g2(key.gamma2),
    vk_delta_2: g2(key.delta2),
    vk_alphabeta_12: target(curve.pair(key.alpha1, key.beta2)),
    IC: chunks(key.inputs, G1_BYTES).map(g1),
  }
}

/** The tower of the pairing's target field: 2 times 3 times 2 coordinates. */
function target(coordinates: Uint8Array): Decimals {
  const pairs = inPairs(decimals(coordinates))
  return [pairs.slice(0, 3), pairs.slice(3)]
}

function decimals(coordinates: Uint8Array): string[] {
  return chunks(coordinates, ELEMENT_BYTES).map((bytes) => getElement(viewOf(bytes), 0).toString())
}

function inPairs(values: readonly string[]): Decimals[] {
  return values.flatMap((value, i) => (i % 2 === 0 ? [[value, values[i + 1] ?? '']] : []))
}

function chunks(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: bytes.length / size }, (_, i) =>
    bytes.subarray(i * size, (i + 1) * size),
  )
}
