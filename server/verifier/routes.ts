import type { Route } from '../http/route.ts'
import type { SessionEvents } from './events.ts'
import type { OpenVerifier } from './open-verifier.ts'
import { pageRoutes } from './page-routes.ts'
import type { PageOrigin } from './page-routes.ts'
import { siteRoutes } from './site-routes.ts'
import { staffRoutes } from './staff-routes.ts'
import { walletRoutes } from './wallet-routes.ts'

/** What a token of a verifier may be for. */
export const VERIFIER_ROLES = ['site', 'moderator', 'auditor', 'monitor'] as const

/**
 * All routes of a verifier, but those that every service has.
 *
 * @param pages - Where pages are that may ask without their site's server.
 */
export function verifierRoutes(
  verifier: OpenVerifier,
  events: SessionEvents,
  pages: readonly PageOrigin[] = [],
): Route[] {
  return [
    ...siteRoutes(verifier, events),
    ...pageRoutes(verifier, pages),
    ...walletRoutes(verifier),
    ...staffRoutes(verifier),
  ]
}
