import { join } from 'node:path'
import type { Command } from 'commander'
import { isoFromDay } from '../../core/dates.ts'
import { ZerocardError } from '../../core/errors.ts'
import { parsePolicy } from '../../core/policy/policy.ts'
import { fieldText } from '../../core/presentation.ts'
import { createPairingVerifier } from '../../server/pairing.ts'
import { VerifierStore } from '../../server/verifier/store.ts'
import { Verifier } from '../../server/verifier/verifier.ts'
import type { Acceptance } from '../../server/verifier/verifier.ts'
import { assertBelievable, environment, openArtifacts, withWarning } from './artifacts.ts'
import { addCommand, collected, durationOption, isoTime, runs } from './command.ts'
import type { Context } from './command.ts'
import { PUBLIC, SECRET, ensureFolder, isFolder, readJson, readText, writeJson } from './files.ts'
import { requestToJson } from './messages.ts'
import { ONE_LINE, printableValue } from './output.ts'
import type { Result } from './output.ts'
import { readSchemas } from './schemas.ts'
import { assertFresh, readTrustLists } from './trust-commands.ts'
import { addVerifierServeCommand } from './verifier-serve-command.ts'

interface RequestOptions {
  readonly state: string
  readonly policy: string
  readonly schema: readonly string[]
  readonly audience: string
  readonly trust: readonly string[]
  readonly validFor: string
  readonly out: string
}

interface VerifyOptions {
  readonly state: string
  readonly request: string
  readonly trust?: readonly string[]
}

export function addVerifierCommands(group: Command): void {
  addVerifierServeCommand(group)
  runs(
    addCommand(group, 'request', 'ask holders for a proof: write a request with a new nonce')
      .requiredOption('--state <folder>', "the verifier's memory; made if it does not exist")
      .requiredOption('--policy <file>', 'what to ask')
      .requiredOption(
        '--schema <path...>',
        'schemas, public files of issuers, or folders of them',
        collected,
      )
      .requiredOption(
        '--audience <name>',
        'your own origin, like https://shop.example, or another fixed name',
      )
      .requiredOption('--trust <file...>', 'the trust lists that the policy names', collected)
      .option('--valid-for <time>', 'how long an answer is accepted, like 10m', '10m')
      .requiredOption('--out <file>', 'the request to write'),
    request,
  )
  runs(
    addCommand(group, 'verify <presentation>', 'judge an answer; exit code 3 if it is refused')
      .requiredOption('--state <folder>', "the verifier's memory")
      .requiredOption('--request <id>', 'which request it answers')
      .option('--trust <file...>', 'newer trust lists to accept as well', collected),
    verify,
  )
}

async function request(options: RequestOptions, { now }: Context): Promise<Result> {
  const validFor = durationOption(options.validFor, '--valid-for')
  const { length } = options.audience
  if (length < 1 || length > 500 || !ONE_LINE.test(options.audience)) {
    throw new ZerocardError('USAGE', '--audience: expected 1 to 500 characters in one line')
  }
  const schemas = readSchemas(options.schema)
  const policy = readJson(options.policy, (json) => parsePolicy(json, schemas))
  const lists = await readTrustLists(options.trust, now)
  for (const [alias, { trust }] of Object.entries(policy.credentials)) {
    const list = lists.get(trust)
    if (list === undefined) {
      const place = `${options.policy}: policy.credentials.${alias}.trust`
      throw new ZerocardError('INPUT_INVALID', `${place}: no list ${trust} among --trust`)
    }
    assertFresh(list, policy, now)
  }
  ensureFolder(options.state, SECRET)
  return withVerifier(options.state, async (verifier) => {
    for (const list of lists.values()) await verifier.acceptTrust(list)
    const made = await verifier.request(policy, schemas, options.audience, now, validFor)
    writeJson(options.out, requestToJson(made), PUBLIC)
    return {
      text: `Asked for ${policy.id}: ${options.out}\nRequest ${made.id}, answers accepted until ${isoTime(made.expiresAt)}.`,
      json: {
        id: made.id,
        policy: policy.id,
        audience: made.audience,
        expiresAt: made.expiresAt,
        request: options.out,
      },
    }
  })
}

async function verify(options: VerifyOptions, { now }: Context, path = ''): Promise<Result> {
  if (!isFolder(options.state))
    throw new ZerocardError('INPUT_INVALID', `${options.state}: no such folder`)
  const lists = await readTrustLists(options.trust ?? [], now)
  const presentation = readText(path).trim()
  return withVerifier(options.state, async (verifier) => {
    for (const list of lists.values()) await verifier.acceptTrust(list)
    return acceptanceResult(await verifier.verify(options.request, presentation, now))
  })
}

async function withVerifier(
  folder: string,
  work: (verifier: Verifier) => Promise<Result>,
): Promise<Result> {
  const artifacts = await openArtifacts()
  assertBelievable(artifacts)
  const verifyProof = await createPairingVerifier()
  const store = await VerifierStore.open(`sqlite:${join(folder, 'verifier.sqlite')}`)
  try {
    const keys = artifacts.accepted
    const verifier = new Verifier({ store, keys, environment: environment(), verifyProof })
    return withWarning(await work(verifier), artifacts.keys)
  } finally {
    await store.close()
  }
}

/** What is said of an answer that was accepted. */
export function acceptanceResult({ presentation, requestId, isReturning }: Acceptance): Result {
  const { policy, audience, asOf, disclosed } = presentation
  const pseudonym =
    presentation.pseudonym === undefined ? undefined : fieldText(presentation.pseudonym)
  const returning = isReturning ? ' (was here before)' : ''
  return {
    text: [
      `Accepted: ${policy} is true on ${isoFromDay(asOf)}.`,
      ...(pseudonym === undefined ? [] : [`Known here as ${pseudonym}${returning}`]),
      ...Object.entries(disclosed).map(([path, value]) => `${path}: ${printableValue(value)}`),
    ].join('\n'),
    json: {
      accepted: true,
      request: requestId,
      policy,
      audience,
      asOf: isoFromDay(asOf),
      ...(pseudonym === undefined ? {} : { pseudonym, isReturning }),
      disclosed,
    },
  }
}
