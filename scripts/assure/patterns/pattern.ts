/** Values of signals by name, arrays element by element: `path[0]`. */
export type Values = Readonly<Record<string, bigint>>

/** A fault that circuits in the field have had, rebuilt as small as it can be. */
export interface Pattern {
  /** Letters, digits and dashes. */
  readonly name: string
  /** As docs/threat-model.md numbers it. */
  readonly threat: string
  /** What is wrong with the faulty circuit, in words. */
  readonly fault: string
  /** Body of the circom template; `CHECK` stands for what the twins do not share. */
  readonly body: string
  readonly faulty: string
  readonly mended: string
  /** Inputs that are tried. One that a sample leaves out is the prover's choice. */
  readonly samples: readonly Values[]
  /** Digits of the inputs that have to be in a range. */
  readonly digits?: Readonly<Record<string, number>>
  readonly outputs: readonly string[]
  /**
   * The plain meaning of the circuit.
   *
   * @param outputs - Undefined if the circuit refuses the inputs.
   */
  isRight(inputs: Values, outputs: Values | undefined): boolean
  /** Of all accepted samples with equal values of `of`, `is` has to be one value only. */
  readonly oneFor?: { readonly of: readonly string[]; readonly is: string }
}
