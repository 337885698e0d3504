import type { Policy } from '../../../core/policy/policy.ts'
import type { VerifierStore } from '../../../server/verifier/store.ts'
import { Verifier } from '../../../server/verifier/verifier.ts'
import type { VerificationRequest } from '../../../server/verifier/verifier.ts'
import { environment } from '../artifacts.ts'
import type { Tools } from './tools.ts'
import type { World } from './world.ts'

const REQUEST_SECONDS = 600

/** A verifier that keeps every presentation it accepted: all it could ever look at again. */
export class DemoVerifier {
  readonly title: string
  readonly audience: string
  readonly received: string[] = []
  readonly #tools: Tools
  readonly #verifier: Verifier

  /** @param store - Shared by verifiers that count uses together. */
  constructor(tools: Tools, title: string, audience: string, store: VerifierStore) {
    const { artifacts, verifyProof } = tools
    this.title = title
    this.audience = audience
    this.#tools = tools
    this.#verifier = new Verifier({
      store,
      keys: artifacts.accepted,
      environment: environment(),
      verifyProof,
    })
  }

  async trust({ lists }: World): Promise<void> {
    for (const list of lists.values()) await this.#verifier.acceptTrust(list)
  }

  ask(policy: Policy): Promise<VerificationRequest> {
    const { schemas, clock } = this.#tools
    return this.#verifier.request(policy, schemas, this.audience, clock.now, REQUEST_SECONDS)
  }

  async judge(request: VerificationRequest, presentation: string): Promise<void> {
    const { stage, clock } = this.#tools
    await stage.time('verify', () => this.#verifier.verify(request.id, presentation, clock.now))
    this.received.push(presentation)
  }
}
