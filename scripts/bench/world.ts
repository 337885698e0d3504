import {
  credentialToJson,
  dayFromUnixSeconds,
  generatePrivateKey,
  generateSigningKey,
} from '../../core/index.ts'
import {
  issuerSigner,
  parseCredential,
  parsePolicy,
  parseSchema,
  publicJwk,
  publicKeyOf,
} from '../../core/index.ts'
import {
  holderCommitment,
  issueCredential,
  buildTrust,
  SortedSet,
  REVOCATION_SHAPE,
} from '../../core/index.ts'
import type { Credential, Policy, Schema, TrustedIssuer } from '../../core/index.ts'
import type { HeldCredential, ProofRequest, ProvingTools } from '../../client/index.ts'
import { createProver, generateBlinding } from '../../client/index.ts'
import { IssuerStore, Publisher, createPairingVerifier } from '../../server/index.ts'
import { openArtifacts } from '../zerocard/artifacts.ts'
import { spawnHelper } from '../zerocard/sum-helper.ts'

// One issuer, one holder and two questions, for measuring.

const SECRET = 0xbe7cn

export const SCHEMA_JSON = ['person', 'income', 'card'].map((name) => ({
  id: `${name}/1`,
  title: name,
  attributes: [
    { name: 'birthDate', type: 'date', title: 'date of birth' },
    { name: 'region', type: 'text', title: 'region' },
    { name: 'amount', type: 'integer', title: 'amount' },
  ],
}))

const ATTRIBUTES = { birthDate: '1990-05-17', region: 'DE-BY', amount: 12_000 }

/** Everything a measurement of proving needs. */
export interface BenchWorld {
  readonly tools: ProvingTools
  readonly secret: bigint
  readonly credentials: readonly HeldCredential[]
  /** Questions that need one credential, and three. */
  readonly requests: { readonly one: ProofRequest; readonly three: ProofRequest }
  readonly now: number
  readonly issue: () => Credential
  /** The issuer as a trust list knows it. */
  readonly listing: TrustedIssuer
}

/** @param issuer - Its name; where its status can be fetched, if anybody is to. */
export async function createBenchWorld(issuer = 'https://issuer.example'): Promise<BenchWorld> {
  const { keys, source } = await openArtifacts()
  const now = Math.floor(Date.now() / 1000)
  const today = dayFromUnixSeconds(now)
  const schemas = new Map(SCHEMA_JSON.map((json) => [json.id, parseSchema(json)]))
  const signers = [...schemas.values()].map((schema) => {
    const privateKey = generatePrivateKey()
    return { schema, signer: issuerSigner(issuer, privateKey, publicKeyOf(privateKey)) }
  })
  const documentKey = await generateSigningKey()
  const publisher = new Publisher({
    keys: signers.map(({ schema, signer }) => ({ schema, key: signer.key })),
    store: await IssuerStore.open('sqlite::memory:', issuer),
    documentKey: documentKey.privateKey,
  })
  const { document } = await publisher.publish(now, 86_400)
  const jwk = await publicJwk(documentKey.publicKey)
  const listing = { issuer, jwk, schemas: [...schemas.keys()], status: document }
  const trust = await buildTrust('bench', [listing], now)
  const noRevocations = SortedSet.from(REVOCATION_SHAPE, [])

  const sign = ({ schema, signer }: (typeof signers)[number], blinding: bigint): Credential =>
    issueCredential(signer, schema, {
      attributes: ATTRIBUTES,
      commitment: holderCommitment(SECRET, blinding),
      revocationId: 4711n,
      validFrom: today,
      validUntil: today + 365,
    })
  const request = (...ids: readonly string[]): ProofRequest => {
    const policy = policyOver(ids, schemas)
    const lists = Object.fromEntries(Object.keys(policy.credentials).map((alias) => [alias, trust]))
    return { policy, schemas, audience: 'https://bench.example', asOf: today, trust: lists }
  }
  return {
    tools: {
      prover: createProver(source, { spawnHelper }),
      keys,
      revocations: (_leaf, revocationId) => Promise.resolve(noRevocations.prove(revocationId)),
      verifyProof: await createPairingVerifier(),
    },
    secret: SECRET,
    credentials: signers.map((key) => {
      const blinding = generateBlinding()
      // As it would arrive: through JSON.
      return { credential: parseCredential(credentialToJson(sign(key, blinding))), blinding }
    }),
    requests: { one: request('person/1'), three: request('person/1', 'income/1', 'card/1') },
    now,
    listing,
    issue: () => sign(signers[0] as (typeof signers)[number], 1n),
  }
}

function policyOver(ids: readonly string[], schemas: ReadonlyMap<string, Schema>): Policy {
  const aliases = ids.map((id) => [id.replace('/1', ''), { schema: id, trust: 'bench' }] as const)
  return parsePolicy(
    {
      id: 'bench@1',
      purpose: 'To measure',
      credentials: Object.fromEntries(aliases),
      where: {
        all: aliases.flatMap(([alias]) => [
          { age: `${alias}.birthDate`, atLeast: 18 },
          { attribute: `${alias}.region`, in: ['DE-BE', 'DE-BY', 'DE-HH', 'DE-HB'] },
        ]),
      },
      once: { scope: 'bench' },
    },
    schemas,
  )
}
