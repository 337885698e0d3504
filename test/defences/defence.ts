/** One defence, and what is left of the code without it. */
export interface Defence {
  /** Of the threat model's table of negative tests. */
  readonly group: `N${number}`
  /** What is not done any more. */
  readonly without: string
  readonly file: string
  /** Stands once in the file. */
  readonly text: string
  readonly instead: string
  /** A circuit whose program the tests take from what was built: it is compiled anew. */
  readonly rebuilt?: string
  /** Tests that have to fail then, as the threat model writes them: file and title. */
  readonly tests: readonly `${string} › ${string}`[]
}
