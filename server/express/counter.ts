import { randomUUID } from 'node:crypto'
import express from 'express'
import type { Request, RequestHandler, Response } from 'express'
import * as z from '../../core/zod.ts'
import { ZerocardError } from '../../core/errors.ts'
import { readWith } from '../../core/json.ts'
import { isLanguage } from '../../core/policy/languages/languages.ts'
import type { Language } from '../../core/policy/languages/languages.ts'
import { MAX_PRESENTATION_BYTES } from '../../core/presentation.ts'
import { schemaWords } from '../../core/schema.ts'
import { PROBLEM_TYPE, problemOf } from '../http/problem.ts'
import type { OpenVerifier } from '../verifier/open-verifier.ts'
import { COUNTER_HEADERS, counterPage } from './counter-page.ts'
import { preferredLanguage } from './gate.ts'
import { mountedIn } from './mount.ts'

export interface CounterOptions {
  /** In which language the clerk is spoken to first; by default the one that the browser prefers. */
  readonly language?: (request: Request) => Language
}

const secret = z.string().check(z.regex(/^[A-Za-z0-9_-]{32}$/))

/** What the page sends to its own address. */
const call = z.union([
  z.strictObject({ do: z.literal('ask'), language: z.custom<Language>(isLanguage) }),
  z.strictObject({
    do: z.literal('answer'),
    id: secret,
    token: secret,
    presentation: z.string().check(z.minLength(1), z.maxLength(MAX_PRESENTATION_BYTES)),
  }),
])

type Call = z.output<typeof call>

/** An answer and what stands around it. */
const readBody: RequestHandler = express.json({
  limit: 2 * MAX_PRESENTATION_BYTES,
  type: 'application/json',
})

/**
 * A clerk's page for one policy: shows the question as a code, reads the answer from the holder's
 * wallet by camera, and says what it proves. Whoever can open it can ask: put it behind the site's
 * own login, at one path for all methods (`app.all`). The mount needs `files.counter`.
 *
 * @param policy - Id of a policy of the verifier that `zerocard()` opened.
 * @throws TypeError, when a request comes, if `zerocard()` is not in front of the route or does not
 *   serve the page's script.
 */
export function counter(
  policy: string,
  { language = preferredLanguage }: CounterOptions = {},
): RequestHandler {
  return async (request, response) => {
    const { displayName, counterFiles } = mountedIn(response)
    if (counterFiles === undefined) throw new TypeError('counter needs files.counter in zerocard()')
    response.set('cache-control', 'no-store')
    if (request.method === 'POST') {
      await answerCall(request, response, policy)
    } else if (request.method === 'GET' || request.method === 'HEAD') {
      const page = { displayName, language: language(request), files: counterFiles }
      response.set(COUNTER_HEADERS).send(counterPage(page))
    } else response.set('allow', 'GET, HEAD, POST').status(405).end()
  }
}

async function answerCall(request: Request, response: Response, policy: string): Promise<void> {
  const { verifier } = mountedIn(response)
  try {
    assertOwnPage(request)
    const body = await bodyOf(request, response)
    const answer = readWith(call, body, 'INPUT_INVALID', 'body')
    response.json(await act(verifier, policy, answer))
  } catch (error) {
    if (!(error instanceof ZerocardError)) throw error
    const problem = problemOf(error, randomUUID())
    response.status(problem.status).type(PROBLEM_TYPE).send(JSON.stringify(problem))
  }
}

/** Pages of other sites could otherwise ask in the name of the clerk who is logged in. */
function assertOwnPage(request: Request): void {
  const from = request.get('sec-fetch-site')
  if (from === undefined || from === 'same-origin') return
  throw new ZerocardError('FORBIDDEN', 'only pages of this site may ask this')
}

/** The site may have read it already. */
async function bodyOf(request: Request, response: Response): Promise<unknown> {
  const given = request.body as unknown
  if (given !== undefined) return given
  await new Promise<void>((resolve, reject) => {
    readBody(request, response, (error?: unknown) => {
      if (error === undefined) resolve()
      else reject(new ZerocardError('INPUT_INVALID', 'the body cannot be read', { cause: error }))
    })
  })
  return request.body as unknown
}

async function act(verifier: OpenVerifier, policy: string, asked: Call): Promise<object> {
  if (asked.do === 'ask') return ask(verifier, policy, asked.language)
  const { id, token, presentation } = asked
  return verifier.answerAtCounter(id, token, presentation)
}

async function ask(verifier: OpenVerifier, policy: string, language: Language): Promise<object> {
  const { sentence } = await verifier.policy(policy, language)
  const titles = await titlesOf(verifier, policy, language)
  const {
    id,
    token,
    counterCode: code,
    expiresAt,
  } = await verifier.sessions.createForCounter(policy)
  const expiresIn = Math.max(0, expiresAt - verifier.now())
  return { id, token, code, expiresIn, sentence, titles }
}

/** What the values are called that are disclosed, by their paths. */
async function titlesOf(
  { verifier }: OpenVerifier,
  id: string,
  language: Language,
): Promise<Record<string, string>> {
  const { policy, schemas } = await verifier.policies.find(id)
  return Object.fromEntries(
    policy.disclose.map((path) => {
      const [alias = '', name = ''] = path.split('.')
      const schema = schemas.get(policy.credentials[alias]?.schema ?? '')
      const words = schema && schemaWords(schema, language).attributes.get(name)
      return [path, words?.title ?? name]
    }),
  )
}
