import type { AttributeValue } from '../../../core/attribute.ts'
import { encodeAttribute } from '../../../core/attribute.ts'
import type { ErrorCode } from '../../../core/errors.ts'
import { ZerocardError } from '../../../core/errors.ts'
import { compilePolicy } from '../../../core/policy/compile.ts'
import type { PlainCredentials } from '../../../core/policy/evaluate.ts'
import { evaluatePolicy } from '../../../core/policy/evaluate.ts'
import type { Policy } from '../../../core/policy/policy.ts'
import { parsePolicy } from '../../../core/policy/policy.ts'
import type { CompiledPolicy } from '../../../core/policy/program.ts'
import type { Rule } from '../../../core/policy/rule.ts'
import type { Dice } from './dice.ts'
import { randomRule } from './rules.ts'
import { SLIPS, rewritten } from './slips.ts'
import type { PublicProgram } from './statement-inputs.ts'
import { publicProgram, wordsOf } from './statement-inputs.ts'
import type { World } from './world.ts'
import { neighbouringPeople, randomWorld, valueOf } from './world.ts'

// One random policy, its program, and the people it is tried on.

export interface Trial {
  readonly world: World
  readonly policy: Policy
  readonly people: readonly PlainCredentials[]
  /** What the verifier was told of the disclosed attributes, true or not. */
  readonly disclosed: Readonly<Record<string, AttributeValue>>
  /** A refusal's code, where the compiler makes no program. */
  readonly program: PublicProgram | ErrorCode
  /** Whether the same policy, written in another order, gave another program. */
  readonly isAmbiguous: boolean
  /** By what slip the rule would be read otherwise, and how. */
  readonly misread: readonly { readonly fault: string; readonly policy: Policy }[]
}

/** People come in groups that differ by a step. */
export const GROUP = 3

export function randomTrial(credentials: number, groups: number, dice: Dice): Trial {
  const world = randomWorld(credentials, dice)
  const json = randomPolicyJson(world, dice)
  const text = JSON.stringify(json)
  const mentioned = world.places.filter(({ path }) => text.includes(`"${path}"`))
  const people = Array.from({ length: groups }, () =>
    neighbouringPeople(world, mentioned.length > 0 ? mentioned : world.places, dice),
  ).flat()
  return trialOf(world, json, people)
}

/** @param json - A policy over the world's credentials; the first of the people is who discloses. */
export function trialOf(world: World, json: object, people: readonly PlainCredentials[]): Trial {
  const policy = parsePolicy(json, world.schemas)
  const disclosed = disclosedOf(policy, people[0] ?? {})
  const program = programOf(policy, world, disclosed)
  return {
    world,
    policy,
    people,
    disclosed,
    program,
    isAmbiguous:
      typeof program === 'object' && wordsOf(program) !== wordsElsewhere(policy, world, disclosed),
    misread: misreadings(policy),
  }
}

/** Whether the policy holds for a person, and what was disclosed is the person's. */
export function holdsFor(
  { world, policy, disclosed }: Trial,
  person: PlainCredentials,
  reading = policy,
): boolean {
  const isHonest = policy.disclose.every((path) => {
    const [alias = '', name = ''] = path.split('.')
    return disclosed[path] === valueOf(person, alias, name)
  })
  return isHonest && evaluatePolicy(reading, world.schemas, person, world.asOf)
}

export function isPerCredential({ once }: Policy): boolean {
  return once?.per === 'credential'
}

function randomPolicyJson(world: World, dice: Dice): object {
  const disclose = dice.chance(0.1) ? dice.some(world.places, dice.between(1, 2)) : []
  const once = { scope: 'a scope', per: dice.pick(['person', 'credential']) }
  return {
    id: 'random@1',
    purpose: 'To compare two ways to decide',
    credentials: world.credentials,
    ...(dice.chance(0.02) ? {} : { where: randomRule(world, dice) }),
    ...(dice.chance(0.2) ? { once } : {}),
    disclose: disclose.map(({ path }) => path),
  }
}

/** Those of one of the people: true for some, false for others. */
function disclosedOf(
  { disclose }: Policy,
  person: PlainCredentials,
): Readonly<Record<string, AttributeValue>> {
  return Object.fromEntries(
    disclose.map((path) => {
      const [alias = '', name = ''] = path.split('.')
      return [path, valueOf(person, alias, name)]
    }),
  )
}

function programOf(
  policy: Policy,
  world: World,
  disclosed: Readonly<Record<string, AttributeValue>>,
): PublicProgram | ErrorCode {
  try {
    return publicProgram(compiledOf(policy, world, disclosed), isPerCredential(policy))
  } catch (error) {
    if (error instanceof ZerocardError) return error.code
    throw error
  }
}

/** The words another party gets: it reads the policy from JSON whose members are in another order. */
function wordsElsewhere(
  policy: Policy,
  world: World,
  disclosed: Readonly<Record<string, AttributeValue>>,
): string {
  const { credentials, ...rest } = policy
  const mirrored = { ...(reversed(rest) as object), credentials }
  const same = parsePolicy(JSON.parse(JSON.stringify(mirrored)), [...world.schemas].reverse())
  return wordsOf(publicProgram(compiledOf(same, world, disclosed), isPerCredential(same)))
}

function compiledOf(
  policy: Policy,
  { schemas, places, asOf }: World,
  disclosed: Readonly<Record<string, AttributeValue>>,
): CompiledPolicy {
  const encoded = Object.entries(disclosed).map(([path, value]) => {
    const type = places.find((place) => place.path === path)?.type
    if (type === undefined) throw new TypeError(`${path}: nobody has it`)
    return [path, encodeAttribute(type, value)] as const
  })
  return compilePolicy(policy, schemas, asOf, Object.fromEntries(encoded))
}

/** Members of objects in opposite order; lists stay as they are. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([name, member]) => [name, reversed(member)] as const)
  return Object.fromEntries(entries.reverse())
}

function misreadings(policy: Policy): Trial['misread'] {
  const { where } = policy
  if (where === undefined) return []
  return SLIPS.flatMap((slip) => {
    const reading: Rule = rewritten(where, slip)
    const isOther = JSON.stringify(reading) !== JSON.stringify(where)
    return isOther ? [{ fault: slip.fault, policy: { ...policy, where: reading } }] : []
  })
}
