import { VerifierStore } from '../../../server/verifier/store.ts'
import type { Cast, Role } from './cast.ts'
import { DemoHolder } from './holder.ts'
import { DemoIssuer } from './issuer.ts'
import { duration, median } from './stage.ts'
import type { Tools } from './tools.ts'
import { DemoVerifier } from './verifier.ts'
import { publishAll } from './world.ts'
import type { World } from './world.ts'

/** Everybody on stage, from the first scene on. */
export interface Players {
  readonly issuers: readonly DemoIssuer[]
  readonly members: Readonly<Record<string, readonly DemoIssuer[]>>
  readonly holders: ReadonlyMap<Role, DemoHolder>
  readonly shop: DemoVerifier
  readonly transit: DemoVerifier
  readonly health: DemoVerifier
  readonly pharmacies: readonly [DemoVerifier, DemoVerifier]
}

/** Makes the issuers and lets them issue, publish and be trusted. */
export async function issueAll(
  tools: Tools,
  cast: Cast,
): Promise<{ players: Players; world: World }> {
  const { stage } = tools
  await stage.title('1. Issuers sign, once, what they know anyway')
  const holders = new Map(Object.values(cast).map((role) => [role, new DemoHolder(role.name)]))
  const issuers = await createIssuers(tools)
  for (const [i, issuer] of issuers.entries()) {
    const roles = customersOf(i, cast)
    for (const role of roles) await enrol(tools, issuer, role, holders.get(role) as DemoHolder)
    const names = roles.map(({ name }) => name).join(', ')
    await stage.show([`  ${issuer.title.padEnd(17)}${issuer.schema.id.padEnd(16)}${names}`])
  }
  const took = duration(median(stage.measured('enrol')))
  await stage.say(
    `Each of them first proves to the issuer that the secret behind the request is their own (${took}); the issuer never sees the secret. It signs, publishes a list of what it has revoked, and is not asked again.`,
  )
  const members = await listMembers(tools, issuers)
  const players = { issuers, members, holders, ...(await createVerifiers(tools)) }
  const world = await publishAll(tools, members)
  await trustAgain(players, world)
  return { players, world }
}

async function createIssuers(tools: Tools): Promise<DemoIssuer[]> {
  return [
    await DemoIssuer.create(tools, 'Civil registry', 'https://registry.example', 'person/1'),
    await DemoIssuer.create(tools, 'Tax office', 'https://tax.example', 'income/1'),
    await DemoIssuer.create(tools, 'Pharmacy board', 'https://board.example', 'prescription/1'),
    await DemoIssuer.create(tools, 'Family court', 'https://court.example', 'guardian/1'),
  ]
}

/** Who needs something of the registry, the tax office, the board and the court, in this order. */
function customersOf(issuer: number, cast: Cast): readonly Role[] {
  const citizens = Object.values(cast).filter((role) => role !== cast.patient)
  return [citizens, [cast.parent], [cast.patient], [cast.parent]][issuer] ?? []
}

/** Who is on which trust list: each has more than one issuer, so that it hides which one signed. */
async function listMembers(
  tools: Tools,
  issuers: readonly DemoIssuer[],
): Promise<Record<string, DemoIssuer[]>> {
  const names = ['civil-registries', 'tax-offices', 'pharmacy-boards', 'guardianship-courts']
  const lists = issuers.map(async (issuer, i) => {
    const others = ['North', 'South'].map((where) => neighbour(tools, where, issuer.schema.id))
    const members: DemoIssuer[] = [issuer, ...(await Promise.all(others))]
    return [names[i] ?? '', members] as const
  })
  return Object.fromEntries(await Promise.all(lists))
}

async function createVerifiers(
  tools: Tools,
): Promise<Pick<Players, 'shop' | 'transit' | 'health' | 'pharmacies'>> {
  const newStore = (): Promise<VerifierStore> => VerifierStore.open('sqlite::memory:')
  const counter = await newStore()
  return {
    shop: new DemoVerifier(tools, 'Off-licence', 'https://shop.example', await newStore()),
    transit: new DemoVerifier(tools, 'Transit', 'https://transit.example', await newStore()),
    health: new DemoVerifier(tools, 'Health service', 'https://health.example', await newStore()),
    pharmacies: [
      new DemoVerifier(tools, 'Pharmacy A', 'https://pharmacy-a.example', counter),
      new DemoVerifier(tools, 'Pharmacy B', 'https://pharmacy-b.example', counter),
    ],
  }
}

/** Lets all verifiers take new trust lists into use. */
export async function trustAgain(
  { shop, transit, health, pharmacies }: Players,
  world: World,
): Promise<void> {
  for (const verifier of [shop, transit, health, ...pharmacies]) await verifier.trust(world)
}

async function enrol(
  tools: Tools,
  issuer: DemoIssuer,
  role: Role,
  holder: DemoHolder,
): Promise<void> {
  const record = role.records[issuer.schema.id]
  if (record === undefined) throw new TypeError(`no record of ${issuer.schema.id}`)
  tools.stage.progress.update(0.5, `${issuer.title} issues to ${role.name}`)
  await issuer.enrol(holder, role.subject, record)
}

function neighbour(tools: Tools, where: string, schema: string): Promise<DemoIssuer> {
  const kind = schema.replace('/1', '')
  const url = `https://${kind}.${where.toLowerCase()}.example`
  return DemoIssuer.create(tools, `${where} ${kind}`, url, schema)
}
