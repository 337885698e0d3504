import { fromBase64url } from '../../../core/bytes.ts'
import { ZerocardError } from '../../../core/errors.ts'
import { PROOF_BYTES } from '../../../core/groth16.ts'
import type { G1Coordinates, G2Coordinates, VerificationKey } from '../../../core/groth16-key.ts'
import { inputSums } from '../engine.ts'
import type { PairingEngine, Share, Term } from '../engine.ts'
import { fr, mcl, millerProduct, multiply, startMcl } from './mcl.ts'
import type { G1, G2, GT } from './mcl.ts'
import { isInSubgroup } from './subgroup.ts'

interface ProofPoints {
  readonly a: G1
  readonly b: G2
  readonly c: G1
}

interface PreparedKey {
  readonly alpha: G1
  readonly inputs: readonly G1[]
  readonly beta: Lines
  readonly gamma: Lines
  readonly delta: Lines
}

type Lines = InstanceType<typeof mcl.PrecomputedG2>

/** Starts mcl. */
export async function startLibraryEngine(): Promise<LibraryEngine> {
  await startMcl()
  return new LibraryEngine()
}

/** By mcl in WebAssembly: where there is no fused multiply-add. */
export class LibraryEngine implements PairingEngine<PreparedKey, ProofPoints, GT> {
  readonly #keys = new WeakMap<VerificationKey, PreparedKey>()

  prepareKey(key: VerificationKey): PreparedKey {
    const known = this.#keys.get(key) ?? prepared(key)
    this.#keys.set(key, known)
    return known
  }

  readProofs(texts: readonly string[]): readonly (ProofPoints | undefined)[] {
    return texts.map(readProof)
  }

  loops(own: readonly Term<ProofPoints>[], shared: readonly Share<PreparedKey, ProofPoints>[]): GT {
    const values = shared.map((share) => this.#shareLoops(share))
    return multiply(own.length === 0 ? values : [this.#ownLoops(own), ...values])
  }

  #ownLoops(terms: readonly Term<ProofPoints>[]): GT {
    const pairs = terms.map(({ points: { a, b }, coefficient }) => {
      const opposite = mcl.neg(a)
      return {
        g1: coefficient === undefined ? opposite : mcl.mul(opposite, fr(coefficient.value)),
        g2: b,
      }
    })
    return millerProduct(pairs)
  }

  #shareLoops({ key, terms }: Share<PreparedKey, ProofPoints>): GT {
    const sums = inputSums(key.inputs.length, terms)
    const c = linear(terms.map(({ points, coefficient }) => [points.c, coefficient?.value ?? 1n]))
    const x = linear(key.inputs.map((point, i) => [point, sums[i] ?? 0n]))
    const alpha = linear([[key.alpha, sums[0] ?? 0n]])
    return mcl.mul(
      mcl.precomputedMillerLoop2(x, key.gamma, c, key.delta),
      mcl.precomputedMillerLoop(alpha, key.beta),
    )
  }

  residue(values: readonly GT[]): GT {
    return mcl.finalExp(multiply(values))
  }

  quotient(residue: GT, part: GT): GT {
    return mcl.mul(residue, mcl.inv(part))
  }

  isOne(residue: GT): boolean {
    return residue.isOne()
  }
}

function prepared(key: VerificationKey): PreparedKey {
  return {
    alpha: g1(key.alpha),
    inputs: key.inputs.map(g1),
    beta: new mcl.PrecomputedG2(g2(key.beta)),
    gamma: new mcl.PrecomputedG2(g2(key.gamma)),
    delta: new mcl.PrecomputedG2(g2(key.delta)),
  }
}

function linear(terms: readonly (readonly [point: G1, scalar: bigint])[]): G1 {
  // A policy leaves many places of its circuit empty, and a zero would cost as much as any other.
  const used = terms.filter(([, scalar]) => scalar !== 0n)
  if (used.length === 0) return new mcl.G1()
  if (used.every(([, scalar]) => scalar === 1n)) {
    return used.map(([point]) => point).reduce((sum, point) => mcl.add(sum, point))
  }
  return mcl.mulVec(
    used.map(([point]) => point),
    used.map(([, scalar]) => fr(scalar)),
  )
}

/** The points of a proof: canonical, on the curves, in the subgroup, none the identity. */
function readProof(text: string): ProofPoints | undefined {
  try {
    const bytes = fromBase64url(text)
    if (bytes.length !== PROOF_BYTES) return undefined
    const points = {
      a: readPoint(new mcl.G1(), bytes.subarray(0, 32)),
      b: readPoint(new mcl.G2(), bytes.subarray(32, 96)),
      c: readPoint(new mcl.G1(), bytes.subarray(96, 128)),
    }
    const isSound = (point: G1 | G2): boolean =>
      // G1 has prime order: a point of that curve other than zero is in the group.
      !point.isZero() && point.isValid() && (point instanceof mcl.G1 || isInSubgroup(point))
    return [points.a, points.b, points.c].every(isSound) ? points : undefined
  } catch (error) {
    // mcl reports bytes that are no point with a plain Error, base64url its own.
    if (error instanceof TypeError || error instanceof RangeError) throw error
    return undefined
  }
}

/** mcl's compressed form is the same as ours with the bytes in the opposite order. */
function readPoint<T extends G1 | G2>(point: T, bytes: Uint8Array): T {
  point.deserialize(bytes.slice().reverse())
  return point
}

function g1([x, y]: G1Coordinates): G1 {
  const point = new mcl.G1()
  point.setStr(`1 ${String(x)} ${String(y)}`, 10)
  if (!point.isValid()) throw keyInvalid()
  return point
}

function g2([x, y]: G2Coordinates): G2 {
  const point = new mcl.G2()
  point.setStr(`1 ${[...x, ...y].map(String).join(' ')}`, 10)
  if (!point.isValid() || !point.isValidOrder()) throw keyInvalid()
  return point
}

function keyInvalid(): ZerocardError {
  return new ZerocardError('KEY_INVALID', 'the verification key has a point outside its group')
}
