import { readdirSync, readFileSync } from 'node:fs'

/** Every example policy as JSON, by policy id. */
export function readPolicies(): ReadonlyMap<string, unknown> {
  return readFolder('policies')
}

/** Every example schema as JSON, by schema id. */
export function readSchemas(): ReadonlyMap<string, unknown> {
  return readFolder('schemas')
}

function readFolder(folder: string): ReadonlyMap<string, unknown> {
  const url = new URL(`./${folder}/`, import.meta.url)
  const files = readdirSync(url).filter((name) => name.endsWith('.json'))
  return new Map(files.sort().map((name) => readEntry(new URL(name, url))))
}

function readEntry(url: URL): [id: string, json: unknown] {
  const json = JSON.parse(readFileSync(url, 'utf8')) as { readonly id: string }
  return [json.id, json]
}
