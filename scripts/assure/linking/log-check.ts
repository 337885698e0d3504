import { ZerocardError } from '../../../core/errors.ts'
import { checkFork, documentHash, forkEvidence } from '../../../core/status-log.ts'
import { NOW } from '../../../test/support/world.ts'
import type { Check, Conclusion, Scope, SeededFault } from '../check.ts'
import { ATTACKS, play } from './log-play.ts'
import type { Attack, Outcome } from './log-play.ts'
import { ISSUER, Story, castOf } from './log-world.ts'

type Input = {
  readonly attack: Attack | 'none' | 'evidence'
  readonly witnesses: number
  readonly isWatching: boolean
  readonly days: number
  readonly first: number
  readonly count: number
}

type Result = {
  readonly input: Input
  readonly outcomes: readonly (Outcome & { readonly seed: number })[]
  /** False evidence that was believed, in words. */
  readonly believed: readonly string[]
}

/** Hours in which a second story has to be found out: a wallet looks about once in nine. */
const LONGEST = 24

/** Ways in which evidence can be false. */
const FORGERIES = ['two documents of one log', 'one document twice', 'another path', 'another key']

/** An issuer that tells two stories is found out, and an honest one is not accused. */
export const logCheck: Check<Input, Result> = {
  id: 'linking.log',
  claim:
    'An issuer that shows one person or one verifier another key, epoch or root than the world is ' +
    'found out by the wallet with evidence that anybody can check; an honest issuer is never accused.',
  method:
    'Days of an issuer are played with the real code of the wallet: documents every hour, witnesses ' +
    'and verifiers that are late or down, questions and idle moments at random times. In half of ' +
    'the plays the issuer tells two stories in one of seven ways, with two witnesses and with none. ' +
    'Counted are answers under the second story, evidence that checks, and the time until then. ' +
    'Two stories are shown to a wallet that does not compare, too.',
  threats: ['T28'],

  plan: (scope) =>
    inputsOf(scope).map((input) => ({
      name: [
        input.attack.replaceAll(' ', '-'),
        input.witnesses,
        input.isWatching ? 'on' : 'off',
        input.first,
      ].join('-'),
      input,
    })),

  async run(input, work) {
    if (input.attack === 'evidence') {
      return { input, outcomes: [], believed: await believedForgeries() }
    }
    const outcomes: (Outcome & { seed: number })[] = []
    for (let seed = input.first; seed < input.first + input.count; seed++) {
      outcomes.push({ seed, ...(await play({ ...playOf(input), seed })) })
      work.progress(outcomes.length / input.count)
    }
    return { input, outcomes, believed: [] }
  },

  conclude: (results) => conclusionOf(results),
}

function playOf({ attack, witnesses, isWatching, days }: Input) {
  const told = attack === 'none' || attack === 'evidence' ? {} : { attack }
  return { ...told, witnesses, isWatching, days }
}

function inputsOf(scope: Scope): Input[] {
  const isPart = scope === 'part'
  const base = { isWatching: true, days: isPart ? 2 : 4, first: 1, count: isPart ? 1 : 10 }
  const honest = isPart
    ? [{ ...base, attack: 'none', witnesses: 2, count: 2 } as const]
    : Array.from(
        { length: 12 },
        (_, i) => ({ ...base, attack: 'none', witnesses: i % 3, first: 1 + 10 * i }) as const,
      )
  const attacks = ATTACKS.flatMap((attack, i) =>
    (isPart ? [2 * (i % 2)] : [0, 2]).map((witnesses) => ({ ...base, attack, witnesses })),
  )
  const unseeing = (isPart ? ATTACKS.slice(0, 1) : ATTACKS).map((attack) => ({
    ...base,
    attack,
    witnesses: 2,
    isWatching: false,
    count: 1,
  }))
  const evidence = { ...base, attack: 'evidence', witnesses: 0 } as const
  return [...honest, ...attacks, ...unseeing, evidence]
}

function conclusionOf(results: readonly Result[]): Conclusion {
  const all = results.flatMap(({ input, outcomes }) =>
    outcomes.map((outcome) => ({ input, ...outcome })),
  )
  const watched = all.filter(({ input }) => input.isWatching)
  const honest = watched.filter(({ input }) => input.attack === 'none')
  const attacks = watched.filter(({ input }) => input.attack !== 'none')
  const witnessed = attacks.filter(({ input }) => input.witnesses > 0)
  const alone = attacks.filter(({ input }) => input.witnesses === 0)
  const sum = (plays: readonly Outcome[], member: 'questions' | 'waited' | 'answered' | 'told') =>
    plays.reduce((total, one) => total + one[member], 0)
  const accused = honest.filter(({ isEvident }) => isEvident)
  const [certain, uncertain] = [attacks.filter(isCertain), attacks.filter((one) => !isCertain(one))]
  const missed = certain.filter(({ isEvident }) => !isEvident)
  const lucky = uncertain.filter(({ isEvident }) => isEvident)
  const waited = (100 * sum(honest, 'waited')) / Math.max(1, sum(honest, 'questions'))
  const longest = (plays: readonly Outcome[]) => Math.max(0, ...plays.map(({ hours }) => hours))
  const rounded = (value: number) => Math.round(10 * value) / 10
  return {
    figures: [
      { name: 'days of honest issuers', value: honest.reduce((n, { input }) => n + input.days, 0) },
      { name: 'honest issuers accused', value: accused.length, aim: { atMost: 0 } },
      {
        name: 'questions about honest issuers that had to wait for a witness',
        value: rounded(waited),
        unit: '%',
        aim: { atMost: 10 },
      },
      { name: 'issuers that told two stories', value: certain.length },
      {
        name: 'of these, found out with evidence that checks',
        value: certain.length - missed.length,
      },
      { name: 'of these, not found out', value: missed.length, aim: { atMost: 0 } },
      {
        name: 'answers under a second story, with witnesses',
        value: sum(witnessed, 'answered'),
        aim: { atMost: 0 },
      },
      {
        name: `answers under a second story, without witnesses, of ${String(sum(alone, 'told'))} questions`,
        value: sum(alone, 'answered'),
      },
      {
        name: 'longest time until it was found out',
        value: rounded(longest(certain)),
        unit: 'hours',
        aim: { atMost: LONGEST },
      },
      {
        name: `issuers, of ${String(uncertain.length)}, that told one person the other story everywhere, found out without a witness`,
        value: lucky.length,
      },
    ],
    faults: [
      ...accused.map(({ seed }) => `an honest issuer was accused: seed ${String(seed)}`),
      ...missed.map(
        ({ input, seed }) =>
          `not found out: ${input.attack}, ${String(input.witnesses)} witnesses, seed ${String(seed)}`,
      ),
      ...results.flatMap(({ believed }) => believed.map((what) => `false evidence: ${what}`)),
    ],
    seeded: seededIn(all),
    notes: [
      'An issuer that shows one person the other story at its own address, too, is found out without ' +
        'a witness only if another verifier’s list is shown to the wallet: that is counted apart.',
      'Without a witness and with one verifier only, nothing but the issuer’s own later words can ' +
        'show the second story: the first answers under it are given.',
    ],
  }
}

/** Whether the wallet must meet a document of the public story within days. */
function isCertain({ input }: { readonly input: Input }): boolean {
  return input.witnesses > 0 || input.attack !== 'story for one person'
}

/** A wallet that does not compare sees nothing, so what sees something is the comparison. */
function seededIn(
  all: readonly (Outcome & { readonly input: Input; readonly seed: number })[],
): SeededFault[] {
  return all
    .filter(({ input }) => !input.isWatching)
    .map(({ input, isEvident, answered, told }) => ({
      fault: `a wallet that does not compare: ${input.attack}`,
      wasSeen: !isEvident && told > 0 && answered === told,
    }))
}

/** Evidence against an honest issuer, made of what it has signed. */
async function believedForgeries(): Promise<string[]> {
  const { signer, witnessJwk } = await castOf()
  const truth = new Story()
  for (let epoch = 1; epoch <= 9; epoch++) {
    await truth.publish(signer, NOW + epoch, BigInt(epoch))
  }
  const other = truth.from(8)
  await other.publish(signer, NOW, 99n)
  const [first = '', second = ''] = [truth.documents[2], truth.documents[8]]
  const found = {
    first: truth.newest,
    second: other.newest,
    because: { kind: 'same-epoch' },
  } as const
  const evidence = forkEvidence({ issuer: ISSUER, jwk: signer.jwk }, found)
  const of = (one: object) => ({ ...evidence, ...one })
  const path = [documentHash(first)]
  const forgeries: readonly unknown[] = [
    of({ first, second }),
    of({ first, second: first }),
    of({ first, second, because: { kind: 'left-out', leaf: documentHash(second), path } }),
    of({ jwk: witnessJwk }),
  ]
  const believed: string[] = []
  // What is true has to be believed, else nothing is tried here.
  if (!(await isBelieved(of({})))) believed.push('none, but true evidence is refused')
  for (const [i, forgery] of forgeries.entries()) {
    if (await isBelieved(forgery)) believed.push(FORGERIES[i] ?? '')
  }
  return believed
}

async function isBelieved(evidence: unknown): Promise<boolean> {
  try {
    await checkFork(evidence)
    return true
  } catch (error) {
    if (error instanceof ZerocardError) return false
    throw error
  }
}
