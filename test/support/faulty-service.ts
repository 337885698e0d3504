import { subscribe } from 'node:diagnostics_channel'
import { readFileSync } from 'node:fs'
import type { Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseVerificationKey, verificationKeyId } from '../../core/groth16-key.ts'
import type { VerificationKey } from '../../core/groth16-key.ts'
import type { RunningService } from '../../server/http/listen.ts'
import { startIssuerService } from '../../server/issuer/service.ts'
import { startVerifierService } from '../../server/verifier/service.ts'
import { useQuickScrypt } from './quick-scrypt.ts'

// A program that runs services as they are, and dies of SIGKILL at a chosen step of theirs. Each
// service has a fault of its own: when its step is done it goes no further, and when all that have
// one are held there, the process ends. So one death cuts several services, each where it was told.
//
// Only what is slow is not real: proofs are believed, and keys are sealed under a quick hash.

/**
 * After which statement to be cut, counted from 1; or before the answer is written; or when the
 * client has it, who says so with `finish`.
 */
export type FaultPoint = number | 'answer' | 'answered'

export interface ServiceStart {
  readonly kind: 'issuer' | 'verifier'
  readonly configPath: string
  /** Of an issuer. */
  readonly passphrase?: string
  /** Counted from the beginning of its start. */
  readonly at?: FaultPoint
}

/** What this program is told. Services are named by their place in `start`. */
export type Order =
  | { readonly start: readonly ServiceStart[]; readonly now: number }
  /** Begins to count the statements of all services; those without a point are not cut. */
  | { readonly arm: readonly (FaultPoint | null)[] }
  /** The service has done all it was to do: the process need not wait for it. */
  | { readonly finish: number }
  /** Which statements a service has run since it was armed. */
  | { readonly count: number }

/** Answers to orders, in their order: addresses, nothing, nothing, first words of the statements. */
export type Report = { readonly done: readonly string[] } | { readonly failed: string }

class Fault {
  port: number | undefined
  point: FaultPoint | null = null
  state: 'idle' | 'armed' | 'held' | 'finished' = 'idle'
  statements: string[] = []

  arm(point: FaultPoint | null): void {
    this.point = point
    this.state = point === null ? 'idle' : 'armed'
    this.statements = []
  }

  /** Called after each statement. @returns What the statement waits for. */
  observe(sql: string): Promise<never> | undefined {
    this.statements.push(sql.trimStart().split(/\s/, 1)[0]!.toLowerCase())
    return this.statements.length === this.point ? this.hold() : undefined
  }

  hold(): Promise<never> {
    this.state = 'held'
    dieIfAllAreHeld()
    return new Promise(() => undefined)
  }
}

const faults: Fault[] = []
/** Kept from the garbage collector, as a service's owner would. */
const services: RunningService[] = []

function dieIfAllAreHeld(): void {
  if (faults.every(({ state }) => state !== 'armed')) process.kill(process.pid, 'SIGKILL')
}

async function report(order: Order): Promise<void> {
  try {
    process.send!({ done: await serve(order) } satisfies Report)
  } catch (error) {
    process.send!({ failed: String(error) } satisfies Report)
  }
}

async function serve(order: Order): Promise<readonly string[]> {
  if ('start' in order) return await startAll(order.start, order.now)
  if ('arm' in order) {
    for (const [i, point] of order.arm.entries()) faults[i]!.arm(point)
    return []
  }
  if ('finish' in order) {
    faults[order.finish]!.state = 'finished'
    dieIfAllAreHeld()
    return []
  }
  return faults[order.count]!.statements
}

async function startAll(starts: readonly ServiceStart[], now: number): Promise<string[]> {
  for (const { at } of starts) {
    const fault = new Fault()
    fault.arm(at ?? null)
    faults.push(fault)
  }
  services.push(...(await Promise.all(starts.map((start, i) => startOne(start, faults[i]!, now)))))
  return services.map(({ address }) => address)
}

async function startOne(
  { kind, configPath, passphrase = '' }: ServiceStart,
  fault: Fault,
  now: number,
): Promise<RunningService> {
  const options = {
    configPath,
    clock: () => now,
    destination: { write: () => undefined },
    // As from a thread: meanwhile others go on.
    verifyProof: () => new Promise<boolean>((resolve) => setImmediate(resolve, true)),
    // Kysely waits for what this returns.
    observe: ({ query }: { readonly query: { readonly sql: string } }): unknown =>
      fault.observe(query.sql),
  }
  const service = await (kind === 'verifier'
    ? startVerifierService({ ...options, environment: {}, keys: acceptedKeys })
    : startIssuerService({
        ...options,
        environment: { ZEROCARD_KEY_PASSPHRASE: passphrase },
        enrolmentKey: keyOf('enrolment'),
      }))
  fault.port = Number(new URL(service.address).port)
  return service
}

function keyOf(circuit: string): VerificationKey {
  const path = new URL(`../../artifacts/${circuit}/${circuit}.vkey.json`, import.meta.url)
  return parseVerificationKey(JSON.parse(readFileSync(path, 'utf8')))
}

function holdAnswers(): void {
  subscribe('http.server.request.start', (message) => {
    const { server, response } = message as { server: Server; response: ServerResponse }
    const { port } = server.address() as AddressInfo
    const fault = faults.find((one) => one.port === port)
    if (fault?.point !== 'answer') return
    response.end = () => {
      void fault.hold()
      return response
    }
  })
}

const acceptedKeys = new Map(
  ['eligibility-1'].map((circuit) => {
    const key = keyOf(circuit)
    return [verificationKeyId(key), { circuit, key }]
  }),
)
useQuickScrypt()
holdAnswers()
process.on('disconnect', () => process.exit())
process.on('message', (order: Order) => {
  void report(order)
})
