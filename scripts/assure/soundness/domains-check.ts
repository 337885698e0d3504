import { reduce } from '../../../core/field.ts'
import type { Check, Conclusion, Scope, Unit } from '../check.ts'
import { compileSource } from './compiled.ts'
import type { CompiledSystem } from './compiled.ts'
import { domainOf, probeValues } from './domains.ts'
import { createChance } from './honest/chance.ts'
import { CARELESS_TEMPLATES, OPEN_TEMPLATES } from './open-templates.ts'
import type { OpenTemplate } from './open-templates.ts'
import { SEEDED } from './plan.ts'
import type { Portion, Seen } from './plan.ts'
import { probeDomains } from './probes.ts'
import type { Probe } from './probes.ts'
import { honestInputsOf, loadSubject } from './subjects.ts'
import type { System, Wire } from './system.ts'
import { violations } from './violations.ts'

type Result = {
  readonly subject: string
  readonly inputs: number
  readonly tried: number
  readonly refused: number
  readonly allowed: number
  readonly faults: readonly string[]
  readonly seeded: readonly Seen[]
}

/** The templates without hash functions, which the compiler takes longest for. */
const QUICK_TEMPLATES = 4
/** Private inputs: 2 + 155 for one credential and one look-up; three times as many for three. */
const PRIVATE_INPUTS = { enrolment: 2, 'eligibility-1': 157, 'eligibility-3': 467 } as const
/** A holder with a use in the middle of a large limit, so that some values of `use` are allowed. */
const SEED = 112

export const domainsCheck: Check<Portion, Result> = {
  id: 'soundness.domains',
  claim: 'Nobody can put a value outside its declared domain in the place of a private input.',
  method:
    'Each private input is replaced by -1, 2, one half, powers of two, 0, its successor and a random ' +
    'value; everything else follows by deduction from the constraints. It must follow that there is ' +
    'no witness, unless the value lies in the domain that is declared for the input. Since ' +
    'signatures and roots bind most inputs of a whole circuit, templates are examined besides with ' +
    'what they compute left open, so that only their own checks can refuse.',
  threats: ['T2', 'T3', 'T6', 'T13'],
  plan,
  run: ({ subject, from, count }) => {
    if (subject === 'seeded') return seededResult()
    return subject === 'templates' ? openResult(count) : examine(subject, from, count)
  },
  conclude,
}

function plan(scope: Scope): Unit<Portion>[] {
  const enrolment = inputPortions('enrolment', PRIVATE_INPUTS.enrolment)
  if (scope === 'part') return [SEEDED, open(QUICK_TEMPLATES), ...enrolment]
  return [
    SEEDED,
    open(OPEN_TEMPLATES.length),
    ...enrolment,
    ...inputPortions('eligibility-1', 20),
    ...inputPortions('eligibility-3', 10),
  ]
}

function open(count: number): Unit<Portion> {
  return { name: 'templates', input: { subject: 'templates', from: 0, count } }
}

function inputPortions(subject: keyof typeof PRIVATE_INPUTS, size: number): Unit<Portion>[] {
  const total = PRIVATE_INPUTS[subject]
  return Array.from({ length: Math.ceil(total / size) }, (_, i) => ({
    name: `${subject}-${i * size}`,
    input: { subject, from: i * size, count: Math.min(size, total - i * size) },
  }))
}

async function examine(subject: string, from: number, count: number): Promise<Result> {
  const compiled = await loadSubject(subject)
  const { system } = compiled
  const inputs = compiled.inputsOf(honestInputsOf(subject, SEED))
  const limit = inputs.get(limitWire(system)) ?? 0n
  const wires = system.privateInputs.slice(from, from + count)
  const isAllowed = (wire: Wire, value: bigint): boolean =>
    domainOf(system.nameOf(wire))?.allows(value, { limit }) === true
  const undeclared = wires
    .filter((wire) => domainOf(system.nameOf(wire)) === undefined)
    .map((wire) => `${subject}: no domain is declared for ${system.nameOf(wire)}`)
  const probes = probeDomains(system, inputs, probesOf(wires, inputs))
  const result = judged(subject, system, probes, isAllowed)
  return { ...result, inputs: wires.length, faults: [...undeclared, ...result.faults] }
}

function limitWire(system: System): Wire {
  return [...system.names].find(([name]) => name === 'limit')?.[1] ?? -1
}

async function openResult(count: number): Promise<Result> {
  const results: Result[] = []
  for (const template of OPEN_TEMPLATES.slice(0, count)) results.push(await probeTemplate(template))
  return {
    subject: 'templates',
    inputs: total(results, 'inputs'),
    tried: total(results, 'tried'),
    refused: total(results, 'refused'),
    allowed: total(results, 'allowed'),
    faults: results.flatMap(({ faults }) => faults),
    seeded: [],
  }
}

async function probeTemplate(template: OpenTemplate): Promise<Result> {
  const compiled = await compileSource(`pragma circom 2.2.0;\n${template.source}`)
  const { system } = compiled
  const inputs = compiled.inputsOf(template.inputs)
  const byWire = wiresOf(compiled, template)
  const probes = probeDomains(system, inputs, probesOf([...byWire.keys()], inputs))
  const isAllowed = (wire: Wire, value: bigint): boolean => byWire.get(wire)?.(value) === true
  return { ...judged(template.name, system, probes, isAllowed), inputs: byWire.size }
}

function wiresOf({ system }: CompiledSystem, { domains }: OpenTemplate) {
  return new Map(
    Object.entries(domains).map(([name, allows]) => [system.wireOf(name), allows] as const),
  )
}

function probesOf(
  wires: readonly Wire[],
  inputs: ReadonlyMap<Wire, bigint>,
): { wire: Wire; value: bigint }[] {
  return wires.flatMap((wire) => {
    const random = createChance(wire).field()
    return probeValues(reduce(inputs.get(wire) ?? 0n), random).map((value) => ({ wire, value }))
  })
}

function judged(
  subject: string,
  system: System,
  probes: readonly Probe[],
  isAllowed: (wire: Wire, value: bigint) => boolean,
): Result {
  const faults: string[] = []
  let [refused, allowed] = [0, 0]
  for (const { wire, value, witness, isRefuted } of probes) {
    const told = `${subject}: ${system.nameOf(wire)} = ${value}`
    if (isRefuted) refused++
    else if (witness === undefined) faults.push(`${told} is neither accepted nor refused for sure`)
    else if (violations(system, witness).length > 0) {
      faults.push(`${told}: a deduced witness breaks a constraint`)
    } else if (isAllowed(wire, value)) allowed++
    else faults.push(`${told} is accepted`)
  }
  return { subject, inputs: 0, tried: probes.length, refused, allowed, faults, seeded: [] }
}

async function seededResult(): Promise<Result> {
  const seeded: Seen[] = []
  for (const template of CARELESS_TEMPLATES) {
    const { faults } = await probeTemplate(template)
    const wasSeen = faults.some((text) => text.endsWith('is accepted'))
    seeded.push({ fault: template.fault, wasSeen })
  }
  return { subject: 'seeded', inputs: 0, tried: 0, refused: 0, allowed: 0, faults: [], seeded }
}

function total(results: readonly Result[], of: 'inputs' | 'tried' | 'refused' | 'allowed'): number {
  return results.reduce((sum, result) => sum + result[of], 0)
}

function conclude(results: readonly Result[], scope: Scope): Conclusion {
  const faults = results.flatMap((result) => result.faults)
  return {
    figures: [
      {
        name: 'inputs probed',
        value: total(results, 'inputs'),
        aim: { atLeast: scope === 'whole' ? 640 : 10 },
      },
      { name: 'values tried', value: total(results, 'tried') },
      { name: 'refused, proven by deduction', value: total(results, 'refused') },
      { name: 'accepted within their domain', value: total(results, 'allowed') },
      { name: 'accepted outside, or open', value: faults.length, aim: { atMost: 0 } },
    ],
    faults,
    seeded: results.flatMap(({ seeded }) => seeded),
    notes: [],
  }
}
