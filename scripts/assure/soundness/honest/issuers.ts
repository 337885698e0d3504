import { issueCredential, issuerSigner } from '../../../../core/credential.ts'
import type { Credential, CredentialBody, IssuerSigner } from '../../../../core/credential.ts'
import { publicKeyOf } from '../../../../core/eddsa.ts'
import { holderCommitment } from '../../../../core/enrolment.ts'
import { schemaHash } from '../../../../core/schema.ts'
import type { Schema } from '../../../../core/schema.ts'
import { REVOCATION_SHAPE, SortedSet } from '../../../../core/sorted-set.ts'
import { LeafTree, TRUST_LEVELS } from '../../../../core/tree.ts'
import { issuerLeaf } from '../../../../core/trust.ts'
import type { SlotWitness } from '../../../../client/witness.ts'
import { namedChance } from './chance.ts'
import type { Chance } from './chance.ts'

// Issuers, their revocations and the trees above them, all of them repeatable.

const TOP = 2n ** 40n - 1n
/** How many keys a trust list has: one, a full node, one more, and as many as there can be. */
const LISTED = [1, 8, 9, 512]

const signers = new Map<string, IssuerSigner>()

/** The issuer of a schema; always the same. */
function signerOf(schema: Schema): IssuerSigner {
  const known = signers.get(schema.id)
  if (known !== undefined) return known
  const privateKey = namedChance(schema.id).bytes(32)
  const signer = issuerSigner('https://issuer.example', privateKey, publicKeyOf(privateKey))
  signers.set(schema.id, signer)
  return signer
}

/** A slot's witness with the trust root it belongs to. */
export interface HonestSlot extends SlotWitness {
  readonly trustRoot: bigint
}

/** Issues a credential and lists its issuer; the credential is not revoked. */
export function honestSlot(
  schema: Schema,
  secret: bigint,
  signed: Pick<CredentialBody, 'attributes' | 'validFrom' | 'validUntil'>,
  chance: Chance,
): HonestSlot {
  const blinding = chance.chance(0.9) ? chance.field() : chance.pick([0n, 1n])
  const revocationId = chance.pick([0n, 1n, TOP, 2n ** 39n, chance.below(TOP), chance.below(TOP)])
  const credential = issueCredential(signerOf(schema), schema, {
    ...signed,
    commitment: holderCommitment(secret, blinding),
    revocationId,
  })
  const revoked = revocationsAround(revocationId, chance)
  return {
    credential,
    schema,
    blinding,
    revocation: revoked.prove(revocationId),
    ...listing(credential, schema, revoked, chance),
  }
}

/** Empty, or with neighbours of the number, or the first and the last number, or many. */
function revocationsAround(revocationId: bigint, chance: Chance): SortedSet {
  const neighbours = [revocationId - 1n, revocationId + 1n, revocationId + 2n]
  const many = (): bigint[] => Array.from({ length: 60 }, () => chance.below(TOP + 1n))
  const values = chance.pick([() => [], () => neighbours, () => [0n, TOP], many])()
  const allowed = values.filter((value) => value !== revocationId && value >= 0n && value <= TOP)
  return SortedSet.from(REVOCATION_SHAPE, new Set(allowed))
}

/** Puts the issuer's leaf first, last or anywhere among others. */
function listing(
  credential: Credential,
  schema: Schema,
  revoked: SortedSet,
  chance: Chance,
): Pick<HonestSlot, 'trustPath' | 'trustRoot'> {
  const leaf = issuerLeaf({
    key: credential.key,
    schemaHash: schemaHash(schema),
    revocationRoot: revoked.root,
  })
  const count = chance.pick(LISTED)
  const place = chance.pick([0, count - 1, chance.integer(0, count - 1)])
  const leaves = Array.from({ length: count }, (_, i) => (i === place ? leaf : chance.field()))
  const tree = new LeafTree(leaves, TRUST_LEVELS)
  return { trustPath: tree.path(place), trustRoot: tree.root }
}
