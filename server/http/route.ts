import type { Response } from 'express'
import type * as z from '../../core/zod.ts'
import type { Caller } from './access.ts'

// A service is a list of routes. What a route accepts, who may call it and what it answers is data:
// the express router, the access checks, the OpenAPI document and the tests are made from it.

export type Method = 'get' | 'post' | 'put' | 'delete'

/**
 * Who may call a route: `anyone`; whoever has a `bearer` credential that the handler itself judges,
 * like the token of one session; or operators whose token has one of the roles.
 */
export type Access = 'anyone' | 'bearer' | readonly [string, ...string[]]

/** How a body arrives: a table is handed on as text. Anything else is refused with 415. */
export type BodyType = 'json' | 'form' | 'csv'

/** Media types of bodies. */
export const BODY_TYPES: Readonly<Record<BodyType, string>> = {
  json: 'application/json',
  form: 'application/x-www-form-urlencoded',
  csv: 'text/csv',
}

export interface Shapes {
  readonly params?: z.ZodMiniType
  readonly query?: z.ZodMiniType
  readonly body?: z.ZodMiniType
}

type Read<S extends Shapes, K extends keyof Shapes> = S[K] extends z.ZodMiniType
  ? z.output<S[K]>
  : undefined

/** A request after all checks that the route declares. */
export interface RouteRequest<S extends Shapes = Shapes> {
  /** Random; in the log and in the answer's `x-request-id`. */
  readonly id: string
  readonly params: Read<S, 'params'>
  readonly query: Read<S, 'query'>
  readonly body: Read<S, 'body'>
  /** The operator, on routes with roles. */
  readonly caller: Caller | undefined
  /** The bearer credential, not judged yet. */
  readonly bearer: string | undefined
  header(name: string): string | undefined
}

/** What a route answers. Without `status`, 200. */
export interface Reply {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly json?: unknown
  /** Sent as it is; the type is in `headers`. */
  readonly text?: string
  /** Writes the answer itself, for as long as it likes. */
  readonly stream?: (response: Response) => void
}

export interface AnswerDescription {
  readonly description: string
  /** Media type, by default JSON. */
  readonly type?: string
  readonly schema?: z.ZodMiniType
}

export interface Route<S extends Shapes = Shapes> {
  readonly method: Method
  /** In express' form, like `/v1/sessions/:id`. */
  readonly path: string
  readonly access: Access
  readonly summary: string
  readonly shapes: S
  /** Present exactly if there is a body shape. */
  readonly bodyType?: BodyType
  /** Bytes of a body, where the usual limit does not fit. */
  readonly maxBodyBytes?: number
  /** Form of errors: RFC 9457 problems, or RFC 6749 `{ error, error_description }`. */
  readonly errors?: 'problem' | 'oauth'
  /** Whether pages of other origins may call it. Never with cookies. */
  readonly isCrossOrigin?: boolean
  /** Pages of these origins may call it, and of no others. Never with cookies. */
  readonly pageOrigins?: readonly string[]
  /** Requests a minute from one address, below the limit of the service. */
  readonly perMinute?: number
  /** Success answers by status. */
  readonly answers: Readonly<Record<number, AnswerDescription>>
  readonly handle: (request: RouteRequest<S>) => Promise<Reply> | Reply
}

/** Declares a route; keeps the types of its shapes for the handler. */
export function route<S extends Shapes>(declaration: Route<S>): Route {
  return declaration
}
