import * as z from '../../core/zod.ts'
import { ZerocardError } from '../../core/errors.ts'
import type { Metrics } from './metrics.ts'
import { openApiOf } from './openapi.ts'
import type { ApiInfo } from './openapi.ts'
import { route } from './route.ts'
import type { Route } from './route.ts'

/** A service's state as its surroundings ask for it. */
export interface Health {
  /** Rejects with what is missing while the service cannot do its work. */
  ready(): Promise<void>
  /** True once the end has come: no new work, please. */
  isEnding(): boolean
}

/** Role of a token that may read figures. */
export const MONITOR = 'monitor'

/** The routes every service has: is it alive, can it work, its figures, its description. */
export function operationRoutes(health: Health, metrics: Metrics): Route[] {
  return [
    route({
      method: 'get',
      path: '/livez',
      access: 'anyone',
      summary: 'Whether the process runs at all',
      shapes: {},
      answers: { 200: { description: 'It does', type: 'text/plain' } },
      handle: () => plain('alive\n'),
    }),
    route({
      method: 'get',
      path: '/readyz',
      access: 'anyone',
      summary: 'Whether the service can do its work now',
      shapes: {},
      answers: { 200: { description: 'It can', type: 'text/plain' } },
      handle: async () => {
        if (health.isEnding()) throw new ZerocardError('UNAVAILABLE', 'the service is ending')
        await health.ready()
        return plain('ready\n')
      },
    }),
    route({
      method: 'get',
      path: '/metrics',
      access: [MONITOR],
      summary: 'Figures in the text form of Prometheus',
      shapes: {},
      answers: { 200: { description: 'All figures', type: 'text/plain' } },
      handle: async () => {
        const { type, text } = await metrics.text()
        return { text, headers: { 'content-type': type } }
      },
    }),
  ]
}

/** The routes that describe all others: `/openapi.json` and a page to read at `/docs`. */
export function descriptionRoutes(info: ApiInfo, routes: readonly Route[], page: string): Route[] {
  const description: Route[] = [
    route({
      method: 'get',
      path: '/openapi.json',
      access: 'anyone',
      isCrossOrigin: true,
      summary: 'This description, OpenAPI 3.1',
      shapes: {},
      answers: { 200: { description: 'The document', schema: z.looseObject({}) } },
      handle: () => ({ json: document }),
    }),
    route({
      method: 'get',
      path: '/docs',
      access: 'anyone',
      summary: 'This description as a page',
      shapes: {},
      answers: { 200: { description: 'The page', type: 'text/html' } },
      handle: () => ({ text: page, headers: PAGE_HEADERS }),
    }),
  ]
  const document = openApiOf(info, [...routes, ...description])
  return description
}

const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
}

function plain(text: string): { text: string; headers: Record<string, string> } {
  return { text, headers: { 'content-type': 'text/plain; charset=utf-8' } }
}
