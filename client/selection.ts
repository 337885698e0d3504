import type { AttributeValue } from '../core/attribute.ts'
import { holderCommitment } from '../core/enrolment.ts'
import { ZerocardError } from '../core/errors.ts'
import { evaluatePolicy } from '../core/policy/evaluate.ts'
import { schemaHash } from '../core/schema.ts'
import type { Schema } from '../core/schema.ts'
import type { SetProof } from '../core/sorted-set.ts'
import type { TreePath } from '../core/tree.ts'
import type { TrustList } from '../core/trust.ts'
import type { HeldCredential, Holder, ProofRequest, RevocationSource } from './holder.ts'

/** A credential that can serve a policy, with everything the proof needs of the world. */
export interface ChosenCredential {
  readonly held: HeldCredential
  readonly schema: Schema
  readonly revocation: SetProof
  readonly trustPath: TreePath
}

/**
 * Finds credentials of the holder that satisfy a policy together.
 *
 * @returns One for each credential name of the policy.
 * @throws ZerocardError with the code of what came closest: see `prepareProof`.
 */
export async function selectCredentials(
  holder: Holder,
  request: ProofRequest,
  revocations: RevocationSource,
): Promise<Record<string, ChosenCredential>> {
  const aliases = Object.keys(request.policy.credentials)
  const usable: Record<string, readonly ChosenCredential[]> = {}
  for (const alias of aliases)
    usable[alias] = await usableCredentials(holder, request, alias, revocations)
  for (const choice of combinations(aliases, usable)) {
    const values: Record<string, Readonly<Record<string, AttributeValue>>> = {}
    for (const alias of aliases) values[alias] = choice[alias]?.held.credential.attributes ?? {}
    if (evaluatePolicy(request.policy, request.schemas, values, request.asOf)) return choice
  }
  throw new ZerocardError(
    'POLICY_NOT_SATISFIED',
    `the credentials do not satisfy ${request.policy.id}`,
  )
}

async function usableCredentials(
  holder: Holder,
  request: ProofRequest,
  alias: string,
  revocations: RevocationSource,
): Promise<ChosenCredential[]> {
  const id = request.policy.credentials[alias]?.schema ?? ''
  const schema = request.schemas.get(id)
  const candidates = holder.credentials.filter(({ credential }) => credential.schema === id)
  if (schema === undefined || candidates.length === 0) {
    throw new ZerocardError(
      'POLICY_NOT_SATISFIED',
      `${request.policy.id} needs a credential of ${id}, and there is none`,
    )
  }
  const usable: ChosenCredential[] = []
  let reason: ZerocardError | undefined
  for (const held of candidates) {
    try {
      usable.push(await checkUsable(holder, held, schema, request, alias, revocations))
    } catch (error) {
      if (!(error instanceof ZerocardError)) throw error
      reason = error
    }
  }
  if (usable.length === 0 && reason !== undefined) throw reason
  return usable
}

async function checkUsable(
  holder: Holder,
  held: HeldCredential,
  schema: Schema,
  request: ProofRequest,
  alias: string,
  revocations: RevocationSource,
): Promise<ChosenCredential> {
  const { credential } = held
  if (holderCommitment(holder.secret, held.blinding) !== credential.commitment) {
    throw new ZerocardError(
      'HOLDER_MISMATCH',
      `the ${schema.id} credential was made for another holder`,
    )
  }
  if (request.asOf < credential.validFrom) {
    throw new ZerocardError(
      'CREDENTIAL_NOT_YET_VALID',
      `the ${schema.id} credential is not valid yet`,
    )
  }
  if (request.asOf > credential.validUntil) {
    throw new ZerocardError('CREDENTIAL_EXPIRED', `the ${schema.id} credential has expired`)
  }
  const trust = request.trust[alias]
  if (trust === undefined) throw new TypeError(`no trust list for ${alias}`)
  const index = listedAt(held, schema, trust)
  const leaf = trust.leaves[index]
  if (leaf === undefined) {
    throw new ZerocardError(
      'ISSUER_UNTRUSTED',
      `the issuer of the ${schema.id} credential is not in ${trust.name}`,
    )
  }
  const revocation = await revocations(leaf, credential.revocationId)
  if (revocation.found) {
    throw new ZerocardError('CREDENTIAL_REVOKED', `the ${schema.id} credential has been revoked`)
  }
  return { held, schema, revocation, trustPath: trust.path(index) }
}

/**
 * Where a credential's issuer is in a list. Whoever makes a list could give a public key another
 * name, or an issuer a document of its own making, with revocations to tell one holder by: what the
 * list says has to be what the issuer itself says, as far as that is known.
 *
 * @returns -1 if it is not there.
 */
export function listedAt(
  { credential, origin }: HeldCredential,
  schema: Schema,
  trust: TrustList,
): number {
  const { issuer, key } = credential
  const place = trust.issuers.findIndex((listed) => listed.issuer === issuer)
  const hash = schemaHash(schema)
  const index = trust.leaves.findIndex(
    (leaf) =>
      leaf.issuer === issuer &&
      leaf.key.x === key.x &&
      leaf.key.y === key.y &&
      leaf.schemaHash === hash,
  )
  const leaf = trust.leaves[index]
  if (leaf === undefined || origin === undefined) return index
  const { jwk, status } = origin
  const listed = trust.issuers[place]?.jwk
  const isTheirs = listed?.x === jwk.x && listed.y === jwk.y
  const isSameEpoch = trust.statuses[place]?.epoch === status?.epoch
  const isOtherSet = isSameEpoch && leaf.revocationRoot !== status?.revocationRoot
  return isTheirs && !(status && isOtherSet) ? index : -1
}

function* combinations(
  aliases: readonly string[],
  usable: Readonly<Record<string, readonly ChosenCredential[]>>,
): Generator<Record<string, ChosenCredential>> {
  const [first, ...rest] = aliases
  if (first === undefined) {
    yield {}
    return
  }
  for (const choice of usable[first] ?? []) {
    for (const others of combinations(rest, usable)) yield { [first]: choice, ...others }
  }
}
