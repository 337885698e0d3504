import type { Day } from '../../core/dates.ts'
import { exportSigningKey, importSigningKey } from '../../core/jws.ts'
import { jwkJson } from '../../core/trust.ts'
import * as z from '../../core/zod.ts'
import type { PreparedProof } from '../holder.ts'

// A prepared proof as a JSON document. With its key in it, it is as good as a presentation: it must
// never be kept in the clear.

const text = (length: number) => z.string().check(z.minLength(1), z.maxLength(length))
const value = z.union([text(1024), z.literal(''), z.int(), z.boolean()])
const fieldJson = z.string().check(z.regex(/^(0|[1-9][0-9]{0,76})$/))

const entryShape = z.strictObject({
  format: z.literal('zerocard-ready/1'),
  policy: text(43),
  circuit: text(43),
  audience: text(500),
  asOf: z.int(),
  trustRoots: z.array(fieldJson).check(z.minLength(1), z.maxLength(3)),
  use: z.exactOptional(z.int()),
  pseudonym: z.exactOptional(fieldJson),
  disclosed: z.exactOptional(z.record(text(200), value)),
  proof: text(171),
  jwk: jwkJson,
  /** PKCS #8 in base64url. */
  key: text(400),
})

/** A prepared proof and its key, as JSON. */
export type PoolEntry = z.output<typeof entryShape>

/** What a proof must have been made for. */
export interface ProofPurpose {
  /** base64url hash of the policy. */
  readonly policy: string
  /** Id of the verification key. */
  readonly circuit: string
  readonly audience: string
  /** Today: a proof of yesterday is not given out. */
  readonly asOf: Day
  /** In the order of the policy's credentials. */
  readonly trustRoots: readonly bigint[]
  /** Which numbered pseudonym, for policies that count them. */
  readonly use?: number
}

/** Undefined for what is no entry of this version, or damaged. */
export function readEntry(json: unknown): PoolEntry | undefined {
  const result = entryShape.safeParse(json)
  return result.success ? result.data : undefined
}

/** Whether an entry was made for exactly this. */
export function isFor(entry: PoolEntry, purpose: ProofPurpose): boolean {
  return (
    entry.policy === purpose.policy &&
    entry.circuit === purpose.circuit &&
    entry.audience === purpose.audience &&
    entry.asOf === purpose.asOf &&
    entry.use === purpose.use &&
    entry.trustRoots.join() === purpose.trustRoots.join()
  )
}

/** @param privateKey - The proof's one-time key, which can be exported. */
export async function sealable(
  prepared: PreparedProof,
  use: number | undefined,
  privateKey: CryptoKey,
): Promise<PoolEntry> {
  const { policy, circuit, audience, asOf, trustRoots, pseudonym, disclosed, proof, jwk } = prepared
  return {
    format: 'zerocard-ready/1',
    policy,
    circuit,
    audience,
    asOf,
    trustRoots: trustRoots.map(String),
    ...(use === undefined ? {} : { use }),
    ...(pseudonym === undefined ? {} : { pseudonym: String(pseudonym) }),
    ...(disclosed === undefined ? {} : { disclosed: { ...disclosed } }),
    proof,
    jwk,
    key: await exportSigningKey(privateKey),
  }
}

/** The proof again; from here on nobody can read its key. */
export async function preparedOf(entry: PoolEntry): Promise<PreparedProof> {
  const { policy, circuit, audience, asOf, trustRoots, pseudonym, disclosed, proof, jwk } = entry
  return {
    policy,
    circuit,
    audience,
    asOf,
    trustRoots: trustRoots.map(BigInt),
    ...(pseudonym === undefined ? {} : { pseudonym: BigInt(pseudonym) }),
    ...(disclosed === undefined ? {} : { disclosed }),
    proof,
    jwk,
    privateKey: await importSigningKey(entry.key),
  }
}
