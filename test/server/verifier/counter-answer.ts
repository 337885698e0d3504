import { readCounterLink } from '../../../client/counter-link.ts'
import { toBase64url } from '../../../core/bytes.ts'
import { readCounterQuestion } from '../../../core/counter.ts'
import { generateSigningKey, publicJwk } from '../../../core/jws.ts'
import { policyHash } from '../../../core/policy/policy.ts'
import { presenterOf, signPresentation } from '../../../core/presentation.ts'
import type { PresentationClaims } from '../../../core/presentation.ts'
import { buildStatement, publicSignals } from '../../../core/statement.ts'
import { forgeProof } from '../../support/forgery.ts'
import { keys } from '../../support/tools.ts'
import { NOW, SCHEMAS, TODAY } from '../../support/world.ts'
import { POLICIES } from './shop.ts'
import type { Shop } from './shop.ts'

/** What is to be in an answer. */
export interface Making {
  readonly policy?: keyof typeof POLICIES
  readonly pseudonym?: bigint
  /** What is proven to be in the credential, if something is disclosed. */
  readonly value?: string
  readonly claims?: Partial<PresentationClaims>
}

/** What a wallet would show for a counter's code: a valid proof under the development keys. */
export async function answerTo(shop: Shop, code: string, making: Making = {}): Promise<string> {
  const { policy: name = 'plain', pseudonym, value, claims: changes = {} } = making
  const { question } = readCounterQuestion(readCounterLink(code), NOW, 0)
  const { publicKey, privateKey } = await generateSigningKey()
  const jwk = await publicJwk(publicKey)
  const policy = POLICIES[name]
  const disclosed = value === undefined ? undefined : { 'person.region': value }
  const root = await shop.root()
  const statement = buildStatement(policy, {
    schemas: SCHEMAS,
    asOf: TODAY,
    trustRoots: { person: root },
    audience: question.audience,
    presenter: await presenterOf(jwk),
    disclosed: disclosed ?? {},
  })
  const proof = forgeProof(keys['eligibility-1'].key, publicSignals(statement, pseudonym ?? 0n))
  const claims = {
    audience: question.audience,
    nonce: question.nonce,
    issuedAt: shop.clock.now,
    policy: toBase64url(policyHash(policy)),
    circuit: keys['eligibility-1'].id,
    asOf: TODAY,
    trustRoots: [root],
    proof,
    ...(pseudonym === undefined ? {} : { pseudonym }),
    ...(disclosed === undefined ? {} : { disclosed }),
    ...changes,
  }
  return signPresentation(claims, jwk, privateKey)
}
