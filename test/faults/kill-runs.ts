import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { PASSPHRASE, issueTo } from '../server/issuer/service-world.ts'
import type { ServiceStart } from '../support/faulty-service.ts'
import { Shop, startIssuer, writeConfig } from '../server/verifier/shop.ts'
import { killAtEveryStep, killAtFirstStart } from './driver.ts'
import { FaultyProcess } from './faulty-process.ts'
import { deskAt, writeIssuerConfig } from './issuer-desk.ts'
import { issuerLanes } from './issuer-lanes.ts'
import type { Ground } from './lane.ts'
import { Reader } from './published.ts'
import { expectSound } from './register.ts'
import { untilReady, verifierLanes } from './verifier-lanes.ts'

const isDeep = process.env['ZEROCARD_DEEP'] === '1'

/** Deaths, each of nine services: 1,000 kills on two kinds of databases, and what a minute allows. */
const ROUNDS = isDeep ? 56 : 3
/** Out of how many steps of the first start one is cut at. */
const START_STRIDE = isDeep ? 1 : 20
/** Services that start at once. */
const STARTS = 16

/** The tests that kill services, on one kind of database. */
export function killRuns(newDatabase: (folder: string) => Promise<string>): void {
  const folder = mkdtempSync(join(tmpdir(), 'zerocard-faults-'))
  const ground: Ground = { folder, newDatabase: () => newDatabase(folder) }
  let listing: object
  beforeAll(async () => {
    const issuer = await startIssuer()
    listing = await issuer.listing()
    return async () => {
      await issuer.close()
      rmSync(folder, { recursive: true })
    }
  })

  describe('services that are killed', () => {
    test('at any step of what they do have done all of it or nothing, and once', async () => {
      const lanes = [...(await verifierLanes(ground, listing)), ...(await issuerLanes(ground))]
      const { kills, steps, stepsCut } = await killAtEveryStep(lanes, ROUNDS)
      expect(kills).toBe(lanes.length * ROUNDS)
      expect(stepsCut).toBeGreaterThanOrEqual(isDeep ? steps : ROUNDS * lanes.length)
    })

    test.each(KINDS)('while they start for the first time, start again: %s', async (_, begin) => {
      const newStart = async (at?: number): Promise<FirstStart> => {
        const { service, expectWhole } = await begin(ground, listing)
        return { service: at === undefined ? service : { ...service, at }, expectWhole }
      }
      for (const points of chunks(await pointsOfStart(await newStart()))) {
        const starts = await Promise.all(points.map(newStart))
        const { process, addresses } = await killAtFirstStart(starts.map(({ service }) => service))
        await Promise.all(starts.map(({ expectWhole }, i) => expectWhole(addresses[i]!)))
        await process.kill()
      }
    })
  })
}

/** A service on an empty database, and how to see later that nothing is missing. */
interface FirstStart {
  readonly service: ServiceStart
  readonly expectWhole: (address: string) => Promise<void>
}

const KINDS: [string, (ground: Ground, listing: object) => Promise<FirstStart>][] = [
  ['verifiers', newVerifier],
  ['issuers', newIssuer],
]

async function newVerifier({ folder, newDatabase }: Ground, listing: object): Promise<FirstStart> {
  const database = await newDatabase()
  const configPath = writeConfig(mkdtempSync(join(folder, 'verifier-')), listing, { database })
  const expectWhole = async (address: string): Promise<void> => {
    await untilReady(address)
    const shop = Shop.attach(address)
    const session = await shop.create('once')
    const request = await shop.fetchRequest(session)
    expect((await shop.answer(request, await shop.present(request))).status).toBe(200)
  }
  return { service: { kind: 'verifier', configPath }, expectWhole }
}

async function newIssuer({ folder, newDatabase }: Ground): Promise<FirstStart> {
  const database = await newDatabase()
  const configPath = writeIssuerConfig(folder, database)
  const expectWhole = async (address: string): Promise<void> => {
    const desk = deskAt(address)
    expect((await new Reader().read(desk)).epoch).toBe(1)
    expect((await issueTo(desk, 'P1')).status).toBe(200)
    await expectSound(database)
  }
  return { service: { kind: 'issuer', configPath, passphrase: PASSPHRASE }, expectWhole }
}

/** Starts a service without harm. @returns Where to cut others. */
async function pointsOfStart({ service, expectWhole }: FirstStart): Promise<number[]> {
  const process = FaultyProcess.spawn()
  const [address] = await process.start([service])
  const { length } = await process.statements(0)
  await expectWhole(address!)
  await process.kill()
  return Array.from({ length: Math.ceil(length / START_STRIDE) }, (_, i) => i * START_STRIDE + 1)
}

function chunks(points: readonly number[]): number[][] {
  const count = Math.ceil(points.length / STARTS)
  return Array.from({ length: count }, (_, i) => points.slice(i * STARTS, (i + 1) * STARTS))
}
