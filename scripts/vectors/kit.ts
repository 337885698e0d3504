import { FIELD_ORDER, integerFromBytes } from '../../core/field.ts'
import { sha256 } from '../../core/hash.ts'
import { concatBytes, utf8 } from '../../core/bytes.ts'

// Files of test vectors in the shape of Project Wycheproof: groups of tests that say what a reader
// has to think of an input, and why.

export type Inputs = Readonly<Record<string, unknown>>

export interface Vector {
  readonly comment: string
  readonly inputs: Inputs
  readonly result: 'valid' | 'invalid'
  /** What a reader gets out of a valid input; null if it only says yes. */
  readonly expected?: unknown
  readonly flags: readonly string[]
}

export interface Group {
  /** What the tests are inputs of, see test/vectors/README.md. */
  readonly type: string
  readonly parameters?: Inputs
  readonly tests: readonly Vector[]
}

/** What a flag stands for. */
export interface Note {
  readonly bugType: string
  readonly description: string
}

export interface Kit {
  /** Of the file, without an ending. */
  readonly name: string
  readonly algorithm: string
  readonly header: readonly string[]
  readonly notes: Readonly<Record<string, Note>>
  readonly groups: readonly Group[]
}

export function valid(
  comment: string,
  inputs: Inputs,
  expected: unknown = null,
  ...flags: readonly string[]
): Vector {
  return { comment, inputs, result: 'valid', expected, flags }
}

export function invalid(comment: string, inputs: Inputs, ...flags: readonly string[]): Vector {
  return { comment, inputs, result: 'invalid', flags }
}

/** The file as it is kept; the same kit always gives the same text. */
export function kitText({ algorithm, header, notes, groups }: Kit): string {
  const used = new Set(groups.flatMap(({ tests }) => tests.flatMap(({ flags }) => flags)))
  const unknown = [...used].find((flag) => notes[flag] === undefined)
  if (unknown !== undefined) throw new TypeError(`no note about ${unknown}`)
  const unused = Object.keys(notes).find((flag) => !used.has(flag))
  if (unused !== undefined) throw new TypeError(`no vector shows ${unused}`)
  let tcId = 0
  const testGroups = groups.map(({ type, parameters, tests }) => ({
    type,
    ...parameters,
    tests: tests.map(({ comment, inputs, result, expected, flags }) => ({
      tcId: ++tcId,
      comment,
      ...inputs,
      result,
      ...(expected === undefined ? {} : { expected }),
      flags,
    })),
  }))
  const file = {
    algorithm,
    schema: 'zerocard-vectors/1',
    numberOfTests: tcId,
    header,
    notes,
    testGroups,
  }
  return `${JSON.stringify(file, null, 1)}\n`
}

/** The same 32 bytes for the same name. */
export function seedBytes(name: string): Uint8Array<ArrayBuffer> {
  return sha256(concatBytes(utf8('zerocard/vectors/1 '), utf8(name)))
}

/** The same field element for the same name. */
export function seedField(name: string): bigint {
  return integerFromBytes(seedBytes(name)) % FIELD_ORDER
}
