import type { AcceptedRoot } from '../core/verify.ts'
import type {
  Settlement,
  SettlementOutcome,
  StoredRequest,
  VerifierStore,
} from './verifier-store.ts'

/** A verifier's memory that ends with the process: for tests, examples and the demo. */
export class MemoryVerifierStore implements VerifierStore {
  readonly #requests = new Map<string, StoredRequest>()
  readonly #names = new Set<string>()
  readonly #roots = new Map<string, Map<bigint, number>>()

  addRequest(request: StoredRequest): Promise<void> {
    this.#requests.set(request.id, request)
    return Promise.resolve()
  }

  findRequest(id: string): Promise<StoredRequest | undefined> {
    return Promise.resolve(this.#requests.get(id))
  }

  // No await inside: nothing else runs between the checks and the changes.
  settle({ requestId, now, name }: Settlement): Promise<SettlementOutcome> {
    const request = this.#requests.get(requestId)
    if (request === undefined || request.answeredAt !== undefined) {
      return Promise.resolve('nonce-used')
    }
    const key = name && `${String(name.scope)} ${String(name.pseudonym)}`
    const isKnown = key !== undefined && this.#names.has(key)
    if (isKnown && !name?.isRepeatable) return Promise.resolve('pseudonym-used')
    if (key !== undefined) this.#names.add(key)
    this.#requests.set(requestId, { ...request, answeredAt: now })
    return Promise.resolve(isKnown ? 'returning' : 'accepted')
  }

  addTrustRoot(list: string, { root, madeAt }: AcceptedRoot): Promise<void> {
    const roots = this.#roots.get(list) ?? new Map<bigint, number>()
    roots.set(root, Math.min(madeAt, roots.get(root) ?? madeAt))
    this.#roots.set(list, roots)
    return Promise.resolve()
  }

  trustRoots(list: string): Promise<readonly AcceptedRoot[]> {
    const roots = [...(this.#roots.get(list) ?? [])].map(([root, madeAt]) => ({ root, madeAt }))
    return Promise.resolve(roots.sort((a, b) => b.madeAt - a.madeAt))
  }
}
