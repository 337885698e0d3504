import { encodeAttribute } from '../../core/attribute.ts'
import type { AttributeType, AttributeValue } from '../../core/attribute.ts'
import { dayFromIso } from '../../core/dates.ts'
import type { Day } from '../../core/dates.ts'
import { ZerocardError } from '../../core/errors.ts'
import type { Schema, SchemaAttribute } from '../../core/schema.ts'
import { InputProblems } from '../input-problems.ts'
import type { InputProblem } from '../input-problems.ts'
import { parseCsv } from './csv.ts'
import type { CsvRecord } from './csv.ts'

/** One person of a register, every value checked. */
export interface RegisterRow {
  /** In the file, counted from 1. */
  readonly line: number
  readonly subject: string
  readonly attributes: Readonly<Record<string, AttributeValue>>
  readonly nonce?: string
  readonly validFrom?: Day
  readonly validUntil?: Day
}

/** Columns that are no attributes; all but the first may be left out. */
const SUBJECT = 'subject'
const OPTIONAL = ['nonce', 'validFrom', 'validUntil'] as const

type OptionalColumn = (typeof OPTIONAL)[number]

/** Subjects name files and are in URLs: letters, digits and `. _ -`, not beginning with a dot. */
export const SUBJECT_FORM = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/

/**
 * Reads a register: a header with `subject`, the attributes of the schema in any order and, where
 * wanted, `nonce`, `validFrom` and `validUntil`; then one person a line.
 *
 * @param source - What the text is, for messages.
 * @param optional - Which of the optional columns there may be.
 * @throws ZerocardError with `INPUT_INVALID`; all bad rows are in one {@link InputProblems}.
 */
export function parseRegister(
  text: string,
  source: string,
  schema: Schema,
  optional: readonly OptionalColumn[] = OPTIONAL,
): RegisterRow[] {
  const [header, ...records] = tableOf(text, source)
  if (header === undefined) throw new ZerocardError('INPUT_INVALID', `${source}: empty`)
  assertHeader(source, header, schema, optional)
  const problems: InputProblem[] = []
  const rows = records.map((record) => readRow(header.fields, record, schema, problems))
  const all = [...problems, ...repeated(rows)]
  if (all.length > 0) throw new InputProblems(source, all)
  return rows
}

/**
 * A value as a register or a command line writes it: `true` and `false`, digits, `YYYY-MM-DD`, or
 * the text itself.
 *
 * @throws ZerocardError with `ATTRIBUTE_INVALID`.
 */
export function valueFromText(type: AttributeType, text: string): AttributeValue {
  const value = plainValue(type, text)
  encodeAttribute(type, value)
  return value
}

function tableOf(text: string, source: string): CsvRecord[] {
  try {
    return parseCsv(text)
  } catch (cause) {
    if (!(cause instanceof ZerocardError)) throw cause
    throw new ZerocardError(cause.code, `${source}: ${cause.message}`, { cause })
  }
}

function plainValue(type: AttributeType, text: string): AttributeValue {
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true'
  const isSafe = type === 'integer' && /^(0|[1-9][0-9]{0,14})$/.test(text)
  return isSafe ? Number(text) : text
}

function assertHeader(
  source: string,
  { fields }: CsvRecord,
  schema: Schema,
  optional: readonly OptionalColumn[],
): void {
  const names = schema.attributes.map(({ name }) => name)
  const others: readonly string[] = [SUBJECT, ...optional]
  const most = names.length + others.length
  if (fields.length > most) {
    const message = `expected ${String(most)} columns at most, got ${String(fields.length)}`
    throw new InputProblems(source, [{ line: 1, message }])
  }
  const problems = [
    ...names
      .filter((name) => others.includes(name))
      .map((name) => problemAt(1, name, 'an attribute of the schema has the name of a column')),
    ...fields
      .filter((name, i) => fields.indexOf(name) !== i)
      .map((name) => problemAt(1, name, 'the column is there twice')),
    ...fields
      .filter((name) => !names.includes(name) && !others.includes(name))
      .map((name) => problemAt(1, name, `no such attribute in schema ${schema.id}`)),
    ...[SUBJECT, ...names]
      .filter((name) => !fields.includes(name))
      .map((name) => problemAt(1, name, 'the column is missing')),
  ]
  if (problems.length > 0) throw new InputProblems(source, problems)
}

function readRow(
  header: readonly string[],
  { line, fields }: CsvRecord,
  schema: Schema,
  problems: InputProblem[],
): RegisterRow {
  if (fields.length !== header.length) {
    problems.push({
      line,
      message: `expected ${String(header.length)} fields, got ${String(fields.length)}`,
    })
    return { line, subject: '', attributes: {} }
  }
  const cells = new Map(header.map((name, i) => [name, fields[i] ?? '']))
  const cell = <T>(name: string, read: (text: string) => T): T | undefined => {
    const text = cells.get(name)
    try {
      return text === undefined ? undefined : read(text)
    } catch (error) {
      if (!(error instanceof ZerocardError)) throw error
      problems.push(problemAt(line, name, error.message))
      return undefined
    }
  }
  const attributes = schema.attributes.map(({ name, type }: SchemaAttribute) => {
    return [name, cell(name, (text) => valueFromText(type, text)) ?? ''] as const
  })
  return withoutUndefined({
    line,
    subject: cell(SUBJECT, readSubject) ?? '',
    attributes: Object.fromEntries(attributes),
    nonce: cell('nonce', readNonce),
    validFrom: cell('validFrom', dayFromIso),
    validUntil: cell('validUntil', dayFromIso),
  })
}

/** @throws ZerocardError with `INPUT_INVALID` for a subject that cannot name a file. */
export function readSubject(text: string): string {
  if (SUBJECT_FORM.test(text)) return text
  throw new ZerocardError(
    'INPUT_INVALID',
    'expected 1 to 100 letters, digits, dots, hyphens or underscores',
  )
}

function readNonce(text: string): string {
  if (text.length >= 1 && text.length <= 200) return text
  throw new ZerocardError('INPUT_INVALID', 'expected 1 to 200 characters')
}

function repeated(rows: readonly RegisterRow[]): InputProblem[] {
  const lines = new Map<string, number>()
  return rows.flatMap(({ line, subject }) => {
    const first = lines.get(subject)
    lines.set(subject, first ?? line)
    if (first === undefined || subject === '') return []
    return [problemAt(line, SUBJECT, `the same as in line ${String(first)}`)]
  })
}

function problemAt(line: number, column: string, message: string): InputProblem {
  return { line, column, message }
}

function withoutUndefined(row: {
  readonly [K in keyof RegisterRow]: RegisterRow[K] | undefined
}): RegisterRow {
  const entries = Object.entries(row).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as unknown as RegisterRow
}
