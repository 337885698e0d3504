import { ZerocardError } from '../errors.ts'

// The container of .r1cs and .zkey files: 4 characters of type, u32 version, u32 number of
// sections, then sections of u32 number, u64 length and content. All integers are little-endian.

/** Bytes of a field element in these files. */
export const ELEMENT_BYTES = 32

const FILE_HEADER_BYTES = 12
const SECTION_HEADER_BYTES = 12
const LOW_64_BITS = (1n << 64n) - 1n

export type Sections = ReadonlyMap<number, Uint8Array>

/**
 * Splits a file into its sections, without copying.
 *
 * @param type - The four characters at the start.
 * @param name - What the file is, for messages.
 * @throws ZerocardError with `ARTIFACT_INVALID` for another type or version, a section that is cut
 *   short or comes twice, and for bytes after the last section.
 */
export function readSections(bytes: Uint8Array, type: string, name: string): Sections {
  if (bytes.length < FILE_HEADER_BYTES || String.fromCharCode(...bytes.subarray(0, 4)) !== type) {
    throw damaged(name, `not a .${type} file`)
  }
  const view = viewOf(bytes)
  if (view.getUint32(4, true) !== 1) throw damaged(name, 'unknown version')
  const sections = new Map<number, Uint8Array>()
  let position = FILE_HEADER_BYTES
  for (let left = view.getUint32(8, true); left > 0; left--) {
    if (position + SECTION_HEADER_BYTES > bytes.length) throw damaged(name, 'cut short')
    const id = view.getUint32(position, true)
    const start = position + SECTION_HEADER_BYTES
    position = start + Number(view.getBigUint64(position + 4, true))
    if (position > bytes.length) throw damaged(name, 'cut short')
    if (sections.has(id)) throw damaged(name, `section ${String(id)} comes twice`)
    sections.set(id, bytes.subarray(start, position))
  }
  if (position !== bytes.length) throw damaged(name, 'has bytes after its end')
  return sections
}

/**
 * @param expectedBytes - The exact length, where it is known.
 * @throws ZerocardError with `ARTIFACT_INVALID` if the section is missing or has another length.
 */
export function requireSection(
  sections: Sections,
  id: number,
  name: string,
  expectedBytes?: number,
): Uint8Array {
  const section = sections.get(id)
  if (section === undefined) throw damaged(name, `section ${String(id)} is missing`)
  if (expectedBytes !== undefined && section.length !== expectedBytes) {
    throw damaged(
      name,
      `section ${String(id)}: expected ${String(expectedBytes)} bytes, got ${String(section.length)}`,
    )
  }
  return section
}

/** Joins sections, in the given order, to a file of version 1. */
export function writeSections(
  type: string,
  sections: readonly (readonly [id: number, content: Uint8Array])[],
): Uint8Array<ArrayBuffer> {
  const length = sections.reduce(
    (sum, [, content]) => sum + SECTION_HEADER_BYTES + content.length,
    0,
  )
  const file = new Uint8Array(FILE_HEADER_BYTES + length)
  const view = viewOf(file)
  file.set(new TextEncoder().encode(type))
  view.setUint32(4, 1, true)
  view.setUint32(8, sections.length, true)
  let position = FILE_HEADER_BYTES
  for (const [id, content] of sections) {
    view.setUint32(position, id, true)
    view.setBigUint64(position + 4, BigInt(content.length), true)
    file.set(content, position + SECTION_HEADER_BYTES)
    position += SECTION_HEADER_BYTES + content.length
  }
  return file
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Reads a 256-bit integer, little-endian. */
export function getElement(view: DataView, offset: number): bigint {
  const low = view.getBigUint64(offset, true) | (view.getBigUint64(offset + 8, true) << 64n)
  const high = view.getBigUint64(offset + 16, true) | (view.getBigUint64(offset + 24, true) << 64n)
  return high === 0n ? low : low | (high << 128n)
}

/** Whether a header names this field: the size of an element, and the order. */
export function isField(view: DataView, offset: number, order: bigint): boolean {
  return view.getUint32(offset, true) === ELEMENT_BYTES && getElement(view, offset + 4) === order
}

/** Writes a 256-bit integer, little-endian. */
export function setElement(view: DataView, offset: number, value: bigint): void {
  view.setBigUint64(offset, value & LOW_64_BITS, true)
  view.setBigUint64(offset + 8, (value >> 64n) & LOW_64_BITS, true)
  view.setBigUint64(offset + 16, (value >> 128n) & LOW_64_BITS, true)
  view.setBigUint64(offset + 24, value >> 192n, true)
}

/** The error for a file that is not what it should be, as one line. */
export function damaged(name: string, reason: string): ZerocardError {
  return new ZerocardError('ARTIFACT_INVALID', `${name}: ${reason}`)
}
