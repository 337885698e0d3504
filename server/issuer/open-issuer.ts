import type { VerificationKey } from '../../core/groth16-key.ts'
import type { ProofVerifier } from '../../core/groth16.ts'
import { configurationOf } from '../../core/openid.ts'
import type { Schema } from '../../core/schema.ts'
import { createOutgoing } from '../outgoing/fetch.ts'
import type { IssuerConfig } from './config.ts'
import { Issuance } from './issuance.ts'
import { Issuer } from './issuer.ts'
import { IssuerKeys } from './keys.ts'
import { Nonces } from './nonces.ts'
import { Publisher } from './publisher.ts'
import { PublishingSchedule } from './schedule.ts'
import type { IssuerStore } from './store.ts'
import type { DocumentKey, KeyVault } from './vault.ts'
import { UNGUARDED, WitnessGuard } from './witnessed.ts'
import type { PublishingGuard } from './witnessed.ts'

/** Everything that an issuer's routes work with. */
export interface OpenIssuer {
  readonly config: IssuerConfig
  /** Seconds since 1970-01-01 UTC. */
  readonly clock: () => number
  readonly store: IssuerStore
  readonly keys: IssuerKeys
  readonly documentKey: DocumentKey
  readonly nonces: Nonces
  readonly issuance: Issuance
  readonly schedule: PublishingSchedule
  /** By the names that OpenID messages have for them. */
  readonly schemas: ReadonlyMap<string, Schema>
  /** Told of every credential and of every refusal, for the figures. */
  readonly watch: IssuanceWatch
}

/** Counts; nothing of a person is told. */
export interface IssuanceWatch {
  issued(configuration: string): void
  refused(error: string): void
}

/** Opens an issuer over its store, with keys for all of its schemas. */
export async function openIssuer(
  { config, clock, store, watch }: Pick<OpenIssuer, 'config' | 'clock' | 'store' | 'watch'>,
  vault: KeyVault,
  judge: { readonly enrolmentKey: VerificationKey; readonly verifyProof: ProofVerifier },
): Promise<OpenIssuer> {
  const keys = new IssuerKeys(store, vault)
  await keys.ensure(config.schemas, clock())
  const documentKey = await vault.documentKey()
  const nonces = await Nonces.open(store)
  const issuer = new Issuer({
    issuer: config.baseUrl,
    keys: () => keys.signing(),
    store,
    ...judge,
  })
  const publisher = new Publisher({
    store,
    keys: (query, now) => keys.published(query, now),
    documentKey: documentKey.privateKey,
  })
  const guard = guardOf({ config, clock, store }, documentKey)
  const schemas = new Map(config.schemas.map((schema) => [configurationOf(schema.id), schema]))
  const configurations = new Map([...schemas].map(([name, { id }]) => [name, id]))
  const { credentialDays } = config
  return {
    config,
    clock,
    store,
    keys,
    documentKey,
    nonces,
    issuance: new Issuance({ issuer, store, nonces, configurations, credentialDays }),
    schedule: new PublishingSchedule(store, publisher, config, clock, guard),
    schemas,
    watch,
  }
}

/** The witness was chosen by whoever runs the issuer, and may be beside it. */
function guardOf(
  { config: { witness }, clock, store }: Pick<OpenIssuer, 'config' | 'clock' | 'store'>,
  { jwk }: DocumentKey,
): PublishingGuard {
  if (witness === undefined) return UNGUARDED
  const outgoing = createOutgoing({ allowPrivate: true })
  return new WitnessGuard({ store, jwk, witness, outgoing, clock })
}
