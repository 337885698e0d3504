import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ZerocardError } from '../../core/errors.ts'
import { parseJson } from '../../core/json.ts'
import { parsePolicy } from '../../core/policy/policy.ts'
import type { Policy } from '../../core/policy/policy.ts'
import { parseSchema, schemaHash } from '../../core/schema.ts'
import type { Schema } from '../../core/schema.ts'
import type { Schemas } from '../../core/statement.ts'
import { ConfigProblems, besideConfig } from '../config.ts'

export interface PolicyFiles {
  readonly policies: readonly Policy[]
  readonly schemas: Schemas
}

/**
 * Reads the policies and schemas that a configuration names.
 *
 * @throws ConfigProblems (`CONFIG_INVALID`) naming every file that is wrong.
 */
export function readPolicyFiles(
  configPath: string,
  config: { readonly policies: readonly string[]; readonly schemas: readonly string[] },
  lists: readonly string[],
): PolicyFiles {
  const problems: string[] = []
  const read = <T>(paths: readonly string[], parse: (json: unknown) => T): T[] =>
    paths
      .flatMap((path) => attempt(problems, path, () => jsonFiles(besideConfig(configPath, path))))
      .flatMap((path) => attempt(problems, path, () => [readFile(path, parse)]))
  const schemas = schemaMap(read(config.schemas, parseSchema), problems)
  const policies = read(config.policies, (json) => parsePolicy(json, schemas))
  for (const { id, credentials } of policies) {
    const missing = Object.values(credentials).filter(({ trust }) => !lists.includes(trust))
    problems.push(...missing.map(({ trust }) => `trust: no list ${trust}, which ${id} names`))
  }
  const ids = policies.map(({ id }) => id)
  const twice = ids.filter((id, i) => ids.indexOf(id) !== i)
  problems.push(...twice.map((id) => `policies: ${id} is there twice`))
  if (problems.length > 0) throw new ConfigProblems(configPath, problems)
  return { policies, schemas }
}

function schemaMap(schemas: readonly Schema[], problems: string[]): Schemas {
  const known = new Map<string, Schema>()
  for (const schema of schemas) {
    const other = known.get(schema.id)
    if (other !== undefined && schemaHash(other) !== schemaHash(schema)) {
      problems.push(`schemas: there are two different ${schema.id}`)
    }
    known.set(schema.id, other ?? schema)
  }
  return known
}

function attempt<T>(problems: string[], path: string, work: () => readonly T[]): readonly T[] {
  try {
    return work()
  } catch (error) {
    const isKnown = error instanceof ZerocardError
    problems.push(`${path}: ${isKnown ? error.message : 'cannot be read'}`)
    return []
  }
}

function jsonFiles(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path]
  const names = readdirSync(path).filter((name) => name.endsWith('.json'))
  return names.sort().map((name) => join(path, name))
}

function readFile<T>(path: string, parse: (json: unknown) => T): T {
  return parse(parseJson(readFileSync(path, 'utf8'), 'CONFIG_INVALID', 'file'))
}
