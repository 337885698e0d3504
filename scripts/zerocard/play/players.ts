import { existsSync } from 'node:fs'
import { configurationOf } from '../../../core/openid.ts'
import { chooseCast, readDemoSchemas, readRules } from '../demo/cast.ts'
import type { Cast, Role } from '../demo/cast.ts'
import { duration, median } from '../demo/stage.ts'
import { SECRET, readJson, writeJson } from '../files.ts'
import { ISSUERS } from '../town/plan.ts'
import type { TownAddress } from '../town/town.ts'
import { operate } from './operator.ts'
import { Site } from './site.ts'
import type { Tools } from './tools.ts'
import { Wallet } from './wallet.ts'

/** Everybody on stage. */
export interface Players {
  readonly tools: Tools
  readonly cast: Cast
  readonly wallets: (role: Role) => Wallet
  readonly shop: Site
  readonly health: Site
  readonly platform: Site
  /** A service of the town by its name. */
  readonly town: (name: string) => TownAddress
}

interface Offer {
  readonly link: string
  readonly txCode: string
}

/**
 * Finds people who have no credential yet: one person has one secret, so nobody plays twice.
 *
 * @param path - A file that remembers who has played in this town.
 */
export function gatherPlayers(
  tools: Tools,
  services: readonly TownAddress[],
  path: string,
): Players {
  const schemas = readDemoSchemas()
  const busy = existsSync(path) ? readJson(path, (json) => json as readonly string[]) : []
  const cast = chooseCast(schemas, readRules(schemas), busy)
  writeJson(path, [...busy, ...Object.values(cast).map(({ subject }) => subject)], SECRET)
  const wallets = new Map(Object.values(cast).map((role) => [role, new Wallet(role.name, tools)]))
  const town = (name: string): TownAddress => {
    const service = services.find((candidate) => candidate.name === name)
    if (service === undefined) throw new TypeError(`the town has no ${name}`)
    return service
  }
  return {
    tools,
    cast,
    town,
    wallets: (role) => wallets.get(role) as Wallet,
    shop: new Site('Shop', town('verifier')),
    health: new Site('Health service', town('verifier')),
    platform: new Site('Platform', town('verifier')),
  }
}

/** Lets people take the credentials that the scenes need. */
export async function issueScene({ tools, cast, wallets, town }: Players): Promise<void> {
  const { stage } = tools
  await stage.title('1. Offices sign, once, what they know anyway')
  // Everybody in these scenes lives in the south.
  for (const { name, title, schemas } of ISSUERS.filter(
    ({ name }) => name !== 'northern-registry',
  )) {
    for (const schema of Object.keys(schemas)) {
      const roles = customersOf(schema, cast)
      for (const role of roles) {
        stage.progress.update(0.5, `${title} issues ${schema} to ${role.name}`)
        await issue(wallets(role), town(name), role, schema)
      }
      const names = roles.map((role) => role.name).join(', ')
      if (roles.length > 0) {
        await stage.show([`  ${title.padEnd(17)}${schema.padEnd(16)}${names}`])
      }
    }
  }
  const thief = new Wallet('A thief', tools)
  const registry = town('civil-registry')
  const { link } = await offerTo(registry, cast.child, 'person/1')
  await stage.attempt('A thief', 'has the link, not the code', 'OFFER_INVALID', () =>
    thief.take(link, '000000'),
  )
  await stage.say(
    `Each wallet proves that the secret behind its request is its own and gets its signature in ${duration(median(stage.measured('issue')))}, network included. The offices never see the secret.`,
  )
}

/** Who needs which credential in the scenes. */
function customersOf(schema: string, cast: Cast): readonly Role[] {
  const { adult, child, mover, parent } = cast
  if (schema === 'person/1') return [adult, child, mover, parent]
  return schema === 'guardian/1' || schema === 'income/1' ? [parent] : []
}

async function issue(
  wallet: Wallet,
  issuer: TownAddress,
  role: Role,
  schema: string,
): Promise<void> {
  const { link, txCode } = await offerTo(issuer, role, schema)
  await wallet.take(link, txCode)
}

async function offerTo(issuer: TownAddress, { subject }: Role, schema: string): Promise<Offer> {
  const request = { subject, configuration: configurationOf(schema) }
  return (await operate(issuer, 'POST', '/v1/offers', request)) as Offer
}
