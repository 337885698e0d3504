import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ZerocardError } from '../../../core/errors.ts'
import type { ProofProgress, Prover } from '../../../client/prover.ts'
import { IDLE_SECONDS, createWorkerProver } from '../../../client/proving/worker-prover.ts'
import type { WorkerProver } from '../../../client/proving/worker-prover.ts'
import {
  COMPUTE_SECONDS,
  DOWNLOAD_SECONDS,
  LOAD_SECONDS,
  VERIFY_SECONDS,
} from '../../../client/proving/worker-link.ts'
import { forgeProof } from '../../support/forgery.ts'
import { verdictOf } from '../../support/refusal.ts'
import { keys } from '../../support/tools.ts'
import { BASE, FakeCaches, FakeOrigin } from './fake-origin.ts'
import { FakeWorker, hostedWorker } from './fake-worker.ts'

const INPUTS = { secret: 5n, nonce: [1n, 2n] }
const PROVEN = { proof: 'AAAA', publicSignals: [3n] }
const { key } = keys.enrolment
const SIGNALS = Array.from({ length: key.publicSignals }, (_, i) => BigInt(i))

let origin: FakeOrigin
let workers: FakeWorker[]

beforeEach(() => {
  origin = new FakeOrigin()
  workers = []
})

function proverOver(spawn: () => FakeWorker): WorkerProver {
  const spawnNext = (): FakeWorker => {
    const worker = spawn()
    workers.push(worker)
    return worker
  }
  return createWorkerProver({ base: BASE, manifest: origin.manifest, spawn: spawnNext })
}

/** The real worker's side, over a prover that does this. */
function hosting(prove: Prover['prove']): WorkerProver {
  const caches = new FakeCaches()
  return proverOver(() => hostedWorker({ prove }, origin, caches))
}

const never = (): Promise<never> => new Promise(() => undefined)
const prove = (prover: WorkerProver, signal?: AbortSignal) =>
  prover.prove('enrolment', INPUTS, undefined, signal)
const settled = () => new Promise((resolve) => setTimeout(resolve, 5))

describe('a prover in a worker', () => {
  test('proves, tells how far it is, and keeps the worker for the next proof', async () => {
    const asked: unknown[] = []
    const told: unknown[] = []
    const prover = hosting((circuit, inputs, progress) => {
      asked.push([circuit, inputs])
      progress?.('artifacts', 0)
      progress?.('proof', 0.5)
      return Promise.resolve(PROVEN)
    })
    const progress: ProofProgress = (...parts) => told.push(parts)
    expect(await prover.prove('enrolment', INPUTS, progress)).toEqual(PROVEN)
    expect(await prove(prover)).toEqual(PROVEN)
    expect(asked).toEqual([
      ['enrolment', INPUTS],
      ['enrolment', INPUTS],
    ])
    expect(told).toEqual([
      ['artifacts', 0],
      ['proof', 0.5],
    ])
    expect(workers).toHaveLength(1)
    prover.close()
  })

  test('starts no worker before there is something to do', () => {
    hosting(never).close()
    expect(workers).toEqual([])
  })

  test('makes one proof at a time', async () => {
    let running = 0
    let most = 0
    const prover = hosting(async () => {
      most = Math.max(most, ++running)
      await settled()
      running--
      return PROVEN
    })
    await Promise.all([prove(prover), prove(prover), prove(prover)])
    expect(most).toBe(1)
    prover.close()
  })

  test('verifies there: the true proof, and not one of other signals', async () => {
    const prover = hosting(never)
    const proof = forgeProof(key, SIGNALS)
    expect(await prover.verify(key, SIGNALS, proof)).toBe(true)
    expect(await prover.verify(key, SIGNALS.with(0, 9n), proof)).toBe(false)
    expect(await prover.verify(key, SIGNALS, 'no proof')).toBe(false)
    await expect(prover.verify(key, SIGNALS.slice(1), proof)).rejects.toThrow(TypeError)
    prover.close()
  })

  test('prefetches through the worker, in fractions of the bytes', async () => {
    const prover = hosting(never)
    const told: number[] = []
    await prover.prefetch('enrolment', (fraction) => told.push(fraction))
    expect(told.at(-1)).toBe(1)
    origin.isOffline = true
    expect(await verdictOf(() => prover.prefetch('eligibility-1'))).toBe('FETCH_FAILED')
    expect(workers).toHaveLength(1)
    prover.close()
  })

  test('lets the worker fetch the manifest if it was not given one', async () => {
    const caches = new FakeCaches()
    const spawn = () => hostedWorker({ prove: never }, origin, caches)
    const prover = createWorkerProver({ base: BASE.slice(0, -1), spawn })
    await prover.prefetch('enrolment')
    expect(origin.requestsFor('manifest.json')).toHaveLength(1)
    prover.close()
  })

  test.each([
    [
      'a refusal of ours',
      new ZerocardError('ARTIFACT_INVALID', 'x'.repeat(9999)),
      'ARTIFACT_INVALID',
    ],
    ['an error that nobody foresaw', new RangeError('secret 5'), 'PROVING_FAILED'],
  ])('passes on %s, and works again', async (_, error, code) => {
    let isBroken = true
    const prover = hosting(() => (isBroken ? Promise.reject(error) : Promise.resolve(PROVEN)))
    expect(await verdictOf(() => prove(prover))).toBe(code)
    await expect(prove(prover)).rejects.not.toThrow(/secret/)
    isBroken = false
    expect(await prove(prover)).toEqual(PROVEN)
    prover.close()
  })

  test('passes on that a call was wrong', async () => {
    const prover = hosting(() => Promise.reject(new TypeError('a circuit input is missing')))
    await expect(prove(prover)).rejects.toThrow(TypeError)
    prover.close()
  })

  test('sends the secret in the one message that asks for the proof', async () => {
    const prover = hosting(() => Promise.resolve(PROVEN))
    await prover.verify(key, SIGNALS, forgeProof(key, SIGNALS))
    await prove(prover)
    const withInputs = workers[0]!.received.filter((message) => 'inputs' in message)
    expect(withInputs).toEqual([{ kind: 'prove', job: 2, circuit: 'enrolment', inputs: INPUTS }])
    expect(workers[0]!.received[0]).toMatchObject({ kind: 'open', base: BASE })
    prover.close()
  })
})

describe('the worker’s side refuses', () => {
  test.each([
    ['an unknown kind', { kind: 'run' }],
    ['an unknown circuit', { kind: 'prove', job: 1, circuit: 'other', inputs: {} }],
    [
      'an input that is no field element',
      { kind: 'prove', job: 1, circuit: 'enrolment', inputs: { a: -1n } },
    ],
    ['a name that is none', { kind: 'prove', job: 1, circuit: 'enrolment', inputs: { 'a.b': 1n } }],
    [
      'something more',
      { kind: 'prefetch', job: 1, circuit: 'enrolment', url: 'https://x.example' },
    ],
    ['no message', 7],
  ])('%s', async (_, message) => {
    const errors: unknown[] = []
    const worker = hostedWorker({ prove: never }, origin, new FakeCaches())
    worker.addEventListener('error', () => errors.push('error'))
    await settled()
    worker.postMessage(message)
    await settled()
    expect(errors).toHaveLength(1)
  })
})

test('the worker’s side tells nothing of an error that nobody foresaw', async () => {
  const heard: unknown[] = []
  const prove = () => Promise.reject(new RangeError('secret 5'))
  const worker = hostedWorker({ prove }, origin, new FakeCaches())
  worker.addEventListener('message', ({ data }: MessageEvent<unknown>) => heard.push(data))
  await settled()
  worker.postMessage({ kind: 'open', base: BASE, manifest: origin.manifest })
  worker.postMessage({ kind: 'prove', job: 1, circuit: 'enrolment', inputs: INPUTS })
  await settled()
  expect(heard.at(-1)).toEqual({ kind: 'failed', job: 1, failure: 'internal', message: '' })
})

describe('a worker that misbehaves is ended, and the next call gets another', () => {
  const ready = { kind: 'ready' }
  const done = { kind: 'done', job: 1, result: PROVEN }
  const progress = { kind: 'progress', job: 1, stage: 'proof', fraction: 0.5 }

  /** Says these things when it is asked for a proof; the second worker is honest. */
  async function verdictOn(...messages: readonly unknown[]): Promise<string> {
    const prover = proverOver(() => {
      const said = workers.length === 0 ? messages : [ready, done]
      const worker: FakeWorker = new FakeWorker(({ kind }) => {
        if (kind === 'prove') for (const message of said) worker.say(message)
      })
      return worker
    })
    const verdict = await verdictOf(() => prove(prover))
    expect(workers[0]!.isTerminated).toBe(verdict !== 'accepted')
    expect(await prove(prover).catch(() => 'later')).toBeDefined()
    prover.close()
    return verdict
  }

  test('and one that behaves is not', async () => {
    const worker: FakeWorker = new FakeWorker(({ kind }) => {
      if (kind === 'prove') for (const message of [ready, progress, done]) worker.say(message)
    })
    const prover = proverOver(() => worker)
    expect(await prove(prover)).toEqual(PROVEN)
    expect(worker.isTerminated).toBe(false)
    prover.close()
  })

  test.each([
    ['a fraction above 1', { ...progress, fraction: 1.5 }],
    ['a fraction that is no number', { ...progress, fraction: NaN }],
    ['an unknown stage', { ...progress, stage: 'nearly' }],
    ['progress of another job', { ...progress, job: 2 }],
    ['a result of another job', { ...done, job: 7 }],
    ['a result that is none', { ...done, result: { proof: 5 } }],
    ['a signal outside the field', { ...done, result: { ...PROVEN, publicSignals: [-1n] } }],
    ['a result with more in it', { ...done, result: { ...PROVEN, secret: 5n } }],
    ['an unknown code', { kind: 'failed', job: 1, failure: 'OTHER', message: '' }],
    [
      'an endless message',
      { kind: 'failed', job: 1, failure: 'FETCH_FAILED', message: 'x'.repeat(501) },
    ],
    ['an unknown kind', { kind: 'log', text: 'hello' }],
    ['text', 'hello'],
    ['nothing', undefined],
  ])('for %s', async (_, message) => {
    expect(await verdictOn(ready, message)).toBe('PROVING_FAILED')
    expect(workers).toHaveLength(2)
  })

  test('for a result before it was ready', async () => {
    expect(await verdictOn(done)).toBe('PROVING_FAILED')
  })

  test.each([
    ['dies while it proves', [ready, progress], 'error'],
    ['cannot be loaded', [], 'error'],
    ['sends what cannot be read', [ready], 'messageerror'],
  ] as const)('when it %s', async (_, said, event) => {
    const prover = proverOver(() => {
      if (workers.length > 0)
        return hostedWorker({ prove: () => Promise.resolve(PROVEN) }, origin, new FakeCaches())
      const worker: FakeWorker = new FakeWorker(({ kind }) => {
        if (kind !== 'prove') return
        for (const message of said) worker.say(message)
        worker.emit(event)
      })
      return worker
    })
    expect(await verdictOf(() => prove(prover))).toBe('PROVING_FAILED')
    expect(await prove(prover)).toEqual(PROVEN)
    prover.close()
  })

  test('and one that cannot even be started is a failure, not an exception of the browser', async () => {
    const prover = proverOver(() => {
      throw new DOMException('blocked', 'SecurityError')
    })
    expect(await verdictOf(() => prove(prover))).toBe('PROVING_FAILED')
    prover.close()
  })
})

describe('a call has a limit', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  const ready = { kind: 'ready' }
  const at = (stage: string) => ({ kind: 'progress', job: 1, stage, fraction: 0.1 })

  /** Milliseconds until a call fails, if the worker says this and then nothing. */
  async function patienceWith(
    said: readonly unknown[],
    call: (prover: WorkerProver) => Promise<unknown> = prove,
  ): Promise<number> {
    const prover = proverOver(() => {
      const worker: FakeWorker = new FakeWorker(({ kind }) => {
        if (kind !== 'open') for (const message of said) worker.say(message)
      })
      return worker
    })
    const start = Date.now()
    const failed = verdictOf(() => call(prover)).then((code) => [code, Date.now() - start] as const)
    await vi.advanceTimersByTimeAsync(2 * COMPUTE_SECONDS * 1000)
    const [code, waited] = await failed
    expect(code).toBe('PROVING_FAILED')
    expect(workers[0]!.isTerminated).toBe(true)
    prover.close()
    return waited / 1000
  }

  test('for the worker to be loaded', async () => {
    expect(await patienceWith([])).toBe(LOAD_SECONDS)
  })

  test('for the first answer, and for a download that does not go on', async () => {
    expect(await patienceWith([ready])).toBe(DOWNLOAD_SECONDS)
    workers.length = 0
    expect(await patienceWith([ready, at('artifacts')])).toBe(DOWNLOAD_SECONDS)
    workers.length = 0
    const prefetch = (prover: WorkerProver) => prover.prefetch('enrolment')
    expect(await patienceWith([ready], prefetch)).toBe(DOWNLOAD_SECONDS)
  })

  test('for computing, which no progress extends', async () => {
    const prover = proverOver(() => new FakeWorker())
    const verdict = verdictOf(() => prove(prover))
    await vi.advanceTimersByTimeAsync(0)
    workers[0]!.say(ready)
    workers[0]!.say(at('witness'))
    await vi.advanceTimersByTimeAsync((COMPUTE_SECONDS - 1) * 1000)
    workers[0]!.say(at('proof'))
    expect(workers[0]!.isTerminated).toBe(false)
    await vi.advanceTimersByTimeAsync(1000)
    expect(await verdict).toBe('PROVING_FAILED')
    prover.close()
  })

  test('for verifying', async () => {
    const verify = (prover: WorkerProver) => prover.verify(key, SIGNALS, 'AAAA')
    expect(await patienceWith([ready], verify)).toBe(VERIFY_SECONDS)
  })

  test('and a worker without work is ended, and started again when there is some', async () => {
    const prover = hosting(() => Promise.resolve(PROVEN))
    await prove(prover)
    await vi.advanceTimersByTimeAsync(IDLE_SECONDS * 1000 - 1)
    expect(workers[0]!.isTerminated).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(workers[0]!.isTerminated).toBe(true)
    expect(await prove(prover)).toEqual(PROVEN)
    expect(workers).toHaveLength(2)
    prover.close()
  })
})

describe('a call that is aborted', () => {
  test('ends at once with the worker, and a new proof works', async () => {
    let isStuck = true
    const prover = hosting(() => (isStuck ? never() : Promise.resolve(PROVEN)))
    const controller = new AbortController()
    const verdict = verdictOf(() => prove(prover, controller.signal))
    await settled()
    controller.abort()
    expect(await verdict).toBe('ABORTED')
    expect(workers[0]!.isTerminated).toBe(true)
    isStuck = false
    expect(await prove(prover)).toEqual(PROVEN)
    expect(workers).toHaveLength(2)
    prover.close()
  })

  test('while it waits leaves the proof before it alone', async () => {
    const first = Promise.withResolvers<typeof PROVEN>()
    const prover = hosting(() => first.promise)
    const [running, controller] = [prove(prover), new AbortController()]
    const verdict = verdictOf(() => prove(prover, controller.signal))
    const third = prove(prover)
    await settled()
    controller.abort()
    expect(await verdict).toBe('ABORTED')
    first.resolve(PROVEN)
    expect(await running).toEqual(PROVEN)
    expect(await third).toEqual(PROVEN)
    expect(workers).toHaveLength(1)
    prover.close()
  })

  test('before it begins starts nothing', async () => {
    const prover = hosting(never)
    expect(await verdictOf(() => prove(prover, AbortSignal.abort()))).toBe('ABORTED')
    expect(workers).toEqual([])
    prover.close()
  })

  test('after its end changes nothing', async () => {
    const prover = hosting(() => Promise.resolve(PROVEN))
    const controller = new AbortController()
    await prove(prover, controller.signal)
    controller.abort()
    expect(workers[0]!.isTerminated).toBe(false)
    prover.close()
  })
})

describe('a prover that is closed', () => {
  test('ends its worker, the proof it makes and those that wait', async () => {
    const prover = hosting(never)
    const verdicts = [verdictOf(() => prove(prover)), verdictOf(() => prove(prover))]
    await settled()
    prover.close()
    expect(await Promise.all(verdicts)).toEqual(['ABORTED', 'ABORTED'])
    expect(workers).toHaveLength(1)
    expect(workers[0]!.isTerminated).toBe(true)
  })

  test('takes no more calls', async () => {
    const prover = hosting(never)
    prover.close()
    prover.close()
    await expect(prove(prover)).rejects.toThrow(TypeError)
    expect(workers).toEqual([])
  })
})
