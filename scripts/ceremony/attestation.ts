import { ZerocardError } from '../../core/errors.ts'

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

/** A name as it may stand in a line of its own. */
export const ATTESTED_NAME = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{1,60}$/u

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
 * Reads an attestation. What stands before and after it, such as a signature, is passed over.
 *
 * @throws ZerocardError with `ARTIFACT_INVALID`.
 */
export function parseAttestation(text: string): Attestation {
  if (text.length > MAX_LENGTH) throw invalid('too long')
  const lines = text.split(/\r?\n/)
  const [first, last] = [lines.indexOf(FIRST_LINE), lines.indexOf(LAST_LINE)]
  if (first < 0 || last < first) throw invalid('no attestation in it')
  const reader = new LineReader(lines.slice(first + 1, last))
  const ceremony = reader.take('ceremony', /^[0-9a-f]{64}$/)
  const step = Number(reader.take('step', /^[1-9][0-9]{0,3}$/))
  const name = reader.take('name', ATTESTED_NAME)
  const date = reader.take('date', /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/)
  const software = reader.take('software', /^.{1,200}$/)
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

  take(key: string, pattern: RegExp): string {
    const line = this.#lines.shift() ?? ''
    const value = line.startsWith(`${key}: `) ? line.slice(key.length + 2) : ''
    if (pattern.test(value)) return value
    throw invalid(`expected a line "${key.trim()}: …"`)
  }

  isAtEnd(): boolean {
    return this.#lines.length === 0
  }
}

function invalid(reason: string): ZerocardError {
  return new ZerocardError('ARTIFACT_INVALID', `attestation: ${reason}`)
}
