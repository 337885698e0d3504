import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, describe, expect, inject, test } from 'vitest'
import { startIssuerService } from '../../server/issuer/service.ts'
import { startVerifierService } from '../../server/verifier/service.ts'
import type { RunningService } from '../../server/http/listen.ts'
import { PASSPHRASE } from '../server/issuer/service-world.ts'
import { startIssuer } from '../server/verifier/shop.ts'
import { createPostgresDatabase } from '../support/postgres.ts'
import { acceptedKeys, keys } from '../support/tools.ts'
import { NOW } from '../support/world.ts'
import { ISSUER_OPERATIONS, issuerLanes } from './issuer-lanes.ts'
import type { IssuerOperation } from './issuer-lanes.ts'
import type { Ground, Lane } from './lane.ts'
import { verifierLanes } from './verifier-lanes.ts'

// The other half that can die: PostgreSQL ends its connections between any two statements. The
// service stays, says that it has failed, and goes on with new ones.

const folder = mkdtempSync(join(tmpdir(), 'zerocard-faults-'))
afterAll(() => rmSync(folder, { recursive: true }))

const isDeep = process.env['ZEROCARD_DEEP'] === '1'

/** Out of how many steps one is held until the connections are gone. */
const STRIDE = isDeep ? 1 : 5
const OPERATIONS: readonly IssuerOperation[] = isDeep
  ? ISSUER_OPERATIONS
  : ['issuing a credential', 'publishing an epoch']

/** Holds a service after a statement. */
class Gate {
  statements = 0
  #point: number | undefined
  #work: () => Promise<void> = () => Promise.resolve()

  /** @param work - Done after the statement, before the service learns that it was run. */
  arm(point: number | undefined, work: () => Promise<void>): void {
    this.statements = 0
    this.#point = point
    this.#work = work
  }

  /** Kysely waits for what this returns. */
  readonly observe = (): unknown => {
    this.statements += 1
    return this.statements === this.#point ? this.#work() : undefined
  }
}

describe('services that lose all connections to PostgreSQL', () => {
  test('at any step of what they do fail, go on and have lost nothing', async () => {
    const issuer = await startIssuer()
    const newDatabase = (): Promise<string> => createPostgresDatabase(inject('postgresUrl'))
    const ground: Ground = { folder, newDatabase }
    const [once, ...others] = await verifierLanes(ground, await issuer.listing())
    const lanes = [once!, ...(isDeep ? others : []), ...(await issuerLanes(ground, OPERATIONS))]
    const failures = await Promise.all(lanes.map(loseAtEveryStep))
    // What is one statement does not fail: it finds another connection.
    expect(failures.reduce((sum, one) => sum + one)).toBeGreaterThan(lanes.length)
    await issuer.close()
  })
})

/** @returns How often an operation failed for that. */
async function loseAtEveryStep(lane: Lane): Promise<number> {
  const gate = new Gate()
  const service = await start(lane, gate)
  const { address } = service
  await lane.begin?.(address)
  const steps = await countSteps(lane, address, gate)
  let failures = 0
  // From the last one: what is told before it is kept is found out there.
  for (let point = steps; point >= 1; point -= STRIDE) {
    const { perform, check } = await lane.prepare(address)
    gate.arm(point, () => endConnections(lane.database))
    const answer = await perform()
    gate.arm(undefined, () => Promise.resolve())
    if (answer.status >= 500) failures += 1
    // Who is told of a failure does not know whether it was done.
    await check(address, answer.status >= 500 ? undefined : answer)
  }
  await service.close()
  return failures
}

async function countSteps({ prepare }: Lane, address: string, gate: Gate): Promise<number> {
  const { perform, check } = await prepare(address)
  gate.arm(undefined, () => Promise.resolve())
  const answer = await perform()
  const { statements } = gate
  await check(address, answer)
  return statements
}

async function start({ service }: Lane, { observe }: Gate): Promise<RunningService> {
  const options = {
    configPath: service.configPath,
    clock: () => NOW,
    destination: { write: () => undefined },
    verifyProof: () => true,
    observe,
  }
  if (service.kind === 'verifier') {
    return startVerifierService({ ...options, environment: {}, keys: acceptedKeys })
  }
  return startIssuerService({
    ...options,
    environment: { ZEROCARD_KEY_PASSPHRASE: PASSPHRASE },
    enrolmentKey: keys.enrolment.key,
  })
}

/** Ends all connections to a database but its own, and waits until they are gone. */
async function endConnections(database: string): Promise<void> {
  const client = new pg.Client({ connectionString: database })
  await client.connect()
  await client.query(
    `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()`,
  )
  await client.end()
}
