/**
 * The sizes of the two instances of the statement. Circuits, the policy compiler, the codec of
 * public inputs and the witness builder all take their numbers from here.
 */
export interface CircuitShape {
  readonly name: 'eligibility-1' | 'eligibility-3'
  /** Credentials proven at once, all of one holder. */
  readonly slots: 1 | 3
  /** Comparisons of an attribute or the weighted sum with a constant or an attribute. */
  readonly comparisons: number
  /** Look-ups of an attribute in a public set. */
  readonly lookups: number
  /** Conjunctions, of which at least one must hold. */
  readonly terms: number
  /** Bits of a selector: enough for all attributes and one number more. */
  readonly selectorBits: number
}

export const ELIGIBILITY_1: CircuitShape = {
  name: 'eligibility-1',
  slots: 1,
  comparisons: 6,
  lookups: 1,
  terms: 8,
  selectorBits: 5,
}

export const ELIGIBILITY_3: CircuitShape = {
  name: 'eligibility-3',
  slots: 3,
  comparisons: 12,
  lookups: 3,
  terms: 12,
  selectorBits: 6,
}

export const CIRCUIT_SHAPES: readonly CircuitShape[] = [ELIGIBILITY_1, ELIGIBILITY_3]

/** Attributes of one credential; unused ones are 0. */
export const ATTRIBUTES_PER_SLOT = 16

/** Attributes in the one weighted sum. */
export const SUM_ATTRIBUTES = 4

/** Values in one look-up set. */
export const MAX_LOOKUP_VALUES = 4096

/** The three results of a comparison, as bits of its mask: the comparison holds if its bit is set. */
export const LESS = 4
export const EQUAL = 2
export const GREATER = 1
export const ALWAYS = LESS | EQUAL | GREATER

/** The smallest instance that holds this many credentials. */
export function shapeForCredentials(count: number): CircuitShape {
  const shape = CIRCUIT_SHAPES.find(({ slots }) => count >= 1 && count <= slots)
  if (shape === undefined) throw new TypeError(`no circuit for ${String(count)} credentials`)
  return shape
}

/** The number of an attribute among those of all slots. */
export function attributeSelector(slot: number, position: number): number {
  return slot * ATTRIBUTES_PER_SLOT + position
}

/** As the left side of a comparison: the weighted sum instead of an attribute. */
export function weightedSelector(shape: CircuitShape): number {
  return shape.slots * ATTRIBUTES_PER_SLOT
}

/** As the right side of a comparison: its public constant instead of an attribute. */
export function constantSelector(shape: CircuitShape): number {
  return shape.slots * ATTRIBUTES_PER_SLOT
}
