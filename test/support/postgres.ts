import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import type { TestProject } from 'vitest/node'

// One PostgreSQL for a whole run of tests. Each test file makes databases of its own in it.

declare module 'vitest' {
  export interface ProvidedContext {
    /** Of the server, without a database name. */
    postgresUrl: string
  }
}

const SERVER = fileURLToPath(new URL('./postgres-server.ts', import.meta.url))

/** Starts the server before the first test file; vitest calls what this returns after the last. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { url, stop } = await startPostgres()
  project.provide('postgresUrl', url)
  return stop
}

export async function startPostgres(): Promise<{ url: string; stop: () => Promise<void> }> {
  const server = spawn(process.execPath, [SERVER], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(server, 'close')
  const lines = createInterface({ input: server.stdout })
  const [url] = (await Promise.race([once(lines, 'line'), ended])) as [unknown]
  if (typeof url !== 'string') throw new Error('PostgreSQL did not start')
  return {
    url,
    stop: async () => {
      server.stdin.end()
      await ended
    },
  }
}

/** Makes an empty database. @returns Its URL. */
export async function createPostgresDatabase(serverUrl: string): Promise<string> {
  const name = `test_${randomBytes(8).toString('hex')}`
  const client = new pg.Client({ connectionString: `${serverUrl}/postgres` })
  await client.connect()
  await client.query(`CREATE DATABASE ${name}`)
  await client.end()
  return `${serverUrl}/${name}`
}
