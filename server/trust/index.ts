// Trust lists as a service: kept by itself, or inside of a verifier.
export {
  assertAddressesAllowed,
  trustConfigShape,
  trustDatabaseUrl,
  trustServiceShape,
} from './config.ts'
export type { ListSource, TrustConfig, TrustServiceConfig } from './config.ts'
export { TrustKeeper, startTrustKeeper } from './keeper.ts'
export type { ListState, OfferedList, TrustKeeperOptions } from './keeper.ts'
export { OPERATOR_FORMAT, PUBLISHER, refreshRoute, trustRoutes } from './routes.ts'
export { startTrustService, trustServiceRoutes } from './service.ts'
export type { TrustServiceOptions } from './service.ts'
export type { SourceOutcome, SourceReport } from './sources.ts'
export { TRUST_COMPONENT, TRUST_TABLES } from './tables.ts'
export type {
  TrustDocumentRow,
  TrustKeyRow,
  TrustListRow,
  TrustSourceRow,
  TrustTables,
} from './tables.ts'
