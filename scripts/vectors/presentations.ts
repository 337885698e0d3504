import { toBase64url, utf8 } from '../../core/bytes.ts'
import type { AttributeValue } from '../../core/attribute.ts'
import { isoFromDay } from '../../core/dates.ts'
import { FIELD_ORDER, fieldFromHash } from '../../core/field.ts'
import { verificationKeyId } from '../../core/groth16-key.ts'
import { sha256 } from '../../core/hash.ts'
import { parsePolicy, policyHash } from '../../core/policy/policy.ts'
import type { Policy } from '../../core/policy/policy.ts'
import { parseSchema } from '../../core/schema.ts'
import { buildStatement, publicSignals } from '../../core/statement.ts'
import type { Statement } from '../../core/statement.ts'
import { forgeProof, rerandomise, shiftC } from '../../test/support/forgery.ts'
import { invalid, seedField, valid } from './kit.ts'
import type { Inputs, Vector } from './kit.ts'
import { keyJson, vectorKey } from './keys.ts'
import { VectorSigner, fieldCharacters } from './signer.ts'
import { AUDIENCE, NOW, SCHEMAS, TODAY } from './world.ts'

// Presentations with proofs that were made from the trapdoor, and everything about them that can be
// another.

export type Json = Readonly<Record<string, unknown>>

/** A question, and what an answer to it says where it can choose. */
export interface Asked {
  readonly name: string
  readonly policy: Json
  readonly disclosed?: Readonly<Record<string, AttributeValue>>
  /** The program comes with the group: for rules that are more than a list of conditions. */
  readonly withProgram?: boolean
}

/** What differs from the honest answer. */
export interface Changes {
  readonly payload?: Json
  /** Without these members. */
  readonly without?: readonly string[]
  readonly header?: Json
  readonly signer?: VectorSigner
  /** What the proof is for, where that is not what the message says. */
  readonly proven?: Partial<Proven>
  readonly signals?: (signals: readonly bigint[]) => readonly bigint[]
  readonly proof?: (proof: string) => string
}

interface Proven {
  readonly asOf: number
  readonly audience: string
  readonly pseudonym: bigint
  readonly presenter: bigint
  readonly trustRoots: readonly bigint[]
  readonly policy: Policy
  readonly disclosed: Readonly<Record<string, AttributeValue>>
}

export const ONE_TIME = new VectorSigner('one-time')
export const NONCE = 'n-0123456789abcdef0123456789'
export const ROOTS = [seedField('root 0'), seedField('root 1'), seedField('root 2')]
/** A root of the same lists that has been followed by another, and is too old. */
export const OLD_ROOT = seedField('old root')
export const OLDER_ROOT = seedField('older root')
const DAY = 86_400

const schemas = [...SCHEMAS.values()].map(parseSchema)

/** Answers to one question. */
export class Answers {
  readonly asked: Asked
  readonly policy: Policy
  readonly circuit: 'eligibility-1' | 'eligibility-3'
  readonly aliases: readonly string[]

  constructor(asked: Asked) {
    this.asked = asked
    this.policy = parsePolicy(asked.policy, schemas)
    this.aliases = Object.keys(this.policy.credentials)
    this.circuit = this.aliases.length === 1 ? 'eligibility-1' : 'eligibility-3'
  }

  get hasPseudonym(): boolean {
    return this.policy.once !== undefined || this.policy.recognise !== undefined
  }

  /** What a verifier of these answers knows. */
  parameters(): Inputs {
    const roots = (i: number): Json[] => [
      { root: String(ROOTS[i]), madeAt: NOW - 60 },
      { root: String(OLD_ROOT), madeAt: NOW - DAY },
      { root: String(OLDER_ROOT), madeAt: NOW - DAY - 1 },
    ]
    return {
      policy: this.asked.policy,
      schemas: [...SCHEMAS.values()],
      audience: AUDIENCE,
      nonce: NONCE,
      now: NOW,
      trust: Object.fromEntries(this.aliases.map((alias, i) => [alias, roots(i)])),
      keys: [this.circuit, ...(this.circuit === 'eligibility-1' ? ['enrolment' as const] : [])].map(
        (circuit) => ({ circuit, key: keyJson(circuit) }),
      ),
      ...(this.asked.withProgram === true ? { program: programJson(this.statement()) } : {}),
    }
  }

  statement(proven: Partial<Proven> = {}): Statement {
    const roots = proven.trustRoots ?? ROOTS
    return buildStatement(proven.policy ?? this.policy, {
      schemas: new Map(schemas.map((schema) => [schema.id, schema])),
      asOf: proven.asOf ?? TODAY,
      trustRoots: Object.fromEntries(this.aliases.map((alias, i) => [alias, roots[i] ?? 0n])),
      audience: proven.audience ?? AUDIENCE,
      presenter: proven.presenter ?? presenterOf(ONE_TIME),
      disclosed: proven.disclosed ?? this.asked.disclosed ?? {},
    })
  }

  proof(changes: Changes): string {
    const { proven = {}, signer = ONE_TIME } = changes
    const pseudonym = proven.pseudonym ?? (this.hasPseudonym ? PSEUDONYM : 0n)
    const statement = this.statement({ presenter: presenterOf(signer), ...proven })
    const signals = publicSignals(statement, pseudonym)
    const proof = forgeProof(vectorKey(this.circuit), changes.signals?.(signals) ?? signals)
    return changes.proof?.(proof) ?? proof
  }

  payload(changes: Changes = {}): Json {
    const { disclosed } = this.asked
    const whole = {
      aud: AUDIENCE,
      nonce: NONCE,
      iat: NOW,
      policy: toBase64url(policyHash(this.policy)),
      circuit: verificationKeyId(vectorKey(this.circuit)),
      asOf: isoFromDay(changes.proven?.asOf ?? TODAY),
      trust: this.aliases.map((_, i) =>
        fieldCharacters((changes.proven?.trustRoots ?? ROOTS)[i] ?? 0n),
      ),
      ...(this.hasPseudonym
        ? { pseudonym: fieldCharacters(changes.proven?.pseudonym ?? PSEUDONYM) }
        : {}),
      ...(disclosed === undefined ? {} : { disclosed }),
      proof: this.proof(changes),
      ...changes.payload,
    }
    const names = Object.keys(whole).filter((name) => changes.without?.includes(name) !== true)
    return Object.fromEntries(names.map((name) => [name, (whole as Json)[name]]))
  }

  text(changes: Changes = {}): string {
    return this.signed(JSON.stringify(this.payload(changes)), changes)
  }

  signed(payload: string, { header = {}, signer = ONE_TIME }: Changes = {}): string {
    const whole = { alg: 'ES256', typ: 'zerocard+jwt', jwk: signer.jwk, ...header }
    return signer.sign(JSON.stringify(whole), payload)
  }

  good(comment: string, flag: string, changes: Changes = {}, expected: Json = {}): Vector {
    return this.goodText(comment, flag, this.text(changes), {
      ...(this.hasPseudonym ? { pseudonym: String(changes.proven?.pseudonym ?? PSEUDONYM) } : {}),
      disclosed: this.asked.disclosed ?? {},
      ...expected,
    })
  }

  goodText(comment: string, flag: string, presentation: string, expected?: Json): Vector {
    const proven = {
      ...(this.hasPseudonym ? { pseudonym: String(PSEUDONYM) } : {}),
      disclosed: this.asked.disclosed ?? {},
    }
    return valid(comment, { presentation }, expected ?? proven, flag)
  }

  bad(comment: string, flag: string, changes: Changes): Vector {
    return invalid(comment, { presentation: this.text(changes) }, flag)
  }
}

export const PSEUDONYM = seedField('pseudonym')

export function presenterOf({ jwk }: VectorSigner): bigint {
  const { x, y } = jwk
  return fieldFromHash(sha256(utf8(JSON.stringify({ crv: 'P-256', kty: 'EC', x, y }))))
}

/** The program of a statement, for readers that make only simple ones themselves. */
function programJson({ compiled }: Statement): Json {
  const { comparisons, weights, lookups, terms } = compiled
  return {
    comparisons: comparisons.map((one) => ({ ...one, constant: String(one.constant) })),
    weights: weights.map(({ attribute, times }) => ({ attribute, times: String(times) })),
    lookups: lookups.map(({ attribute, values }) => ({ attribute, values: values.map(String) })),
    terms: terms.map(bitsOf),
  }
}

function bitsOf(mask: bigint): number[] {
  return Array.from({ length: 64 }, (_, bit) => bit).filter((bit) => (mask >> BigInt(bit)) & 1n)
}

export { FIELD_ORDER, rerandomise, shiftC }
