import { compileOnce } from '../mutation/constraints.ts'
import { System, parseR1cs } from '../soundness/engine.ts'
import type { Combination, Constraint, R1cs } from '../soundness/engine.ts'
import { ARITHMETIC } from './arithmetic.ts'
import { CHOICES } from './choices.ts'
import { NAMES } from './names.ts'
import type { Pattern } from './pattern.ts'

// All patterns are compiled as one circuit, which costs as much as one of them; each twin is then
// taken out as a constraint system of its own.

/** A faulty circuit and what is left of the fault when it is mended: nothing. */
export interface Twins {
  readonly faulty: System
  readonly mended: System
}

export const PATTERNS: readonly Pattern[] = [...ARITHMETIC, ...CHOICES, ...NAMES]

const LIBRARY = ['babyjub', 'bitify', 'comparators', 'compconstant', 'poseidon']

/** The twins of all patterns, by name. */
export async function compilePatterns(): Promise<Map<string, Twins>> {
  const { r1cs, symbols } = await compileOnce(circuitOf(PATTERNS))
  const whole = parseR1cs(r1cs, 'patterns')
  const rows = symbols.trimEnd().split('\n')
  const twin = (pattern: Pattern, index: number, kind: Kind): System =>
    extract(whole, rows, componentName(index, kind), pattern)
  return new Map(
    PATTERNS.map((pattern, i) => [
      pattern.name,
      { faulty: twin(pattern, i, 'faulty'), mended: twin(pattern, i, 'mended') },
    ]),
  )
}

type Kind = 'faulty' | 'mended'

const KINDS: readonly Kind[] = ['faulty', 'mended']

function componentName(index: number, kind: Kind): string {
  return `${kind}${String(index)}`
}

function circuitOf(patterns: readonly Pattern[]): string {
  const twins = patterns.flatMap((pattern, i) =>
    KINDS.map((kind) => ({ pattern, kind, name: componentName(i, kind) })),
  )
  const templates = twins.map(
    ({ pattern, kind, name }) =>
      `template ${capitalised(name)}() { ${pattern.body.replaceAll('CHECK', pattern[kind])} }`,
  )
  const components = twins.map(({ pattern, name }) =>
    [
      `component ${name} = ${capitalised(name)}();`,
      ...inputNames(pattern).map((input) => `${name}.${input} <== nothing;`),
    ].join('\n'),
  )
  return [
    'pragma circom 2.2.0;',
    ...LIBRARY.map((name) => `include "${name}.circom";`),
    'include "smt/smtverifier.circom";',
    ...templates,
    `template Patterns() { signal input nothing; ${components.join('\n')} }`,
    'component main = Patterns();',
  ].join('\n')
}

function inputNames({ samples }: Pattern): string[] {
  return [...new Set(samples.flatMap((sample) => Object.keys(sample)))]
}

function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1)
}

/** The constraints that are among a component's signals only, as a system of their own. */
function extract(whole: R1cs, rows: readonly string[], component: string, pattern: Pattern) {
  const prefix = `main.${component}.`
  const own = rows.map((row) => row.split(',')).filter(([, , , name]) => name?.startsWith(prefix))
  const wireNamed = new Map(own.map(([, wire, , name = '']) => [name, Number(wire)]))
  const wiresOf = (names: readonly string[]): number[] =>
    names.map((name) => wireNamed.get(prefix + name) ?? missing(name))
  const inputs = wiresOf(inputNames(pattern))
  const outputs = wiresOf(pattern.outputs)
  const order = [...new Set([0, ...outputs, ...inputs, ...wireNamed.values()])]
  const places = new Map(order.map((wire, i) => [wire, i]))
  const r1cs = {
    wires: order.length,
    outputs: outputs.length,
    publicInputs: 0,
    privateInputs: inputs.length,
    constraints: whole.constraints.flatMap((constraint) => moved(constraint, places)),
  }
  const symbols = own.map(
    ([, wire, , name = '']) =>
      `0,${String(places.get(Number(wire)))},0,main.${name.slice(prefix.length)}`,
  )
  return new System(r1cs, symbols.join('\n'))
}

/** The constraint with other wire numbers; undefined if it is about other wires too, or none. */
function moved(constraint: Constraint, places: ReadonlyMap<number, number>) {
  const wires = constraint.flatMap((side) => side.wires)
  if (!wires.every((wire) => places.has(wire)) || wires.every((wire) => wire === 0)) return []
  const side = (combination: Combination): Combination => ({
    ...combination,
    wires: combination.wires.map((wire) => places.get(wire) ?? 0),
  })
  const [a, b, c] = constraint
  return [[side(a), side(b), side(c)] as const]
}

function missing(name: string): never {
  throw new TypeError(`no signal ${name} in the pattern`)
}
