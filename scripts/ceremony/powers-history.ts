import { damaged, readSections, requireSection, viewOf } from '../../core/iden3/sections.ts'

// A section of a .ptau: u32 number of contributions, and per contribution points and hashes, u32
// type, u32 length of parameters and the parameters.

const SECTION = 7

/** tau and beta in G1 and G2, alpha in G1; three proofs of two points in G1 and one in G2. */
const POINT_BYTES = 3 * 64 + 2 * 128 + 3 * (2 * 64 + 128)
/** State of the hash of the response, then the hash that the next contribution begins with. */
const HASH_BYTES = 216 + 64

/** Type of a contribution whose secrets follow from a public value. */
const BEACON = 1

/**
 * Reads what kinds of contributions powers of tau are made of, in their order. Nothing is checked but
 * the format.
 *
 * @param name - What the file is, for messages.
 * @throws ZerocardError with `ARTIFACT_INVALID`.
 */
export function readPowersHistory(ptau: Uint8Array, name = 'ptau'): ('secret' | 'beacon')[] {
  const view = viewOf(requireSection(readSections(ptau, 'ptau', name), SECTION, name))
  const u32 = (at: number): number => {
    if (at + 4 > view.byteLength) throw damaged(name, 'the contributions are cut short')
    return view.getUint32(at, true)
  }
  const kinds: ('secret' | 'beacon')[] = []
  let position = 4
  for (let left = u32(0); left > 0; left--) {
    position += POINT_BYTES + HASH_BYTES
    kinds.push(u32(position) === BEACON ? 'beacon' : 'secret')
    position += 8 + u32(position + 4)
  }
  if (position !== view.byteLength) throw damaged(name, 'more or less than its contributions')
  return kinds
}
