import type { RequestHandler, Response } from 'express'
import type { DestinationStream } from 'pino'
import type { ResultKey } from '../../core/result-token.ts'
import type { AcceptedKeys } from '../../core/verify.ts'
import type { Environment } from '../config.ts'
import { createLimits } from '../http/limits.ts'
import { createRouter } from '../http/service.ts'
import { openVerifierService } from '../verifier/service.ts'
import type { OpenVerifier } from '../verifier/open-verifier.ts'
import { openCounterFiles } from './counter-files.ts'
import type { CounterFiles } from './counter-page.ts'
import { elementRoutes } from './element-routes.ts'
import { gateRoutes } from './gate-routes.ts'

export interface MountOptions {
  /** A verifier's configuration file; `baseUrl` is the site's own origin. */
  readonly config: string
  /** Verification keys to accept, by id. */
  readonly keys: AcceptedKeys
  /** By default the process' own. */
  readonly environment?: Environment
  /** Seconds since 1970-01-01 UTC; by default the system's clock. */
  readonly clock?: () => number
  /** Where the log goes; by default standard output. */
  readonly log?: DestinationStream
  /** Files that are served below `/zerocard/`. */
  readonly files?: {
    /** Path of the element's file, `zero-card.js`, as `npm run build` makes it. */
    readonly element?: string
    /** Path of the script of clerks' pages, `counter.js`, likewise. */
    readonly counter?: string
  }
}

/** A verifier inside of a site. */
export interface Mounted extends RequestHandler {
  /** Resolves when it can judge proofs; rejects with what is wrong with its configuration. */
  readonly ready: Promise<void>
  /** The keys of its result tokens, for `verifyResultToken`. */
  resultKeys(): Promise<readonly ResultKey[]>
  /** Ends its threads and closes its database. */
  close(): Promise<void>
}

/** What gates need of the verifier in front of them. */
export interface MountedVerifier {
  readonly verifier: OpenVerifier
  readonly clock: () => number
  readonly displayName: string
  readonly isHttps: boolean
  /** What clerks' pages load. */
  readonly counterFiles: CounterFiles | undefined
  /** Counts pages of gates: each may begin a session. */
  readonly limit: RequestHandler
}

const MOUNTED = 'zerocard'

/**
 * Puts a verifier into an express application: the routes that wallets call, and everything that
 * `requireProof` stands on. Put it in front of the routes to protect.
 */
export function zerocard({
  config: configPath,
  keys,
  environment = process.env,
  clock = () => Math.floor(Date.now() / 1000),
  log,
  files = {},
}: MountOptions): Mounted {
  const destination = log === undefined ? {} : { destination: log }
  const options = { configPath, environment, keys, clock, hasOwnPages: true, ...destination }
  const opened = openVerifierService(options).then((service) => {
    const { verifier, routes, logger, metrics, config } = service
    const { baseUrl, tokens, limits, displayName } = config
    const isHttps = baseUrl.startsWith('https:')
    const element = files.element === undefined ? [] : elementRoutes(files.element)
    const clerk = files.counter === undefined ? undefined : openCounterFiles(files.counter)
    const own = [...gateRoutes(verifier, baseUrl), ...element, ...(clerk?.routes ?? [])]
    const all = [...routes, ...own]
    const router = createRouter({ routes: all, tokens, logger, metrics, limits, isHttps })
    const { requests: limit } = createLimits(limits)
    const counterFiles = clerk?.files
    const mounted = { verifier, clock, displayName, isHttps, counterFiles, limit }
    return { service, router, mounted }
  })
  const ready = opened.then(() => undefined)
  // Whoever does not look at `ready` learns it with the first request.
  ready.catch(() => undefined)
  const handle: RequestHandler = async (request, response, next) => {
    const { router, mounted } = await opened
    response.locals[MOUNTED] = mounted
    router(request, response, next)
  }
  return Object.assign(handle, {
    ready,
    resultKeys: async () => (await opened).mounted.verifier.resultKeys,
    close: async () => {
      const { service } = await opened
      service.end()
      await service.close()
    },
  })
}

/** @throws TypeError if `zerocard()` is not in front of the route. */
export function mountedIn(response: Response): MountedVerifier {
  const mounted = response.locals[MOUNTED] as MountedVerifier | undefined
  if (mounted !== undefined) return mounted
  throw new TypeError('requireProof and counter need app.use(zerocard(...)) before the route')
}
