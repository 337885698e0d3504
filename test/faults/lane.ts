import { expect } from 'vitest'
import type { ServiceStart } from '../support/faulty-service.ts'

/** An answer of a service, as far as these tests look at it. */
export interface Answer {
  readonly status: number
  readonly json: object
}

/** An operation that is about to be done, and may be cut. */
export interface Attempt {
  /** One request. */
  readonly perform: () => Promise<Answer>
  /**
   * Checks, with the service up again, that nothing was lost and nothing is there twice.
   *
   * @param answer - What the client got; undefined if the service died before.
   */
  readonly check: (address: string, answer: Answer | undefined) => Promise<void>
}

/** One operation that is done again and again, on a service and a database of its own. */
export interface Lane {
  readonly name: string
  readonly service: ServiceStart
  /** Its URL. */
  readonly database: string
  /** Done once, when the service has started for the first time. */
  readonly begin?: (address: string) => Promise<void>
  readonly prepare: (address: string) => Promise<Attempt>
}

/** Where services are set up. */
export interface Ground {
  /** For their files. */
  readonly folder: string
  /** Makes an empty database. @returns Its URL. */
  readonly newDatabase: () => Promise<string>
}

/** The code of a refusal; for a success, its status. */
export function outcomeOf({ status, json }: Answer): unknown {
  return status < 300 ? status : (json as { readonly code?: unknown }).code
}

/** An operation that was answered must have been answered well. */
export function expectSuccess(answer: Answer | undefined): void {
  if (answer !== undefined) expect(outcomeOf(answer)).toBeOneOf([200, 201])
}
