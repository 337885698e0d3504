import { MemoryStore, ipKeyGenerator, rateLimit } from 'express-rate-limit'
import type { Options } from 'express-rate-limit'
import type { Request, RequestHandler } from 'express'
import { ZerocardError } from '../../core/errors.ts'

/** Requests a minute from one address (IPv6: from one /56). Counted by each process for itself. */
export interface LimitOptions {
  /** All requests. 0: no limit, for services behind a proxy that has one. */
  readonly requestsPerMinute: number
  /** Requests with a token that is missing or wrong. */
  readonly failuresPerMinute: number
}

export const DEFAULT_LIMITS: LimitOptions = { requestsPerMinute: 1_200, failuresPerMinute: 20 }

const MINUTE = 60_000

/** The two counters in front of a service. */
export interface Limits {
  readonly requests: RequestHandler
  readonly failures: RequestHandler
  /** A counter for one route, where the service counts at all. */
  readonly route: (perMinute: number) => RequestHandler
}

export function createLimits({ requestsPerMinute, failuresPerMinute }: LimitOptions): Limits {
  const common = {
    windowMs: MINUTE,
    standardHeaders: false,
    legacyHeaders: false,
    // It would write an address that it does not like to standard error.
    validate: false,
    keyGenerator: ({ ip = '' }: Request) => addressKey(ip),
    // Addresses are forgotten with the minute; nothing is written down.
    handler: (): never => {
      throw new ZerocardError('RATE_LIMITED', 'too many requests; try again in a minute')
    },
  } as const
  return {
    requests: requestsPerMinute === 0 ? passOn : rateLimit({ ...common, limit: requestsPerMinute }),
    failures: failuresPerMinute === 0 ? passOn : limitFailures(failuresPerMinute, common.handler),
    route: (limit) => (requestsPerMinute === 0 ? passOn : rateLimit({ ...common, limit })),
  }
}

/** Counts when the answer is known: calls that take long, like streams, are no failures meanwhile. */
function limitFailures(limit: number, refuse: () => never): RequestHandler {
  const store = new MemoryStore()
  store.init({ windowMs: MINUTE } as Options)
  return async (request, response, next) => {
    const key = addressKey(request.ip ?? '')
    const { totalHits = 0 } = (await store.get(key)) ?? {}
    if (totalHits >= limit) refuse()
    response.once('finish', () => {
      if (response.statusCode === 401) void store.increment(key)
    })
    next()
  }
}

/** Some proxies put the port behind an address: each connection would count for itself. */
function addressKey(ip: string): string {
  const [, plain] = /^\[?([0-9.]+|[0-9a-fA-F:]+(?=\]))\]?:[0-9]+$/.exec(ip) ?? []
  return ipKeyGenerator(plain ?? ip)
}

const passOn: RequestHandler = (_request, _response, next) => {
  next()
}
