import { encodeAttributes } from '../core/schema.ts'
import type { Schema } from '../core/schema.ts'
import type { Credential } from '../core/credential.ts'
import { publicInputs } from '../core/statement.ts'
import type { Statement } from '../core/statement.ts'
import type { SetProof } from '../core/sorted-set.ts'
import type { TreePath } from '../core/tree.ts'
import { ATTRIBUTES_PER_SLOT } from '../core/shapes.ts'

/** Inputs of a circuit by name, buses flattened in the order of their fields (circuits/buses.circom). */
export type CircuitInputs = Readonly<Record<string, bigint | readonly bigint[]>>

/** One slot of the statement, ready to be proved. */
export interface SlotWitness {
  readonly credential: Credential
  readonly schema: Schema
  readonly blinding: bigint
  /** That the credential's number is not in the set of revoked ones. */
  readonly revocation: SetProof
  /** From the issuer's key to the trust root. */
  readonly trustPath: TreePath
}

/**
 * The inputs of `eligibility-1` or `eligibility-3`.
 *
 * @param slots - One for each slot of the circuit, in order.
 * @param use - Which of the pseudonyms of the scope, from 0.
 */
export function eligibilityInputs(
  statement: Statement,
  secret: bigint,
  use: number,
  slots: readonly SlotWitness[],
): CircuitInputs {
  const { compiled, lookups } = statement
  const attributes = slots.flatMap(slotAttributes)
  if (attributes.length !== compiled.shape.slots * ATTRIBUTES_PER_SLOT) {
    throw new TypeError('expected a witness for each slot')
  }
  return {
    ...publicInputs(statement),
    secret,
    use: BigInt(use),
    credentials: slots.flatMap((slot) => [
      ...slotAttributes(slot),
      slot.credential.revocationId,
      BigInt(slot.credential.validFrom),
      BigInt(slot.credential.validUntil),
      slot.blinding,
      slot.credential.key.x,
      slot.credential.key.y,
      slot.credential.signature.r8.x,
      slot.credential.signature.r8.y,
      slot.credential.signature.s,
    ]),
    revocationPlaces: slots.flatMap(({ revocation }) => setPlace(revocation)),
    trustPaths: slots.flatMap(({ trustPath }) => trustPath.flat()),
    lookupPlaces: compiled.lookups.flatMap(({ attribute }, i) => {
      const set = lookups[i]
      if (set === undefined) throw new TypeError('a look-up has no set')
      return setPlace(set.prove(attributes[attribute] ?? 0n))
    }),
  }
}

/** The inputs of `enrolment`. */
export function enrolmentInputs(witness: {
  readonly secret: bigint
  readonly blinding: bigint
  readonly commitment: bigint
  readonly issuerScope: bigint
  readonly nonce: bigint
}): CircuitInputs {
  return { ...witness }
}

function slotAttributes({ schema, credential }: SlotWitness): bigint[] {
  return encodeAttributes(schema, credential.attributes)
}

function setPlace({ run, index, children }: SetProof): bigint[] {
  return [...run, BigInt(index), ...children.flat()]
}
