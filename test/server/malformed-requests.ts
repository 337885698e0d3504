import { expect } from 'vitest'
import { ERROR_CODES } from '../../core/errors.ts'
import { malformed, malformedTexts, membersOf } from '../support/malformed.ts'
import type { Malformed } from '../support/malformed.ts'
import type { Members } from '../independent/json.ts'

// Requests with a body that something was done to, and what every service owes to them: a problem
// with a code, soon, that repeats nothing of what came, and a log that has nothing of it either.

/** In every good body: never to be seen in a refusal or in a log. */
export const MARK = 'Zq9markedvalue'

/** Bytes of a body, as docs/protocol.md says. */
const MAX_BODY = 16 * 1024
/** Milliseconds. */
const PATIENCE = 10_000

export interface Service {
  readonly url: string
  /** Lines of its log. */
  readonly log: readonly string[]
}

export interface Operation {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** What is answered to a good body, where that is not a status of success. */
  readonly answer?: number
}

/** What a route reads, and which bodies are good, by a reader of the test's own. */
export interface Body {
  readonly json: object
  readonly isGood: (members: Members) => boolean
}

const PROBLEM = ['code', 'detail', 'problems', 'requestId', 'status', 'title', 'type']

/**
 * Sends changed bodies. Good ones have to be taken, all others refused.
 *
 * @returns How many were refused.
 */
export async function tryBodies(
  service: Service,
  operation: Operation,
  { json, isGood }: Body,
  count: number,
): Promise<number> {
  const good = Uint8Array.from(Buffer.from(JSON.stringify(json)))
  const isTaken = ({ bytes }: Malformed): boolean => {
    const members = membersOf(bytes)
    return bytes.length <= MAX_BODY && members !== undefined && isGood(members)
  }
  expect(isTaken({ kind: 'good', bytes: good })).toBe(true)
  return tryMessages(service, operation, malformed(json, 1, count), isTaken, good)
}

/** The same for bodies that are no JSON. @param isTaken - Undefined: whatever the service says. */
export async function tryTexts(
  service: Service,
  operation: Operation,
  text: string,
  isTaken: ((message: Malformed) => boolean) | undefined,
  count: number,
): Promise<number> {
  const good = Uint8Array.from(Buffer.from(text))
  return tryMessages(service, operation, malformedTexts(text, 1, count), isTaken, good)
}

async function tryMessages(
  service: Service,
  operation: Operation,
  messages: Iterable<Malformed>,
  isTaken: ((message: Malformed) => boolean) | undefined,
  good: Uint8Array<ArrayBuffer>,
): Promise<number> {
  const begin = service.log.length
  await expectTaken(service, operation, good)
  let refused = 0
  for (const message of messages) {
    const { kind, bytes } = message
    const response = await send(service, operation, bytes)
    const text = await response.text()
    const isDone = isAnswer(operation, response)
    if (isTaken !== undefined) expect([isDone, kind, text]).toEqual([isTaken(message), kind, text])
    if (isDone) continue
    refused++
    expectProblem(response, text, kind)
  }
  await expectTaken(service, operation, good)
  expectQuietLog(service.log.slice(begin), operation)
  return refused
}

async function expectTaken(
  service: Service,
  operation: Operation,
  good: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const response = await send(service, operation, good)
  const text = await response.text()
  expect([isAnswer(operation, response), text]).toEqual([true, text])
}

function isAnswer({ answer }: Operation, { status, ok }: Response): boolean {
  return answer === undefined ? ok : status === answer
}

function send(
  { url }: Service,
  { method, path, headers }: Operation,
  body: Uint8Array<ArrayBuffer>,
): Promise<Response> {
  return fetch(url + path, { method, headers, body, signal: AbortSignal.timeout(PATIENCE) })
}

/** A refusal that says what was wrong with the request, and nothing besides. */
export function expectProblem(response: Response, text: string, kind: string): void {
  expect([response.status >= 400 && response.status < 500, kind, text]).toEqual([true, kind, text])
  expect(response.headers.get('content-type'), kind).toMatch(/^application\/problem\+json/)
  const problem = JSON.parse(text) as Record<string, unknown>
  expect(Object.keys(problem).filter((name) => !PROBLEM.includes(name))).toEqual([])
  expect(ERROR_CODES, kind).toContain(problem['code'])
  expect(problem['status']).toBe(response.status)
  expect(text, kind).not.toMatch(new RegExp(`${MARK}|\\.ts:|node_modules|\\bat .*:[0-9]+:[0-9]+`))
}

/** No error of the service's own, no word of a body, no token. */
export function expectQuietLog(lines: readonly string[], { headers }: Operation): void {
  const text = lines.join('')
  expect(lines.filter((line) => (JSON.parse(line) as { level: number }).level > 30)).toEqual([])
  expect(text).not.toContain(MARK)
  const { authorization = 'Bearer none' } = headers
  expect(text).not.toContain(authorization.slice('Bearer '.length))
}

/**
 * Calls an operation with changed `authorization` headers. None but the good one counts.
 *
 * @returns How many were refused.
 */
export async function tryTokens(
  service: Service,
  { method, path, headers }: Operation,
  body: object,
  count: number,
): Promise<number> {
  const good = headers['authorization'] ?? ''
  let refused = 0
  for (const { kind, bytes } of malformedTexts(good, 1, count)) {
    const authorization = Buffer.from(bytes).toString('latin1')
    if (!isHeader(authorization)) continue
    const response = await fetch(service.url + path, {
      method,
      headers: { ...headers, authorization },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE),
    })
    const text = await response.text()
    // Node refuses a request with too many bytes of headers before a service sees it.
    if (response.status === 431) continue
    const isSame = authorization.trim() === good
    expect([response.status < 300, kind, text]).toEqual([isSame, kind, text])
    if (isSame) continue
    refused++
    expect(response.status, kind).toBe(401)
    expectProblem(response, text, kind)
  }
  return refused
}

/** What a client of HTTP sends at all. */
function isHeader(text: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(text)
}
