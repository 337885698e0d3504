import { dayFromIso } from '../../../core/dates.ts'
import type { Day } from '../../../core/dates.ts'
import { parsePolicy } from '../../../core/policy/policy.ts'
import type { Policy } from '../../../core/policy/policy.ts'
import { parseSchema } from '../../../core/schema.ts'
import type { Schema } from '../../../core/schema.ts'
import type { TrustList } from '../../../core/trust.ts'
import { readPolicies, readSchemas } from '../../../examples/catalogue.ts'
import { emptyMemory, judgeRequest, rememberAnswer } from '../../../client/guard/judge.ts'
import type { Finding, SiteMemory, TrustLists } from '../../../client/guard/judge.ts'

// A site that asks, and the memory that the wallet has of it.

export const TODAY = dayFromIso('2026-11-22')

/** Another document with the holder's own date of birth, and one that a site could issue itself. */
const PASSPORT = parseSchema({
  id: 'passport/1',
  title: 'Passport',
  attributes: [
    { name: 'dateOfBirth', type: 'date', title: 'date of birth' },
    { name: 'expires', type: 'date', title: 'last day' },
    { name: 'points', type: 'integer', title: 'points' },
    { name: 'birthText', type: 'text', title: 'date of birth, as a text' },
    { name: 'dayOfBirth', type: 'integer', title: 'date of birth, as a number' },
    { name: 'birthYear', type: 'integer', title: 'year of birth' },
    { name: 'placeOfBirth', type: 'text', title: 'place of birth' },
  ],
})

export const SCHEMAS: ReadonlyMap<string, Schema> = new Map(
  [...[...readSchemas().values()].map(parseSchema), PASSPORT].map((schema) => [schema.id, schema]),
)

export const EXAMPLES: ReadonlyMap<string, Policy> = new Map(
  [...readPolicies()].map(([id, json]) => [id, parsePolicy(json, SCHEMAS)]),
)

let serial = 0

/** A policy with a name of its own; credentials by schema name, like `person`. */
export function policyOf(where: unknown, more: Record<string, unknown> = {}): Policy {
  const text = JSON.stringify([where, more])
  const used = ['person', 'income', 'guardian', 'prescription', 'passport'].filter((name) =>
    text.includes(`"${name}.`),
  )
  const aliases = used.length === 0 ? ['person'] : used
  const credentials = Object.fromEntries(
    aliases.map((name) => [name, { schema: `${name}/1`, trust: 'registries' }]),
  )
  serial++
  const id = `question-${String(serial)}@1`
  return parsePolicy({ id, purpose: 'To find out', credentials, where, ...more }, SCHEMAS)
}

/** One site and what the wallet remembers of it. */
export class Site {
  memory: SiteMemory = emptyMemory

  /** @param answers - Whether an answer is sent; never to what is refused. */
  ask(
    policy: Policy,
    asOf: Day = TODAY,
    { answers = false, trust = {} }: { answers?: boolean; trust?: TrustLists } = {},
  ): readonly Finding[] {
    const asked = { policy, schemas: SCHEMAS, trust, asOf }
    const { findings, level, next } = judgeRequest(asked, this.memory)
    this.memory = answers && level !== 'refuse' ? rememberAnswer(asked, next) : next
    return findings
  }

  codes(where: unknown, asOf: Day = TODAY, answers = false): string[] {
    return codesOf(this.ask(policyOf(where), asOf, { answers }))
  }
}

/** Without the count of questions, which comes with nearly every one. */
export function codesOf(findings: readonly Finding[]): string[] {
  return findings.map(({ code }) => code).filter((code) => code !== 'ASKED_BEFORE')
}

export function worstOf(findings: readonly Finding[]): string {
  const levels = findings.map(({ level }) => level)
  return ['refuse', 'warn'].find((level) => levels.some((one) => one === level)) ?? 'note'
}

/** A trust list as far as judging needs it. */
export function listOf(
  issuers: readonly string[],
  schema = 'person/1',
  { jwk = (issuer: string) => issuer, key = (issuer: string) => issuer } = {},
): TrustList {
  return {
    leaves: issuers.map((issuer) => ({ issuer, schema, key: { x: key(issuer), y: '' } })),
    issuers: issuers.map((issuer) => ({ issuer, jwk: { x: jwk(issuer), y: '' } })),
  } as unknown as TrustList
}
