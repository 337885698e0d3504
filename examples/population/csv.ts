/** What a register says of somebody, by attribute. */
export type Attributes = Readonly<Record<string, string | number | boolean>>

export interface Row {
  readonly subject: string
  readonly attributes: Attributes
}

/**
 * A register as comma-separated values of RFC 4180: a header, `\r\n` after every line, quotes
 * where a value needs them. First the subject, then the attributes in the given order.
 */
export function toCsv(names: readonly string[], rows: readonly Row[]): string {
  const lines = rows.map(({ subject, attributes }) => [
    subject,
    ...names.map((name) => String(attributes[name])),
  ])
  return [['subject', ...names], ...lines]
    .map((fields) => `${fields.map(quoteIfNeeded).join(',')}\r\n`)
    .join('')
}

function quoteIfNeeded(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field
}
