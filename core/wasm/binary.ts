// The binary form of a WebAssembly module, as far as arithmetic needs it
// (https://webassembly.github.io/spec/core/binary/).

/** Bytes of code in order, nested as they were put together. */
export type Code = readonly (number | Code)[] | Uint8Array

export type ValueType = 'i32' | 'i64' | 'f64' | 'v128'

const TYPE_BYTES: Readonly<Record<ValueType, number>> = {
  i32: 0x7f,
  i64: 0x7e,
  f64: 0x7c,
  v128: 0x7b,
}

/** An unsigned number below 2^53, seven bits a byte. */
export function unsigned(value: number): Code {
  const bytes = []
  let rest = value
  do {
    const byte = rest % 128
    rest = Math.floor(rest / 128)
    bytes.push(rest === 0 ? byte : byte + 128)
  } while (rest !== 0)
  return bytes
}

/** A signed number, seven bits a byte. */
export function signed(value: bigint): Code {
  const bytes = []
  let rest = value
  for (;;) {
    const byte = Number(rest & 0x7fn)
    rest >>= 7n
    const isWhole = (rest === 0n && byte < 64) || (rest === -1n && byte >= 64)
    bytes.push(isWhole ? byte : byte + 128)
    if (isWhole) return bytes
  }
}

export function typeByte(type: ValueType): number {
  return TYPE_BYTES[type]
}

export function flatten(code: Code): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(lengthOf(code))
  let length = 0
  const append = (part: Code): void => {
    if (part instanceof Uint8Array) {
      bytes.set(part, length)
      length += part.length
      return
    }
    for (const item of part) {
      if (typeof item === 'number') bytes[length++] = item
      else append(item)
    }
  }
  append(code)
  return bytes
}

function lengthOf(code: Code): number {
  if (code instanceof Uint8Array) return code.length
  let length = 0
  for (const item of code) length += typeof item === 'number' ? 1 : lengthOf(item)
  return length
}

export interface FunctionCode {
  /** Exported under this name. */
  readonly name: string
  readonly parameters: readonly ValueType[]
  readonly results: readonly ValueType[]
  /** Those behind the parameters. */
  readonly locals: readonly ValueType[]
  readonly body: Code
}

const SECTION = { type: 1, import: 2, function: 3, export: 7, code: 10 } as const
const EXTERNAL = { function: 0, memory: 2 } as const
const END = 0x0b

/** A module over an imported memory, `env.memory`. */
export function moduleBytes(functions: readonly FunctionCode[]): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ parameters, results }) => [
    0x60,
    vector(parameters.map((type) => [typeByte(type)])),
    vector(results.map((type) => [typeByte(type)])),
  ])
  const memory = [text('env'), text('memory'), EXTERNAL.memory, 0x00, unsigned(1)]
  return flatten([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    section(SECTION.type, vector(types)),
    section(SECTION.import, vector([memory])),
    section(SECTION.function, vector(functions.map((_, index) => unsigned(index)))),
    section(
      SECTION.export,
      vector(functions.map(({ name }, i) => [text(name), EXTERNAL.function, unsigned(i)])),
    ),
    section(SECTION.code, vector(functions.map(bodyBytes))),
  ])
}

function bodyBytes({ locals, body }: FunctionCode): Code {
  const declared = vector(locals.map((type) => [1, typeByte(type)]))
  return sized([declared, body, END])
}

function section(id: number, content: Code): Code {
  return [id, sized(content)]
}

function sized(content: Code): Code {
  return [unsigned(lengthOf(content)), content]
}

function vector(items: readonly Code[]): Code {
  return [unsigned(items.length), items]
}

function text(name: string): Code {
  return [unsigned(name.length), ...new TextEncoder().encode(name)]
}
