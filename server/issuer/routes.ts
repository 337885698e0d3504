import type { Route } from '../http/route.ts'
import { metadataRoutes } from './metadata-routes.ts'
import type { OpenIssuer } from './open-issuer.ts'
import { operatorRoutes } from './operator-routes.ts'
import { peopleRoutes } from './people-routes.ts'
import { statusRoutes } from './status-routes.ts'
import { walletRoutes } from './wallet-routes.ts'

/** All routes of an issuer, but those that every service has. */
export function issuerRoutes(issuer: OpenIssuer): Route[] {
  return [
    ...metadataRoutes(issuer),
    ...statusRoutes(issuer),
    ...walletRoutes(issuer),
    ...peopleRoutes(issuer),
    ...operatorRoutes(issuer),
  ]
}
