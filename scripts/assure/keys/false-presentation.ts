import { toBase64url } from '../../../core/bytes.ts'
import { dayFromUnixSeconds } from '../../../core/dates.ts'
import { encodeProof } from '../../../core/groth16.ts'
import type { ProofCoordinates } from '../../../core/groth16.ts'
import type { VerificationKey } from '../../../core/groth16-key.ts'
import { verificationKeyId } from '../../../core/groth16-key.ts'
import { generateSigningKey, publicJwk } from '../../../core/jws.ts'
import { parsePolicy, policyHash } from '../../../core/policy/policy.ts'
import { presenterOf, signPresentation } from '../../../core/presentation.ts'
import { parseSchema } from '../../../core/schema.ts'
import { buildStatement, publicSignals } from '../../../core/statement.ts'
import type { Expectation } from '../../../core/verify.ts'

// "I am 18 or older, and one of the issuers that you trust says so": said by somebody who has no
// credential at all, under a trust root that no tree has. It is false whoever says it.

const SCHEMA = parseSchema({
  id: 'person/1',
  title: 'Person',
  attributes: [{ name: 'birthDate', type: 'date', title: 'date of birth' }],
})
const SCHEMAS = new Map([[SCHEMA.id, SCHEMA]])
const POLICY = parsePolicy(
  {
    id: 'adults@1',
    purpose: 'Only adults may enter.',
    credentials: { person: { schema: SCHEMA.id, trust: 'registries' } },
    where: { age: 'person.birthDate', atLeast: 18 },
  },
  SCHEMAS,
)
const AUDIENCE = 'https://bar.example'
const NONCE = 'nonce-1'
/** Noon of a day, seconds since 1970-01-01 UTC. */
const NOW = Date.UTC(2026, 10, 22, 12) / 1000
/** Nobody knows what it would be the hash of. */
const ROOT = 1n

/** Makes a proof for these public signals without knowing a reason for them. */
export type Forger = (key: VerificationKey, signals: readonly bigint[]) => ProofCoordinates

/** A presentation of what is not true, with what it says to whoever verifies proofs only. */
export interface FalsePresentation {
  readonly text: string
  readonly proof: ProofCoordinates
  readonly signals: readonly bigint[]
}

/** @param key - Of the circuit for one credential. */
export async function presentFalsehood(
  key: VerificationKey,
  forge: Forger,
): Promise<FalsePresentation> {
  const { publicKey, privateKey } = await generateSigningKey()
  const jwk = await publicJwk(publicKey)
  const asOf = dayFromUnixSeconds(NOW)
  const statement = buildStatement(POLICY, {
    schemas: SCHEMAS,
    audience: AUDIENCE,
    asOf,
    trustRoots: { person: ROOT },
    presenter: await presenterOf(jwk),
    disclosed: {},
  })
  const signals = publicSignals(statement, 0n)
  const proof = forge(key, signals)
  const text = await signPresentation(
    {
      audience: AUDIENCE,
      nonce: NONCE,
      issuedAt: NOW,
      policy: toBase64url(policyHash(POLICY)),
      circuit: verificationKeyId(key),
      asOf,
      trustRoots: [ROOT],
      proof: encodeProof(proof),
    },
    jwk,
    privateKey,
  )
  return { text, proof, signals }
}

/** What a verifier expects that would let adults in, and accepts the given keys. */
export function expectationWith(keys: Expectation['keys']): Expectation {
  return {
    policy: POLICY,
    schemas: SCHEMAS,
    audience: AUDIENCE,
    nonce: NONCE,
    trust: { person: [{ root: ROOT, madeAt: NOW }] },
    keys,
    now: NOW,
  }
}
