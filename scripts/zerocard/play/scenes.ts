import type { Role } from '../demo/cast.ts'
import { operate } from './operator.ts'
import type { Players } from './players.ts'

/** Milliseconds between two looks at whether a new trust list has arrived, and looks at most. */
const LOOK_AGAIN = 1_000
const MAX_LOOKS = 120

export async function shopScene({ tools, cast, wallets, shop }: Players): Promise<void> {
  const { stage } = tools
  const [adult, child] = [wallets(cast.adult), wallets(cast.child)]
  await stage.title('2. A shop asks: are you 18?')
  const session = await shop.ask('over-18@1')
  await stage.attempt(aged(cast.adult), 'proves it', 'accepted', () =>
    adult.answer(session.walletLink),
  )
  const verdict = await shop.read(session)
  await stage.say(
    `The shop reads: ${verdict.status}, ${verdict.policy}. That is all there is to read.`,
  )
  await stage.attempt('A thief', 'sends the same again', 'NONCE_USED', () => adult.repeatLast())
  const next = await shop.ask('over-18@1')
  await stage.attempt(aged(cast.child), 'asks the wallet', 'POLICY_NOT_SATISFIED', () =>
    child.answer(next.walletLink),
  )
}

export async function benefitScene({ tools, cast, wallets, health }: Players): Promise<void> {
  const { stage } = tools
  const parent = wallets(cast.parent)
  const apply = async (cheat?: number): Promise<void> => {
    const session = await health.ask('healthy-start@1')
    await parent.answer(session.walletLink, cheat)
    await health.read(session)
  }
  await stage.title('3. A benefit, once: three credentials of two offices in one proof')
  await stage.attempt(aged(cast.parent), 'proves it', 'accepted', () => apply())
  await stage.attempt(aged(cast.parent), 'applies a second time', 'USE_EXHAUSTED', () => apply())
  await stage.attempt(aged(cast.parent), 'again, with a forged wallet', 'PSEUDONYM_USED', () =>
    apply(0),
  )
}

export async function platformScene({ tools, cast, wallets, platform }: Players): Promise<void> {
  const { stage } = tools
  const policy = 'livestream-16@1'
  const streamer = wallets(cast.adult)
  const enter = async (): Promise<void> => {
    const session = await platform.ask(policy)
    await streamer.answer(session.walletLink)
    await platform.read(session)
  }
  await stage.title('4. A platform that knows a name and no person, and can ban it')
  await stage.attempt(aged(cast.adult), 'comes in', 'accepted', enter)
  const pseudonym = platform.verdicts.at(-1)?.pseudonym ?? ''
  await stage.say(
    `The platform knows ${pseudonym.slice(0, 12)}…, a name that exists nowhere else. It bans that name.`,
  )
  await platform.ban(policy, pseudonym)
  await stage.attempt(aged(cast.adult), 'tries to come back', 'PSEUDONYM_BANNED', enter)
}

export async function revocationScene(players: Players): Promise<void> {
  const { tools, cast, wallets, shop, town } = players
  const { stage } = tools
  const registry = town('civil-registry')
  await stage.title('5. A credential is revoked')
  const list = '/trust/civil-registries'
  const before = await etagOf(town('verifier').origin + list)
  await operate(registry, 'POST', '/v1/revocations', { subject: cast.mover.subject })
  await operate(registry, 'POST', '/v1/epochs')
  await operate(town('trust-list'), 'POST', '/v1/refresh')
  for (let looks = 1; (await etagOf(town('verifier').origin + list)) === before; looks++) {
    if (looks > MAX_LOOKS) throw new TypeError('the verifier does not take the new trust list')
    stage.progress.update(looks / MAX_LOOKS, 'the verifier looks for new trust lists')
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN))
  }
  await stage.say(
    `The registry revokes the credential of ${cast.mover.name} and publishes. Nobody tells the shop about ${cast.mover.name}.`,
  )
  const session = await shop.ask('over-18@1')
  await stage.attempt(aged(cast.mover), 'asks the wallet', 'CREDENTIAL_REVOKED', () =>
    wallets(cast.mover).answer(session.walletLink),
  )
}

function aged({ name, age }: Role): string {
  return `${name}, ${String(age)}`
}

async function etagOf(url: string): Promise<string> {
  const response = await fetch(url)
  await response.body?.cancel()
  return response.headers.get('etag') ?? ''
}
