import * as z from '../../core/zod.ts'
import { ZerocardError } from '../../core/errors.ts'
import { logHash } from '../../core/log.ts'
import { cached } from '../http/cached.ts'
import { route } from '../http/route.ts'
import type { Route } from '../http/route.ts'
import type { TrustKeeper } from './keeper.ts'

const JWT = 'application/jwt'
const JSON_TYPE = 'application/json'

/** Seconds for which one statement serves everybody. */
const STATEMENT_AGE = 60

const common = { method: 'get', access: 'anyone', isCrossOrigin: true } as const

/** What an operator has seen of issuers: the same for everybody. */
export function logRoutes(keeper: TrustKeeper): Route[] {
  return [
    route({
      ...common,
      path: '/.well-known/zerocard-log',
      summary: 'The newest status documents that were seen of each issuer, signed',
      shapes: {},
      answers: { 200: { description: 'A JWS', type: JWT, schema: z.string() } },
      handle: async (request) => {
        const statement = await keeper.seen.statement(keeper.now(), STATEMENT_AGE)
        return cached(request, statement, JWT, 'changing')
      },
    }),
    route({
      ...common,
      path: '/log/newest',
      summary: 'The newest status document of every issuer whose log is followed, all at once',
      shapes: {},
      answers: {
        200: { description: 'As signed', schema: z.object({ documents: z.array(z.any()) }) },
      },
      handle: async (request) => {
        const text = await keeper.seen.newest(keeper.now(), STATEMENT_AGE)
        return cached(request, text, JSON_TYPE, 'changing')
      },
    }),
    route({
      ...common,
      path: '/log/forks',
      summary: 'Evidence that issuers have told two stories',
      shapes: {},
      answers: {
        200: { description: 'The newest first', schema: z.object({ forks: z.array(z.any()) }) },
      },
      handle: async (request) => {
        const text = JSON.stringify({ forks: await keeper.seen.forks() })
        return cached(request, text, JSON_TYPE, 'changing')
      },
    }),
    route({
      ...common,
      path: '/log/documents/:hash',
      summary: 'A status document that was seen, by what stands for it in its log',
      shapes: { params: z.strictObject({ hash: logHash }) },
      answers: { 200: { description: 'The document, a JWS', type: JWT, schema: z.string() } },
      handle: async (request) => {
        const document = await keeper.seen.document(request.params.hash)
        if (document !== undefined) return cached(request, document, JWT, 'immutable')
        throw new ZerocardError('NOT_FOUND', 'no such document was seen here')
      },
    }),
  ]
}
