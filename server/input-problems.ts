import { ZerocardError } from '../core/errors.ts'

/** What is wrong in a table, one entry a mistake. */
export interface InputProblem {
  /** Counted from 1; absent if no single line is meant. */
  readonly line?: number
  readonly column?: string
  readonly file?: string
  readonly message: string
}

/** Mistakes named in the one line of an error; all are in `problems`. */
const PROBLEMS_SHOWN = 5

/** Several mistakes in one input. */
export class InputProblems extends ZerocardError {
  readonly problems: readonly InputProblem[]

  constructor(source: string, problems: readonly InputProblem[]) {
    super('INPUT_INVALID', `${source}: ${problemList(problems)}`)
    this.problems = problems
  }
}

function problemList(problems: readonly InputProblem[]): string {
  const shown = problems.slice(0, PROBLEMS_SHOWN).map(({ line, column, file, message }) => {
    const place = [line === undefined ? undefined : `line ${String(line)}`, column, file].filter(
      (part) => part !== undefined,
    )
    return place.length === 0 ? message : `${place.join(', ')}: ${message}`
  })
  const rest = problems.length - shown.length
  return shown.join('; ') + (rest > 0 ? `; and ${String(rest)} more` : '')
}
