import type { AttributeValue } from '../../../core/attribute.ts'
import { dayFromUnixSeconds } from '../../../core/dates.ts'
import { prepareProof, presentProof } from '../../../client/holder.ts'
import type { HeldCredential, ProvingTools } from '../../../client/holder.ts'
import { generatePhrase, secretFromPhrase } from '../../../client/phrase.ts'
import type { VerificationRequest } from '../../../server/verifier/verifier.ts'
import type { Tools } from './tools.ts'
import { listNamed } from './world.ts'
import type { World } from './world.ts'

/** A holder with an own secret. */
export class DemoHolder {
  readonly name: string
  readonly secret = secretFromPhrase(generatePhrase())
  credentials: readonly HeldCredential[] = []
  /** Numbers of names shown, by scope: what a wallet keeps so as not to repeat one. */
  readonly shown = new Map<string, number>()

  constructor(name: string) {
    this.name = name
  }
}

/**
 * Answers a request as a wallet does. It keeps count of the numbered names it has shown.
 *
 * @param cheat - A wallet that was tampered with shows this number, whatever it showed before.
 */
export async function answer(
  tools: Tools,
  world: World,
  holder: DemoHolder,
  { policy, audience, nonce }: VerificationRequest,
  cheat?: number,
): Promise<string> {
  const { stage, clock, prover, artifacts, verifyProof, schemas } = tools
  const proving: ProvingTools = {
    prover,
    keys: artifacts.keys,
    verifyProof,
    revocations: world.revocations,
  }
  const trust = Object.fromEntries(
    Object.entries(policy.credentials).map(([alias, { trust: name }]) => [
      alias,
      listNamed(world, name),
    ]),
  )
  const use = cheat ?? holder.shown.get(policy.id) ?? 0
  const asOf = dayFromUnixSeconds(clock.now)
  const request = { policy, schemas, audience, asOf, trust, use }
  const circuit = Object.keys(policy.credentials).length === 1 ? 'eligibility-1' : 'eligibility-3'
  const prepared = await stage.time(circuit, () =>
    prepareProof(holder, request, proving, (_, done) => {
      stage.progress.update(done, `${holder.name} proves ${policy.id}`)
    }),
  )
  if (policy.once !== undefined && cheat === undefined) holder.shown.set(policy.id, use + 1)
  const presentation = await stage.time('present', () => presentProof(prepared, nonce, clock.now))
  stage.note('bytes', presentation.length)
  return presentation
}

/** The holder with one attribute of one schema changed: what a liar would do first. */
export function withLie(
  holder: DemoHolder,
  schema: string,
  lie: Readonly<Record<string, AttributeValue>>,
): DemoHolder {
  const liar = Object.assign(new DemoHolder(holder.name), { secret: holder.secret })
  liar.credentials = holder.credentials.map(({ credential, blinding }) =>
    credential.schema === schema
      ? {
          credential: { ...credential, attributes: { ...credential.attributes, ...lie } },
          blinding,
        }
      : { credential, blinding },
  )
  return liar
}
