import { execFile } from 'node:child_process'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import { createProofPool } from '../../server/verifier/proof-pool.ts'
import type { ProofPool, ProofPoolOptions } from '../../server/verifier/proof-pool.ts'
import { forgeProof, shiftC } from '../support/forgery.ts'
import { acceptedKeys, keys } from '../support/tools.ts'

const { key } = keys.enrolment
const signals = [1n, 2n, 3n, 4n]
const proof = forgeProof(key, signals)
const badProof = shiftC(proof, 1n)

/** Text that the threads of {@link startBroken} misbehave at. */
const POISON = 'poison'

/** For threads that say nothing: what else goes wrong is noticed at once, and not by the time. */
const SHORT = { timeoutMs: 500 }

const open: ProofPool[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map((pool) => pool.close()))
}, 20_000)

describe('the pool', () => {
  test('has the verdicts of the pairing engine, each for its own proof', async () => {
    const pool = start()
    const verdicts = [true, false, true, true, false, true].map((isGood) => judge(pool, isGood))
    expect(await Promise.all(verdicts)).toEqual([true, false, true, true, false, true])
    expect(await pool.verify(key, signals, 'not a proof')).toBe(false)
    expect(await pool.verify(key, signals.with(0, 2n), proof)).toBe(false)
  })

  test('judges each proof under its own key', async () => {
    const pool = start({ workers: 2 })
    const other = keys['eligibility-1'].key
    const otherSignals = Array.from({ length: 17 }, (_, i) => BigInt(i))
    const otherProof = forgeProof(other, otherSignals)
    const verdicts = [
      judge(pool),
      pool.verify(other, otherSignals, otherProof),
      pool.verify(other, otherSignals, proof),
      judge(pool, false),
    ]
    expect(await Promise.all(verdicts)).toEqual([true, true, false, false])
  })

  test('knows a copy of a key', async () => {
    expect(await start().verify(structuredClone(key), signals, proof)).toBe(true)
  })

  test('takes what waits in batches up to the limit, and one by one what does not', async () => {
    const pool = start({ batchLimit: 4 })
    await judge(pool)
    await judge(pool)
    expect(pool.stats()).toMatchObject({ verified: 2, batches: 2 })
    // The first goes at once, by itself; nine wait for it.
    const verdicts = Array.from({ length: 10 }, () => judge(pool))
    expect(pool.stats()).toMatchObject({ waiting: 9, running: 1 })
    await Promise.all(verdicts)
    expect(pool.stats()).toEqual({
      waiting: 0,
      running: 0,
      verified: 12,
      batches: 2 + 1 + 3,
      rejectedFull: 0,
      restarts: 0,
    })
  })

  test('refuses a proof when its queue is full, and only then', async () => {
    const pool = start({ queueLimit: 3 })
    const verdicts = Array.from({ length: 3 }, () => judge(pool))
    await expect(judge(pool)).rejects.toMatchObject({ code: 'OVERLOADED' })
    expect(pool.stats()).toMatchObject({ waiting: 3, rejectedFull: 1 })
    expect(await Promise.all(verdicts)).toEqual([true, true, true])
    expect(await judge(pool)).toBe(true)
  })

  test.each([
    ['an unknown key', { ...key, inputs: key.inputs.toReversed() }, signals, proof],
    ['too few public signals', key, [1n], proof],
    ['public signals that are not canonical', key, signals.with(1, -1n), proof],
    ['public signals that are numbers', key, [1, 2, 3, 4] as unknown as bigint[], proof],
    ['a proof that is no text', key, signals, undefined as unknown as string],
  ])('calls %s a mistake of the caller', async (_, ...call) => {
    const pool = start()
    await expect(pool.verify(...call)).rejects.toThrow(TypeError)
    expect(pool.stats()).toMatchObject({ waiting: 0, running: 0, restarts: 0 })
  })

  test.each(['workers', 'queueLimit', 'batchLimit', 'timeoutMs'])('wants a positive %s', (name) => {
    for (const value of [0, -1, 1.5, Number.NaN]) {
      expect(() => createProofPool({ keys: acceptedKeys, [name]: value })).toThrow(TypeError)
    }
  })
})

describe('closing the pool', () => {
  test('finishes what is queued, then takes no more', async () => {
    const pool = start({ batchLimit: 1 })
    const verdicts = [judge(pool), judge(pool, false), judge(pool)]
    const closed = pool.close()
    await expect(judge(pool)).rejects.toThrow(TypeError)
    await closed
    expect(pool.stats()).toMatchObject({ waiting: 0, running: 0, verified: 3 })
    expect(await Promise.all(verdicts)).toEqual([true, false, true])
    await pool.close()
  })

  test('finishes what is queued behind a batch that is lost', async () => {
    const pool = startBroken('process.exit(1)', { batchLimit: 1 })
    const settled = Promise.allSettled([poison(pool), judge(pool)])
    await pool.close()
    expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
  })

  test('lets the process end, also before the threads were ready', async () => {
    const program = 'createProofPool({ keys: new Map(), workers: 2 }).close()'
    expect(await runAlone(program)).toBe('done\n')
  })

  test('lets the process end after a thread that never returned', async () => {
    const hanging = `
      import { parentPort } from 'node:worker_threads'
      parentPort.on('message', () => { for (;;); })
      parentPort.postMessage('ready')`
    const program = `(async () => {
      const key = { publicSignals: 0 }
      const keys = new Map([['id', { circuit: 'any', key }]])
      const workerUrl = new URL(${JSON.stringify(programUrl(hanging).href)})
      const pool = createProofPool({ keys, workers: 1, timeoutMs: 100, workerUrl })
      await pool.verify(key, [], '').catch(() => undefined)
      await pool.close()
    })()`
    expect(await runAlone(program)).toBe('done\n')
  })
})

describe('a thread', () => {
  test.each<[string, string, Partial<ProofPoolOptions>?]>([
    ['that crashes', `throw new Error('crash')`],
    ['that exits', `process.exit(0)`],
    ['with too few verdicts', `return say({ number, verdicts: [] })`],
    ['with too many verdicts', `return say({ number, verdicts: [true, true] })`],
    ['with verdicts that are not boolean', `return say({ number, verdicts: [1] })`],
    ['with a hole for a verdict', `return say({ number, verdicts: new Array(1) })`],
    ['with one verdict for all', `return say({ number, verdicts: true })`],
    ['with verdicts on another batch', `return say({ number: number + 1, verdicts: [true] })`],
    ['with verdicts on no batch', `return say({ verdicts: [true] })`],
    ['with no verdicts', `return say(null)`],
    ['that never returns', `for (;;);`, SHORT],
    ['that stays silent', `return`, SHORT],
  ])('%s is replaced, and its proofs get no verdict', async (_, misbehave, options = {}) => {
    const pool = startBroken(misbehave, options)
    await expect(poison(pool)).rejects.toMatchObject({ code: 'OVERLOADED' })
    expect(await judge(pool)).toBe(true)
    expect(pool.stats()).toMatchObject({ running: 0, verified: 1, batches: 1, restarts: 1 })
  })

  test('that answers twice is replaced, and the second answer is not taken for the next', async () => {
    const pool = startBroken('say({ number, verdicts: [true] })', { batchLimit: 1 })
    const [one, next] = await Promise.allSettled([poison(pool), judge(pool)])
    expect(one).toMatchObject({ status: 'fulfilled', value: true })
    expect(next).toMatchObject({ status: 'rejected', reason: { code: 'OVERLOADED' } })
    expect(await judge(pool)).toBe(true)
  })

  test('that is lost takes no proofs of another with it', async () => {
    const pool = startBroken('process.exit(1)', { batchLimit: 1 })
    const settled = await Promise.allSettled([judge(pool), poison(pool), judge(pool)])
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  })

  test('that is lost while it has nothing to do is replaced when a proof comes', async () => {
    const pool = startBroken('setTimeout(() => process.exit(1), 10)')
    expect(await poison(pool)).toBe(true)
    await setTimeout(500)
    expect(await judge(pool)).toBe(true)
    expect(pool.stats()).toMatchObject({ verified: 2, restarts: 1 })
  })

  test('that cannot start leaves nobody waiting', async () => {
    const pool = start({ workerUrl: programUrl(`throw new Error('no start')`) })
    await expect(judge(pool)).rejects.toMatchObject({ code: 'OVERLOADED' })
    await expect(judge(pool)).rejects.toMatchObject({ code: 'OVERLOADED' })
    await pool.close()
  }, 20_000)
})

/** A pool of one thread. */
function start(options: Partial<ProofPoolOptions> = {}): ProofPool {
  const pool = createProofPool({ keys: acceptedKeys, workers: 1, ...options })
  open.push(pool)
  return pool
}

function judge(pool: ProofPool, isGood = true): Promise<boolean> {
  return pool.verify(key, signals, isGood ? proof : badProof)
}

/** A pool whose thread does `misbehave` for the proof `POISON`, and finds every other one valid. */
function startBroken(misbehave: string, options: Partial<ProofPoolOptions> = {}): ProofPool {
  const workerUrl = programUrl(`
    import { parentPort } from 'node:worker_threads'
    const say = (message) => parentPort.postMessage(message)
    const judge = ({ number, tasks }) => {
      if (tasks.some(({ proof }) => proof === '${POISON}')) { ${misbehave} }
      say({ number, verdicts: tasks.map(() => true) })
    }
    parentPort.on('message', judge)
    say('ready')`)
  return start({ workerUrl, timeoutMs: 1_000_000, ...options })
}

function poison(pool: ProofPool): Promise<boolean> {
  return pool.verify(key, signals, POISON)
}

function programUrl(source: string): URL {
  return new URL(`data:text/javascript,${encodeURIComponent(source)}`)
}

/** Waits for `promise`, an expression, in a process of its own, and for the end of that process. */
async function runAlone(promise: string): Promise<string> {
  const poolUrl = new URL('../../server/verifier/proof-pool.ts', import.meta.url).href
  const program = `import(${JSON.stringify(poolUrl)})
    .then(({ createProofPool }) => ${promise})
    .then(() => console.log('done'))`
  const options = { timeout: 20_000 }
  const { stdout } = await promisify(execFile)(process.execPath, ['--eval', program], options)
  return stdout
}
