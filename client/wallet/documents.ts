import * as z from '../../core/zod.ts'
import { isErrorCode } from '../../core/errors.ts'
import type { ErrorCode } from '../../core/errors.ts'
import { logFrontier, logHash } from '../../core/log.ts'
import { forkJson } from '../../core/status-log.ts'
import { jwkJson } from '../../core/trust.ts'
import { siteMemoryShape } from '../guard/judge.ts'
import type { SiteMemory } from '../guard/judge.ts'

// What a wallet keeps, by kind. Everything is sealed; the shapes are checked when it is opened, so
// that a wallet of another version or a damaged one is noticed before it is acted upon.

const time = z.int().check(z.nonnegative())
const decimalText = z.string().check(z.regex(/^(0|[1-9][0-9]{0,77})$/))
const errorCode = z.custom<ErrorCode>((value) => isErrorCode(value))

const identity = z.strictObject({
  phrase: z.string(),
  /** The person has said that the words are written down. */
  isKept: z.boolean(),
  createdAt: time,
  backedUpAt: z.exactOptional(time),
})

const credential = z.strictObject({
  /** `zerocard-credential/1`, read by `parseCredential`. */
  credential: z.unknown(),
  blinding: decimalText,
  /** Read by `parseSchema`. */
  schema: z.unknown(),
  issuerName: z.exactOptional(z.string()),
  receivedAt: time,
  /** When the wallet got its first credential of this issuer and schema; by default this one. */
  knownSince: z.exactOptional(time),
  isRevoked: z.exactOptional(z.boolean()),
  /** From the issuer's own origin; older wallets learn it when they ask next. */
  origin: z.exactOptional(
    z.strictObject({
      jwk: jwkJson,
      status: z.exactOptional(
        z.strictObject({ epoch: z.int().check(z.positive()), revocationRoot: decimalText }),
      ),
    }),
  ),
})

const pending = z.strictObject({
  issuer: z.string(),
  configuration: z.string(),
  code: z.string(),
  blinding: decimalText,
  access: z.exactOptional(z.strictObject({ token: z.string(), expiresAt: time })),
  begunAt: time,
})

const history = z.strictObject({
  at: time,
  kind: z.enum(['received', 'answered', 'shown', 'refused', 'failed', 'removed']),
  host: z.string(),
  name: z.exactOptional(z.string()),
  subject: z.string(),
  learned: z.exactOptional(z.array(z.string())),
  code: z.exactOptional(errorCode),
})

/** Numbered codes of one scope, of a person or of one credential. */
const uses = z.strictObject({
  policy: z.string(),
  /** Shown and accepted, as far as the wallet knows. */
  spent: z.array(z.int().check(z.nonnegative())),
  /** Shown, and the verifier's word got lost. */
  unsure: z.exactOptional(z.int().check(z.nonnegative())),
})

const site = z.strictObject({
  name: z.string(),
  answered: time,
  lastAt: z.exactOptional(time),
  memory: z.pipe(
    siteMemoryShape,
    z.transform((memory): SiteMemory => memory),
  ),
})

/** A policy of a host that was answered before: what a proof can be made ahead for. */
const plan = z.strictObject({
  host: z.string(),
  /** Read by `parsePolicy` with the schemas. */
  policy: z.unknown(),
  schemas: z.array(z.unknown()),
  audience: z.string(),
  trustUrls: z.record(z.string(), z.string()),
  wanted: z.int().check(z.nonnegative()),
  /** The person has said how many; until then the wallet decides. */
  isChosen: z.exactOptional(z.boolean()),
  answers: z.int().check(z.positive()),
  lastAt: time,
})

/** A set of revocations, or a part of one, by its address; `place`: what it is about. */
const shard = z.strictObject({
  text: z.string(),
  place: z.exactOptional(z.string()),
  /** Asked for with those of all other issuers of a list. */
  isListed: z.exactOptional(z.boolean()),
  fetchedAt: time,
})

/** The key that signs a verifier's questions, by its name in the verifier's DID document. */
const verifier = z.strictObject({ jwk: jwkJson, fetchedAt: time })

/** A trust list by its address, with the key of its operator: for when there is no network. */
const list = z.strictObject({
  jwk: jwkJson,
  text: z.string(),
  fetchedAt: time,
  /** When somebody was last answered under it. Until then it is not asked for by itself. */
  answeredAt: z.exactOptional(time),
})

/** An issuer's log as far as it was followed, by the issuer and the key that signs it. */
const log = z.strictObject({
  issuer: z.string(),
  jwk: jwkJson,
  /** The document that the log was followed to, as it was signed. */
  newest: z.string(),
  /** Its end, with the newest document in it; absent until it was read. */
  window: z.exactOptional(z.strictObject({ base: logFrontier, leaves: z.array(logHash) })),
  /** Documents that were met and that the log has not come to. */
  waiting: z.array(z.string()),
})

/** What a witness last said of issuers of the wallet's credentials, by the witness's origin. */
const witness = z.strictObject({
  /** 0: it has said nothing yet. */
  fetchedAt: time,
  /** When all of its newest documents were compared with the logs. */
  comparedAt: z.exactOptional(time),
  /** When a question last waited for it in vain. */
  silentAt: z.exactOptional(time),
  issuers: z.array(
    z.strictObject({
      issuer: z.string(),
      key: z.string(),
      documents: z.array(z.strictObject({ epoch: z.int(), hash: logHash })),
    }),
  ),
})

/** Evidence that an issuer has told two stories; nothing is proved with its cards any more. */
const fork = z.strictObject({ evidence: forkJson, foundAt: time })

/** A prepared proof, in the form that the pool gives it. */
const proof = z.unknown()

export const DOCUMENTS = {
  identity,
  credential,
  pending,
  history,
  uses,
  site,
  plan,
  shard,
  verifier,
  list,
  log,
  witness,
  fork,
  proof,
} as const

export type Kind = keyof typeof DOCUMENTS
export type DocumentOf<K extends Kind> = z.output<(typeof DOCUMENTS)[K]>

/** One change of what is kept; without a value it is removed. */
export type Change = {
  [K in Kind]: { readonly kind: K; readonly id: string; readonly value: DocumentOf<K> | undefined }
}[Kind]
