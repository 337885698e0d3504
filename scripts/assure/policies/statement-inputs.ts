import type { CircuitInputs } from '../../../client/witness.ts'
import { reduce } from '../../../core/field.ts'
import type { CompiledPolicy } from '../../../core/policy/program.ts'
import { LOOKUP_SHAPE, SortedSet } from '../../../core/sorted-set.ts'
import { formulaWord, operandWord, weightWord } from '../../../core/statement.ts'

/** What of a policy is public: the same for whoever compiles it. */
export interface PublicProgram {
  readonly compiled: CompiledPolicy
  readonly sets: readonly SortedSet[]
  readonly operandWord: bigint
  readonly weightWord: bigint
  readonly formulaWord: bigint
  readonly constants: readonly bigint[]
  readonly roots: readonly bigint[]
}

const EMPTY = SortedSet.from(LOOKUP_SHAPE, [])

export function publicProgram(compiled: CompiledPolicy, isPerCredential: boolean): PublicProgram {
  const sets = compiled.lookups.map(({ values }) =>
    values.length === 0 ? EMPTY : SortedSet.from(LOOKUP_SHAPE, values),
  )
  return {
    compiled,
    sets,
    operandWord: operandWord(compiled, isPerCredential),
    weightWord: weightWord(compiled),
    formulaWord: formulaWord(compiled),
    constants: compiled.comparisons.map(({ constant }) => reduce(constant)),
    roots: sets.map(({ root }) => root),
  }
}

/** The public words as one text, to compare. */
export function wordsOf(program: PublicProgram): string {
  const { constants, roots } = program
  return [
    program.operandWord,
    program.weightWord,
    program.formulaWord,
    ...constants,
    ...roots,
  ].join()
}

/** The inputs of the policy's circuit, in the order in which its source declares them. */
export function policyInputs(program: PublicProgram, attributes: readonly bigint[]): CircuitInputs {
  const { compiled, sets } = program
  return {
    attributes,
    lookupPlaces: compiled.lookups.flatMap(({ attribute }, i) => {
      const place = (sets[i] ?? EMPTY).prove(attributes[attribute] ?? 0n)
      return [...place.run, BigInt(place.index), ...place.children.flat()]
    }),
    operandWord: program.operandWord,
    weightWord: program.weightWord,
    formulaWord: program.formulaWord,
    constants: program.constants,
    roots: program.roots,
  }
}
