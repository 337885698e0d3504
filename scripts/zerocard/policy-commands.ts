import type { Command } from 'commander'
import { toBase64url } from '../../core/bytes.ts'
import { dayFromUnixSeconds, isoFromDay } from '../../core/dates.ts'
import { policyUse } from '../../core/policy/compile.ts'
import type { PolicyUse, Use } from '../../core/policy/plan.ts'
import { parsePolicy, policyHash } from '../../core/policy/policy.ts'
import { policySentence, sentenceText } from '../../core/policy/sentence.ts'
import { assertFits } from '../../server/verifier/policy-book.ts'
import { addCommand, collected, dayOption, runs } from './command.ts'
import type { Context } from './command.ts'
import { named, readJson } from './files.ts'
import type { Result } from './output.ts'
import { readSchemas } from './schemas.ts'

export function addPolicyCommands(group: Command): void {
  runs(
    addCommand(
      group,
      'explain <policy>',
      'say in plain words what a policy asks and what a verifier learns',
    )
      .requiredOption(
        '--schema <path...>',
        'schemas, public files of issuers, or folders of them',
        collected,
      )
      .option('--on <date>', 'the day of proof, by default today'),
    explain,
  )
}

// Opens no file but those that were named: no wallet, no keys, no network.
function explain(
  options: { readonly schema: readonly string[]; readonly on?: string },
  { now }: Context,
  path = '',
): Promise<Result> {
  const schemas = readSchemas(options.schema)
  const asOf = options.on === undefined ? dayFromUnixSeconds(now) : dayOption(options.on, '--on')
  const policy = readJson(path, (json) => parsePolicy(json, schemas))
  named(path, () => {
    assertFits(policy, schemas, asOf)
  })
  const sentence = policySentence(policy, schemas, asOf)
  const use = policyUse(policy, schemas, asOf)
  const hash = toBase64url(policyHash(policy))
  return Promise.resolve({
    text: [
      `${policy.id}: ${policy.purpose}`,
      '',
      sentenceText(sentence),
      '',
      `Circuit ${use.circuit}: ${describeUse(use)}.`,
      `Hash ${hash}`,
    ].join('\n'),
    json: {
      id: policy.id,
      purpose: policy.purpose,
      asOf: isoFromDay(asOf),
      hash,
      sentence,
      use,
      policy,
    },
  })
}

function describeUse({ comparisons, lookups, terms, sums }: PolicyUse): string {
  const part = ({ needs, has }: Use, name: string): string =>
    `${String(needs)} of ${String(has)} ${name}`
  return [
    part(comparisons, 'comparisons'),
    part(lookups, 'look-ups'),
    part(terms, 'alternatives'),
    part(sums, 'weighted sums'),
  ].join(', ')
}
