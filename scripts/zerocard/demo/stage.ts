import { ZerocardError } from '../../../core/errors.ts'
import type { ErrorCode } from '../../../core/errors.ts'
import { writeOut } from '../output.ts'
import type { Progress } from '../progress.ts'

/** How something ended: well, or with the code of what spoke against it. */
export type Outcome = 'accepted' | ErrorCode

/** One thing that somebody tried. */
export interface Attempt {
  readonly scene: string
  readonly who: string
  readonly what: string
  readonly expected: Outcome
  readonly outcome: Outcome
}

const WIDTH = 80
const WHO_WIDTH = 16
const WHAT_WIDTH = 29

/** What keeps a holder's own wallet from making a proof; everything else is a verifier's refusal. */
const WITHOUT_PROOF: ReadonlySet<Outcome> = new Set<Outcome>([
  'POLICY_NOT_SATISFIED',
  'PROVING_FAILED',
  'USE_EXHAUSTED',
  'CREDENTIAL_REVOKED',
])

/** Where the demo is told: plain lines of at most 80 columns, and a memory of what came out. */
export class Stage {
  readonly attempts: Attempt[] = []
  readonly progress: Progress
  readonly #isSilent: boolean
  readonly #times = new Map<string, number[]>()
  #scene = ''

  constructor(isSilent: boolean, progress: Progress) {
    this.#isSilent = isSilent
    this.progress = progress
  }

  async title(text: string): Promise<void> {
    this.#scene = text
    await this.#write(['', text, '-'.repeat(text.length)])
  }

  /** A paragraph. */
  async say(text: string): Promise<void> {
    await this.#write(wrapped(text, 0))
  }

  /** Lines as they are. */
  async show(lines: readonly string[]): Promise<void> {
    await this.#write(lines)
  }

  /**
   * Lets somebody try something and tells how it ended.
   *
   * @param what - In a few words, after the fact.
   */
  async attempt(
    who: string,
    what: string,
    expected: Outcome,
    action: () => Promise<unknown>,
  ): Promise<void> {
    this.progress.update(0, `${who}: ${what}`)
    const start = performance.now()
    const { outcome, reason } = await outcomeOf(action)
    this.attempts.push({ scene: this.#scene, who, what, expected, outcome })
    const took = outcome === 'accepted' ? ` (${duration(performance.now() - start)})` : ''
    const head = `  ${who.padEnd(WHO_WIDTH)}${what.padEnd(WHAT_WIDTH)}${ending(outcome)}${took}`
    const why = wrapped(' '.repeat(2 + WHO_WIDTH) + reason, 2 + WHO_WIDTH)
    const wrong = outcome === expected ? [] : [`  THIS WAS NOT EXPECTED; expected was ${expected}`]
    await this.#write([head, ...(reason === '' ? [] : why), ...wrong])
  }

  /** Measures how long something takes, in milliseconds, under a name. */
  async time<T>(name: string, work: () => Promise<T>): Promise<T> {
    const start = performance.now()
    const result = await work()
    this.note(name, performance.now() - start)
    return result
  }

  /** Keeps a measured value under a name. */
  note(name: string, value: number): void {
    this.#times.set(name, [...(this.#times.get(name) ?? []), value])
  }

  measured(name: string): readonly number[] {
    return this.#times.get(name) ?? []
  }

  async #write(lines: readonly string[]): Promise<void> {
    this.progress.clear()
    if (!this.#isSilent) await writeOut(process.stdout, `${lines.join('\n')}\n`)
  }
}

/** Breaks a text into lines; those after the first begin with `indent` spaces. */
export function wrapped(text: string, indent: number, width = WIDTH): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`
    else lines.push(lines.length === 0 ? word : ' '.repeat(indent) + word)
  }
  return lines
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const [low = NaN, high = NaN] = [
    sorted[sorted.length % 2 === 0 ? middle - 1 : middle],
    sorted[middle],
  ]
  return (low + high) / 2
}

/** Like `3.2 s` or `12 ms`. */
export function duration(ms: number): string {
  return ms >= 1000 ? `${(ms / 1000).toFixed(1)} s` : `${ms.toFixed(ms < 10 ? 1 : 0)} ms`
}

async function outcomeOf(
  action: () => Promise<unknown>,
): Promise<{ readonly outcome: Outcome; readonly reason: string }> {
  try {
    await action()
    return { outcome: 'accepted', reason: '' }
  } catch (error) {
    if (error instanceof ZerocardError) return { outcome: error.code, reason: `${error.message}.` }
    throw error
  }
}

function ending(outcome: Outcome): string {
  if (outcome === 'accepted') return outcome
  return `${WITHOUT_PROOF.has(outcome) ? 'no proof' : 'refused'}: ${outcome}`
}
