import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { G1, G2, g1Coordinates, g2Coordinates } from '../../../core/bn254.ts'
import { beaconSecret } from '../../../core/ceremony/chain.ts'
import type { Beacon } from '../../../core/ceremony/contribution.ts'
import type { Transcript } from '../../../core/ceremony/transcript.ts'
import { parseVerificationKey } from '../../../core/groth16-key.ts'
import type { G1Coordinates, G2Coordinates, VerificationKey } from '../../../core/groth16-key.ts'
import { ELEMENT_BYTES, getElement, viewOf } from '../../../core/iden3/sections.ts'
import { parseR1cs } from '../../build/r1cs.ts'
import { evaluateSetup } from '../../build/setup.ts'
import { deriveTrapdoor } from '../../build/trapdoor.ts'
import { knownForgeries } from '../../ceremony/forgeries.ts'
import type { Forger } from './false-presentation.ts'
import { SYNTHETIC_BEACON, syntheticCeremony } from './synthetic-ceremony.ts'

/** What is wrong with a key. */
export const WEAKNESSES = ['development', 'no-contribution', 'beacon-only'] as const
export type Weakness = (typeof WEAKNESSES)[number]

/** A key that should never decide anything, with the best that can be said for it. */
export interface WeakKey {
  readonly circuit: string
  readonly key: VerificationKey
  /** Leads to the key's delta wherever there is one that does. */
  readonly transcript: Transcript
  readonly forge: Forger
}

export const WEAK_CIRCUIT = 'eligibility-1'

/** Unlike the development seed, nothing here uses what follows from it but for making the key. */
const OTHER_SEED = 'powers of tau that nobody knows'

export function weakKey(weakness: Weakness): WeakKey {
  const beacon = weakness === 'beacon-only' ? SYNTHETIC_BEACON : undefined
  const key = weakness === 'development' ? developmentKey() : ceremonyKey(beacon)
  const { transcript } = syntheticCeremony({
    ...{ circuit: WEAK_CIRCUIT, publicSignals: key.publicSignals, seed: 1, beacon },
    ...{ secrets: [], minimumContributions: 1 },
  })
  return { circuit: WEAK_CIRCUIT, key, transcript, forge: forgerOf(weakness, beacon) }
}

/** Content of a `verification_key.json`. */
export function keyToJson({ publicSignals, ...key }: VerificationKey): object {
  const g1 = (point: G1Coordinates): string[] => [...point.map(String), '1']
  const g2 = (point: G2Coordinates): string[][] => [
    ...point.map((coordinate) => coordinate.map(String)),
    ['1', '0'],
  ]
  return {
    ...{ protocol: 'groth16', curve: 'bn128', nPublic: publicSignals },
    vk_alpha_1: g1(key.alpha),
    vk_beta_2: g2(key.beta),
    vk_gamma_2: g2(key.gamma),
    vk_delta_2: g2(key.delta),
    IC: key.inputs.map(g1),
  }
}

/** From public knowledge only: the key, and the beacon's value. */
function forgerOf(weakness: Weakness, beacon: Beacon | undefined): Forger {
  const ways = knownForgeries(beacon === undefined ? [] : [beacon])
  const way = { 'no-contribution': 0, 'beacon-only': 1, development: 2 }[weakness]
  const forgery = ways[way]
  if (forgery === undefined) throw new TypeError(`no way to forge with ${weakness}`)
  return forgery.forge
}

function developmentKey(): VerificationKey {
  return parseVerificationKey(JSON.parse(readArtifact('vkey.json').toString('utf8')))
}

/** The key that snarkjs makes of the circuit when nobody, or only a beacon, contributes. */
function ceremonyKey(beacon: Beacon | undefined): VerificationKey {
  const delta = beacon === undefined ? 1n : beaconSecret(beacon).x
  const trapdoor = { ...deriveTrapdoor(OTHER_SEED), delta }
  const r1cs = parseR1cs(readArtifact('r1cs'))
  const { inputs } = evaluateSetup(r1cs, trapdoor)
  const view = viewOf(inputs)
  return {
    publicSignals: r1cs.publicSignals,
    alpha: g1Coordinates(G1.BASE.multiplyUnsafe(trapdoor.alpha)),
    beta: g2Coordinates(G2.BASE.multiplyUnsafe(trapdoor.beta)),
    gamma: g2Coordinates(G2.BASE),
    delta: g2Coordinates(G2.BASE.multiplyUnsafe(delta)),
    inputs: Array.from({ length: inputs.length / ELEMENT_BYTES }, (_, i) =>
      g1Coordinates(G1.BASE.multiplyUnsafe(getElement(view, i * ELEMENT_BYTES))),
    ),
  }
}

function readArtifact(ending: 'r1cs' | 'vkey.json'): Buffer {
  const path = `../../../artifacts/${WEAK_CIRCUIT}/${WEAK_CIRCUIT}.${ending}`
  return readFileSync(fileURLToPath(new URL(path, import.meta.url)))
}
