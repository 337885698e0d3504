import type { AttributeValue } from '../../core/attribute.ts'
import {
  credentialToJson,
  issueCredential,
  issuerSigner,
  parseCredential,
} from '../../core/credential.ts'
import type { Credential, CredentialBody, IssuerSigner } from '../../core/credential.ts'
import { dayFromIso } from '../../core/dates.ts'
import type { Day } from '../../core/dates.ts'
import { generatePrivateKey, publicKeyOf } from '../../core/eddsa.ts'
import { holderCommitment } from '../../core/enrolment.ts'
import { generateSigningKey, publicJwk } from '../../core/jws.ts'
import type { PublicJwk } from '../../core/jws.ts'
import { parsePolicy } from '../../core/policy/policy.ts'
import type { Policy } from '../../core/policy/policy.ts'
import { parseSchema, schemaHash } from '../../core/schema.ts'
import type { Schema } from '../../core/schema.ts'
import { REVOCATION_SHAPE, SortedSet, proveFromShard, shardPrefix } from '../../core/sorted-set.ts'
import { signStatus } from '../../core/status.ts'
import { buildTrust } from '../../core/trust.ts'
import type { TrustList, TrustedIssuer } from '../../core/trust.ts'
import type { HeldCredential, Holder, RevocationSource } from '../../client/holder.ts'
import { generateBlinding } from '../../client/phrase.ts'
import { TestLog } from './test-log.ts'

// A small world for tests: issuers that sign, holders that keep, lists that trust. No files.

/** The day of every test that does not choose another. */
export const TODAY: Day = dayFromIso('2026-11-22')
/** Noon of that day, seconds since 1970-01-01 UTC. */
export const NOW = Date.UTC(2026, 10, 22, 12) / 1000

const DAY_SECONDS = 86_400

export const PERSON = parseSchema({
  id: 'person/1',
  title: 'Person',
  attributes: [
    { name: 'birthDate', type: 'date', title: 'date of birth' },
    { name: 'region', type: 'text', title: 'region' },
    { name: 'householdSize', type: 'integer', title: 'people in the household' },
    { name: 'isStudent', type: 'boolean', title: 'in full-time education' },
    { name: 'personId', type: 'text', title: 'number in the register' },
  ],
})
/** The same facts under another name, for policies that speak of two people. */
export const GUEST = parseSchema({ ...PERSON, id: 'guest/1', title: 'Guest' })
export const INCOME = parseSchema({
  id: 'income/1',
  title: 'Income',
  attributes: [{ name: 'annual', type: 'integer', unit: 'EUR cents', title: 'annual income' }],
})
export const GUARDIAN = parseSchema({
  id: 'guardian/1',
  title: 'Guardianship',
  attributes: [
    { name: 'guardianId', type: 'text', title: 'number of the guardian' },
    { name: 'childBirthDate', type: 'date', title: "child's date of birth" },
  ],
})
export const SCHEMAS: ReadonlyMap<string, Schema> = new Map(
  [PERSON, GUEST, INCOME, GUARDIAN].map((schema) => [schema.id, schema]),
)

export const ADULT = {
  birthDate: '1990-05-17',
  region: 'DE-BY',
  householdSize: 3,
  isStudent: false,
  personId: 'P-1',
}

/** An issuer with one schema. */
export class TestIssuer {
  readonly issuer: string
  readonly schema: Schema
  readonly signer: IssuerSigner
  revoked = SortedSet.from(REVOCATION_SHAPE, [])
  /** Replaced by tests in which the issuer tells two stories. */
  log = new TestLog()
  readonly #documentKey: CryptoKeyPair
  readonly jwk: PublicJwk
  #next = 1n

  private constructor(issuer: string, schema: Schema, documentKey: CryptoKeyPair, jwk: PublicJwk) {
    const privateKey = generatePrivateKey()
    this.issuer = issuer
    this.schema = schema
    this.signer = issuerSigner(issuer, privateKey, publicKeyOf(privateKey))
    this.#documentKey = documentKey
    this.jwk = jwk
  }

  static async create(issuer: string, schema: Schema): Promise<TestIssuer> {
    const documentKey = await generateSigningKey()
    return new TestIssuer(issuer, schema, documentKey, await publicJwk(documentKey.publicKey))
  }

  /** Signs for a holder; `changes` replaces parts of what is signed. */
  issue(
    secret: bigint,
    attributes: Readonly<Record<string, AttributeValue>>,
    changes: Partial<CredentialBody> = {},
  ): HeldCredential {
    const blinding = generateBlinding()
    const credential = issueCredential(this.signer, this.schema, {
      attributes,
      commitment: holderCommitment(secret, blinding),
      revocationId: this.#next++ * 7_919n,
      validFrom: TODAY - 30,
      validUntil: TODAY + 300,
      ...changes,
    })
    return { credential: roundTrip(credential), blinding }
  }

  revoke({ credential }: HeldCredential): void {
    this.revoked = this.revoked.insert(credential.revocationId)
  }

  /** Another set of revocations is another epoch, unless a test says otherwise. */
  async listing(now = NOW, epoch = 1 + this.revoked.size): Promise<TrustedIssuer> {
    const status = {
      issuer: this.issuer,
      epoch,
      issuedAt: now,
      expiresAt: now + DAY_SECONDS,
      log: this.log.before(epoch),
      keys: [
        {
          key: this.signer.key,
          schema: this.schema.id,
          schemaHash: schemaHash(this.schema),
          revocationRoot: this.revoked.root,
          revoked: this.revoked.size,
        },
      ],
    }
    return {
      issuer: this.issuer,
      jwk: this.jwk,
      schemas: [this.schema.id],
      status: this.log.add(epoch, await signStatus(status, this.#documentKey.privateKey)),
    }
  }
}

export async function trustIn(name: string, ...issuers: readonly TestIssuer[]): Promise<TrustList> {
  return buildTrust(name, await Promise.all(issuers.map((issuer) => issuer.listing())), NOW)
}

/** Answers from the shards of the given issuers, as a holder would fetch them. */
export function revocationsOf(...issuers: readonly TestIssuer[]): RevocationSource {
  return (leaf, revocationId) => {
    const issuer = issuers.find(({ signer }) => signer.key.x === leaf.key.x)
    if (issuer === undefined) throw new TypeError('no such issuer in this test')
    const shard = issuer.revoked.shard(shardPrefix(REVOCATION_SHAPE, revocationId))
    return Promise.resolve(
      proveFromShard(REVOCATION_SHAPE, leaf.revocationRoot, shard, revocationId),
    )
  }
}

export function holderOf(secret: bigint, ...credentials: readonly HeldCredential[]): Holder {
  return { secret, credentials }
}

export function policyOf(json: Readonly<Record<string, unknown>>): Policy {
  return parsePolicy(
    {
      id: 'test@1',
      purpose: 'A test',
      credentials: { person: { schema: 'person/1', trust: 'registries' } },
      ...json,
    },
    SCHEMAS,
  )
}

/** Every credential of these tests has been through its JSON form. */
function roundTrip(credential: Credential): Credential {
  return parseCredential(JSON.parse(JSON.stringify(credentialToJson(credential))))
}
