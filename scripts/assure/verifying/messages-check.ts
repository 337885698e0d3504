import { ZerocardError, isErrorCode } from '../../../core/errors.ts'
import type { Check, Json } from '../check.ts'
import { malformedJson, malformedText, randomJson } from './mutations.ts'
import type { Malformed } from './mutations.ts'
import { Random } from './random.ts'
import { DONE, makeTargets, meaning } from './targets.ts'
import type { Target } from './targets.ts'

interface Input {
  readonly [name: string]: Json
  readonly seed: number
  readonly messages: number
  /** With a reader that accepts everything, and one that fails: to show that both are seen. */
  readonly isSeeded: boolean
}

interface Result {
  readonly [name: string]: Json
  readonly messages: number
  readonly same: number
  /** Texts that became other good messages: links, numbers, tables. */
  readonly other: number
  readonly slowest: number
  readonly slowestKind: string
  readonly faults: readonly string[]
  readonly seen: readonly (readonly [string, boolean])[]
}

const UNITS = 42
const MESSAGES_A_UNIT = 25_200
/** Milliseconds that a message may take. */
const MAX_TIME = 250
/** Milliseconds from which a message is read again: the machine may have had something else to do. */
const SUSPICIOUS = 50
const REPEATS = 3
const MAX_FAULTS = 20

export const messagesCheck: Check<Input, Result> = {
  id: 'verifying.messages',
  claim:
    'No malformed message is accepted, none makes a reader fail otherwise than with a code of the ' +
    'closed list, and none takes over 250 ms.',
  method:
    'For each reader of bytes from outside a good message is changed: members left out, added, ' +
    'twice, of other types, too large, too deep, half characters; texts are cut and filled up; ' +
    'some messages are random JSON and random bytes. A changed message that means the same as the ' +
    'good one (JSON has several texts for one value) counts for nothing.',
  threats: ['T7', 'T14', 'T19', 'T21'],
  plan: (scope) => [
    ...Array.from({ length: scope === 'whole' ? UNITS : 1 }, (_, i) => ({
      name: `messages-${i}`,
      input: {
        seed: 5_000 + i,
        messages: scope === 'whole' ? MESSAGES_A_UNIT : 4_000,
        isSeeded: false,
      },
    })),
    { name: 'seeded', input: { seed: 1, messages: 40, isSeeded: true } },
  ],
  run: async ({ seed, messages, isSeeded }, work) =>
    isSeeded ? seeded(seed, messages) : tryAll(makeTargets(), seed, messages, work.progress),
  conclude: (results, scope) => {
    const sum = (name: 'messages' | 'same' | 'other'): number =>
      results.reduce((total, result) => total + result[name], 0)
    const slowest = results.reduce((worst, one) => (one.slowest > worst.slowest ? one : worst))
    const judged = sum('messages') - sum('same') - sum('other')
    return {
      figures: [
        {
          name: 'malformed messages refused',
          value: judged,
          aim: { atLeast: scope === 'whole' ? 1_000_000 : 3_000 },
        },
        { name: 'changed messages that mean the same', value: sum('same') },
        { name: 'changed links and numbers that are other good ones', value: sum('other') },
        {
          name: `slowest message (${slowest.slowestKind})`,
          value: Math.round(slowest.slowest * 10) / 10,
          unit: 'ms',
          aim: { atMost: MAX_TIME },
        },
      ],
      faults: results.flatMap(({ faults }) => faults),
      seeded: results.flatMap(({ seen }) => seen.map(([fault, wasSeen]) => ({ fault, wasSeen }))),
      notes: [],
    }
  },
}

async function tryAll(
  targets: readonly Target[],
  seed: number,
  count: number,
  progress: (share: number) => void,
): Promise<Result> {
  const random = new Random(seed)
  const drawn = targets.flatMap((target) => Array<Target>(target.share).fill(target))
  const meanings = new Map<Target, string | undefined>()
  for (const target of targets) meanings.set(target, await meaningOf(target))
  const faults: string[] = []
  let [messages, same, other, slowest, slowestKind] = [0, 0, 0, 0, 'none']
  for (let i = 0; i < count; i++) {
    const target = random.pick(drawn)
    const message = malformed(target, random)
    const [verdict, time] = await timed(target, message.text)
    messages++
    if (time > slowest) {
      ;[slowest, slowestKind] = [time, `${target.name}: ${message.kind}`]
    }
    if (verdict.kind === 'refused') continue
    if (verdict.kind === 'read' && verdict.meaning === (meanings.get(target) ?? '')) same++
    else if (verdict.kind === 'read' && (target.isOpen === true || verdict.meaning === 'anything'))
      other++
    else if (faults.length < MAX_FAULTS) {
      faults.push(
        `${target.name}, ${message.kind}: ${verdict.kind} ${verdict.meaning.slice(0, 200)} (seed ${seed}, ${i})`,
      )
    }
    if (i % 1000 === 0) progress(i / count)
  }
  return { messages, same, other, slowest, slowestKind, faults, seen: [] }
}

function malformed({ seed, isClosed, free, texts = [] }: Target, random: Random): Malformed {
  const kind = random.below(100)
  if ('text' in seed) return malformedText(seed.text, random)
  if (kind < 4) return { kind: 'random JSON', text: randomJson(random) }
  const isFree = (path: string): boolean =>
    free.some((name) => path === name || path.startsWith(`${name}.`))
  return kind < 10
    ? cutJson(JSON.stringify(seed.json), random)
    : malformedJson(seed.json, random, isFree, isClosed, (path) => texts.includes(path))
}

function cutJson(text: string, random: Random): Malformed {
  const at = random.below(text.length)
  return random.below(2) === 0
    ? { kind: 'cut', text: text.slice(0, at) }
    : { kind: 'NUL', text: `${text.slice(0, at)}\u0000${text.slice(at)}` }
}

interface Verdict {
  readonly kind: 'refused' | 'read' | 'crashed'
  readonly meaning: string
}

async function timed(target: Target, text: string): Promise<[Verdict, number]> {
  const [verdict, first] = await once(target, text)
  let time = first
  for (let i = 0; i < REPEATS && time > SUSPICIOUS; i++) {
    const [, again] = await once(target, text)
    time = Math.min(time, again)
  }
  return [verdict, time]
}

async function once(target: Target, text: string): Promise<[Verdict, number]> {
  const start = performance.now()
  const verdict = await verdictOf(target, text)
  return [verdict, performance.now() - start]
}

async function verdictOf({ read }: Target, text: string): Promise<Verdict> {
  try {
    return { kind: 'read', meaning: meaning(await read(text)) }
  } catch (error) {
    if (error === DONE) return { kind: 'read', meaning: 'anything' }
    const isRefusal = error instanceof ZerocardError && isErrorCode(error.code)
    return { kind: isRefusal ? 'refused' : 'crashed', meaning: String(error) }
  }
}

/** Undefined for seeds that only look like a message. */
async function meaningOf(target: Target): Promise<string | undefined> {
  const text = 'text' in target.seed ? target.seed.text : JSON.stringify(target.seed.json)
  const verdict = await verdictOf(target, text)
  if (verdict.kind === 'crashed') throw new TypeError(`${target.name}: ${verdict.meaning}`)
  if (verdict.kind === 'refused' && 'json' in target.seed) {
    throw new TypeError(`${target.name}: the good message is refused: ${verdict.meaning}`)
  }
  return verdict.kind === 'read' ? verdict.meaning : undefined
}

/** Readers with a fault each. */
async function seeded(seed: number, count: number): Promise<Result> {
  const base = { seed: { json: { a: { b: 'text' }, c: 1 } }, isClosed: true, free: [], share: 1 }
  const readers: readonly (readonly [string, (text: string) => unknown])[] = [
    ['a reader that accepts what is no message', (text) => text],
    ['a reader that takes the last of two members', lastMember],
    [
      'a reader that fails with an error of its own',
      (text) => (JSON.parse(text) as { a: { b: string } }).a.b,
    ],
    ['a reader that takes half a second', slowly],
  ]
  const seen: [string, boolean][] = []
  for (const [fault, read] of readers) {
    const few = fault.includes('second') ? 2 : count
    const { faults, slowest } = await tryAll(
      [{ ...base, name: 'seeded', read }],
      seed,
      few,
      () => undefined,
    )
    seen.push([fault, faults.length > 0 || slowest > MAX_TIME])
  }
  return { messages: 0, same: 0, other: 0, slowest: 0, slowestKind: 'none', faults: [], seen }
}

function lastMember(text: string): unknown {
  const json = JSON.parse(text) as unknown
  const keys = typeof json === 'object' && json !== null ? Object.keys(json).join() : ''
  if (keys.includes('a') && keys.includes('c')) return { keys, text: text.length }
  throw new ZerocardError('INPUT_INVALID', 'no message')
}

function slowly(text: string): unknown {
  const end = performance.now() + 2 * MAX_TIME
  while (performance.now() < end);
  return text.slice(0, 0)
}
