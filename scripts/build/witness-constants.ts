import { flatten, signed, unsigned } from '../../core/wasm/binary.ts'
import type { Code } from '../../core/wasm/binary.ts'
import { damaged } from '../../core/iden3/sections.ts'
import { PAGE, WasmReader } from './wasm-module.ts'
import type { DataSegment, WasmModule } from './wasm-module.ts'

// A template or function of circom with an array of constants copies it to its stack each time it
// runs, element by element: for a round of Poseidon with 17 elements 2,244 of them, to use 33. Here
// such a copy becomes one instruction, from an image of the array that is made at build time.

/** circom's form of a field element: a small integer, flags, and the long form. */
const ELEMENT = 40
/** The instructions that copy one constant: to local + ELEMENT * index. */
const PATTERN_LENGTH = 7
/** Below this, one instruction is not worth an image. */
const LEAST_ELEMENTS = 4
/** Arrays that begin alike for so long share an image: those of the rounds differ at the end. */
const LEAST_SHARED = 32
const MEMORY_COPY = [0xfc, 0x0a, 0, 0]
const OP = {
  call: 0x10,
  localGet: 0x20,
  const: 0x41,
  add: 0x6a,
  mul: 0x6c,
} as const

interface Instruction {
  readonly opcode: number
  /** The first operand; 0 if there is none. */
  readonly operand: number
  readonly start: number
  readonly end: number
}

/** Constants one after another in memory. */
interface Image {
  readonly place: number
  /** Where circom has them. */
  readonly sources: readonly number[]
}

/** Neighbouring copies of constants. */
interface Copies {
  readonly local: number
  readonly firstIndex: number
  readonly sources: readonly number[]
  /** Bytes of the body. */
  readonly start: number
  readonly end: number
}

/** The module with arrays of constants copied at once. */
export function copyConstantsAtOnce(module: WasmModule, name: string): WasmModule {
  const copy = module.names.get('Fr_copy')
  if (copy === undefined) throw damaged(name, 'has no function Fr_copy')
  const images = new Images(module, name)
  const bodies = module.bodies.map((body) => rewritten(body, findCopies(body, copy, name), images))
  return images.addedTo({ ...module, bodies })
}

/**
 * The images, behind all that is in memory at the start. A constant may change its form at run
 * time, never its value, so the image of its first form stands for it all the time.
 */
class Images {
  readonly #constants: DataSegment
  readonly #name: string
  readonly #start: number
  readonly #images: Image[] = []
  #length = 0

  constructor({ data }: WasmModule, name: string) {
    const last = data.at(-1)
    if (last === undefined) throw damaged(name, 'has no constants')
    this.#constants = last
    this.#name = name
    this.#start = Math.max(...data.map(endOf))
  }

  /** Images that together hold these constants, one after another. */
  of(sources: readonly number[]): readonly Image[] {
    const begins = this.#images.map((image) => ({ ...image, shared: sharedStart(image, sources) }))
    const best = begins.reduce<(typeof begins)[number] | undefined>(
      (longest, image) => (image.shared > (longest?.shared ?? 0) ? image : longest),
      undefined,
    )
    if (best === undefined || (best.shared < LEAST_SHARED && best.shared < sources.length)) {
      return [this.#add(sources)]
    }
    const { place, shared } = best
    const begin = { place, sources: sources.slice(0, shared) }
    return shared === sources.length ? [begin] : [begin, ...this.of(sources.slice(shared))]
  }

  addedTo(module: WasmModule): WasmModule {
    if (this.#images.length === 0) return module
    const constants = this.#images.flatMap(({ sources }) => sources)
    const bytes = Buffer.concat(constants.map((source) => this.#constantAt(source)))
    const image: DataSegment = { offset: this.#start, bytes }
    const data = module.data.map((segment) => this.#withStackMoved(segment, endOf(image)))
    const least = Math.max(module.memory.least, Math.ceil(endOf(image) / PAGE) + 1)
    return { ...module, data: [...data, image], memory: { ...module.memory, least } }
  }

  #add(sources: readonly number[]): Image {
    const image = { place: this.#start + this.#length, sources }
    this.#images.push(image)
    this.#length += ELEMENT * sources.length
    return image
  }

  #constantAt(address: number): Uint8Array {
    const { offset, bytes } = this.#constants
    const from = address - offset
    if (from < 0 || from % ELEMENT !== 0 || from + ELEMENT > bytes.length) {
      throw damaged(this.#name, 'a constant is not among the constants')
    }
    return bytes.subarray(from, from + ELEMENT)
  }

  /** The first word of memory says where the stack begins. */
  #withStackMoved(segment: DataSegment, end: number): DataSegment {
    if (segment.offset !== 0) return segment
    const { bytes } = segment
    const start = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    if (bytes.length !== 4 || start.getUint32(0, true) !== this.#start) {
      throw damaged(this.#name, 'the stack does not begin behind the data')
    }
    const moved = new DataView(new ArrayBuffer(4))
    moved.setUint32(0, end, true)
    return { offset: 0, bytes: new Uint8Array(moved.buffer) }
  }
}

/** How many constants two arrays begin with alike. */
function sharedStart(image: Image, sources: readonly number[]): number {
  const differing = sources.findIndex((source, i) => source !== image.sources[i])
  return differing < 0 ? sources.length : differing
}

function rewritten(body: Uint8Array, copies: readonly Copies[], images: Images): Uint8Array {
  if (copies.length === 0) return body
  const code: Code[] = []
  let position = 0
  for (const found of copies) {
    code.push([body.subarray(position, found.start)], atOnce(found, images.of(found.sources)))
    position = found.end
  }
  return flatten([...code, body.subarray(position)])
}

function atOnce({ local, firstIndex }: Copies, images: readonly Image[]): Code {
  let index = firstIndex
  return images.map(({ place, sources }) => {
    const to = [OP.localGet, unsigned(local), constant(ELEMENT * index), OP.add]
    index += sources.length
    return [to, constant(place), constant(ELEMENT * sources.length), MEMORY_COPY]
  })
}

function constant(value: number): Code {
  return [OP.const, signed(BigInt(value))]
}

function findCopies(body: Uint8Array, copy: number, name: string): Copies[] {
  const instructions = readInstructions(body, name)
  const found: Copies[] = []
  for (let at = 0; at < instructions.length; at++) {
    const sources: number[] = []
    const first = copyAt(instructions, at, copy)
    let next = first
    while (next?.local === first?.local && next?.index === (first?.index ?? 0) + sources.length) {
      sources.push(next.source)
      next = copyAt(instructions, at + PATTERN_LENGTH * sources.length, copy)
    }
    const [start, last] = [instructions[at], instructions[at + PATTERN_LENGTH * sources.length - 1]]
    if (!first || !start || !last || sources.length < LEAST_ELEMENTS) continue
    found.push({
      local: first.local,
      firstIndex: first.index,
      sources,
      start: start.start,
      end: last.end,
    })
    at += PATTERN_LENGTH * sources.length - 1
  }
  return found
}

/** `Fr_copy(index * ELEMENT + local, source)`, if that is what stands there. */
function copyAt(
  instructions: readonly Instruction[],
  at: number,
  copy: number,
): { readonly local: number; readonly index: number; readonly source: number } | undefined {
  const [index, size, mul, local, add, source, call] = instructions.slice(at, at + PATTERN_LENGTH)
  const isCopy =
    index?.opcode === OP.const &&
    isInstruction(size, OP.const, ELEMENT) &&
    isInstruction(mul, OP.mul) &&
    local?.opcode === OP.localGet &&
    isInstruction(add, OP.add) &&
    source?.opcode === OP.const &&
    isInstruction(call, OP.call, copy)
  return isCopy ? { local: local.operand, index: index.operand, source: source.operand } : undefined
}

function isInstruction(found: Instruction | undefined, opcode: number, operand = 0): boolean {
  return found?.opcode === opcode && found.operand === operand
}

/** Opcodes with one operand of a kind, and those with two; circom uses no others with any. */
const WITH_INDEX = [0x0c, 0x0d, OP.call, 0x20, 0x21, 0x22, 0x23, 0x24, 0x3f, 0x40]
const WITH_BLOCK_TYPE = [0x02, 0x03, 0x04]
const WITH_CONSTANT = [0x41, 0x42]
const CALL_INDIRECT = 0x11
const FIRST_ACCESS = 0x28
const LAST_ACCESS = 0x3e
const OTHERS = [0x00, 0x01, 0x05, 0x0b, 0x0f, 0x1a, 0x1b]
const FIRST_NUMERIC = 0x45
const LAST_NUMERIC = 0xc4

function readInstructions(body: Uint8Array, name: string): Instruction[] {
  const reader = new WasmReader(body, name)
  reader.list(() => [reader.unsigned(), reader.byte()])
  const instructions: Instruction[] = []
  while (!reader.isAtEnd) {
    const start = reader.position
    const opcode = reader.byte()
    const operand = readOperand(reader, opcode, name)
    instructions.push({ opcode, operand, start, end: reader.position })
  }
  return instructions
}

function readOperand(reader: WasmReader, opcode: number, name: string): number {
  if (WITH_INDEX.includes(opcode)) return reader.unsigned()
  if (WITH_CONSTANT.includes(opcode) || WITH_BLOCK_TYPE.includes(opcode)) return reader.signed()
  const isAccess = opcode >= FIRST_ACCESS && opcode <= LAST_ACCESS
  if (isAccess || opcode === CALL_INDIRECT) {
    reader.unsigned()
    return reader.unsigned()
  }
  const isNumeric = opcode >= FIRST_NUMERIC && opcode <= LAST_NUMERIC
  if (!isNumeric && !OTHERS.includes(opcode)) {
    throw damaged(name, `instruction ${String(opcode)} is not known here`)
  }
  return 0
}

function endOf({ offset, bytes }: DataSegment): number {
  return offset + bytes.length
}
