import { fieldText } from '../../../core/presentation.ts'
import { readJws } from '../../../core/jws.ts'
import { fieldToBytes } from '../../../core/field.ts'
import { toHex } from '../../../core/bytes.ts'
import type { HeldCredential } from '../../../client/holder.ts'
import type { DemoHolder } from './holder.ts'
import type { Players } from './players.ts'
import { duration, median, wrapped } from './stage.ts'
import type { Stage } from './stage.ts'
import type { DemoVerifier } from './verifier.ts'

/** What was really in the messages, found by looking at them. */
export interface Findings {
  readonly presentations: number
  /** Members of all presentations a verifier accepted. */
  readonly members: readonly string[]
  /** Members that are equal in the two visits of one holder to one verifier. */
  readonly equal: readonly string[]
  /** Attributes, signatures, commitments and blindings found in any presentation. */
  readonly leaks: number
  readonly searched: number
}

/** Members that say nothing of the holder: the question, the day, the key and the lists. */
const EQUAL_BY_DESIGN = ['asOf', 'aud', 'circuit', 'policy', 'trust']

/** Shorter values occur by chance. */
const SHORTEST_SECRET = 6

export function inspect({ holders, shop, transit, health, pharmacies }: Players): Findings {
  const received = [shop, transit, health, ...pharmacies].flatMap((verifier) => verifier.received)
  const payloads = received.map(payloadOf)
  const [first, last] = [shop.received.at(0), shop.received.at(-1)].map((text) =>
    payloadOf(text ?? ''),
  )
  const secrets = [...holders.values()].flatMap(secretsOf)
  const texts = received.map((text) => JSON.stringify(readJws(text, 'PRESENTATION_INVALID')) + text)
  return {
    presentations: received.length,
    members: [...new Set(payloads.flatMap((payload) => Object.keys(payload)))].sort(),
    equal: Object.keys(first ?? {})
      .filter((name) => JSON.stringify(first?.[name]) === JSON.stringify(last?.[name]))
      .sort(),
    leaks: secrets.filter((secret) => texts.some((text) => text.includes(secret))).length,
    searched: secrets.length,
  }
}

/** Whether nothing was in the messages that does not belong there. */
export function isClean({ leaks, equal }: Findings): boolean {
  return leaks === 0 && equal.every((name) => EQUAL_BY_DESIGN.includes(name))
}

export async function tellWhoLearned(
  stage: Stage,
  players: Players,
  findings: Findings,
): Promise<void> {
  const { issuers, shop, transit, health, pharmacies } = players
  await stage.title('Who learned what')
  const rows: [string, string][] = [
    [
      'Issuers',
      `${issuers.map(({ title }) => title).join(', ')}: nothing new. Nobody asked them while people proved, and they cannot recognise their own credentials in what a verifier received.`,
    ],
    [
      shop.title,
      `${times(shop)} that somebody is 18 or older. Not who, not how old, and not that it was the same person on both days.`,
    ],
    [
      transit.title,
      `${times(transit)} that somebody may ride at the reduced fare. Not whether for age or disability.`,
    ],
    [
      health.title,
      `${times(health)} that a claim is good, and a code by which it would know the same claim again. No name, no income, no child.`,
    ],
    [
      'Pharmacies',
      `${String(pharmacies.reduce((sum, { received }) => sum + received.length, 0))} codes of prescriptions that may be filled, each good once. Not which belong to one prescription.`,
    ],
    ['Holders', 'what each verifier wanted to know, before they agreed to it.'],
  ]
  await stage.show(rows.flatMap(([who, text]) => wrapped(`  ${who.padEnd(17)}${text}`, 19)))
  await stage.show([''])
  await stage.say(
    `Searched the ${String(findings.presentations)} accepted presentations for ${String(findings.searched)} attributes, signatures, commitments and secrets of everybody above: ${findings.leaks === 0 ? 'none found' : `FOUND ${String(findings.leaks)}`}. All that is in them: ${findings.members.join(', ')}. Equal in two visits of one person to the shop: ${findings.equal.join(', ') || 'nothing'}.`,
  )
}

export async function tellTimes(stage: Stage): Promise<void> {
  const bytes = stage.measured('bytes')
  await stage.title('What it took here')
  await stage.show([
    row('issue', 'check', 'issuer checks the request'),
    row('', 'issue', 'issuer signs'),
    row('prove', 'eligibility-1', 'one credential'),
    row('', 'eligibility-3', 'up to three credentials of three issuers'),
    row('present', 'present', 'sign a proof that is ready'),
    row('verify', 'verify', 'all checks of a presentation'),
    `  ${'size'.padEnd(10)}${`${String(Math.min(...bytes))} to ${String(Math.max(...bytes))} bytes`.padEnd(20)}a presentation`,
  ])

  function row(step: string, name: string, meaning: string): string {
    const values = stage.measured(name)
    const figure = `${duration(median(values))} (${String(values.length)})`
    return `  ${step.padEnd(10)}${figure.padEnd(20)}${meaning}`
  }
}

function times({ received }: DemoVerifier): string {
  return ['never', 'once', 'twice'][received.length] ?? `${String(received.length)} times`
}

function payloadOf(text: string): Record<string, unknown> {
  return readJws(text, 'PRESENTATION_INVALID').payload as Record<string, unknown>
}

/** Everything about a holder that no verifier may see, in the forms it might be written in. */
function secretsOf({ secret, credentials }: DemoHolder): string[] {
  const fields = [secret, ...credentials.flatMap(fieldsOf)]
  const values = credentials.flatMap(({ credential }) =>
    Object.values(credential.attributes).map(String),
  )
  const texts = values.filter((value) => value.length >= SHORTEST_SECRET)
  const forms = fields.flatMap((field) => [
    String(field),
    fieldText(field),
    toHex(fieldToBytes(field)),
  ])
  return [...new Set([...texts, ...forms])]
}

function fieldsOf({
  credential: { commitment, signature, key },
  blinding,
}: HeldCredential): bigint[] {
  return [blinding, commitment, signature.s, signature.r8.x, signature.r8.y, key.x, key.y]
}
