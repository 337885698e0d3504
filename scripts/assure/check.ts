// What a check of the assurance run is: pieces of work that can be done in any order and in any
// process, and a conclusion from their results. Results are kept, so that a run that was cut short
// goes on where it was.

/** `part` belongs to `npm test`; `whole` is what `npm run assure` does. */
export type Scope = 'part' | 'whole'

/** Whatever JSON can hold. */
export type Json =
  string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }

/** One piece of work: minutes at most, so that little is lost when a run ends early. */
export interface Unit<Input extends Json = Json> {
  /** Letters, digits and dashes; names the result's file. */
  readonly name: string
  readonly input: Input
}

/** One number of the report. */
export interface AssuranceFigure {
  /** What was counted, in words. */
  readonly name: string
  readonly value: number
  readonly unit?: string
  /** What it has to be. A figure without an aim is for information. */
  readonly aim?: { readonly atLeast: number } | { readonly atMost: number }
}

/** What the results of a check say together. */
export interface Conclusion {
  readonly figures: readonly AssuranceFigure[]
  /** What must not be, one sentence each; a check with none, and all aims reached, has passed. */
  readonly faults: readonly string[]
  /** Seeded faults that the check was shown, and whether it saw them. One unseen fails the check. */
  readonly seeded: readonly SeededFault[]
  /** What a reader should know besides: limits, explained survivors. */
  readonly notes: readonly string[]
}

/** A fault built on purpose, to show that a check can fail. A type, so that it counts as JSON. */
export type SeededFault = {
  /** What is wrong with it, in words. */
  readonly fault: string
  readonly wasSeen: boolean
}

/** What a unit may use while it works. */
export interface Work {
  /** Share of the unit that is done, 0 to 1. */
  readonly progress: (share: number) => void
}

/** One section of the report. */
export interface Check<Input extends Json = Json, Result extends Json = Json> {
  /** Like `soundness.uniqueness`. */
  readonly id: string
  /** What is claimed, one sentence. */
  readonly claim: string
  /** How it is tried to be refuted, a few sentences for a reader who knows the field. */
  readonly method: string
  /** Threats it speaks to, as docs/threat-model.md numbers them. */
  readonly threats: readonly string[]
  plan(scope: Scope): readonly Unit<Input>[] | Promise<readonly Unit<Input>[]>
  /** Depends on the input and the project's files only; randomness comes from a seed in the input. */
  run(input: Input, work: Work): Promise<Result>
  /** `results` are in the order of the plan. */
  conclude(results: readonly Result[], scope: Scope): Conclusion
}

/** A check whatever it plans, for lists of them. */
// The two parameters occur as arguments and as results, so nothing narrower accepts every check.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type AnyCheck = Check<any, any>
