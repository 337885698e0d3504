import { ZerocardError } from '../../core/errors.ts'

/** One line of a table, or several if a quoted field has line breaks. */
export interface CsvRecord {
  /** Where it starts, counted from 1. */
  readonly line: number
  readonly fields: readonly string[]
}

const PLAIN = /[^",\r\n]*/y
const SEPARATOR = /,|\r?\n|$/y

/**
 * Reads comma-separated values, strictly by RFC 4180: fields with commas, quotes or line breaks are
 * quoted, quotes inside are doubled. Lines end with CR LF or LF; the last may have no end. A byte
 * order mark in front is left out.
 *
 * @throws ZerocardError with `INPUT_INVALID`, naming line and field, for a quote inside a plain
 *   field, text after a closing quote, a quote that is never closed, or a single CR.
 */
export function parseCsv(text: string): CsvRecord[] {
  const records: CsvRecord[] = []
  let at = text.startsWith('\uFEFF') ? 1 : 0
  let line = 1
  while (at < text.length) {
    const record = readRecord(text, at, line)
    records.push({ line, fields: record.fields })
    at = record.end
    line = record.nextLine
  }
  return records
}

interface ReadRecord {
  readonly fields: readonly string[]
  readonly end: number
  readonly nextLine: number
}

function readRecord(text: string, start: number, firstLine: number): ReadRecord {
  const fields: string[] = []
  let at = start
  let line = firstLine
  for (;;) {
    const raw = text[at] === '"' ? quotedField(text, at) : match(PLAIN, text, at)
    if (raw === undefined) throw invalid(line, fields, 'a quote that is never closed')
    fields.push(raw.startsWith('"') ? raw.slice(1, -1).replaceAll('""', '"') : raw)
    line += raw.split('\n').length - 1
    at += raw.length
    const separator = match(SEPARATOR, text, at)
    if (separator === undefined) throw invalid(line, fields.slice(1), strayAt(text, at, raw))
    at += separator.length
    if (separator !== ',') return { fields, end: at, nextLine: line + 1 }
  }
}

/** With its quotes. No regular expression: one runs out of stack in a field of megabytes. */
function quotedField(text: string, start: number): string | undefined {
  for (let at = start + 1; ; at += 2) {
    at = text.indexOf('"', at)
    if (at < 0) return undefined
    if (text[at + 1] !== '"') return text.slice(start, at + 1)
  }
}

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0]
}

function strayAt(text: string, at: number, before: string): string {
  if (text[at] === '\r') return 'a CR without LF'
  return before.startsWith('"')
    ? 'text after a closing quote'
    : 'a quote inside a field that is not quoted'
}

function invalid(line: number, before: readonly string[], what: string): ZerocardError {
  return new ZerocardError(
    'INPUT_INVALID',
    `line ${String(line)}, field ${String(before.length + 1)}: ${what}`,
  )
}
