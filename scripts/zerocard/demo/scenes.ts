import type { Policy } from '../../../core/policy/policy.ts'
import { policySentence } from '../../../core/policy/sentence.ts'
import { DEMO_DAY } from './cast.ts'
import type { Cast, Role, Rules } from './cast.ts'
import { answer, withLie } from './holder.ts'
import type { DemoHolder } from './holder.ts'
import type { DemoIssuer } from './issuer.ts'
import { trustAgain } from './players.ts'
import type { Players } from './players.ts'
import { wrapped } from './stage.ts'
import type { Tools } from './tools.ts'
import type { DemoVerifier } from './verifier.ts'
import { publishAll } from './world.ts'
import type { World } from './world.ts'

/** Seconds between the first day and the second: more than a policy's default freshness. */
const NEXT_DAY = 25 * 3600

export async function shopScene(
  tools: Tools,
  world: World,
  players: Players,
  cast: Cast,
  rules: Rules,
): Promise<void> {
  const { stage } = tools
  const { shop, transit } = players
  const [adult, child] = [holderOf(players, cast.adult), holderOf(players, cast.child)]
  await stage.title('2. An off-licence asks: are you 18?')
  await askFirst(tools, rules.over18)
  const request = await shop.ask(rules.over18)
  const other = await transit.ask(rules.over18)
  let presentation = ''
  await stage.attempt(aged(cast.adult), 'proves it', 'accepted', async () => {
    presentation = await answer(tools, world, adult, request)
    await shop.judge(request, presentation)
  })
  await stage.attempt('A thief', 'shows a copy of that', 'NONCE_USED', () =>
    shop.judge(request, presentation),
  )
  await stage.attempt('The shop itself', 'shows the copy elsewhere', 'AUDIENCE_MISMATCH', () =>
    transit.judge(other, presentation),
  )
  const next = await shop.ask(rules.over18)
  await stage.attempt(aged(cast.child), 'asks the wallet', 'POLICY_NOT_SATISFIED', () =>
    answer(tools, world, child, next),
  )
  const liar = withLie(child, 'person/1', { birthDate: '1990-01-01' })
  await stage.attempt(aged(cast.child), 'changes the birth date', 'PROVING_FAILED', () =>
    answer(tools, world, liar, next),
  )
}

export async function transitScene(
  tools: Tools,
  world: World,
  players: Players,
  cast: Cast,
  rules: Rules,
): Promise<void> {
  const { stage } = tools
  await stage.title('3. A reduced fare: 65 or older, or disabled')
  await askFirst(tools, rules.reducedFare)
  const rider = holderOf(players, cast.rider)
  await stage.attempt(aged(cast.rider), 'proves it', 'accepted', () =>
    exchange(tools, world, players.transit, rules.reducedFare, rider),
  )
}

export async function benefitScene(
  tools: Tools,
  world: World,
  players: Players,
  cast: Cast,
  rules: Rules,
): Promise<void> {
  const { stage } = tools
  await stage.title('4. A benefit: three credentials of three issuers in one proof')
  await askFirst(tools, rules.healthyStart)
  const parent = holderOf(players, cast.parent)
  const apply = (): Promise<void> =>
    exchange(tools, world, players.health, rules.healthyStart, parent)
  await stage.attempt(aged(cast.parent), 'proves it', 'accepted', apply)
  await stage.attempt(aged(cast.parent), 'applies a second time', 'USE_EXHAUSTED', apply)
}

export async function pharmacyScene(
  tools: Tools,
  world: World,
  players: Players,
  cast: Cast,
  rules: Rules,
): Promise<void> {
  const { stage } = tools
  const { dispensing } = rules
  const patient = holderOf(players, cast.patient)
  const [first, second] = players.pharmacies
  await stage.title('5. A prescription that may be filled three times, anywhere')
  await askFirst(tools, dispensing)
  const fill = (pharmacy: DemoVerifier, cheat?: number) => (): Promise<void> =>
    exchange(tools, world, pharmacy, dispensing, patient, cheat)
  await stage.attempt(aged(cast.patient), 'first time, at Pharmacy A', 'accepted', fill(first))
  await stage.attempt(aged(cast.patient), 'second time, at Pharmacy B', 'accepted', fill(second))
  await stage.attempt(aged(cast.patient), 'third time, at Pharmacy B', 'accepted', fill(second))
  await stage.attempt(aged(cast.patient), 'a fourth time', 'USE_EXHAUSTED', fill(first))
  await stage.attempt(
    aged(cast.patient),
    'again, with a forged wallet',
    'PSEUDONYM_USED',
    fill(first, 0),
  )
}

/** @returns The world of the second day. */
export async function revocationScene(
  tools: Tools,
  world: World,
  players: Players,
  cast: Cast,
  rules: Rules,
): Promise<World> {
  const { stage, clock } = tools
  const { shop } = players
  const [mover, adult] = [holderOf(players, cast.mover), holderOf(players, cast.adult)]
  await stage.title('6. The next day: a credential is revoked')
  const registry = players.members['civil-registries']?.[0] as DemoIssuer
  await registry.revoke(cast.mover.subject)
  clock.now += NEXT_DAY
  const later = await publishAll(tools, players.members)
  await trustAgain(players, later)
  await stage.say(
    `The registry revokes the credential of ${cast.mover.name}. All issuers publish a new list. Nobody tells the shop about ${cast.mover.name}.`,
  )
  const request = await shop.ask(rules.over18)
  await stage.attempt(aged(cast.mover), 'asks the wallet', 'CREDENTIAL_REVOKED', () =>
    answer(tools, later, mover, request),
  )
  await stage.attempt(
    aged(cast.mover),
    "proves by yesterday's list",
    'TRUST_ROOT_UNKNOWN',
    async () => {
      await shop.judge(request, await answer(tools, world, mover, request))
    },
  )
  await stage.attempt(aged(cast.adult), 'comes back to the shop', 'accepted', () =>
    exchange(tools, later, shop, rules.over18, adult),
  )
  return later
}

/** A verifier asks, a holder answers, the verifier judges: the whole of it, or the first refusal. */
async function exchange(
  tools: Tools,
  world: World,
  verifier: DemoVerifier,
  policy: Policy,
  holder: DemoHolder,
  cheat?: number,
): Promise<void> {
  const request = await verifier.ask(policy)
  await verifier.judge(request, await answer(tools, world, holder, request, cheat))
}

/** What the wallet says before anybody agrees; the part that is the same for all policies is left out. */
async function askFirst({ stage, schemas }: Tools, policy: Policy): Promise<void> {
  const { asked, learned, hidden } = policySentence(policy, schemas, DEMO_DAY)
  const start = asked.findIndex(({ text }) => text.includes('revoked')) + 1
  const alternatives = hidden.filter((text) => text.includes('alternatives'))
  await stage.show([
    ...wrapped(`${policy.purpose}. The wallet says what is to be proved:`, 0),
    ...asked.slice(start).flatMap(({ depth, text }) => bullet(depth + 1, text)),
    'The verifier learns that this is true, and no more about it.',
    ...(learned.length > 1
      ? ['It also learns:', ...learned.slice(1).flatMap((text) => bullet(1, text))]
      : []),
    ...(alternatives.length > 0
      ? ['It does not learn:', ...alternatives.flatMap((text) => bullet(1, text))]
      : []),
    '',
  ])
}

function bullet(depth: number, text: string): string[] {
  const indent = ' '.repeat(2 * depth)
  return wrapped(`${indent}- ${text}`, 2 * depth + 2)
}

function holderOf({ holders }: Players, role: Role): DemoHolder {
  const holder = holders.get(role)
  if (holder === undefined) throw new TypeError('not on stage')
  return holder
}

function aged({ name, age }: Role): string {
  return `${name}, ${String(age)}`
}
