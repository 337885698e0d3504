import { ZerocardError } from '../../core/errors.ts'
import { isReadable } from '../../core/plain-text.ts'

/** What a contributor says in public about a step; a text, so that it can be signed with any tool. */
export interface Attestation {
  /** SHA-256 of `ceremony.json`, hex. */
  readonly ceremony: string
  readonly step: number
  readonly name: string
  /** YYYY-MM-DD, UTC. */
  readonly date: string
  readonly software: string
  /** What was received and made, per circuit. */
  readonly circuits: Readonly<Record<string, AttestedCircuit>>
}

export interface AttestedCircuit {
  /** SHA-256 of proving keys, hex. */
  readonly received: string
  readonly made: string
  /** See `contributionName`. */
  readonly contribution: string
}

const FIRST_LINE = 'zerocard ceremony attestation'
const LAST_LINE = 'end of attestation'

/** A step of a ceremony, a page at most; whoever sends more sends something else. */
const MAX_LENGTH = 64 * 1024

/** UTF-16 units. snarkjs keeps the first 64 of a name in a key, and whole names are compared. */
const MAX_NAME_LENGTH = 60

/** Whether a name may stand in a line of its own, and nobody can mistake it for something else there. */
export function isAttestedName(name: string): boolean {
  return name.length <= MAX_NAME_LENGTH && name.trim() === name && isReadable(name)
}

export function attestationText(attestation: Attestation): string {
  const { ceremony, step, name, date, software, circuits } = attestation
  const head = { ceremony, step, name, date, software }
  return [
    FIRST_LINE,
    ...Object.entries(head).map(([key, value]) => `${key}: ${String(value)}`),
    ...Object.entries(circuits).flatMap(([circuit, { received, made, contribution }]) => [
      `circuit: ${circuit}`,
      `  received: ${received}`,
      `  made: ${made}`,
      `  contribution: ${contribution}`,
    ]),
    LAST_LINE,
    '',
  ].join('\n')
}

/**
 * Reads an attestation. What stands before and after it, such as a signature, is passed over; but a
 * second one is refused, because a signature might be that of the other.
 *
 * @throws ZerocardError with `ARTIFACT_INVALID`.
 */
export function parseAttestation(text: string): Attestation {
  if (text.length > MAX_LENGTH) throw invalid('too long')
  const lines = text.split(/\r?\n/)
  const [first, last] = [lines.indexOf(FIRST_LINE), lines.indexOf(LAST_LINE)]
  if (first < 0 || last < first) throw invalid('no attestation in it')
  if (first !== lines.lastIndexOf(FIRST_LINE)) throw invalid('more than one in it')
  const reader = new LineReader(lines.slice(first + 1, last))
  const ceremony = reader.take('ceremony', /^[0-9a-f]{64}$/)
  const step = Number(reader.take('step', /^[1-9][0-9]{0,3}$/))
  const name = reader.take('name', /^.*$/, isAttestedName)
  const date = reader.take('date', /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/, isDay)
  const software = reader.take('software', /^.{1,200}$/, isReadable)
  const circuits: Record<string, AttestedCircuit> = {}
  while (!reader.isAtEnd()) {
    const circuit = reader.take('circuit', /^[a-z][a-z0-9-]{0,60}$/)
    if (Object.hasOwn(circuits, circuit)) throw invalid(`${circuit} comes twice`)
    circuits[circuit] = {
      received: reader.take('  received', /^[0-9a-f]{64}$/),
      made: reader.take('  made', /^[0-9a-f]{64}$/),
      contribution: reader.take('  contribution', /^[0-9a-f]{128}$/),
    }
  }
  return { ceremony, step, name, date, software, circuits }
}

class LineReader {
  readonly #lines: string[]

  constructor(lines: readonly string[]) {
    this.#lines = [...lines]
  }

  take(key: string, pattern: RegExp, isRight: (value: string) => boolean = () => true): string {
    const line = this.#lines.shift() ?? ''
    const value = line.startsWith(`${key}: `) ? line.slice(key.length + 2) : ''
    if (pattern.test(value) && isRight(value)) return value
    throw invalid(`expected a line "${key.trim()}: …"`)
  }

  isAtEnd(): boolean {
    return this.#lines.length === 0
  }
}

function isDay(date: string): boolean {
  const time = Date.parse(date)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(date)
}

function invalid(reason: string): ZerocardError {
  return new ZerocardError('ARTIFACT_INVALID', `attestation: ${reason}`)
}
