import { createHash } from 'node:crypto'
import { damaged, readSections, requireSection, writeSections } from '../../core/iden3/sections.ts'
import { GROTH16, ZKEY_SECTION, zkeyHeader } from '../../core/iden3/zkey.ts'
import type { Zkey } from '../../core/iden3/zkey.ts'

/** Bytes of the hash of the circuit at the start of the last section. */
const CIRCUIT_HASH_BYTES = 64

/** Its SHA-512 stands where other keys have the hash of their circuit. */
const DEVELOPMENT_TEXT =
  'zerocard development key: not secure, its trapdoor is public and anybody can forge proofs'

/**
 * Writes a development key: without contributions, and recognised by {@link isDevelopmentZkey}. What
 * the lists hold is told at `SetupScalars`, whose multiples they are.
 */
export function writeDevelopmentZkey(key: Zkey): Uint8Array<ArrayBuffer> {
  const contributions = new Uint8Array(CIRCUIT_HASH_BYTES + 4)
  contributions.set(developmentHash())
  return writeSections('zkey', [
    [ZKEY_SECTION.protocol, Uint8Array.of(GROTH16, 0, 0, 0)],
    [ZKEY_SECTION.header, zkeyHeader(key)],
    [ZKEY_SECTION.inputs, key.inputs],
    [ZKEY_SECTION.coefficients, key.coefficients],
    [ZKEY_SECTION.a, key.a],
    [ZKEY_SECTION.b1, key.b1],
    [ZKEY_SECTION.b2, key.b2],
    [ZKEY_SECTION.c, key.c],
    [ZKEY_SECTION.h, key.h],
    [ZKEY_SECTION.contributions, contributions],
  ])
}

/**
 * True for a key made by this build, also after somebody's contribution to it: who knows tau,
 * alpha and beta needs no delta to forge.
 *
 * @throws ZerocardError with `ARTIFACT_INVALID` if the bytes are no key.
 */
export function isDevelopmentZkey(bytes: Uint8Array, name = 'zkey'): boolean {
  const section = requireSection(
    readSections(bytes, 'zkey', name),
    ZKEY_SECTION.contributions,
    name,
  )
  if (section.length < CIRCUIT_HASH_BYTES + 4) throw damaged(name, 'the last section is cut short')
  return developmentHash().equals(section.subarray(0, CIRCUIT_HASH_BYTES))
}

function developmentHash(): Buffer {
  return createHash('sha512').update(DEVELOPMENT_TEXT).digest()
}
