import { flatten, signed, unsigned } from './binary.ts'
import type { Code, FunctionCode, ValueType } from './binary.ts'

// Expressions and statements that become WebAssembly. A value's type is checked by TypeScript, so
// what is written here is either a valid module or does not compile.

/** An expression that leaves one value. */
export interface Value<T extends ValueType> {
  readonly type: T
  readonly code: Code
}

export type I32 = Value<'i32'>
export type I64 = Value<'i64'>
export type V128 = Value<'v128'>

/** A variable of a function. */
export interface Local<T extends ValueType> extends Value<T> {
  readonly index: number
}

const value = <T extends ValueType>(type: T, ...code: readonly (number | Code)[]): Value<T> => ({
  type,
  code,
})

type Binary<A extends ValueType, R extends ValueType = A> = (a: Value<A>, b: Value<A>) => Value<R>
type Unary<A extends ValueType, R extends ValueType = A> = (a: Value<A>) => Value<R>

const binary =
  <R extends ValueType>(type: R, ...opcode: readonly (number | Code)[]) =>
  (a: Value<ValueType>, b: Value<ValueType>): Value<R> =>
    value(type, a.code, b.code, opcode)
const unary =
  <R extends ValueType>(type: R, ...opcode: readonly (number | Code)[]) =>
  (a: Value<ValueType>): Value<R> =>
    value(type, a.code, opcode)

/** log2 of the alignment that memory accesses promise, and their offset. */
const at = (offset: number): Code => [0, unsigned(offset)]

export const i32 = {
  const: (n: number): I32 => value('i32', 0x41, signed(BigInt(n | 0))),
  load: (pointer: I32, offset = 0): I32 => value('i32', pointer.code, 0x28, at(offset)),
  load16S: (pointer: I32, offset = 0): I32 => value('i32', pointer.code, 0x2e, at(offset)),
  add: binary('i32', 0x6a) as Binary<'i32'>,
  sub: binary('i32', 0x6b) as Binary<'i32'>,
  mul: binary('i32', 0x6c) as Binary<'i32'>,
  and: binary('i32', 0x71) as Binary<'i32'>,
  or: binary('i32', 0x72) as Binary<'i32'>,
  xor: binary('i32', 0x73) as Binary<'i32'>,
  shl: binary('i32', 0x74) as Binary<'i32'>,
  shrS: binary('i32', 0x75) as Binary<'i32'>,
  shrU: binary('i32', 0x76) as Binary<'i32'>,
  eqz: unary('i32', 0x45) as Unary<'i32'>,
  eq: binary('i32', 0x46) as Binary<'i32'>,
  ltU: binary('i32', 0x49) as Binary<'i32'>,
  gtS: binary('i32', 0x4a) as Binary<'i32'>,
  gtU: binary('i32', 0x4b) as Binary<'i32'>,
  geU: binary('i32', 0x4f) as Binary<'i32'>,
  wrap: unary('i32', 0xa7) as Unary<'i64', 'i32'>,
  allTrue64: unary('i32', 0xfd, unsigned(0xc3)) as Unary<'v128', 'i32'>,
} as const

export const i64 = {
  const: (n: bigint): I64 => value('i64', 0x42, signed(BigInt.asIntN(64, n))),
  load: (pointer: I32, offset = 0): I64 => value('i64', pointer.code, 0x29, at(offset)),
  load32S: (pointer: I32, offset = 0): I64 => value('i64', pointer.code, 0x34, at(offset)),
  load32U: (pointer: I32, offset = 0): I64 => value('i64', pointer.code, 0x35, at(offset)),
  add: binary('i64', 0x7c) as Binary<'i64'>,
  sub: binary('i64', 0x7d) as Binary<'i64'>,
  mul: binary('i64', 0x7e) as Binary<'i64'>,
  and: binary('i64', 0x83) as Binary<'i64'>,
  or: binary('i64', 0x84) as Binary<'i64'>,
  xor: binary('i64', 0x85) as Binary<'i64'>,
  shl: (a: I64, bits: number): I64 => value('i64', a.code, i64.const(BigInt(bits)).code, 0x86),
  shrS: (a: I64, bits: number): I64 => value('i64', a.code, i64.const(BigInt(bits)).code, 0x87),
  shrU: (a: I64, bits: number): I64 => value('i64', a.code, i64.const(BigInt(bits)).code, 0x88),
  shlBy: binary('i64', 0x86) as Binary<'i64'>,
  shrSBy: binary('i64', 0x87) as Binary<'i64'>,
  shrUBy: binary('i64', 0x88) as Binary<'i64'>,
  /** Zeros below the lowest one. */
  ctz: unary('i64', 0x7a) as Unary<'i64'>,
  eqz: unary('i32', 0x50) as Unary<'i64', 'i32'>,
  ltS: binary('i32', 0x53) as Binary<'i64', 'i32'>,
  extendU: unary('i64', 0xad) as Unary<'i32', 'i64'>,
  extendS: unary('i64', 0xac) as Unary<'i32', 'i64'>,
} as const

const simd = (opcode: number): Code => [0xfd, unsigned(opcode)]

export const v128 = {
  load: (pointer: I32, offset = 0): V128 => value('v128', pointer.code, simd(0x00), at(offset)),
  load64Splat: (pointer: I32, offset = 0): V128 =>
    value('v128', pointer.code, simd(0x0a), at(offset)),
  /** Replaces the upper half. */
  load64Upper: (pointer: I32, vector: V128, offset = 0): V128 =>
    value('v128', pointer.code, vector.code, simd(0x57), at(offset), 1),
  const: (low: bigint, high: bigint): V128 =>
    value('v128', simd(0x0c), littleEndian(low), littleEndian(high)),
  splat: (bits: bigint): V128 => v128.const(bits, bits),
  splatF64: (n: number): V128 => v128.splat(f64Bits(n)),
  /** The halves exchanged. */
  swap: (a: V128): V128 => v128.halves(a, 1, a, 0),
  /** Of each of two vectors one half: 0 is the lower. */
  halves: (a: V128, ofA: 0 | 1, b: V128, ofB: 0 | 1): V128 =>
    value(
      ...(['v128', a.code, b.code, simd(0x0d)] as const),
      Array.from({ length: 8 }, (_, i) => 8 * ofA + i),
      Array.from({ length: 8 }, (_, i) => 16 + 8 * ofB + i),
    ),
  and: binary('v128', simd(0x4e)) as Binary<'v128'>,
  or: binary('v128', simd(0x50)) as Binary<'v128'>,
  xor: binary('v128', simd(0x51)) as Binary<'v128'>,
  /** Bits of `a` where the mask is one, of `b` elsewhere. */
  select: (a: V128, b: V128, mask: V128): V128 =>
    value('v128', a.code, b.code, mask.code, simd(0x52)),
} as const

export const i64x2 = {
  splat: unary('v128', simd(0x12)) as Unary<'i64', 'v128'>,
  /** As an i64: 0 is the lower half. */
  lane: (a: V128, index: 0 | 1): I64 => value('i64', a.code, simd(0x1d), index),
  add: binary('v128', simd(0xce)) as Binary<'v128'>,
  shl: (a: V128, bits: number): V128 => value('v128', a.code, i32.const(bits).code, simd(0xcb)),
  shrU: (a: V128, bits: number): V128 => value('v128', a.code, i32.const(bits).code, simd(0xcd)),
  shrS: (a: V128, bits: number): V128 => value('v128', a.code, i32.const(bits).code, simd(0xcc)),
  /** All ones where equal. */
  eq: binary('v128', simd(0xd6)) as Binary<'v128'>,
} as const

export const f64x2 = {
  add: binary('v128', simd(0xf0)) as Binary<'v128'>,
  sub: binary('v128', simd(0xf1)) as Binary<'v128'>,
  mul: binary('v128', simd(0xf2)) as Binary<'v128'>,
  nearest: unary('v128', simd(0x94)) as Unary<'v128'>,
  /** a·b + c, rounded once where the hardware can; see the self-test for where it cannot. */
  relaxedMadd: (a: V128, b: V128, c: V128): V128 =>
    value('v128', a.code, b.code, c.code, simd(0x107)),
} as const

const storing =
  <T extends ValueType>(...opcode: readonly (number | Code)[]) =>
  (pointer: I32, stored: Value<T>, offset = 0): Code => [
    ...[pointer.code, stored.code, ...opcode],
    at(offset),
  ]

export const store = {
  i32: storing<'i32'>(0x36),
  i32Low16: storing<'i32'>(0x3b),
  i64: storing<'i64'>(0x37),
  i64Low32: storing<'i64'>(0x3e),
  v128: storing<'v128'>(simd(0x0b)),
  /** One half of a vector. */
  lane: (pointer: I32, stored: V128, lane: 0 | 1, offset = 0): Code => [
    ...[pointer.code, stored.code, simd(0x5b)],
    ...[at(offset), lane],
  ],
} as const

/** The first value where the condition holds, else the second; both are computed. */
export function select<T extends 'i32' | 'i64'>(
  condition: I32,
  yes: Value<T>,
  no: Value<T>,
): Value<T> {
  return value(yes.type, yes.code, no.code, condition.code, 0x1b)
}

const VOID = 0x40

/** The body of a function while it is written. */
export class FunctionBuilder {
  readonly #parameters: readonly ValueType[]
  readonly #locals: ValueType[] = []
  #body: Code[] = []

  constructor(parameters: readonly ValueType[]) {
    this.#parameters = parameters
  }

  local<T extends ValueType>(type: T): Local<T> {
    this.#locals.push(type)
    return localAt(type, this.#parameters.length + this.#locals.length - 1)
  }

  locals<T extends ValueType>(type: T, count: number): Local<T>[] {
    return Array.from({ length: count }, () => this.local(type))
  }

  emit(...statements: readonly Code[]): void {
    this.#body.push(...statements)
  }

  set<T extends ValueType>(local: Local<T>, stored: Value<T>): void {
    this.emit([stored.code, 0x21, unsigned(local.index)])
  }

  /** A variable with this value. */
  let<T extends ValueType>(stored: Value<T>): Local<T> {
    const local = this.local(stored.type)
    this.set(local, stored)
    return local
  }

  /** Runs as long as the condition holds. */
  while(condition: I32, body: () => void): void {
    const inner = this.#collected(body)
    this.emit([
      ...[0x02, VOID, 0x03, VOID],
      ...[condition.code, 0x45, 0x0d, 1],
      inner,
      ...[0x0c, 0, 0x0b, 0x0b],
    ])
  }

  /** Counts `index` up from its value while it is below `end`. */
  upTo(index: Local<'i32'>, end: I32, step: number, body: () => void): void {
    this.while(i32.ltU(index, end), () => {
      body()
      this.set(index, i32.add(index, i32.const(step)))
    })
  }

  if(condition: I32, body: () => void, otherwise?: () => void): void {
    const yes = this.#collected(body)
    const no = otherwise === undefined ? [] : [0x05, this.#collected(otherwise)]
    this.emit([condition.code, 0x04, VOID, yes, no, 0x0b])
  }

  get localTypes(): readonly ValueType[] {
    return this.#locals
  }

  get body(): Code {
    return this.#body
  }

  #collected(work: () => void): Code {
    const outer = this.#body
    this.#body = []
    work()
    const inner = this.#body
    this.#body = outer
    return inner
  }
}

/** A function that can be called from others of its module. */
export interface Callable {
  call(...operands: readonly Value<ValueType>[]): Code
}

type Locals<P extends readonly ValueType[]> = { [K in keyof P]: Local<P[K]> }

/** The functions of a module while they are written. */
export class ModuleBuilder {
  readonly functions: FunctionCode[] = []

  /** A function without a result. */
  define<const P extends readonly ValueType[]>(
    name: string,
    parameters: P,
    write: (f: FunctionBuilder, locals: Locals<P>) => void,
  ): Callable {
    return this.#add(name, parameters, [], (f, locals) => {
      write(f, locals)
      return []
    })
  }

  /** A function with a result: the value that `write` gives back. */
  defineWithResult<const P extends readonly ValueType[], T extends ValueType>(
    name: string,
    parameters: P,
    result: T,
    write: (f: FunctionBuilder, locals: Locals<P>) => Value<T>,
  ): (...operands: readonly Value<ValueType>[]) => Value<T> {
    const callable = this.#add(name, parameters, [result], (f, locals) => write(f, locals).code)
    return (...operands) => value(result, callable.call(...operands))
  }

  #add<const P extends readonly ValueType[]>(
    name: string,
    parameters: P,
    results: readonly ValueType[],
    write: (f: FunctionBuilder, locals: Locals<P>) => Code,
  ): Callable {
    const f = new FunctionBuilder(parameters)
    const locals = parameters.map((type, i) => localAt(type, i)) as Locals<P>
    const result = write(f, locals)
    const body = flatten([f.body, result])
    // What it calls may have been defined while it was written.
    const index = this.functions.length
    this.functions.push({ name, parameters, results, locals: f.localTypes, body })
    return {
      call: (...operands) => {
        if (operands.map(({ type }) => type).join() !== parameters.join()) {
          throw new TypeError(`${name}: called with other types`)
        }
        return [operands.map(({ code }) => code), 0x10, unsigned(index)]
      },
    }
  }
}

function localAt<T extends ValueType>(type: T, index: number): Local<T> {
  return { type, index, code: [0x20, unsigned(index)] }
}

function f64Bits(n: number): bigint {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, n)
  return view.getBigUint64(0)
}

function littleEndian(bits: bigint): Code {
  const unsignedBits = BigInt.asUintN(64, bits)
  return Array.from({ length: 8 }, (_, i) => Number((unsignedBits >> BigInt(8 * i)) & 0xffn))
}
