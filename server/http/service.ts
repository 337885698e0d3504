import { randomUUID } from 'node:crypto'
import express from 'express'
import type {
  Express,
  IRouter,
  NextFunction,
  Request,
  RequestHandler,
  Response,
  Router,
} from 'express'
import { ZerocardError } from '../../core/errors.ts'
import { readWith } from '../../core/json.ts'
import type { Caller, OperatorToken } from './access.ts'
import { authorize, bearerOf } from './access.ts'
import { MAX_BODY_BYTES, parseFormBody, parseJsonBody } from './body.ts'
import { CROSS_ORIGIN_HEADERS, PREFLIGHT_HEADERS, safeHeaders } from './headers.ts'
import { createLimits } from './limits.ts'
import type { LimitOptions, Limits } from './limits.ts'
import type { Logger, RequestLine } from './log.ts'
import type { Metrics } from './metrics.ts'
import { oauthErrorOf, oauthStatusOf } from './oauth-error.ts'
import { PROBLEM_TYPE, RETRY_AFTER, problemOf } from './problem.ts'
import { BODY_TYPES } from './route.ts'
import type { Reply, Route, RouteRequest } from './route.ts'

export interface ServiceOptions {
  readonly routes: readonly Route[]
  readonly tokens: readonly OperatorToken[]
  readonly logger: Logger
  readonly metrics: Metrics
  readonly limits: LimitOptions
  /** express' `trust proxy`: which hops' `x-forwarded-for` to believe. False: none. */
  readonly trustProxy: boolean | number | string
  /** Whether the world reaches this service over https. */
  readonly isHttps: boolean
}

interface Facts {
  requestId: string
  route: string
  code?: string
  caller?: string
}

/** Makes an express application out of routes. */
export function createService(options: ServiceOptions): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', 'simple')
  app.set('trust proxy', options.trustProxy)
  const limits = createLimits(options.limits)
  app.use(begin(options), limits.requests)
  addRoutes(app, options, limits, [])
  app.use((_request, response) => {
    answerError(new ZerocardError('NOT_FOUND', 'there is nothing at this address'), response)
  })
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    answerError(error, response, options.logger)
  })
  return app
}

/**
 * The same routes for an application that has others too: requests for those pass untouched. Which
 * proxies to believe and how a query is read is the application's to say.
 */
export function createRouter(options: Omit<ServiceOptions, 'trustProxy'>): Router {
  const router = express.Router()
  const limits = createLimits(options.limits)
  addRoutes(router, options, limits, [begin(options), limits.requests])
  router.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
    if (isOurs(response)) answerError(error, response, options.logger)
    else next(error)
  })
  return router
}

function addRoutes(
  target: IRouter,
  options: Pick<ServiceOptions, 'routes' | 'tokens'>,
  limits: Limits,
  before: readonly RequestHandler[],
): void {
  for (const route of options.routes) {
    const { access, shapes, perMinute, maxBodyBytes = MAX_BODY_BYTES } = route
    const counters = perMinute === undefined ? [] : [limits.route(perMinute)]
    const guards = access === 'anyone' ? [] : [limits.failures, authorizeRoute(route, options)]
    const readers = shapes.body === undefined ? [] : [bodyReader(maxBodyBytes)]
    const handlers = [
      ...before,
      nameRoute(route),
      ...counters,
      ...guards,
      ...readers,
      handler(route),
    ]
    target[route.method](route.path, ...handlers)
  }
  for (const path of new Set(options.routes.filter(isCrossOrigin).map((route) => route.path))) {
    target.options(path, preflight)
  }
  for (const route of options.routes.filter(({ pageOrigins }) => pageOrigins !== undefined)) {
    target.options(route.path, (request, response) => {
      const headers = originHeaders(route, request)
      if ('access-control-allow-origin' in headers) response.set(PREFLIGHT_HEADERS)
      response.set(headers).status(204).end()
    })
  }
}

function isOurs(response: Response): boolean {
  return response.locals['facts'] !== undefined
}

/** What is known of a request, for log and errors; set by the first handler. */
function factsOf(response: Response): Facts {
  return (response.locals as { facts: Facts }).facts
}

function begin({
  logger,
  metrics,
  isHttps,
}: Pick<ServiceOptions, 'logger' | 'metrics' | 'isHttps'>): RequestHandler {
  const headers = safeHeaders(isHttps)
  return (request, response, next) => {
    const start = performance.now()
    const facts: Facts = { requestId: randomUUID(), route: 'none' }
    response.locals['facts'] = facts
    response.set({ ...headers, 'x-request-id': facts.requestId })
    response.once('close', () => {
      const { method } = request
      const status = response.writableFinished ? response.statusCode : 499
      const ms = Math.round((performance.now() - start) * 10) / 10
      const line: RequestLine = { method, status, ms, ...facts }
      metrics.observe(line)
      logger.info(line, 'request')
    })
    next()
  }
}

function nameRoute(route: Route): RequestHandler {
  return (request, response, next) => {
    factsOf(response).route = route.path
    response.locals['route'] = route
    if (route.isCrossOrigin === true) response.set(CROSS_ORIGIN_HEADERS)
    if (route.pageOrigins !== undefined) response.set(originHeaders(route, request))
    next()
  }
}

/** For the one page that asks, if it is of a listed origin. */
function originHeaders({ pageOrigins = [] }: Route, request: Request): Record<string, string> {
  const origin = request.get('origin')
  if (origin === undefined || !pageOrigins.includes(origin)) return { vary: 'origin' }
  return { ...CROSS_ORIGIN_HEADERS, 'access-control-allow-origin': origin, vary: 'origin' }
}

/** Before the body is read: whoever may not call at all shall not make us read. */
function authorizeRoute(route: Route, { tokens }: Pick<ServiceOptions, 'tokens'>): RequestHandler {
  return (request, response, next) => {
    const caller = authorize(route.access, bearerOf(request.get('authorization')), tokens)
    if (caller !== undefined) {
      factsOf(response).caller = caller.name
      response.locals['caller'] = caller
    }
    next()
  }
}

function handler(route: Route): RequestHandler {
  return async (request, response) => {
    send(response, await route.handle(readRequest(route, request, response)))
  }
}

function readRequest(route: Route, request: Request, response: Response): RouteRequest {
  const { shapes } = route
  const body = shapes.body === undefined ? undefined : parseBody(route, request)
  const read = (shape: Route['shapes']['body'], value: unknown, what: string): never =>
    (shape === undefined ? undefined : readWith(shape, value, 'INPUT_INVALID', what)) as never
  return {
    id: factsOf(response).requestId,
    params: read(shapes.params, request.params, 'path'),
    query: read(shapes.query, request.query, 'query'),
    body: read(shapes.body, body, 'body'),
    caller: response.locals['caller'] as Caller | undefined,
    bearer: bearerOf(request.get('authorization')),
    header: (name) => request.get(name),
  }
}

/** Reads the body as bytes. A compressed one could be a thousand times its size: none is read. */
function bodyReader(limit: number): RequestHandler {
  return express.raw({ limit, inflate: false, type: () => true })
}

function bytesOf(body: unknown): Uint8Array {
  return body instanceof Uint8Array ? body : new Uint8Array()
}

function parseBody(route: Route, request: Request): unknown {
  const { bodyType = 'json' } = route
  const expected = BODY_TYPES[bodyType]
  // A type with parameters, like a charset, is the same type.
  const type = (request.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase()
  if (type !== expected)
    throw new ZerocardError('MEDIA_TYPE', `expected a body of type ${expected}`)
  const text = decodeUtf8(bytesOf((request as { readonly body?: unknown }).body))
  if (bodyType === 'csv') return text
  return bodyType === 'form' ? parseFormBody(text) : parseJsonBody(text)
}

function decodeUtf8(raw: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw)
  } catch (cause) {
    throw new ZerocardError('INPUT_INVALID', 'the body is not UTF-8', { cause })
  }
}

function send(response: Response, { status = 200, headers, json, text, stream }: Reply): void {
  response.status(status)
  if (headers !== undefined) response.set(headers)
  if (stream !== undefined) stream(response)
  else if (text !== undefined) response.send(text)
  else if (json !== undefined) response.json(json)
  else response.end()
}

function preflight(_request: Request, response: Response): void {
  response
    .set({ ...CROSS_ORIGIN_HEADERS, ...PREFLIGHT_HEADERS })
    .status(204)
    .end()
}

function answerError(error: unknown, response: Response, logger?: Logger): void {
  const facts = factsOf(response)
  const problem = problemOf(error, facts.requestId)
  facts.code = problem.code
  if (problem.status === 500) {
    logger?.error({ requestId: facts.requestId, route: facts.route, err: error }, 'failed')
  }
  if (response.headersSent) {
    response.destroy()
    return
  }
  const route = response.locals['route'] as Route | undefined
  const isOauth = route?.errors === 'oauth'
  const status = isOauth ? oauthStatusOf(error, problem) : problem.status
  response.status(status)
  if (status === 503) response.set('retry-after', String(RETRY_AFTER))
  if (status === 401) response.set('www-authenticate', 'Bearer')
  if (isOauth) response.json(oauthErrorOf(error, problem))
  else response.type(PROBLEM_TYPE).send(JSON.stringify(problem))
}

function isCrossOrigin(route: Route): boolean {
  return route.isCrossOrigin === true
}
