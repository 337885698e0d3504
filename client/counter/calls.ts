import * as z from '../../core/zod.ts'
import type { Language } from '../../core/policy/languages/languages.ts'

// What a clerk's page asks the site that it came from: everything goes to its own address, with the
// site's own login.

const problem = z.object({ code: z.string() })

const question = z.object({
  id: z.string(),
  token: z.string(),
  code: z.string(),
  /** Seconds. */
  expiresIn: z.number(),
  sentence: z.string(),
  titles: z.record(z.string(), z.string()),
})

const view = z.object({
  status: z.string(),
  asOf: z.optional(z.string()),
  isReturning: z.optional(z.boolean()),
  disclosed: z.optional(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))),
})

/** A question that was put, and what can be said of it. */
export type Question = z.output<typeof question>
/** What an accepted answer says. */
export type Proven = z.output<typeof view>

/** The server said no; its code says why. */
export class Refused extends Error {
  readonly code: string

  constructor(code: string) {
    super(code)
    this.code = code
  }
}

/** The server could not be asked, or is not the one that gave the page. */
export class Unasked extends Error {
  readonly isLoggedOut: boolean

  constructor(isLoggedOut: boolean) {
    super('unasked')
    this.isLoggedOut = isLoggedOut
  }
}

export async function ask(language: Language): Promise<Question> {
  return z.parse(question, await call({ do: 'ask', language }))
}

/** @throws Refused or Unasked. */
export async function bring({ id, token }: Question, presentation: string): Promise<Proven> {
  return z.parse(view, await call({ do: 'answer', id, token, presentation }))
}

async function call(body: object): Promise<unknown> {
  const response = await fetch(location.pathname + location.search, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    redirect: 'manual',
    credentials: 'same-origin',
  }).catch(() => undefined)
  if (response === undefined) throw new Unasked(false)
  const json: unknown = await response.json().catch(() => undefined)
  if (response.ok && json !== undefined) return json
  const known = z.safeParse(problem, json)
  if (known.success && response.status < 500) throw new Refused(known.data.code)
  // A login page, or a redirect to one.
  throw new Unasked(response.type === 'opaqueredirect' || [401, 403].includes(response.status))
}
