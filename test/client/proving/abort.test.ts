import { beforeAll, describe, expect, test } from 'vitest'
import { prepareProof, requestCredential } from '../../../client/holder.ts'
import type { HeldCredential, ProvingTools } from '../../../client/holder.ts'
import { createProver } from '../../../client/prover.ts'
import type { Prover } from '../../../client/prover.ts'
import { unlessAborted } from '../../../client/proving/abort.ts'
import type { TrustList } from '../../../core/trust.ts'
import { ZerocardError } from '../../../core/errors.ts'
import { verdictOf } from '../../support/refusal.ts'
import { keys, readArtifact } from '../../support/tools.ts'
import {
  ADULT,
  PERSON,
  SCHEMAS,
  TODAY,
  TestIssuer,
  holderOf,
  policyOf,
  revocationsOf,
  trustIn,
} from '../../support/world.ts'

const SECRET = 77n
const ISSUER = { issuer: 'https://registry.example', nonce: 'nonce' }

let registry: TestIssuer
let trust: TrustList
let held: HeldCredential

beforeAll(async () => {
  registry = await TestIssuer.create(ISSUER.issuer, PERSON)
  trust = await trustIn('registries', registry)
  held = registry.issue(SECRET, ADULT)
})

/** A proof that is aborted while it is made, by a prover that does not notice. */
function abortedMidway(): { readonly tools: ProvingTools; readonly signal: AbortSignal } {
  const controller = new AbortController()
  const prover: Prover = {
    prove: () => {
      controller.abort()
      return Promise.resolve({ proof: 'AAAA', publicSignals: [] })
    },
  }
  const tools = { prover, keys, revocations: revocationsOf(registry), verifyProof: () => true }
  return { tools, signal: controller.signal }
}

const prepare = (tools: ProvingTools, signal?: AbortSignal) => {
  const policy = policyOf({ where: { age: 'person.birthDate', atLeast: 18 } })
  const lists = { person: trust }
  const audience = 'https://shop.example'
  const request = { policy, schemas: SCHEMAS, audience, asOf: TODAY, trust: lists }
  return prepareProof(holderOf(SECRET, held), request, tools, undefined, signal)
}

describe('a holder who stops', () => {
  test('before a proof is made', async () => {
    const { tools } = abortedMidway()
    expect(await verdictOf(() => prepare(tools, AbortSignal.abort()))).toBe('ABORTED')
  })

  test('while a proof is made gets none, and gets one if there was no signal', async () => {
    const { tools, signal } = abortedMidway()
    expect(await verdictOf(() => prepare(tools, signal))).toBe('ABORTED')
    expect(await verdictOf(() => prepare(tools))).toBe('accepted')
  })

  test('while the issuer’s revocations are fetched', async () => {
    const { tools } = abortedMidway()
    const controller = new AbortController()
    const revocations = (): Promise<never> => {
      controller.abort()
      return new Promise(() => undefined)
    }
    expect(await verdictOf(() => prepare({ ...tools, revocations }, controller.signal))).toBe(
      'ABORTED',
    )
  })

  test('while a credential is asked for', async () => {
    const { tools, signal } = abortedMidway()
    const ask = (watch?: { readonly signal: AbortSignal }) =>
      requestCredential(SECRET, ISSUER, tools, 3n, watch)
    expect(await verdictOf(() => ask({ signal }))).toBe('ABORTED')
    expect(await verdictOf(() => ask())).toBe('accepted')
  })
})

describe('a prover in this thread', () => {
  const files = () =>
    Promise.resolve({
      wasm: readArtifact('enrolment', 'wasm'),
      zkey: readArtifact('enrolment', 'zkey'),
    })

  test.each(['artifacts', 'witness', 'proof'])('stops at the stage %s', async (last) => {
    const controller = new AbortController()
    const stages: string[] = []
    const prover = createProver(files)
    const { inputs } = await enrolmentOf(prover)
    const verdict = await verdictOf(() =>
      prover.prove(
        'enrolment',
        inputs,
        (stage) => {
          stages.push(stage)
          if (stage === last) controller.abort()
        },
        controller.signal,
      ),
    )
    expect(verdict).toBe('ABORTED')
    expect(stages.at(-1)).toBe(last)
  })

  test('tells the download as part of the whole, and never goes back', async () => {
    const told: [string, number][] = []
    const prover = createProver(async (_circuit, progress) => {
      for (const fraction of [0, 0.5, 1]) progress?.(fraction)
      return files()
    })
    const { inputs } = await enrolmentOf(prover)
    await prover.prove('enrolment', inputs, (...parts) => told.push(parts))
    const fractions = told.map(([, fraction]) => fraction)
    expect(fractions.toSorted((a, b) => a - b)).toEqual(fractions)
    expect(told.filter(([stage]) => stage === 'artifacts').at(-1)?.[1]).toBeGreaterThan(0.5)
    expect(told.filter(([stage]) => stage === 'proof').length).toBeGreaterThan(10)
    expect(told.at(-1)).toEqual(['proof', 1])
  })
})

/** What a prover is asked for to enrol. */
async function enrolmentOf(prover: Prover): Promise<{ inputs: Parameters<Prover['prove']>[1] }> {
  const seen: Parameters<Prover['prove']>[1][] = []
  const watching: Prover = {
    ...prover,
    prove: (_circuit, inputs) => {
      seen.push(inputs)
      return Promise.resolve({ proof: '', publicSignals: [] })
    },
  }
  await requestCredential(SECRET, ISSUER, { prover: watching, keys, verifyProof: () => true })
  return { inputs: seen[0]! }
}

test('waiting for a promise with a signal gives what the promise gives', async () => {
  const { signal } = new AbortController()
  expect(await unlessAborted(Promise.resolve(3), signal)).toBe(3)
  const failed = Promise.reject(new ZerocardError('FETCH_FAILED', ''))
  expect(await verdictOf(() => unlessAborted(failed, signal))).toBe('FETCH_FAILED')
  expect(await verdictOf(() => unlessAborted(new Promise(() => 0), AbortSignal.abort()))).toBe(
    'ABORTED',
  )
})
