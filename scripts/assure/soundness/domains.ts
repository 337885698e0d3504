import { FIELD_ORDER } from '../../../core/field.ts'

// What each private input may be, and why nothing else is needed. A prover fills these with
// whatever it likes; the comments in circuits/*.circom say what then holds.

export interface Domain {
  /** Name of the input, or of the part of a bus; indexes are written as []. */
  readonly input: string
  /** True for values that an honest prover could put there, in place of the honest one. */
  readonly allows: (value: bigint, context: DomainContext) => boolean
  /** Why every other value is refused, or does no harm. */
  readonly reason: string
}

export interface DomainContext {
  /** The public limit of uses. */
  readonly limit: bigint
}

const nothing = (): boolean => false

/** Private inputs of the three circuits. */
export const DOMAINS: readonly Domain[] = [
  {
    input: 'secret',
    allows: nothing,
    reason: 'bound by the commitment, which the issuer signed or the enrolment shows',
  },
  {
    input: 'blinding',
    allows: nothing,
    reason: 'bound by the commitment that the enrolment shows',
  },
  {
    input: 'use',
    allows: (value, { limit }) => value < limit,
    reason: '0 to limit - 1: each is another name of the holder, and the verifier allows so many',
  },
  {
    input: 'credentials[].attributes[]',
    allows: nothing,
    reason: 'below 2^120 before it is packed, and signed by the issuer',
  },
  {
    input: 'credentials[].revocationId',
    allows: nothing,
    reason: 'below 2^40 before it is packed, and signed',
  },
  {
    input: 'credentials[].validFrom',
    allows: nothing,
    reason: 'below 2^20 before it is packed, and signed',
  },
  {
    input: 'credentials[].validUntil',
    allows: nothing,
    reason: 'below 2^20 before it is packed, and signed',
  },
  {
    input: 'credentials[].blinding',
    allows: nothing,
    reason: 'part of the commitment that the issuer signed',
  },
  {
    input: 'credentials[].issuer.x',
    allows: nothing,
    reason: 'on the curve, and in a leaf below the trust root',
  },
  {
    input: 'credentials[].issuer.y',
    allows: nothing,
    reason: 'on the curve, and in a leaf below the trust root',
  },
  {
    input: 'credentials[].signature.r8.x',
    allows: nothing,
    reason: 'on the curve, and in the challenge of the signature',
  },
  {
    input: 'credentials[].signature.r8.y',
    allows: nothing,
    reason: 'on the curve, and in the challenge of the signature',
  },
  {
    input: 'credentials[].signature.s',
    allows: nothing,
    reason: 'below the order of the subgroup, where one s fits',
  },
  {
    input: 'revocationPlaces[].run[]',
    allows: nothing,
    reason: 'hashed to a leaf below the revocation root, which is listed with the key',
  },
  {
    input: 'revocationPlaces[].index',
    allows: nothing,
    reason: 'four digits, and keys ascend: one place fits the number',
  },
  {
    input: 'revocationPlaces[].path.children[][]',
    allows: nothing,
    reason: 'hashed up to the revocation root, which is listed with the key',
  },
  {
    input: 'trustPaths[].children[][]',
    allows: nothing,
    reason: 'hashed up to the public trust root',
  },
  {
    input: 'lookupPlaces[].run[]',
    allows: nothing,
    reason: 'hashed to a leaf below the public root of the set',
  },
  {
    input: 'lookupPlaces[].index',
    allows: nothing,
    reason: 'four digits, and keys ascend: one place fits the value',
  },
  {
    input: 'lookupPlaces[].path.children[][]',
    allows: nothing,
    reason: 'hashed up to the public root of the set',
  },
]

/** The domain of a wire's name such as `credentials[0].attributes[3]`; undefined if none is declared. */
export function domainOf(name: string): Domain | undefined {
  const pattern = name.replace(/\[\d+\]/g, '[]')
  return DOMAINS.find(({ input }) => input === pattern)
}

/** Values that careless circuits take for another one, or for a digit, or for a small number. */
export function probeValues(honest: bigint, random: bigint): bigint[] {
  const values = [
    FIELD_ORDER - 1n,
    2n,
    (FIELD_ORDER + 1n) / 2n,
    16n,
    2n ** 16n,
    2n ** 20n,
    2n ** 40n,
    2n ** 120n,
    2n ** 252n,
    FIELD_ORDER - 2n,
    0n,
    honest + 1n,
    random,
  ].map((value) => value % FIELD_ORDER)
  return [...new Set(values)].filter((value) => value !== honest)
}
