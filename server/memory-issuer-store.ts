import type { IssuedCredential, IssuerStore, RecordOutcome } from './issuer-store.ts'

/** An issuer's memory that ends with the process: for tests, examples and the demo. */
export class MemoryIssuerStore implements IssuerStore {
  readonly #tags = new Map<string, bigint>()
  readonly #subjects = new Map<bigint, string>()
  readonly #issued = new Map<bigint, IssuedCredential>()
  readonly #commitments = new Map<string, bigint>()
  #epoch = 0

  tagOf(subject: string): Promise<bigint | undefined> {
    return Promise.resolve(this.#tags.get(subject))
  }

  subjectOf(tag: bigint): Promise<string | undefined> {
    return Promise.resolve(this.#subjects.get(tag))
  }

  findByCommitment(commitment: bigint): Promise<IssuedCredential | undefined> {
    return Promise.resolve(this.#issued.get(commitment))
  }

  findByNumber(schema: string, revocationId: bigint): Promise<IssuedCredential | undefined> {
    const commitment = this.#commitments.get(numberKey(schema, revocationId))
    return Promise.resolve(commitment === undefined ? undefined : this.#issued.get(commitment))
  }

  listBySubject(subject: string): Promise<readonly IssuedCredential[]> {
    return Promise.resolve([...this.#issued.values()].filter((one) => one.subject === subject))
  }

  record(issued: IssuedCredential, tag: bigint): Promise<RecordOutcome> {
    const outcome = this.#judge(issued, tag)
    if (outcome === 'recorded') {
      this.#tags.set(issued.subject, tag)
      this.#subjects.set(tag, issued.subject)
      this.#issued.set(issued.commitment, issued)
      this.#commitments.set(numberKey(issued.schema, issued.revocationId), issued.commitment)
    }
    return Promise.resolve(outcome)
  }

  async revoke(schema: string, revocationId: bigint, now: number): Promise<boolean> {
    const issued = await this.findByNumber(schema, revocationId)
    if (issued === undefined || issued.revokedAt !== undefined) return false
    this.#issued.set(issued.commitment, { ...issued, revokedAt: now })
    return true
  }

  revokedNumbers(schema: string): Promise<readonly bigint[]> {
    const revoked = [...this.#issued.values()].filter(
      (one) => one.schema === schema && one.revokedAt !== undefined,
    )
    const numbers = revoked.map(({ revocationId }) => revocationId)
    return Promise.resolve(numbers.sort((a, b) => (a < b ? -1 : 1)))
  }

  nextEpoch(): Promise<number> {
    this.#epoch += 1
    return Promise.resolve(this.#epoch)
  }

  #judge(
    { subject, schema, commitment, revocationId }: IssuedCredential,
    tag: bigint,
  ): RecordOutcome {
    if ((this.#tags.get(subject) ?? tag) !== tag) return 'tag-differs'
    if ((this.#subjects.get(tag) ?? subject) !== subject) return 'tag-taken'
    if (this.#issued.has(commitment)) return 'commitment-taken'
    return this.#commitments.has(numberKey(schema, revocationId)) ? 'number-taken' : 'recorded'
  }
}

function numberKey(schema: string, revocationId: bigint): string {
  return `${schema} ${String(revocationId)}`
}
