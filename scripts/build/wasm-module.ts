import { flatten, signed, typeByte, unsigned } from '../../core/wasm/binary.ts'
import type { Code, FunctionCode } from '../../core/wasm/binary.ts'
import { damaged } from '../../core/iden3/sections.ts'

// Reads a WebAssembly module so that functions can be written anew and data added
// (https://webassembly.github.io/spec/core/binary/modules.html). What is not touched stays byte for
// byte, but for custom sections, which only name things.

/** Bytes at a place in memory when a program begins. */
export interface DataSegment {
  readonly offset: number
  readonly bytes: Uint8Array
}

/** A module with the parts that are of use here taken out. */
export interface WasmModule {
  readonly sections: readonly Section[]
  readonly importedFunctions: number
  /** Of the functions that are not imported: locals and instructions. */
  readonly bodies: readonly Uint8Array[]
  readonly data: readonly DataSegment[]
  /** In pages of 64 KiB. */
  readonly memory: { readonly least: number; readonly most?: number }
  /** Numbers of functions, imported ones first, by the names of the custom section. */
  readonly names: ReadonlyMap<string, number>
}

interface Section {
  readonly id: number
  readonly content: Uint8Array
}

const SECTION = { custom: 0, import: 2, memory: 5, code: 10, data: 11 } as const
const EXTERNAL_FUNCTION = 0
const FUNCTION_NAMES = 1
const OPCODE = { i32Const: 0x41, end: 0x0b } as const
const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]

/** Bytes of a page of memory. */
export const PAGE = 65_536

/** @throws ZerocardError with `ARTIFACT_INVALID` for what is no module, or of a form not known here. */
export function readModule(wasm: Uint8Array, name: string): WasmModule {
  if (!HEADER.every((byte, i) => wasm[i] === byte)) throw damaged(name, 'not a WebAssembly module')
  const reader = new WasmReader(wasm, name, HEADER.length)
  const sections: Section[] = []
  while (!reader.isAtEnd) {
    const id = reader.byte()
    sections.push({ id, content: reader.bytes(reader.unsigned()) })
  }
  const content = (id: number): WasmReader => {
    const found = sections.find((section) => section.id === id)
    if (found === undefined) throw damaged(name, `section ${String(id)} is missing`)
    return new WasmReader(found.content, name)
  }
  return {
    sections,
    importedFunctions: countImports(content(SECTION.import), name),
    bodies: content(SECTION.code).list((code) => code.bytes(code.unsigned())),
    data: content(SECTION.data).list(readSegment),
    memory: readMemory(content(SECTION.memory), name),
    names: readNames(sections, name),
  }
}

/** The bytes of a module whose bodies, data or memory were changed; custom sections are left out. */
export function writeModule({
  sections,
  bodies,
  data,
  memory,
}: WasmModule): Uint8Array<ArrayBuffer> {
  const content = new Map<number, Code>([
    [SECTION.memory, [1, ...memoryLimits(memory)]],
    [SECTION.code, list(bodies.map((body) => [unsigned(body.length), body]))],
    [SECTION.data, list(data.map(segmentCode))],
  ])
  const written = sections
    .filter(({ id }) => id !== SECTION.custom)
    .map(({ id, content: old }) => {
      const bytes = flatten(content.get(id) ?? [old])
      return [id, unsigned(bytes.length), bytes]
    })
  return flatten([HEADER, written])
}

/** The body of a function as it stands in a module. */
export function functionBody({ locals, body }: FunctionCode): Uint8Array {
  return flatten([list(locals.map((type) => [1, typeByte(type)])), body, OPCODE.end])
}

/** Goes through the bytes of a module. */
export class WasmReader {
  readonly #bytes: Uint8Array
  readonly #name: string
  #position: number

  constructor(bytes: Uint8Array, name: string, position = 0) {
    this.#bytes = bytes
    this.#name = name
    this.#position = position
  }

  get position(): number {
    return this.#position
  }

  get isAtEnd(): boolean {
    return this.#position >= this.#bytes.length
  }

  byte(): number {
    const byte = this.#bytes[this.#position++]
    if (byte === undefined) throw damaged(this.#name, 'cut short')
    return byte
  }

  bytes(length: number): Uint8Array {
    const end = this.#position + length
    if (end > this.#bytes.length) throw damaged(this.#name, 'cut short')
    const bytes = this.#bytes.subarray(this.#position, end)
    this.#position = end
    return bytes
  }

  text(): string {
    return new TextDecoder().decode(this.bytes(this.unsigned()))
  }

  /** Seven bits a byte, the lowest first. */
  unsigned(): number {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte()
      value += (byte % 128) * scale
      if (byte < 128) return value
    }
  }

  /** The same with a sign, below 2^52. */
  signed(): number {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte()
      value += (byte % 128) * scale
      if (byte < 128) return byte < 64 ? value : value - 128 * scale
    }
  }

  list<T>(read: (reader: WasmReader) => T): T[] {
    return Array.from({ length: this.unsigned() }, () => read(this))
  }
}

function countImports(reader: WasmReader, name: string): number {
  return reader.list(() => {
    reader.text()
    reader.text()
    if (reader.byte() !== EXTERNAL_FUNCTION) throw damaged(name, 'imports more than functions')
    reader.unsigned()
  }).length
}

function readSegment(reader: WasmReader): DataSegment {
  const [mode, opcode] = [reader.unsigned(), reader.byte()]
  const offset = reader.signed()
  if (mode !== 0 || opcode !== OPCODE.i32Const || reader.byte() !== OPCODE.end) {
    throw new TypeError('data at a place that is not a constant')
  }
  return { offset, bytes: reader.bytes(reader.unsigned()) }
}

function readMemory(reader: WasmReader, name: string): WasmModule['memory'] {
  if (reader.unsigned() !== 1) throw damaged(name, 'one memory is expected')
  const hasMost = reader.unsigned() === 1
  const least = reader.unsigned()
  return hasMost ? { least, most: reader.unsigned() } : { least }
}

function memoryLimits({ least, most }: WasmModule['memory']): Code {
  return most === undefined ? [0, unsigned(least)] : [1, unsigned(least), unsigned(most)]
}

function readNames(sections: readonly Section[], name: string): Map<string, number> {
  const names = new Map<string, number>()
  for (const { id, content } of sections) {
    const reader = new WasmReader(content, name)
    if (id !== SECTION.custom || reader.text() !== 'name') continue
    while (!reader.isAtEnd) {
      const kind = reader.byte()
      const part = new WasmReader(reader.bytes(reader.unsigned()), name)
      if (kind !== FUNCTION_NAMES) continue
      part.list(() => {
        const index = part.unsigned()
        names.set(part.text(), index)
      })
    }
  }
  return names
}

function segmentCode({ offset, bytes }: DataSegment): Code {
  const place = [0, OPCODE.i32Const, signed(BigInt(offset)), OPCODE.end]
  return [...place, unsigned(bytes.length), bytes]
}

function list(items: readonly Code[]): Code {
  return [unsigned(items.length), items]
}
