import {
  dayFromIso,
  generatePrivateKey,
  generateSigningKey,
  issuerSigner,
  parsePolicy,
} from 'zerocard'
import {
  parseSchema,
  publicJwk,
  publicKeyOf,
  buildTrust,
  REVOCATION_SHAPE,
  SortedSet,
} from 'zerocard'
import {
  acceptCredential,
  createProver,
  generatePhrase,
  prepareProof,
  presentProof,
} from 'zerocard/client'
import { requestCredential, secretFromPhrase } from 'zerocard/client'
import { Issuer, IssuerStore, Publisher, Verifier, VerifierStore } from 'zerocard/server'
import { openArtifacts } from 'zerocard/node'

const { keys, accepted, source } = await openArtifacts() // what `npm run build` made
const schema = parseSchema({
  id: 'person/1',
  title: 'Person',
  attributes: [{ name: 'birthDate', type: 'date', title: 'date of birth' }],
})
const schemas = new Map([[schema.id, schema]])
const now = Math.floor(Date.now() / 1000)
const today = dayFromIso(new Date().toISOString().slice(0, 10))

// The issuer: a key that signs credentials, a key that signs documents.
const name = 'https://registry.example'
const privateKey = generatePrivateKey()
const signer = issuerSigner(name, privateKey, publicKeyOf(privateKey))
const documentKey = await generateSigningKey()
const store = await IssuerStore.open('sqlite::memory:', name)
const issuer = new Issuer({
  issuer: name,
  keys: [{ schema, signer }],
  store,
  enrolmentKey: keys.enrolment.key,
})

// The holder: one secret. It asks with a commitment; the issuer never sees what is behind it.
const tools = {
  prover: createProver(source),
  keys,
  revocations: (_leaf: unknown, id: bigint) =>
    Promise.resolve(SortedSet.from(REVOCATION_SHAPE, []).prove(id)),
}
const secret = secretFromPhrase(generatePhrase())
const { request, blinding } = await requestCredential(secret, { issuer: name, nonce: 'n-1' }, tools)
const application = await issuer.check({
  subject: 'P-1',
  schema: 'person/1',
  attributes: { birthDate: '1990-05-17' },
  validFrom: today,
  validUntil: today + 365,
  request,
  nonce: 'n-1',
})
const held = acceptCredential(
  secret,
  { credential: await issuer.issue(application, now), blinding },
  schemas,
)

// What the issuer publishes, and the list that trusts it.
const publisher = new Publisher({
  keys: [{ key: signer.key, schema }],
  store,
  documentKey: documentKey.privateKey,
})
const { document } = await publisher.publish(now, 86_400)
const jwk = await publicJwk(documentKey.publicKey)
const listing = { issuer: name, jwk, schemas: ['person/1'], status: document }
const trust = await buildTrust('registries', [listing], now)

// The verifier asks, the holder proves, the verifier learns one thing.
const policy = parsePolicy(
  {
    id: 'over-18@1',
    purpose: 'To sell you wine',
    credentials: { person: { schema: 'person/1', trust: 'registries' } },
    where: { age: 'person.birthDate', atLeast: 18 },
  },
  schemas,
)
const verifier = new Verifier({
  store: await VerifierStore.open('sqlite::memory:'),
  keys: accepted,
  environment: 'development',
})
await verifier.acceptTrust(trust)
const audience = 'https://shop.example'
const question = await verifier.request(policy, schemas, audience, now, 120)

const proof = { policy, schemas, audience, asOf: today, trust: { person: trust } }
const prepared = await prepareProof({ secret, credentials: [held] }, proof, tools)
const answer = await presentProof(prepared, question.nonce, now)

const { presentation } = await verifier.verify(question.id, answer, now)
console.log(
  `${presentation.policy} is true. The shop read ${String(answer.length)} bytes and no birthday.`,
)
