import { createRandom } from '../../../examples/population/random.ts'
import type { Random } from '../../../examples/population/random.ts'
import type { Prover } from '../../../client/prover.ts'
import { createPairingVerifier } from '../../../server/pairing.ts'
import { checkedProverWith } from '../../../test/support/checked-prover.ts'
import { ADULT, NOW } from '../../../test/support/world.ts'
import { prover as groth16Prover } from '../../../test/support/tools.ts'
import { VirtualHolder } from './holder.ts'
import type { Visit, VisitPlan } from './holder.ts'
import type { Leak } from './leaks.ts'
import { QUESTIONS } from './policies.ts'
import type { Question } from './policies.ts'
import { Transcript } from './record.ts'
import type { Exchange } from './record.ts'
import { SERVICES, Town } from './town.ts'
import type { IssuerName, Row, ServiceName } from './town.ts'
import { freshRandomness, trapdoorProver } from './trapdoor-prover.ts'

// Some days in a town: people get credentials, visit verifiers, and look at their wallets. Who does
// what when is drawn by a seed; nobody has habits of their own.

/** How proofs are made: see trapdoor-prover.ts and test/support/checked-prover.ts. */
export type Proving = 'trapdoor' | 'checked' | 'groth16'

/** People of one kind, of whom one is not told from another by anything but what is looked for. */
export interface Group {
  readonly name: string
  readonly people: number
  readonly visits: number
  readonly proving: Proving
  /** Asked one after the other, from the beginning again; by default each of the town's. */
  readonly questions?: readonly Question[]
  readonly leak?: Leak
}

export interface ScenarioOptions {
  readonly seed: number
  readonly days: number
  readonly groups: readonly Group[]
  /** Whether the services verify proofs; what they answer is the same. */
  readonly isJudged: boolean
}

/** Somebody who took part. */
export interface Participant {
  readonly number: number
  readonly group: string
  readonly subject: string
  readonly issuers: readonly IssuerName[]
  readonly region: string
  readonly visits: readonly Visit[]
}

/** Everything that the services of a town have together, and the truth besides. */
export interface Evidence {
  readonly participants: readonly Participant[]
  readonly exchanges: readonly Exchange[]
  readonly rows: Readonly<Record<ServiceName, readonly Row[]>>
  readonly logs: Readonly<Record<ServiceName, readonly string[]>>
}

interface Person {
  readonly holder: VirtualHolder
  readonly group: Group
  readonly issuers: readonly IssuerName[]
}

interface Happening {
  readonly at: number
  readonly act: () => Promise<void>
}

const HOUR = 3600
const DAY = 24 * HOUR
/** Midnight of the day on which credentials are given out. */
const FIRST_DAY = NOW - (NOW % DAY)
const REGIONS = ['DE-BE', 'DE-BY', 'DE-HH', 'DE-SN']
/** Numbers of people who move away, one a day: their credentials are revoked. */
const FIRST_LEAVER = 900_000

/** Plays all of it. @param progress - Told the share that is done. */
export async function play(
  options: ScenarioOptions,
  progress: (share: number) => void = () => undefined,
): Promise<Evidence> {
  const town = await Town.start(options.isJudged ? await createPairingVerifier() : () => true)
  try {
    const transcript = new Transcript(town)
    const random = createRandom(options.seed)
    const people = await settle(town, transcript, options, random)
    const leavers = await leaversOf(town, transcript, options.days, random)
    await enrolAll(people, leavers, random)
    const days = planAll(people, options.days, random)
    for (const [i, happenings] of days.entries()) {
      await beginDay(town, i + 1)
      for (const { act } of happenings) await act()
      progress((i + 1) / days.length)
    }
    return evidenceOf(town, transcript, people)
  } finally {
    await town.close()
  }
}

async function settle(
  town: Town,
  transcript: Transcript,
  { groups }: ScenarioOptions,
  random: Random,
): Promise<Person[]> {
  const people: Person[] = []
  for (const group of groups) {
    for (let i = 0; i < group.people; i++) {
      const number = people.length + 1
      const wiring = group.leak?.wire({ number, place: i, town }) ?? {}
      const holder = await VirtualHolder.create(town, transcript, {
        number,
        attributes: attributesOf(number, random),
        random: createRandom(random.integer(1, 2 ** 31)),
        prover: wiring.prover ?? PROVERS[group.proving],
        clockAhead: random.integer(-WRONG, WRONG),
        ...(wiring.tampering === undefined ? {} : { tampering: wiring.tampering }),
        ...(wiring.around === undefined ? {} : { around: wiring.around }),
      })
      people.push({ holder, group, issuers: issuersOf(random) })
    }
  }
  return people
}

/** Seconds by which clocks of devices are wrong: wallets must not show it. */
const WRONG = 90

const PROVERS: Readonly<Record<Proving, Prover>> = {
  trapdoor: trapdoorProver(),
  checked: checkedProverWith(freshRandomness),
  groth16: groth16Prover,
}

function attributesOf(number: number, random: Random) {
  const year = random.integer(1940, 2000)
  const month = String(random.integer(1, 12)).padStart(2, '0')
  const day = String(random.integer(1, 28)).padStart(2, '0')
  return {
    ...ADULT,
    birthDate: `${String(year)}-${month}-${day}`,
    region: random.pick(REGIONS),
    personId: `ID-${String(random.integer(10 ** 9, 10 ** 10 - 1))}-${String(number)}`,
  }
}

function issuersOf(random: Random): readonly IssuerName[] {
  return random.pick([
    ...[['registry'], ['registry'], ['registry'], ['consulate'], ['consulate']],
    ['registry', 'consulate'],
  ] as const)
}

async function leaversOf(
  town: Town,
  transcript: Transcript,
  days: number,
  random: Random,
): Promise<VirtualHolder[]> {
  const leavers: VirtualHolder[] = []
  for (let i = 1; i <= days; i++) {
    const number = FIRST_LEAVER + i
    const attributes = attributesOf(number, random)
    const seed = random.integer(1, 2 ** 31)
    const own = {
      number,
      attributes,
      random: createRandom(seed),
      prover: PROVERS.trapdoor,
      clockAhead: 0,
    }
    leavers.push(await VirtualHolder.create(town, transcript, own))
  }
  return leavers
}

async function enrolAll(
  people: readonly Person[],
  leavers: readonly VirtualHolder[],
  random: Random,
): Promise<void> {
  const at = () => FIRST_DAY + random.integer(8 * HOUR, 20 * HOUR)
  const staying = () => waiting(random, 60)
  const all = people.flatMap(({ holder, issuers }) =>
    issuers.map((issuer) => ({ at: at(), issuer, holder })),
  )
  const leaving = leavers.map((holder) => ({ at: at(), issuer: 'registry' as const, holder }))
  for (const { at: time, issuer, holder } of [...all, ...leaving].sort((a, b) => a.at - b.at)) {
    await holder.enrol(issuer, time, staying())
  }
}

/** Issuers publish early in the morning; at the registry somebody was revoked each time. */
async function beginDay(town: Town, day: number): Promise<void> {
  town.clock.now = FIRST_DAY + day * DAY + 5 * HOUR
  const subject = `P-${String(FIRST_LEAVER + day)}`
  await town.call('registry', 'POST', '/v1/revocations', { subject })
  await town.publish()
}

/** What happens on each day, in the order of time. */
function planAll(people: readonly Person[], days: number, random: Random): Happening[][] {
  const all: Happening[][] = Array.from({ length: days }, () => [])
  const moment = (day: number) => FIRST_DAY + day * DAY + random.integer(7 * HOUR, 22 * HOUR)
  for (const { holder, group } of people) {
    const { questions = QUESTIONS } = group
    const visits = Array.from({ length: group.visits }, (_, i) => {
      const day = random.integer(1, days)
      return { day, plan: visitPlan(questions[i % questions.length], moment(day), random) }
    })
    for (const { day, plan } of visits) {
      all[day - 1]?.push({ at: plan.at, act: () => holder.visit(plan) })
    }
    for (let day = 1; day <= days; day++) {
      if (!random.chance(LOOKING)) continue
      const [at, staying] = [moment(day), waiting(random, 120)]
      all[day - 1]?.push({ at, act: () => holder.look(at, staying) })
    }
  }
  return all.map((happenings) => happenings.sort((a, b) => a.at - b.at))
}

/** Share of days on which somebody looks at the wallet without being asked anything. */
const LOOKING = 0.4

function visitPlan(question: Question | undefined, at: number, random: Random): VisitPlan {
  if (question === undefined) throw new TypeError('there is no such question')
  return {
    ...question,
    at,
    way: random.chance(0.5) ? 'link' : 'code',
    looking: random.integer(3, 30),
    reading: random.integer(3, 25),
    staying: waiting(random, 240),
  }
}

/** Seconds: most wait shortly, some long; at most half an hour. */
function waiting(random: Random, mean: number): number {
  return Math.min(1800, Math.ceil(-mean * Math.log(1 - random.fraction())))
}

function evidenceOf(town: Town, transcript: Transcript, people: readonly Person[]): Evidence {
  const participants = people.map(({ holder, group, issuers }) => ({
    number: holder.number,
    group: group.name,
    subject: holder.subject,
    issuers,
    region: String(holder.attributes['region']),
    visits: holder.visits,
  }))
  const rows = Object.fromEntries(SERVICES.map((name) => [name, town.rows(name)]))
  return {
    participants,
    exchanges: transcript.exchanges,
    rows: rows as unknown as Evidence['rows'],
    logs: town.logs,
  }
}
