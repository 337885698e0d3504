import { beforeAll, describe, expect, test, vi } from 'vitest'
import * as snarkjs from 'snarkjs'
import { enrolmentInputs } from '../../../client/witness.ts'
import { loadGroth16Prover } from '../../../client/groth16/prover.ts'
import { balanced } from '../../../client/groth16/balance.ts'
import { readProvingKey } from '../../../client/groth16/proving-key.ts'
import { CURVE_FIELD_ORDER } from '../../../core/curve.ts'
import { G1_BYTES, readZkey } from '../../../core/iden3/zkey.ts'
import type { Zkey } from '../../../core/iden3/zkey.ts'
import { serveSums, SILENT_SECONDS, SumHelper } from '../../../client/groth16/sum-helper.ts'
import type { HelperPort } from '../../../client/groth16/sum-helper.ts'
import { f64x2 } from '../../../core/wasm/code.ts'
import { WitnessProgram, witnessValues } from '../../../client/witness-program.ts'
import { enrolmentNonce, holderCommitment, issuerScope } from '../../../core/enrolment.ts'
import { g1, g1Coordinates, g2, g2Coordinates } from '../../../core/bn254.ts'
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

/** What is drawn from here on is known: of each proof, its scale and its shift. */
function knownBlinding(): (readonly [bigint, bigint])[] {
  const known: (readonly [bigint, bigint])[] = []
  let scale: bigint | undefined
  let drawn = 0
  vi.spyOn(crypto, 'getRandomValues').mockImplementation((bytes) => {
    const array = bytes as unknown as Uint8Array
    expect(array.length).toBe(64)
    array.fill((drawn += 1))
    const value = integerFromBytes(array)
    if (scale === undefined) {
      scale = 1n + (value % (FIELD_ORDER - 1n))
    } else {
      known.push([scale, value % FIELD_ORDER])
      scale = undefined
    }
    return bytes
  })
  return known
}

/** A proof without its blinding: z times A, B / z less t times delta, and C less t times that A. */
function bare(
  { a, b, c }: ProofCoordinates,
  [z, t]: readonly [bigint, bigint] = [1n, 0n],
): ProofCoordinates {
  const first = g1(a).multiplyUnsafe(z)
  const second = g2(b).multiplyUnsafe(invert(z)).subtract(g2(key.delta).multiplyUnsafe(t))
  return {
    a: g1Coordinates(first),
    b: g2Coordinates(second),
    c: g1Coordinates(g1(c).subtract(first.multiplyUnsafe(t))),
  }
}

/** A key of which some points are others. */
function keyWith(change: (key: Zkey) => void): Uint8Array<ArrayBuffer> {
  const bytes = Uint8Array.from(zkey)
  change(readZkey(bytes))
  return bytes
}

/** The opposite of a point of a key, whose coordinates have so many parts each. */
function opposite(point: Uint8Array, parts: 1 | 2): Uint8Array<ArrayBuffer> {
  const result = Uint8Array.from(point)
  for (let at = 32 * parts; at < 64 * parts; at += 32) {
    const part = CURVE_FIELD_ORDER - integerFromBytes(point.slice(at, at + 32).reverse())
    result.set(littleEndian(part % CURVE_FIELD_ORDER), at)
  }
  return result
}

/** A point of G1 as a key has it. */
function keyPoint(point: readonly [bigint, bigint]): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(G1_BYTES)
  point.forEach((value, i) => result.set(littleEndian((value << 256n) % CURVE_FIELD_ORDER), 32 * i))
  return result
}

const littleEndian = (value: bigint): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn))

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
    const known = knownBlinding()
    const [one, two] = [await prover.prove(witness), await prover.prove(witness)]
    vi.restoreAllMocks()
    expect(new Set(known.flat()).size).toBe(4)
    // Without its blinding, each is the same proof: one that hides nothing, which nobody must send.
    expect(bare(one, known[0])).toEqual(bare(two, known[1]))
    expect(isValid(bare(one, known[0]))).toBe(true)
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

  test('is not made where one of its points would be none', async () => {
    // A point of the constant one that takes away what is added, and no others.
    const withoutA = keyWith(({ a, alpha1 }) => {
      a.fill(0)
      a.set(opposite(alpha1, 1))
    })
    const withoutB = keyWith(({ b2, beta2 }) => {
      b2.fill(0)
      b2.set(opposite(beta2, 2))
    })
    const withoutC = keyWith(({ c, h }) => {
      c.fill(0)
      h.fill(0)
    })
    for (const [bytes, shift] of [
      [withoutA, 1],
      [withoutB, 0],
      [withoutC, 0],
    ] as const) {
      const prover = await loadGroth16Prover(bytes)
      vi.spyOn(crypto, 'getRandomValues').mockImplementation((array) => {
        ;(array as unknown as Uint8Array).fill(0).set([shift], 63)
        return array
      })
      expect(await verdictOf(() => prover.prove(witness))).toBe('PROVING_FAILED')
      vi.restoreAllMocks()
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
    const look = (): Buffer => Buffer.from(new Uint8Array(memories[0]!.buffer))
    await prover.prove(witness)
    const after = look()
    // Blinding differs as well: whatever was left would be another thing now.
    await prover.prove(otherWitness)
    expect(look().equals(after)).toBe(true)
    for (const steps of [1, 5, 12]) {
      let left = steps
      const proof = prover.prove(otherWitness, () => {
        if (--left === 0) throw new Error('stop')
      })
      await expect(proof).rejects.toThrow('stop')
      expect(look().equals(after), `stopped at step ${steps}`).toBe(true)
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

  test.each<[string, (sums: Record<string, unknown>) => object]>([
    ['a sum of ours', (sums) => ({ ...sums, c: sums['a'] })],
    ['a sum that nobody wants', (sums) => ({ ...sums, d: undefined })],
    ['all sums but A', ({ a: _, ...others }) => others],
    ['all sums but A times the shift', ({ shifted: _, ...others }) => others],
    ['all sums but B', ({ b: _, ...others }) => others],
  ])('that sends %s is not heard, and proofs are made without it', async (_, spoil) => {
    const { helper } = fakeHelper((report) => {
      const { sums } = report as { sums?: Record<string, unknown> }
      const isAnswer = sums !== undefined && Object.keys(sums).length > 0
      return isAnswer ? { ...(report as object), sums: spoil(sums) } : report
    })
    const prover = await loadGroth16Prover(zkey, helper)
    expect(helper.hasFailed).toBe(false)
    expect(isValid(await prover.prove(witness))).toBe(true)
    expect(helper.hasFailed).toBe(true)
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

  test('that ends in the middle of two proofs, both are made without it', async () => {
    const { helper, here } = fakeHelper()
    const prover = await loadGroth16Prover(zkey, helper)
    const proofs = [prover.prove(witness), prover.prove(witness)]
    here.dispatchEvent(new Event('error'))
    expect((await Promise.all(proofs)).map((proof) => isValid(proof))).toEqual([true, true])
    expect(helper.hasFailed).toBe(true)
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

  test('proofs are hidden as without one, and also those that are made after it failed', async () => {
    const { helper, here } = fakeHelper()
    const [alone, helped] = [await loadGroth16Prover(zkey), await loadGroth16Prover(zkey, helper)]
    const known = knownBlinding()
    const proofs = [await alone.prove(witness), await helped.prove(witness)]
    const last = helped.prove(witness)
    here.dispatchEvent(new Event('error'))
    proofs.push(await last, await helped.prove(witness))
    vi.restoreAllMocks()
    expect(helper.hasFailed).toBe(true)
    expect(known).toHaveLength(4)
    expect(new Set(known.flat()).size).toBe(8)
    const [first, ...others] = proofs.map((proof, i) => bare(proof, known[i]))
    for (const other of others) expect(other).toEqual(first)
    expect(isValid(first!)).toBe(true)
  })

  test('that takes all of C that is not nothing, proofs verify', async () => {
    const known = knownBlinding()
    const proof = await (await loadGroth16Prover(zkey)).prove(witness)
    vi.restoreAllMocks()
    // The whole of C as the point of one wire, the last one that is not zero.
    const values = witnessValues(witness)
    const wire = values.findLastIndex((value) => value !== 0n)
    const whole = g1(bare(proof, known[0]).c).multiplyUnsafe(invert(values[wire]!))
    const changed = keyWith(({ c, h, publicSignals }) => {
      h.fill(0)
      c.fill(0)
      c.set(keyPoint(g1Coordinates(whole)), (wire - publicSignals - 1) * G1_BYTES)
    })
    expect(isValid(await (await loadGroth16Prover(changed)).prove(witness))).toBe(true)
    vi.mocked(balanced).mockImplementationOnce((key) => {
      const cut = (wire - key.publicSignals - 1) * G1_BYTES
      return { ...key, c: key.c.subarray(0, cut), d: key.c.subarray(cut) }
    })
    const { helper } = fakeHelper()
    const prover = await loadGroth16Prover(changed, helper)
    expect(isValid(await prover.prove(witness))).toBe(true)
    expect(helper.hasFailed).toBe(false)
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
