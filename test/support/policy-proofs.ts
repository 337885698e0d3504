import { describe, expect, test } from 'vitest'
import { readPolicies, readSchemas } from '../../examples/catalogue.ts'
import { decide } from '../../examples/policies/oracle.ts'
import { samplePeopleFor } from '../../examples/policies/samples.ts'
import type { Sample } from '../../examples/policies/samples.ts'
import { TODAY as TODAY_ISO } from '../../examples/population/generate.ts'
import { prepareProof, presentProof } from '../../client/holder.ts'
import type { HeldCredential, ProofRequest } from '../../client/holder.ts'
import { selectCredentials } from '../../client/selection.ts'
import { WitnessProgram } from '../../client/witness-program.ts'
import { eligibilityInputs } from '../../client/witness.ts'
import { parsePolicy } from '../../core/policy/policy.ts'
import type { Policy } from '../../core/policy/policy.ts'
import { parseSchema } from '../../core/schema.ts'
import { buildStatement, slotAliases } from '../../core/statement.ts'
import type { TrustList } from '../../core/trust.ts'
import { verifyPresentation } from '../../core/verify.ts'
import { createPairingVerifier } from '../../server/pairing.ts'
import { verdictOf } from './refusal.ts'
import { checkedProver } from './checked-prover.ts'
import { acceptedKeys, readArtifact, toolsWith } from './tools.ts'
import { NOW, TODAY, TestIssuer, revocationsOf, trustIn } from './world.ts'

// Rules of the world on people of the sample population, with real credentials. The expected answer
// comes from the oracle, which knows the rules' words and none of our code. Proofs are real in the
// deep run; otherwise the witness is held against every constraint, which takes a tenth of the time.

/** Proofs a policy, and people who try to cheat it. */
const IS_DEEP = process.env['ZEROCARD_DEEP'] === '1'
const REFUSED = IS_DEEP ? 5 : 2
const SAMPLED = 200

export const SCHEMAS = new Map([...readSchemas()].map(([id, json]) => [id, parseSchema(json)]))
const POLICIES = [...readPolicies().values()].map((json) => parsePolicy(json, SCHEMAS))
const AUDIENCE = 'https://verifier.example'

/** Declares the tests of all example policies with as many credentials as wanted. */
export function testPolicies(
  isWanted: (credentials: number) => boolean,
  admittedProofs: number,
): void {
  const proofs = IS_DEEP ? 5 : admittedProofs
  for (const policy of POLICIES.filter(({ credentials }) =>
    isWanted(Object.keys(credentials).length),
  )) {
    describe(policy.id, () => {
      testPolicy(policy, proofs)
    })
  }
}

function testPolicy(policy: Policy, proofs: number): void {
  const people = samplePeopleFor(policy.id, SAMPLED)
  const admits = ({ credentials }: Sample): boolean =>
    decide[policy.id]?.(credentials, TODAY_ISO) === true
  const admitted = people.filter(admits)
  const refused = people.filter((sample) => !admits(sample))

  test(`${String(proofs)} of ${String(admitted.length)} admitted people prove it`, async () => {
    expect(admitted.length).toBeGreaterThanOrEqual(5)
    const verifyProof = await createPairingVerifier()
    for (const [i, sample] of admitted.slice(0, proofs).entries()) {
      const { secret, credentials, request, tools, trust } = await worldOf(policy, sample, i)
      const prepared = await prepareProof({ secret, credentials }, request, {
        ...tools,
        ...(IS_DEEP ? {} : { prover: checkedProver }),
        verifyProof,
      })
      const nonce = `nonce-${String(i)}`
      const roots = Object.fromEntries(
        Object.keys(policy.credentials).map((alias) => [
          alias,
          [{ root: trust.root, madeAt: NOW }],
        ]),
      )
      const expected = {
        policy,
        schemas: SCHEMAS,
        audience: AUDIENCE,
        nonce,
        trust: roots,
        keys: acceptedKeys,
        now: NOW,
      }
      const proven = await verifyPresentation(await presentProof(prepared, nonce, NOW), expected)
      expect(proven.policy).toBe(policy.id)
      for (const path of policy.disclose) expect(proven.disclosed[path]).toBe(valueOf(sample, path))
    }
  }, 900_000)

  test(`none of ${String(REFUSED)} refused people can, not even by force`, async () => {
    expect(refused.length).toBeGreaterThanOrEqual(REFUSED)
    for (const [i, sample] of refused.slice(0, REFUSED).entries()) {
      const world = await worldOf(policy, sample, i)
      const holder = { secret: world.secret, credentials: world.credentials }
      expect(await verdictOf(() => prepareProof(holder, world.request, world.tools))).toBe(
        'POLICY_NOT_SATISFIED',
      )
      expect(await verdictOf(() => forcedWitness(policy, world))).toBe('PROVING_FAILED')
    }
  }, 300_000)
}

type World = Awaited<ReturnType<typeof worldOf>>

/** One issuer a schema, one list that trusts them all, one person. */
async function worldOf(policy: Policy, { credentials: records }: Sample, index: number) {
  const secret = 1_000_003n + BigInt(index)
  const schemaIds = [...new Set(Object.values(policy.credentials).map(({ schema }) => schema))]
  const issuers = await Promise.all(schemaIds.map(issuerFor))
  const trust: TrustList = await trustIn('everybody', ...issuers)
  const credentials: HeldCredential[] = Object.entries(policy.credentials).map(
    ([alias, { schema }]) => {
      const issuer = issuers.find((candidate) => candidate.schema.id === schema) as TestIssuer
      return issuer.issue(secret, records[alias] ?? {})
    },
  )
  const request: ProofRequest = {
    policy,
    schemas: SCHEMAS,
    audience: AUDIENCE,
    asOf: TODAY,
    trust: Object.fromEntries(Object.keys(policy.credentials).map((alias) => [alias, trust])),
  }
  return { secret, credentials, request, trust, tools: toolsWith(revocationsOf(...issuers)) }
}

const issuersBySchema = new Map<string, Promise<TestIssuer>>()

function issuerFor(schemaId: string): Promise<TestIssuer> {
  const schema = SCHEMAS.get(schemaId)
  if (schema === undefined) throw new TypeError(`no schema ${schemaId}`)
  const issuer =
    issuersBySchema.get(schemaId) ??
    TestIssuer.create(`https://${schemaId.replace('/1', '')}.example`, schema)
  issuersBySchema.set(schemaId, issuer)
  return issuer
}

const programs = new Map<string, Promise<WitnessProgram>>()

/** Computes the witness of the false statement, past every check of the wallet. */
async function forcedWitness(
  policy: Policy,
  { secret, credentials, request, trust, tools }: World,
): Promise<unknown> {
  const { where: _, once: __, recognise: ___, ...open } = policy
  const chosen = await selectCredentials(
    { secret, credentials },
    { ...request, policy: open },
    tools.revocations,
  )
  const statement = buildStatement(policy, {
    schemas: SCHEMAS,
    asOf: TODAY,
    trustRoots: Object.fromEntries(
      Object.keys(policy.credentials).map((alias) => [alias, trust.root]),
    ),
    audience: AUDIENCE,
    presenter: 1n,
    disclosed: Object.fromEntries(
      policy.disclose.map((path) => {
        const [alias = '', name = ''] = path.split('.')
        return [path, chosen[alias]?.held.credential.attributes[name] ?? '']
      }),
    ),
  })
  const slots = slotAliases(policy, statement.compiled.shape).map((alias) => {
    const choice = chosen[alias]
    if (choice === undefined) throw new TypeError(`nothing chosen for ${alias}`)
    const { held, schema, revocation, trustPath } = choice
    return { credential: held.credential, blinding: held.blinding, schema, revocation, trustPath }
  })
  const { name } = statement.compiled.shape
  const program = programs.get(name) ?? WitnessProgram.compile(readArtifact(name, 'wasm'))
  programs.set(name, program)
  return (await program).run(eligibilityInputs(statement, secret, 0, slots))
}

function valueOf({ credentials }: Sample, path: string): unknown {
  const [alias = '', name = ''] = path.split('.')
  return credentials[alias]?.[name]
}
