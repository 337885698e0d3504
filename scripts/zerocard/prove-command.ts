import { dirname } from 'node:path'
import type { Command } from 'commander'
import { dayFromUnixSeconds } from '../../core/dates.ts'
import { ZerocardError } from '../../core/errors.ts'
import { policyShape } from '../../core/policy/compile.ts'
import { parsePolicy, pseudonymRule } from '../../core/policy/policy.ts'
import type { Policy } from '../../core/policy/policy.ts'
import { policySentence, sentenceText } from '../../core/policy/sentence.ts'
import type { PolicySentence } from '../../core/policy/sentence.ts'
import type { Schemas } from '../../core/statement.ts'
import { listedIssuers } from '../../core/trust.ts'
import type { TrustList } from '../../core/trust.ts'
import { presentProof } from '../../client/holder.ts'
import type { ProofRequest, ProvingTools } from '../../client/holder.ts'
import { createProver } from '../../client/prover.ts'
import { createPairingVerifier } from '../../server/pairing.ts'
import { openArtifacts, withWarning } from './artifacts.ts'
import { spawnHelper } from './sum-helper.ts'
import { addCommand, collected, runs } from './command.ts'
import type { Context } from './command.ts'
import { PUBLIC, isFolder, named, readJson, writeWhole } from './files.ts'
import { parseRequestFile } from './messages.ts'
import type { RequestFile } from './messages.ts'
import type { Result } from './output.ts'
import { publishedRevocations } from './published.ts'
import { assertFresh, readTrustLists } from './trust-commands.ts'
import { proveNextUse } from './uses.ts'
import type { Proven } from './uses.ts'
import { Wallet } from './wallet.ts'

interface ProveOptions {
  readonly wallet: string
  readonly request: string
  readonly trust: readonly string[]
  readonly shards: readonly string[]
  readonly use?: string
  readonly out: string
}

const STAGES = { artifacts: 'reading keys', witness: 'computing', proof: 'proving' } as const

export function addProveCommand(group: Command): void {
  runs(
    addCommand(group, 'prove', "answer a verifier's request: write a presentation")
      .requiredOption('--wallet <folder>', 'your wallet')
      .requiredOption('--request <file>', "the verifier's request")
      .requiredOption('--trust <file...>', 'the trust lists that the policy names', collected)
      .requiredOption(
        '--shards <folder...>',
        'folders published by the issuers of these lists',
        collected,
      )
      .option('--use <number>', 'show this one of the numbered codes the policy allows, even again')
      .requiredOption('--out <file>', 'the presentation to write'),
    prove,
  )
}

async function prove(options: ProveOptions, context: Context): Promise<Result> {
  const wanted = useOption(options)
  const question = readQuestion(options, context)
  const wallet = Wallet.open(options.wallet)
  try {
    const asked = await readAsked(options, question, wallet.schemas(), context)
    const sentence = sentenceOf(asked)
    await context.note(`${question.audience} asks for ${asked.policy.id}: ${asked.policy.purpose}`)
    await context.note(`${sentenceText(sentence)}\n`)
    const tools = await openTools(options, asked)
    const progress = (stage: keyof typeof STAGES, done: number): void => {
      context.progress.update(done, STAGES[stage])
    }
    const proven = await proveNextUse(
      { wallet, request: asked, tools, progress, now: context.now },
      wanted,
    )
    const presentation = await presentProof(proven.prepared, question.nonce, question.issuedAt)
    writeWhole(options.out, `${presentation}\n`, PUBLIC)
    const result = resultOf(options, asked, proven, presentation.length, sentence)
    return withWarning(result, tools.keys)
  } finally {
    wallet.close()
  }
}

function readQuestion({ request, out }: ProveOptions, { now }: Context): RequestFile {
  const question = readJson(request, parseRequestFile)
  if (now >= question.expiresAt) {
    throw new ZerocardError('INPUT_INVALID', `${request}: the request has expired; ask for another`)
  }
  // Before the proof and not after it: a code that was marked as shown should be shown.
  if (!isFolder(dirname(out)))
    throw new ZerocardError('INPUT_INVALID', `${dirname(out)}: no such folder`)
  return question
}

async function readAsked(
  options: ProveOptions,
  question: RequestFile,
  schemas: Schemas,
  { now }: Context,
): Promise<ProofRequest> {
  const policy = named(options.request, () => readPolicy(question, schemas))
  const lists = await readTrustLists(options.trust, now)
  const trust = named(options.request, () => trustFor(policy, lists))
  for (const list of Object.values(trust)) assertFresh(list, policy, now)
  const { audience } = question
  return { policy, schemas, audience, asOf: dayFromUnixSeconds(now), trust }
}

/** What a policy may ask of this wallet: only schemas that its credentials' issuers explained. */
function readPolicy({ policy }: RequestFile, schemas: Schemas): Policy {
  const asked = (policy as { credentials?: Record<string, { schema?: unknown } | null> } | null)
    ?.credentials
  const missing = Object.values(asked ?? {})
    .map((credential) => credential?.schema)
    .filter((schema) => typeof schema === 'string')
    .find((schema) => !schemas.has(schema))
  if (missing !== undefined) {
    throw new ZerocardError(
      'POLICY_NOT_SATISFIED',
      `asks for a credential of ${missing}, and the wallet has none`,
    )
  }
  return parsePolicy(policy, schemas)
}

function trustFor(
  { credentials }: Policy,
  lists: ReadonlyMap<string, TrustList>,
): Record<string, TrustList> {
  const entries = Object.entries(credentials).map(([alias, { trust }]) => {
    const list = lists.get(trust)
    if (list !== undefined) return [alias, list] as const
    throw new ZerocardError(
      'INPUT_INVALID',
      `policy.credentials.${alias}.trust: no list ${trust} among --trust`,
    )
  })
  return Object.fromEntries(entries)
}

async function openTools(options: ProveOptions, { trust }: ProofRequest): Promise<ProvingTools> {
  const { keys, source } = await openArtifacts()
  const revocations = publishedRevocations(options.shards, Object.values(trust))
  return {
    prover: createProver(source, { spawnHelper }),
    keys,
    revocations,
    verifyProof: await createPairingVerifier(),
  }
}

function sentenceOf({ policy, schemas, asOf, trust }: ProofRequest): PolicySentence {
  const sizes = Object.entries(policy.credentials).flatMap(([alias, { schema }]) => {
    const list = trust[alias]
    return list === undefined ? [] : [[alias, listedIssuers(list, schema).length] as const]
  })
  return policySentence(policy, schemas, asOf, Object.fromEntries(sizes))
}

function resultOf(
  { out }: ProveOptions,
  { policy, audience }: ProofRequest,
  { use }: Proven,
  bytes: number,
  sentence: PolicySentence,
): Result {
  const limit = String(pseudonymRule(policy)?.limit)
  const circuit = policyShape(policy).name
  const shown =
    use === undefined ? [] : [`Shown: code ${String(use + 1)} of ${limit} (--use ${String(use)}).`]
  return {
    text: [`Proved ${policy.id} for ${audience}: ${out}, ${String(bytes)} bytes.`, ...shown].join(
      '\n',
    ),
    json: {
      policy: policy.id,
      audience,
      circuit,
      bytes,
      ...(use === undefined ? {} : { use }),
      presentation: out,
      sentence,
    },
  }
}

function useOption({ use }: ProveOptions): number | undefined {
  if (use === undefined) return undefined
  if (/^(0|[1-9][0-9]{0,4})$/.test(use)) return Number(use)
  throw new ZerocardError('USAGE', '--use: expected a number from 0')
}
