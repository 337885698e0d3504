import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createPostgresDatabase, startPostgres } from '../../../test/support/postgres.ts'
import { writeJson } from '../../zerocard/files.ts'
import { exact, rounded } from '../figure.ts'
import type { Figure } from '../figure.ts'
import { SCHEMA_JSON, createBenchWorld } from '../world.ts'
import type { BenchWorld } from '../world.ts'
import { measureIssuing } from './issuing.ts'
import { closedLoad, openLoad, percentile } from './load.ts'
import type { LoadResult } from './load.ts'
import { serveDocument, startMeasured } from './service.ts'
import type { MeasuredService } from './service.ts'
import { gatherVisitors } from './verifications.ts'
import type { Visitors } from './verifications.ts'

// What one verifier does on this machine, over HTTP, with client and database on the same cores.

/** Seconds of each load; the first of its kind warms caches and the compiler and does not count. */
const WARM_UP = 4
const MEASURED = 10
const LONG_FLOOD = 60
/** Visits at a time that keep both cores busy without a long line. */
const AT_A_TIME = 24
/** Share of what the service can do that honest visits ask for, for times without a line. */
const CALM = 1 / 8
/** How many times more messages the invalid load is than the honest one. */
const FLOOD = 4
const VERIFIER_ROLES = ['site', 'moderator', 'auditor', 'monitor']
const MEGABYTE = 1e6

type DatabaseName = 'sqlite' | 'postgres'

/** Visits, refusals and a short flood, on each database. */
export function serverFigures(): Figures {
  return onEachDatabase(verifierFigures)
}

/** A flood that lasts. */
export function longFloodFigures(): Figures {
  return onEachDatabase(longFloodFiguresOn)
}

type Measure = (service: MeasuredService, visitors: Visitors, name: DatabaseName) => Figures
type Figures = AsyncGenerator<Figure>

async function* onEachDatabase(measure: Measure): Figures {
  const folder = mkdtempSync(join(tmpdir(), 'zerocard-bench-'))
  const postgres = await startPostgres()
  try {
    let world: BenchWorld | undefined
    const issuer = await serveDocument(async (origin) => {
      world = await createBenchWorld(origin)
      return world.listing.status
    })
    if (world === undefined) throw new TypeError('no world')
    writeInputs(folder)
    yield* onDatabase(world, folder, 'sqlite', 'sqlite:verifier.sqlite', measure)
    const database = await createPostgresDatabase(postgres.url)
    yield* onDatabase(world, folder, 'postgres', database, measure)
    issuer.stop()
  } finally {
    await postgres.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

export async function* issuingFigures(): Figures {
  const folder = mkdtempSync(join(tmpdir(), 'zerocard-bench-'))
  const postgres = await startPostgres()
  try {
    writeInputs(folder)
    yield* measureIssuing(folder, 'sqlite', 'sqlite:issuer.sqlite')
    yield* measureIssuing(folder, 'postgres', await createPostgresDatabase(postgres.url))
  } finally {
    await postgres.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function* onDatabase(
  world: BenchWorld,
  folder: string,
  name: DatabaseName,
  database: string,
  measure: Measure,
): Figures {
  const { issuer, jwk, schemas } = world.listing
  const config = {
    policies: ['policy.json'],
    schemas: SCHEMA_JSON.map((_, i) => `schema-${String(i)}.json`),
    trust: { bench: { issuers: [{ issuer, jwk, schemas }] } },
    allowPrivateAddresses: true,
  }
  const service = await startMeasured('verifier', folder, config, VERIFIER_ROLES, database)
  const visitors = await gatherVisitors(world, service)
  try {
    await closedLoad(visitors.visit, AT_A_TIME, WARM_UP)
    yield* measure(service, visitors, name)
  } finally {
    visitors.close()
    await service.stop()
  }
}

async function* verifierFigures(
  service: MeasuredService,
  visitors: Visitors,
  name: DatabaseName,
): Figures {
  const busy = await busyLoad(visitors)
  yield figure(`server.verifications-per-s.${name}`, busy.times.length / busy.seconds, '1/s')
  yield figure(`server.busy-p95.${name}.ms`, percentile(busy.times, 0.95), 'ms')
  const perSecond = calmRate(busy)
  const calm = assertHonest(await openLoad(visitors.visit, perSecond, MEASURED))
  yield figure(`server.p95.${name}.ms`, percentile(calm.times, 0.95), 'ms')
  const honest = await flood(visitors, perSecond, MEASURED)
  yield figure(`server.flooded-p95.${name}.ms`, percentile(honest.times, 0.95), 'ms')
  yield figure(`server.flooded-lost.${name}.percent`, lostPercent(honest), '%')
  const shouts = assertHonest(await closedLoad(visitors.shout, AT_A_TIME, MEASURED))
  yield figure(`server.rejects-per-s.${name}`, shouts.times.length / shouts.seconds, '1/s')
  yield figure(`server.rss.${name}.mb`, service.rss() / MEGABYTE, 'MB')
}

async function* longFloodFiguresOn(
  service: MeasuredService,
  visitors: Visitors,
  name: DatabaseName,
): Figures {
  const perSecond = calmRate(await busyLoad(visitors))
  const calm = assertHonest(await openLoad(visitors.visit, perSecond, MEASURED))
  yield figure(`flood.calm-p95.${name}.ms`, percentile(calm.times, 0.95), 'ms')
  // What a first flood makes a service take, it keeps; what counts is whether that goes on.
  await flood(visitors, perSecond, MEASURED)
  const before = service.rss()
  const honest = await flood(visitors, perSecond, LONG_FLOOD)
  yield figure(`flood.p95.${name}.ms`, percentile(honest.times, 0.95), 'ms')
  yield figure(`flood.lost.${name}.percent`, lostPercent(honest), '%')
  yield figure(`flood.growth.${name}.mb`, (service.rss() - before) / MEGABYTE, 'MB')
}

async function busyLoad(visitors: Visitors): Promise<LoadResult> {
  return assertHonest(await closedLoad(visitors.visit, AT_A_TIME, MEASURED))
}

/** Visits a second that leave a service mostly idle. */
function calmRate(busy: LoadResult): number {
  return Math.max(2, Math.round((busy.times.length / busy.seconds) * CALM))
}

/** Honest visits while four times as many others come with proofs of nothing, or with no answer. */
async function flood(visitors: Visitors, perSecond: number, seconds: number): Promise<LoadResult> {
  const hostile = (perSecond * FLOOD) / 2
  const [honest] = await Promise.all([
    openLoad(visitors.visit, perSecond, seconds),
    openLoad(visitors.visitInVain, hostile, seconds),
    openLoad(visitors.shout, hostile, seconds),
  ])
  return honest
}

function lostPercent({ times, failures }: LoadResult): number {
  return (100 * failures) / (failures + times.length)
}

function writeInputs(folder: string): void {
  SCHEMA_JSON.forEach((schema, i) => {
    writeJson(join(folder, `schema-${String(i)}.json`), schema, 0o600)
  })
  writeJson(
    join(folder, 'policy.json'),
    {
      id: 'bench@1',
      purpose: 'To measure',
      credentials: { person: { schema: 'person/1', trust: 'bench' } },
      where: { age: 'person.birthDate', atLeast: 18 },
    },
    0o600,
  )
}

/** A figure over failures would be one of something else. */
function assertHonest(result: LoadResult): LoadResult {
  if (result.failures === 0 && result.times.length > 0) return result
  throw new TypeError(`${String(result.failures)} requests did not do what they should`)
}

function figure(name: string, value: number, unit: string): Figure {
  return exact(name, rounded(value), unit)
}
