import type { Schema } from '../../core/schema.ts'
import { parseRegister } from '../../server/issuer/register.ts'
import type { RegisterRow } from '../../server/issuer/register.ts'
import { readText } from './files.ts'

export { readSubject, valueFromText } from '../../server/issuer/register.ts'
export type { RegisterRow } from '../../server/issuer/register.ts'

/**
 * Reads a register from a file.
 *
 * @throws ZerocardError with `INPUT_INVALID`; see `parseRegister`.
 */
export function readRegister(path: string, schema: Schema): RegisterRow[] {
  return parseRegister(readText(path), path, schema)
}
