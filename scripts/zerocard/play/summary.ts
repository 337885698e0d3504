import { fieldToBytes } from '../../../core/field.ts'
import { toHex } from '../../../core/bytes.ts'
import { fieldText } from '../../../core/presentation.ts'
import { duration, median, wrapped } from '../demo/stage.ts'
import type { Stage } from '../demo/stage.ts'
import type { Players } from './players.ts'
import type { Wallet } from './wallet.ts'

/** What was really in the messages, found by looking at them. */
export interface Findings {
  /** Messages that left a wallet. */
  readonly messages: number
  /** Secrets that were looked for, in every form they might be written in. */
  readonly searched: number
  readonly leaks: number
  /** Members of what sites were told, over all sessions. */
  readonly members: readonly string[]
}

/** Shorter values occur by chance. */
const SHORTEST_SECRET = 6

/**
 * Searches every byte that left a wallet. Answers are encrypted for the verifier, so this finds
 * what is beside them: addresses, headers, forms; what is inside of them is the format's to say.
 */
export function inspect({ cast, wallets, shop, health, platform }: Players): Findings {
  const all = Object.values(cast).map(wallets)
  const messages = all.flatMap(({ sent }) => sent)
  const secrets = all.flatMap(secretsOf)
  const verdicts = [shop, health, platform].flatMap((site) => site.verdicts)
  return {
    messages: messages.length,
    searched: secrets.length,
    leaks: secrets.filter((secret) => messages.some(({ text }) => text.includes(secret))).length,
    members: [...new Set(verdicts.flatMap((verdict) => Object.keys(verdict)))].sort(),
  }
}

export async function tell(stage: Stage, players: Players, findings: Findings): Promise<void> {
  const { shop, health, platform } = players
  await stage.title('Who learned what')
  const rows: [string, string][] = [
    ['Offices', 'that somebody fetched their public list, or a part of it. Not who, nor for whom.'],
    [shop.title, 'that somebody is 18 or older. Not who, not how old.'],
    [health.title, 'that a claim is good, and a code by which it knows the same claim again.'],
    [
      platform.title,
      'that somebody is 16 or older, under a name that is good there and nowhere else.',
    ],
  ]
  await stage.show(rows.flatMap(([who, text]) => wrapped(`  ${who.padEnd(17)}${text}`, 19)))
  const found = findings.leaks === 0 ? 'none found' : `FOUND ${String(findings.leaks)}`
  await stage.show([''])
  await stage.say(
    `Searched the ${String(findings.messages)} messages that left wallets for ${String(findings.searched)} attributes, secrets and signatures: ${found}. Answers travel encrypted. All that sites were told: ${findings.members.join(', ')}.`,
  )
  await stage.title('What it took here')
  await stage.show([
    row('issue', 'one credential, over HTTP'),
    row('eligibility-1', 'proof over one credential'),
    row('eligibility-3', 'proof over up to three credentials'),
    row('answer', 'sign, encrypt, send, be judged'),
  ])

  function row(name: string, meaning: string): string {
    const values = stage.measured(name)
    const figure = `${duration(median(values))} (${String(values.length)})`
    return `  ${name.padEnd(16)}${figure.padEnd(14)}${meaning}`
  }
}

/** What nobody but the holder may see, in the forms it might be written in. */
function secretsOf({ secret, credentials }: Wallet): string[] {
  const fields = [
    secret,
    ...credentials.flatMap(({ blinding, credential: { signature } }) => [
      blinding,
      signature.s,
      signature.r8.x,
      signature.r8.y,
    ]),
  ]
  const texts = credentials
    .flatMap(({ credential }) => Object.values(credential.attributes).map(String))
    .filter((value) => value.length >= SHORTEST_SECRET)
  const forms = fields.flatMap((field) => [
    String(field),
    fieldText(field),
    toHex(fieldToBytes(field)),
  ])
  return [...new Set([...texts, ...forms])]
}
