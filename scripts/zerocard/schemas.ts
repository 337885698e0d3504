import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ZerocardError } from '../../core/errors.ts'
import { parseSchema, schemaHash } from '../../core/schema.ts'
import type { Schema } from '../../core/schema.ts'
import { explained, isFolder, readJson } from './files.ts'
import { parseIssuerFile } from './messages.ts'

/**
 * Reads schemas: from schema files, from public files of issuers, or from folders of these.
 *
 * @throws ZerocardError with `INPUT_INVALID` or `SCHEMA_INVALID`, also if two schemas of one id
 *   mean different things.
 */
export function readSchemas(paths: readonly string[]): ReadonlyMap<string, Schema> {
  const schemas = new Map<string, Schema>()
  for (const path of paths.flatMap(jsonFiles)) {
    for (const schema of readJson(path, schemasOf)) {
      const known = schemas.get(schema.id)
      if (known !== undefined && schemaHash(known) !== schemaHash(schema)) {
        throw new ZerocardError(
          'INPUT_INVALID',
          `${path}: another schema ${schema.id} was read before`,
        )
      }
      schemas.set(schema.id, known ?? schema)
    }
  }
  return schemas
}

function jsonFiles(path: string): string[] {
  if (!isFolder(path)) return [path]
  const names = explained(path, () => readdirSync(path)).filter((name) => name.endsWith('.json'))
  return names.sort().map((name) => join(path, name))
}

function schemasOf(json: unknown): readonly Schema[] {
  const isIssuer = typeof json === 'object' && json !== null && 'format' in json
  return isIssuer ? parseIssuerFile(json).schemas : [parseSchema(json)]
}
