import { G1, g1, g1Coordinates } from '../../core/bn254.ts'
import type { G1Point } from '../../core/bn254.ts'
import { ZerocardError } from '../../core/errors.ts'
import { FIELD_ORDER, integerFromBytes } from '../../core/field.ts'
import type { ProofCoordinates } from '../../core/groth16.ts'
import { balanced } from './balance.ts'
import type { EngineKind } from './engine.ts'
import type { AffinePoint } from './multiexp.ts'
import type { Blinding, SumName, Sums } from './proof-sums.ts'
import { readProvingKey } from './proving-key.ts'
import type { ProvingKey } from './proving-key.ts'
import { SumHelper } from './sum-helper.ts'
import type { HelperPort } from './sum-helper.ts'
import { loadHere } from './sum-thread.ts'
import type { SumThread } from './sum-thread.ts'

/** What is told while a proof is made: how much of it is done, from 0 to 1. */
export type SumProgress = (done: number) => void

/** Proves under one key. */
export interface Groth16Prover {
  /** As many as the key has, behind the constant one. */
  readonly publicSignals: number
  /**
   * @param witness - Eight words for each wire, the lowest first.
   * @returns A proof with fresh blinding. Whether it verifies is for the caller to see: a witness that
   *   breaks a constraint gives a proof that does not.
   */
  prove(witness: Uint32Array, progress?: SumProgress): Promise<ProofCoordinates>
}

/**
 * A loader of keys for this thread and, if it can be started, a helper that takes half of each proof.
 * If the helper fails, everything is computed in this one.
 */
export function groth16Loader(
  spawnHelper: () => HelperPort | undefined = () => undefined,
): (zkey: Uint8Array) => Promise<Groth16Prover> {
  const helper = startHelper(spawnHelper)
  return (zkey) => loadGroth16Prover(zkey, helper)
}

function startHelper(spawnHelper: () => HelperPort | undefined): SumHelper | undefined {
  try {
    const port = spawnHelper()
    return port === undefined ? undefined : new SumHelper(port)
  } catch {
    return undefined
  }
}

/**
 * A Groth16 prover (J. Groth, "On the Size of Pairing-based Non-interactive Arguments", 2016).
 *
 * @param zkey - A proving key in the format of snarkjs.
 * @param kinds - Engines to choose from, by default all.
 * @throws ZerocardError with `ARTIFACT_INVALID` if the key is none.
 */
export async function loadGroth16Prover(
  zkey: Uint8Array,
  helper?: SumHelper,
  kinds?: readonly EngineKind[],
): Promise<Groth16Prover> {
  const key = readProvingKey(zkey)
  const threads = await loadThreads(key, helper, kinds)
  const helping = helper?.hasFailed === false ? helper : undefined
  /** What takes the place of a helper that failed, for all proofs that it failed. */
  let alone: Promise<readonly SumThread[]> | undefined
  return {
    publicSignals: key.publicSignals,
    async prove(witness, progress = () => undefined) {
      const blinding = { scale: randomScalar(1n), shift: randomScalar() }
      if (witness.length !== 8 * key.wires) throw new TypeError('a witness of another circuit')
      const prove = async (from: readonly SumThread[]): Promise<ProofCoordinates> =>
        proofOf(await computeAll(from, witness, blinding, progress))
      if (alone !== undefined) return prove(await alone)
      try {
        return await prove(threads)
      } catch (error) {
        if (helping?.hasFailed !== true) throw error
        alone ??= loadThreads(key, undefined, kinds)
        return prove(await alone)
      }
    },
  }
}

/** With a helper, this thread takes as much as it. */
async function loadThreads(
  key: ProvingKey,
  helper: SumHelper | undefined,
  kinds: readonly EngineKind[] | undefined,
): Promise<SumThread[]> {
  if (helper === undefined || helper.hasFailed) return [await loadHere(key, ['b', 'a', 'c'], kinds)]
  const shared = balanced(key)
  const names: SumName[] = shared.d.length === 0 ? ['b', 'a'] : ['b', 'a', 'd']
  const theirs = helper.load(shared, names, kinds)
  // It is waited for below; until then its failure is nobody's.
  theirs.catch(() => undefined)
  const own = await loadHere(shared, ['c'], kinds)
  try {
    return [await theirs, own]
  } catch {
    return [own, await loadHere(shared, names, kinds)]
  }
}

async function computeAll(
  threads: readonly SumThread[],
  witness: Uint32Array,
  blinding: Blinding,
  progress: SumProgress,
): Promise<Sums> {
  let done = 0
  const step = (part: number): void => {
    done = Math.min(1, done + part)
    progress(done)
  }
  const parts = await Promise.all(threads.map((thread) => thread.compute(witness, blinding, step)))
  return Object.assign({}, ...parts) as Sums
}

/**
 * A proof without blinding, (A, B, C), made another one of the same: (A / z, z·(B + t·delta), C + t·A)
 * with z the scale and t the shift (K. Baghery, M. Kohlweiss, J. Siim, M. Volkhov, "Another Look at
 * Extraction and Randomization of Groth's zk-SNARK", 2021). The first two points are uniform, whatever
 * the witness, and the third is the only one that fits them, exactly as in the proofs of J. Groth;
 * those take r·B in G1 instead, a sum over points that this way no key has to have.
 *
 * @param sums - With scale and shift in them already.
 */
function proofOf({ a, b, c, d, shifted }: Sums): ProofCoordinates {
  const [bx0, bx1, by0, by1] = [b?.x[0], b?.x[1], b?.y[0], b?.y[1]]
  if (bx0 === undefined || bx1 === undefined || by0 === undefined || by1 === undefined) {
    throw failed()
  }
  const first = pointOf(a)
  // Without the shift, the third may well be zero, or all of it be in one of two parts.
  const third = pointOf(c).add(pointOf(d)).add(pointOf(shifted))
  if (first.is0() || third.is0()) throw failed()
  return {
    a: g1Coordinates(first),
    b: [
      [bx0, bx1],
      [by0, by1],
    ],
    c: g1Coordinates(third),
  }
}

/** Zero for a sum that nobody had to make, or that comes to nothing. */
function pointOf(sum: AffinePoint): G1Point {
  const [x, y] = [sum?.x[0], sum?.y[0]]
  return x === undefined || y === undefined ? G1.ZERO : g1([x, y])
}

/** Uniform from `least` on but for 2^-258. */
function randomScalar(least = 0n): bigint {
  const drawn = integerFromBytes(crypto.getRandomValues(new Uint8Array(64)))
  return least + (drawn % (FIELD_ORDER - least))
}

function failed(): ZerocardError {
  return new ZerocardError('PROVING_FAILED', 'a sum came to nothing')
}
