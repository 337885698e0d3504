// What a second reader of docs/formats.md needs everywhere: a refusal, and the numbers.

/** A message that is not as it must be. */
export class Refused extends Error {}

export function refuse(reason: string): never {
  throw new Refused(reason)
}

/** Refuses unless `holds`. */
export function must(holds: boolean, reason: string): asserts holds {
  if (!holds) refuse(reason)
}

/** Mistakes that a verifier could make, one at a time, to show that vectors and checks see them. */
export const SLIPS = [
  'subgroup unchecked',
  'infinity accepted',
  'coordinates reduced',
  'signals reduced',
  'signal count unchecked',
  'nonce not compared',
  'audience not compared',
  'policy not compared',
  'key not looked up',
  'root not compared',
  'root age ignored',
  'day not compared',
  'time not compared',
  'pseudonym zero accepted',
  'presenter not bound',
  'signature unchecked',
  'low order keys accepted',
  'identity key accepted',
  'unreduced s accepted',
  'leading zeros accepted',
  'padding accepted',
  'spare bits accepted',
  'repeated members accepted',
  'unknown members accepted',
  'typ not compared',
  'issuer not compared',
  'expiry ignored',
  'rollback accepted',
  'trust root believed',
  'issuer named twice',
  'borders not in order',
  'children not connected',
  'schema not bound',
  'text not normalised',
  'lone surrogates replaced',
  'disclosed not compared',
  'enrolment nonce not bound',
  'zero commitment accepted',
] as const

export type Slip = (typeof SLIPS)[number]

let slip: Slip | undefined

/** Runs with one mistake switched on. */
export function withSlip<T>(mistake: Slip | undefined, action: () => T): T {
  const before = slip
  slip = mistake
  try {
    return action()
  } finally {
    slip = before
  }
}

export function slips(mistake: Slip): boolean {
  return slip === mistake
}
