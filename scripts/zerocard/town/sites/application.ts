import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import express from 'express'
import type { ErrorRequestHandler, Express, RequestHandler } from 'express'
import { ZerocardError } from '../../../../core/errors.ts'
import { languageSwitch } from './language.ts'
import { markup } from './markup.ts'
import { sendPage } from './page.ts'
import type { Words } from './words/en.ts'

/** A form on a page of the town is no larger. */
const MAX_FORM = '8kb'

const STATIC: readonly (readonly [name: string, type: string])[] = [
  ['town.css', 'text/css; charset=utf-8'],
  ['town.js', 'text/javascript; charset=utf-8'],
  ['town.svg', 'image/svg+xml'],
]

export interface Owner {
  /** Whose pages these are. */
  readonly title: (words: Words) => string
  readonly portal: string
}

/**
 * An application with what all of the town's have.
 *
 * @param fill - Adds its own routes, in front of the page that says there is nothing.
 */
export function createApplication(owner: Owner, fill: (app: Express) => void): Express {
  const app = express()
  app.disable('x-powered-by')
  app.set('query parser', 'simple')
  for (const [name, type] of STATIC) app.get(`/${name}`, staticFile(name, type))
  app.use(languageSwitch)
  fill(app)
  app.use((request, response) => {
    sendPage(request, response, 404, ({ words }) => ({
      title: '404',
      owner: owner.title(words),
      portal: owner.portal,
      content: markup`<h1>404</h1><p>${words.common.notFound}</p>`,
    }))
  })
  app.use(troublePage(owner))
  return app
}

/** For routes that a form of the same page leads to: pages of other sites can do nothing. */
export const ownForm: RequestHandler[] = [
  (request, _response, next) => {
    const from = request.get('sec-fetch-site')
    if (from !== undefined && from !== 'same-origin') {
      throw new ZerocardError('FORBIDDEN', 'only pages of this site may ask this')
    }
    next()
  },
  express.urlencoded({ extended: false, limit: MAX_FORM, parameterLimit: 10 }),
]

/** A field of a form, without space around it; empty if it is not there. */
export function fieldOf(body: unknown, name: string): string {
  const value = (body as Readonly<Record<string, unknown>> | undefined)?.[name]
  return typeof value === 'string' ? value.trim() : ''
}

function staticFile(name: string, type: string): RequestHandler {
  const text = readFileSync(new URL(`./static/${name}`, import.meta.url), 'utf8')
  const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`
  return (request, response) => {
    response.set({ etag, 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff' })
    if (request.get('if-none-match') === etag) response.status(304).end()
    else response.set('content-type', type).send(text)
  }
}

/** What goes wrong is said by its code; whatever else an error holds stays here. */
function troublePage(owner: Owner): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) {
      next(error)
      return
    }
    const code = codeOf(error)
    if (code === 'FAILED') console.error(error)
    sendPage(request, response, STATUS[code] ?? 500, ({ words }) => ({
      title: words.common.failed,
      owner: owner.title(words),
      portal: owner.portal,
      content: markup`<h1>${words.common.failed}</h1><p><code>${code}</code></p><p><a class="button" href="/">${words.common.back}</a></p>`,
    }))
  }
}

const STATUS: Readonly<Record<string, number>> = {
  NOT_FOUND: 404,
  FORBIDDEN: 403,
  INPUT_INVALID: 400,
  CONFLICT: 409,
  RECOVERY_LIMITED: 429,
}

function codeOf(error: unknown): string {
  if (error instanceof ZerocardError) return error.code
  // express' own, for a body that is too large or none.
  const status = error instanceof Error && 'status' in error ? Number(error.status) : 500
  return status < 500 ? 'INPUT_INVALID' : 'FAILED'
}
