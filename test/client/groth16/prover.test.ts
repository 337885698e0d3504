import { beforeAll, describe, expect, test, vi } from 'vitest'
import * as snarkjs from 'snarkjs'
import { enrolmentInputs } from '../../../client/witness.ts'
import { Engine } from '../../../client/groth16/engine.ts'
import { loadGroth16Prover } from '../../../client/groth16/prover.ts'
import { balanced } from '../../../client/groth16/balance.ts'
import { readProvingKey } from '../../../client/groth16/proving-key.ts'
import { G1_BYTES } from '../../../core/iden3/zkey.ts'
import { serveSums, SILENT_SECONDS, SumHelper } from '../../../client/groth16/sum-helper.ts'
import type { HelperPort } from '../../../client/groth16/sum-helper.ts'
import { f64x2 } from '../../../core/wasm/code.ts'
import { WitnessProgram, witnessValues } from '../../../client/witness-program.ts'
import { enrolmentNonce, holderCommitment, issuerScope } from '../../../core/enrolment.ts'
import { g1, g1Coordinates, g2, g2Coordinates } from '../../../core/bn254.ts'
import type { G2Point } from '../../../core/bn254.ts'
import { FIELD_ORDER, integerFromBytes, invert } from '../../../core/field.ts'
import { encodeProof, verifyGroth16 } from '../../../core/groth16.ts'
import type { ProofCoordinates } from '../../../core/groth16.ts'
import { refusal, verdictOf } from '../../support/refusal.ts'
import { keys, readArtifact } from '../../support/tools.ts'
import { KINDS, printed } from './engine-world.ts'

vi.mock('../../../client/groth16/balance.ts', { spy: true })

const zkey = readArtifact('enrolment', 'zkey')
const { key } = keys.enrolment
let witness: Uint32Array
/** Of another holder. */
let otherWitness: Uint32Array
let signals: bigint[]

beforeAll(async () => {
  const program = await WitnessProgram.compile(readArtifact('enrolment', 'wasm'))
  const witnessOf = (secret: bigint): Promise<Uint32Array> =>
    program.run(
      enrolmentInputs({
        ...{ secret, blinding: 7n, commitment: holderCommitment(secret, 7n) },
        issuerScope: issuerScope('https://registry.example'),
        nonce: enrolmentNonce('n-1'),
      }),
    )
  witness = await witnessOf(5n)
  otherWitness = await witnessOf(6n)
  signals = witnessValues(witness).slice(1, 1 + key.publicSignals)
})

const isValid = (proof: ProofCoordinates, of = signals): boolean =>
  verifyGroth16(key, of, encodeProof(proof))

describe('a proof', () => {
  test('verifies here and with snarkjs, for its signals and no others', async () => {
    const prover = await loadGroth16Prover(zkey)
    const vkey: unknown = JSON.parse(readArtifact('enrolment', 'vkey.json').toString())
    for (let i = 0; i < 3; i++) {
      const proof = await prover.prove(witness)
      expect(isValid(proof)).toBe(true)
      expect(await snarkjs.groth16.verify(vkey, signals.map(String), printed(proof))).toBe(true)
      const others = signals.map((signal, k) => (k === i ? (signal + 1n) % FIELD_ORDER : signal))
      expect(isValid(proof, others)).toBe(false)
    }
    expect(prover.publicSignals).toBe(key.publicSignals)
  })

  test('is another one each time, with all its points', async () => {
    const prover = await loadGroth16Prover(zkey)
    const [one, two] = [await prover.prove(witness), await prover.prove(witness)]
    expect(one.a).not.toEqual(two.a)
    expect(one.b).not.toEqual(two.b)
    expect(one.c).not.toEqual(two.c)
  })

  test('is hidden by two numbers of its own, each of 64 random bytes', async () => {
    const prover = await loadGroth16Prover(zkey)
    const drawn: bigint[] = []
    vi.spyOn(crypto, 'getRandomValues').mockImplementation((bytes) => {
      const array = bytes as unknown as Uint8Array
      expect(array.length).toBe(64)
      array.fill(drawn.length + 1)
      // The first of a proof is from 1 to the order - 1.
      const least = BigInt((drawn.length + 1) % 2)
      drawn.push(least + (integerFromBytes(array) % (FIELD_ORDER - least)))
      return bytes
    })
    const [one, two] = [await prover.prove(witness), await prover.prove(witness)]
    vi.restoreAllMocks()
    expect(new Set(drawn).size).toBe(4)
    const [z1, t1, z2, t2] = drawn as [bigint, bigint, bigint, bigint]
    // Without its blinding, each is the same proof: z times A, and B / z less t times delta.
    const firsts = [g1(one.a).multiplyUnsafe(z1), g1(two.a).multiplyUnsafe(z2)] as const
    expect(firsts[0].equals(firsts[1])).toBe(true)
    const bare = (proof: ProofCoordinates, z: bigint, t: bigint): G2Point =>
      g2(proof.b).multiplyUnsafe(invert(z)).subtract(g2(key.delta).multiplyUnsafe(t))
    expect(bare(one, z1, t1).equals(bare(two, z2, t2))).toBe(true)
    const thirds = [
      g1(one.c).subtract(firsts[0].multiplyUnsafe(t1)),
      g1(two.c).subtract(firsts[1].multiplyUnsafe(t2)),
    ] as const
    expect(thirds[0].equals(thirds[1])).toBe(true)
    // That is the proof of numbers that hide nothing, which nobody must ever send.
    const { a, b, c } = { a: firsts[0], b: bare(one, z1, t1), c: thirds[0] }
    const naked = { a: g1Coordinates(a), b: g2Coordinates(b), c: g1Coordinates(c) }
    expect(isValid(naked)).toBe(true)
  })

  test('is scaled by a number that is not zero', async () => {
    const prover = await loadGroth16Prover(zkey)
    // Zero, and what is zero modulo one less than the order.
    for (const drawn of [0n, FIELD_ORDER - 1n]) {
      vi.spyOn(crypto, 'getRandomValues').mockImplementation((bytes) => {
        const array = bytes as unknown as Uint8Array
        for (let i = 0; i < 64; i++) array[63 - i] = Number((drawn >> BigInt(8 * i)) & 0xffn)
        return bytes
      })
      const proof = await prover.prove(witness)
      vi.restoreAllMocks()
      expect(isValid(proof)).toBe(true)
    }
  })

  test('of a witness that breaks a constraint does not verify', async () => {
    const prover = await loadGroth16Prover(zkey)
    const wires = witness.length / 8
    for (const wire of [0, 1, key.publicSignals, key.publicSignals + 1, wires >> 1, wires - 1]) {
      const wrong = witness.slice()
      wrong[8 * wire] = (wrong[8 * wire] ?? 0) ^ 1
      const claimed = witnessValues(wrong).slice(1, 1 + key.publicSignals)
      expect(isValid(await prover.prove(wrong), claimed), String(wire)).toBe(false)
    }
  })

  test('tells its progress, from little to all', async () => {
    const told: number[] = []
    const prover = await loadGroth16Prover(zkey)
    await prover.prove(witness, (done) => told.push(done))
    expect(told.length).toBeGreaterThan(10)
    expect(told.toSorted((a, b) => a - b)).toEqual(told)
    expect(told.at(-1)).toBeCloseTo(1)
  })

  test('stops where its watcher throws', async () => {
    const prover = await loadGroth16Prover(zkey)
    const stop = new Error('stop')
    await expect(
      prover.prove(witness, () => {
        throw stop
      }),
    ).rejects.toBe(stop)
    expect(isValid(await prover.prove(witness))).toBe(true)
  })

  test('is the same thing from the engine without relaxed SIMD', async () => {
    vi.spyOn(f64x2, 'relaxedMadd').mockImplementation((a, b, c) => f64x2.add(f64x2.mul(a, b), c))
    const prover = await loadGroth16Prover(zkey)
    vi.restoreAllMocks()
    expect(isValid(await prover.prove(witness))).toBe(true)
  })

  test('is not made of a witness of another length', async () => {
    const prover = await loadGroth16Prover(zkey)
    await expect(prover.prove(witness.subarray(8))).rejects.toThrow(TypeError)
  })
})

describe.each(KINDS)('the memory of the %s engine', (kind) => {
  test('has nothing of a witness in it when a proof is made, or given up', async () => {
    const instantiate = vi.spyOn(WebAssembly, 'instantiate')
    const prover = await loadGroth16Prover(zkey, undefined, [kind])
    const memories = instantiate.mock.calls.flatMap(([, imports]) => {
      const memory = imports?.['env']?.['memory']
      return memory instanceof WebAssembly.Memory ? [memory] : []
    })
    vi.restoreAllMocks()
    expect(memories).toHaveLength(1)
    const lists = vi.spyOn(Engine.prototype, 'list')
    const look = (): Buffer => Buffer.from(new Uint8Array(memories[0]!.buffer))
    await prover.prove(witness)
    const after = look()
    // Lists beside the memory say which points were in which bucket.
    const given = lists.mock.results.map(({ value }) => value as Uint32Array)
    vi.restoreAllMocks()
    expect(given.length).toBeGreaterThan(100)
    const beside = (): boolean => given.every((list) => list.every((number) => number === 0))
    expect(beside()).toBe(true)
    // Blinding differs as well: whatever was left would be another thing now.
    await prover.prove(otherWitness)
    expect(look().equals(after)).toBe(true)
    expect(beside()).toBe(true)
    for (const steps of [1, 5, 12]) {
      let left = steps
      const proof = prover.prove(otherWitness, () => {
        if (--left === 0) throw new Error('stop')
      })
      await expect(proof).rejects.toThrow('stop')
      expect(look().equals(after), `stopped at step ${steps}`).toBe(true)
      expect(beside(), `stopped at step ${steps}`).toBe(true)
    }
  })
})

/** A helper in this thread, over copies of what is sent. */
function fakeHelper(spoil: (report: unknown) => unknown = (report) => report) {
  const [here, there] = [new EventTarget(), new EventTarget()]
  const send = (to: EventTarget, message: unknown): void => {
    const data: unknown = structuredClone(message)
    queueMicrotask(() => to.dispatchEvent(new MessageEvent('message', { data })))
  }
  const listen =
    (target: EventTarget) =>
    (type: string, listener: (event: never) => void): void => {
      target.addEventListener(type, listener as unknown as EventListener)
    }
  serveSums({
    postMessage: (message) => send(here, spoil(message)),
    addEventListener: listen(there),
  })
  const terminate = vi.fn()
  const busy: boolean[] = []
  const port: HelperPort = {
    postMessage: (message) => send(there, message),
    addEventListener: listen(here),
    terminate,
    setBusy: (isBusy) => busy.push(isBusy),
  }
  return { helper: new SumHelper(port), terminate, busy, here }
}

describe('with a helper', () => {
  test('proofs verify, and the helper rests between them', async () => {
    const { helper, busy } = fakeHelper()
    const prover = await loadGroth16Prover(zkey, helper)
    expect(busy.at(-1)).toBe(false)
    const told: number[] = []
    expect(isValid(await prover.prove(witness, (done) => told.push(done)))).toBe(true)
    expect(told.at(-1)).toBeCloseTo(1)
    expect([busy.includes(true), busy.at(-1), helper.hasFailed]).toEqual([true, false, false])
  })

  test.each<[string, (report: unknown) => unknown]>([
    ['sends nonsense', () => ({ kind: 'done' })],
    ['fails', (report) => ({ ...(report as object), kind: 'failed', sums: undefined })],
  ])('that %s from the start, proofs are made without it', async (_, spoil) => {
    const { helper } = fakeHelper(spoil)
    const prover = await loadGroth16Prover(zkey, helper)
    expect(isValid(await prover.prove(witness))).toBe(true)
  })

  test('that cannot compute what it has loaded, proofs are made without it', async () => {
    const { helper, terminate } = fakeHelper((report) => {
      const { kind, sums } = report as { kind: string; sums?: object }
      const isAnswer = kind === 'done' && Object.keys(sums ?? {}).length > 0
      return isAnswer ? { ...(report as object), sums: {} } : report
    })
    const prover = await loadGroth16Prover(zkey, helper)
    expect(helper.hasFailed).toBe(false)
    expect(isValid(await prover.prove(witness))).toBe(true)
    expect([helper.hasFailed, terminate.mock.calls.length]).toEqual([true, 1])
    expect(isValid(await prover.prove(witness))).toBe(true)
  })

  test('that says nothing is not waited for', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const { helper } = fakeHelper(() => undefined)
      const loading = loadGroth16Prover(zkey, helper)
      loading.catch(() => undefined)
      await vi.advanceTimersByTimeAsync((SILENT_SECONDS + 1) * 1000)
      const prover = await loading
      expect(helper.hasFailed).toBe(true)
      vi.useRealTimers()
      expect(isValid(await prover.prove(witness))).toBe(true)
    } finally {
      vi.useRealTimers()
    }
  })

  test('a proof stops where its watcher throws, and the helper stays', async () => {
    const { helper } = fakeHelper()
    const prover = await loadGroth16Prover(zkey, helper)
    const stop = new Error('stop')
    const watch = vi.fn(() => {
      throw stop
    })
    await expect(prover.prove(witness, watch)).rejects.toBe(stop)
    expect(isValid(await prover.prove(witness))).toBe(true)
    expect(helper.hasFailed).toBe(false)
  })

  test.each([
    ['ends', 'error'],
    ['sends what cannot be read', 'messageerror'],
  ])('that %s in the middle, the proof is made without it', async (_, type) => {
    const { helper, here, terminate } = fakeHelper()
    const prover = await loadGroth16Prover(zkey, helper)
    const proof = prover.prove(witness)
    here.dispatchEvent(new Event(type))
    expect(isValid(await proof)).toBe(true)
    expect(helper.hasFailed).toBe(true)
    expect(terminate).toHaveBeenCalled()
    expect(isValid(await prover.prove(witness))).toBe(true)
  })

  test('that computes wrongly, proofs are wrong, which whoever made them has to see', async () => {
    const { helper } = fakeHelper((report) => {
      const { kind, sums } = report as { kind: string; sums?: { a?: { x: bigint[] } } }
      return kind === 'done' && sums?.a !== undefined
        ? { ...(report as object), sums: { ...sums, a: { ...sums.a, x: [1n], y: [2n] } } }
        : report
    })
    const prover = await loadGroth16Prover(zkey, helper)
    expect(isValid(await prover.prove(witness))).toBe(false)
  })

  test('that takes some points of C as well, proofs verify, and if it ends in the middle', async () => {
    vi.mocked(balanced).mockImplementationOnce((key) => {
      const cut = key.c.length - 100 * G1_BYTES
      return { ...key, c: key.c.subarray(0, cut), d: key.c.subarray(cut) }
    })
    const { helper, here } = fakeHelper()
    const prover = await loadGroth16Prover(zkey, helper)
    const told: number[] = []
    expect(isValid(await prover.prove(witness, (done) => told.push(done)))).toBe(true)
    expect(told.at(-1)).toBeCloseTo(1)
    expect(helper.hasFailed).toBe(false)
    const proof = prover.prove(witness)
    here.dispatchEvent(new Event('error'))
    expect(isValid(await proof)).toBe(true)
    expect(helper.hasFailed).toBe(true)
  })

  test('that has ended, nothing is asked', async () => {
    const { helper } = fakeHelper()
    helper.end()
    const load = helper.load(readProvingKey(zkey), ['a'])
    expect(await verdictOf(() => load)).toBe('PROVING_FAILED')
  })
})

describe('a proving key is refused', () => {
  const changed = (change: (bytes: Uint8Array) => Uint8Array | undefined): Uint8Array => {
    const bytes = Uint8Array.from(zkey)
    return change(bytes) ?? bytes
  }
  test.each<[string, (bytes: Uint8Array) => Uint8Array | undefined]>([
    ['without bytes', () => new Uint8Array()],
    ['of another format', (bytes) => void (bytes[0] = 0x7b)],
    ['cut short', (bytes) => bytes.subarray(0, bytes.length - 1)],
    ['cut to its header', (bytes) => bytes.subarray(0, 100)],
    ['of another proof system', (bytes) => void (bytes[24] = 2)],
    ['over another curve', (bytes) => void (bytes[44] = (bytes[44] ?? 0) ^ 1)],
    ['with a section less', (bytes) => void (bytes[8] = 5)],
    ['with more wires than points', (bytes) => void (bytes[112] = (bytes[112] ?? 0) ^ 1)],
    ['with a domain that is no power of 2', (bytes) => void (bytes[120] = 3)],
  ])('%s', (_, change) => {
    expect(refusal(() => readProvingKey(zkey))).toBeUndefined()
    expect(refusal(() => readProvingKey(changed(change)))).toBe('ARTIFACT_INVALID')
  })
})
