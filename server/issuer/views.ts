import * as z from '../../core/zod.ts'
import { configuration, keyId, subject } from './shapes.ts'

// What operators are answered, for the description of the interface.

/** Seconds since 1970-01-01 UTC. */
const time = z.int().check(z.nonnegative())
const date = z.string().check(z.regex(/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/))
const count = z.int().check(z.nonnegative())

export const credentialView = z.strictObject({
  configuration,
  key: keyId,
  /** Revocation number. */
  number: z.string(),
  validFrom: date,
  validUntil: date,
  issuedAt: time,
  revokedAt: z.optional(time),
})

export const registeredView = z.strictObject({ subject, configuration })

export const registeredManyView = z.strictObject({ configuration, people: count })

export const personView = z.strictObject({
  subject,
  records: z.array(
    z.strictObject({
      configuration,
      attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
      validFrom: z.optional(date),
      validUntil: z.optional(date),
      updatedAt: time,
    }),
  ),
  credentials: z.array(credentialView),
})

export const offerView = z.strictObject({
  id: z.string(),
  offerUri: z.string(),
  link: z.string(),
  qr: z.string(),
  txCode: z.string(),
  expiresAt: time,
})

export const recoveryView = z.strictObject({ ...offerView.shape, revoked: count })

export const revocationView = z.strictObject({ revoked: z.array(credentialView) })

export const keysView = z.strictObject({
  keys: z.array(
    z.strictObject({
      id: keyId,
      configuration,
      key: z.strictObject({ x: z.string(), y: z.string() }),
      status: z.enum(['active', 'retired', 'revoked']),
      createdAt: time,
      changedAt: time,
    }),
  ),
})

const epochMembers = { epoch: z.int().check(z.positive()), issuedAt: time, expiresAt: time }

export const epochsView = z.strictObject({ epochs: z.array(z.strictObject(epochMembers)) })

export const logView = z.strictObject({
  /** The log before: how many documents, and the roots of its complete parts. */
  before: z.strictObject({ size: count, peaks: z.array(z.string()) }),
  documents: z.array(z.string()),
})

export const epochView = z.strictObject({ ...epochMembers, revoked: count })

export const statisticsView = z.strictObject({
  epoch: epochMembers.epoch,
  asOf: time,
  months: z.array(
    z.strictObject({ month: z.string(), issued: count, revoked: count, recovered: count }),
  ),
})

export const totalsView = z.strictObject({
  people: count,
  openOffers: count,
  credentials: z.array(z.strictObject({ configuration, issued: count, revoked: count })),
})
