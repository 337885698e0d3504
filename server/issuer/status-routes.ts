import * as z from '../../core/zod.ts'
import { ZerocardError } from '../../core/errors.ts'
import { fieldFromText } from '../../core/presentation.ts'
import { WHOLE_SET_SIZE } from '../../core/sorted-set.ts'
import { LOG_TILE, tileToJson } from '../../core/status-log.ts'
import { cached } from '../http/cached.ts'
import { route } from '../http/route.ts'
import type { Route } from '../http/route.ts'
import {
  SHARDS,
  findEpoch,
  findSet,
  findShard,
  findTile,
  listEpochs,
  newestEpoch,
} from './epochs.ts'
import type { Epoch } from './epochs.ts'
import type { OpenIssuer } from './open-issuer.ts'
import { fieldInUrl } from './shapes.ts'
import { epochsView, logView, statisticsView } from './views.ts'

const JWT = 'application/jwt'
const JSON_TYPE = 'application/json'

const common = { method: 'get', access: 'anyone', isCrossOrigin: true } as const

const epochInUrl = z.pipe(z.string().check(z.regex(/^[1-9][0-9]{0,8}$/)), z.transform(Number))
/** As many as there can be: the epochs in them are numbers that PostgreSQL's INTEGER holds. */
const tileInUrl = z.pipe(z.string().check(z.regex(/^(0|[1-9][0-9]{0,5})$/)), z.transform(Number))
const prefixInUrl = z.pipe(
  z.string().check(
    z.regex(/^(0|[1-9][0-9]?)$/),
    z.refine((text) => Number(text) < SHARDS, `expected a number below ${String(SHARDS)}`),
  ),
  z.transform(Number),
)

/** What an issuer publishes: the same for everybody, to be kept by caches. */
export function statusRoutes({ store }: OpenIssuer): Route[] {
  const { query } = store.database
  const newest = async (): Promise<Epoch> => found(await newestEpoch(query))
  return [
    route({
      ...common,
      path: '/status',
      summary: 'The newest status document, a JWS',
      shapes: {},
      answers: { 200: { description: 'The document', type: JWT } },
      handle: async (request) => cached(request, (await newest()).document, JWT, 'changing'),
    }),
    route({
      ...common,
      path: '/status/epochs',
      summary: 'All epochs, the newest first',
      shapes: {},
      answers: { 200: { description: 'Their numbers and times', schema: epochsView } },
      handle: async (request) => {
        const text = JSON.stringify({ epochs: await listEpochs(query) })
        return cached(request, text, JSON_TYPE, 'changing')
      },
    }),
    route({
      ...common,
      path: '/status/epochs/:epoch',
      summary: 'The status document of an epoch, a JWS',
      shapes: { params: z.strictObject({ epoch: epochInUrl }) },
      answers: { 200: { description: 'The document', type: JWT } },
      handle: async (request) => {
        const { document } = found(await findEpoch(query, request.params.epoch))
        return cached(request, document, JWT, 'immutable')
      },
    }),
    route({
      ...common,
      path: '/status/log/:tile',
      summary: 'A part of the log of status documents: 256, or those that are there so far',
      shapes: { params: z.strictObject({ tile: tileInUrl }) },
      answers: { 200: { description: 'What stands for each document', schema: logView } },
      handle: async (request) => {
        const tile = found(await findTile(query, request.params.tile))
        const lasting = tile.leaves.length === LOG_TILE ? 'immutable' : 'changing'
        return cached(request, JSON.stringify(tileToJson(tile)), JSON_TYPE, lasting)
      },
    }),
    route({
      ...common,
      path: '/status/sets/:root',
      summary: `The set of revoked numbers that has this root, of up to ${String(WHOLE_SET_SIZE)}`,
      shapes: { params: z.strictObject({ root: fieldInUrl }) },
      answers: { 200: { description: 'The set' } },
      handle: async (request) => {
        const set = found(await findSet(query, fieldFromText(request.params.root)))
        return cached(request, set, JSON_TYPE, 'immutable')
      },
    }),
    route({
      ...common,
      path: '/status/shards/:root/:prefix',
      summary: 'A part of the set of revoked numbers that has this root, for larger sets',
      shapes: { params: z.strictObject({ root: fieldInUrl, prefix: prefixInUrl }) },
      answers: { 200: { description: 'The shard' } },
      handle: async (request) => {
        const { root, prefix } = request.params
        const shard = found(await findShard(query, fieldFromText(root), prefix))
        return cached(request, shard, JSON_TYPE, 'immutable')
      },
    }),
    route({
      ...common,
      path: '/status/statistics',
      summary: 'What happened until the newest epoch, by month',
      shapes: {},
      answers: {
        200: {
          description: 'Credentials issued and revoked, secrets recovered',
          schema: statisticsView,
        },
      },
      handle: async (request) => {
        const { epoch, issuedAt, statistics } = await newest()
        const text = JSON.stringify({ epoch, asOf: issuedAt, months: statistics })
        return cached(request, text, JSON_TYPE, 'changing')
      },
    }),
  ]
}

function found<T>(value: T | undefined): T {
  if (value !== undefined) return value
  throw new ZerocardError('NOT_FOUND', 'nothing was published under this name')
}
