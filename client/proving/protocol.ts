import * as z from '../../core/zod.ts'
import { ERROR_CODES } from '../../core/errors.ts'
import { FIELD_ORDER } from '../../core/field.ts'

// What a page and its proving worker say to each other, by structured clone. Each side reads what
// the other sends as if it came from outside. One job at a time; `job` counts them.

const job = z.int().check(z.minimum(1))
const field = z.bigint().check(z.gte(0n), z.lt(FIELD_ORDER))
const circuit = z.enum(['eligibility-1', 'eligibility-3', 'enrolment'])

/** The largest circuit has 15 inputs; the longest of them some 500 elements. */
const MAX_INPUTS = 64
const MAX_ELEMENTS = 4096
/** As a verification key may have, see `core/groth16-key.ts`. */
const MAX_SIGNALS = 1024
/** Characters of a message for people, of a proof, and of an address. */
const MAX_MESSAGE = 500
const MAX_PROOF = 1024
const MAX_ADDRESS = 2048

const inputs = z
  .record(
    z.string().check(z.regex(/^[A-Za-z0-9]{1,64}$/)),
    z.union([field, z.array(field).check(z.maxLength(MAX_ELEMENTS))]),
  )
  .check(z.refine((record) => Object.keys(record).length <= MAX_INPUTS, 'too many inputs'))
const signals = z.array(field).check(z.maxLength(MAX_SIGNALS))

const coordinate = z.bigint().check(z.gte(0n))
const g1 = z.tuple([coordinate, coordinate])
const g2 = z.tuple([g1, g1])
const verificationKey = z.strictObject({
  publicSignals: z.int(),
  alpha: g1,
  beta: g2,
  gamma: g2,
  delta: g2,
  inputs: z.array(g1).check(z.maxLength(MAX_SIGNALS + 1)),
})

/** To the worker. `open` comes first, and once. The manifest is read by its own reader. */
export const requestShape = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('open'),
    base: z.string().check(z.maxLength(MAX_ADDRESS)),
    manifest: z.optional(z.unknown()),
  }),
  z.strictObject({ kind: z.literal('prove'), job, circuit, inputs }),
  z.strictObject({ kind: z.literal('prefetch'), job, circuit }),
  z.strictObject({
    kind: z.literal('verify'),
    job,
    key: verificationKey,
    signals,
    proof: z.string().check(z.maxLength(MAX_PROOF)),
  }),
])
export type WorkerRequest = z.output<typeof requestShape>

const failure = z.enum([...ERROR_CODES, 'wrong-call', 'internal'])

/** From the worker: `ready` when its script has run, then for each job progress and one end. */
export const reportShape = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('ready') }),
  z.strictObject({
    kind: z.literal('progress'),
    job,
    stage: z.enum(['artifacts', 'witness', 'proof']),
    fraction: z.number().check(z.gte(0), z.lte(1)),
  }),
  z.strictObject({ kind: z.literal('done'), job, result: z.unknown() }),
  z.strictObject({
    kind: z.literal('failed'),
    job,
    failure,
    message: z.string().check(z.maxLength(MAX_MESSAGE)),
  }),
])
export type WorkerReport = z.output<typeof reportShape>
export type ReportedFailure = Extract<WorkerReport, { kind: 'failed' }>

/** Results of the jobs. */
export const provenShape = z.strictObject({
  proof: z.string().check(z.maxLength(MAX_PROOF)),
  publicSignals: signals,
})
export const verdictShape = z.boolean()
export const prefetchedShape = z.null()

/** A message as it may be sent: cut to what the other side reads. */
export function shortMessage(message: string): string {
  return message.slice(0, MAX_MESSAGE)
}
