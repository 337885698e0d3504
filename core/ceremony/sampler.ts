import { Fp, Fp2, G1, G2, g2 } from '../bn254.ts'
import type { G1Point, G2Point } from '../bn254.ts'
import { FIELD_ORDER, invert } from '../field.ts'
import { CURVE_FIELD_ORDER } from '../curve.ts'
import type { Fq2 } from '../groth16-key.ts'
import { ChaCha } from './chacha.ts'

// How snarkjs and ffjavascript turn a seed into scalars and points. It has to be the same here to
// the bit, or no ceremony of theirs could be checked.

/** Both fields of BN254 have 254 bits. */
const MASK = (1n << 254n) - 1n
/** Random bits are taken for a Montgomery form, so the element is the bits divided by this. */
const MONTGOMERY = 1n << 256n
const SCALAR_FACTOR = invert(MONTGOMERY)
const COORDINATE_FACTOR = Fp.inv(MONTGOMERY % CURVE_FIELD_ORDER)

/** Order of the twisted curve divided by r. */
const G2_COFACTOR = 0x30644e72e131a029b85045b68181585e06ceecda572a2489345f2299c0f9fa8dn

/** Scalars and points from a seed of 32 bytes or more, of which the first 32 count. */
export class Sampler {
  readonly #stream: ChaCha

  constructor(seed: Uint8Array) {
    this.#stream = new ChaCha(seed)
  }

  scalar(): bigint {
    return (this.#bitsBelow(FIELD_ORDER) * SCALAR_FACTOR) % FIELD_ORDER
  }

  g1(): G1Point {
    for (;;) {
      const x = this.#coordinate()
      const isLarger = this.#bit()
      const y = rootOf(() => Fp.sqrt(Fp.add(Fp.mul(Fp.sqr(x), x), G1.CURVE().b)))
      if (y === undefined) continue
      return G1.fromAffine({ x, y: isLarge([y, 0n]) === isLarger ? y : Fp.neg(y) })
    }
  }

  /** A point of the subgroup of order r. */
  g2(): G2Point {
    for (;;) {
      const x = [this.#coordinate(), this.#coordinate()] as const
      const isLarger = this.#bit()
      const root = rootOf(() => {
        const base = Fp2.fromBigTuple([...x])
        return Fp2.sqrt(Fp2.add(Fp2.mul(Fp2.sqr(base), base), G2.CURVE().b))
      })
      if (root === undefined) continue
      const y = isLarge([root.c0, root.c1]) === isLarger ? root : Fp2.neg(root)
      const point = g2([x, [y.c0, y.c1]])
      // The library multiplies by numbers below r only, and the cofactor is an odd one above.
      return point
        .multiplyUnsafe(G2_COFACTOR >> 1n)
        .double()
        .add(point)
    }
  }

  #coordinate(): bigint {
    return (this.#bitsBelow(CURVE_FIELD_ORDER) * COORDINATE_FACTOR) % CURVE_FIELD_ORDER
  }

  #bit(): boolean {
    return (this.#stream.next() & 1) === 1
  }

  #bitsBelow(order: bigint): bigint {
    for (;;) {
      let bits = 0n
      for (let i = 0n; i < 4n; i++) {
        const high = BigInt(this.#stream.next())
        bits |= ((high << 32n) | BigInt(this.#stream.next())) << (64n * i)
      }
      if ((bits & MASK) < order) return bits & MASK
    }
  }
}

/** Of the two roots y and -y, whether this is the larger one, by the imaginary part if there is one. */
function isLarge([c0, c1]: Fq2): boolean {
  return (c1 === 0n ? c0 : c1) > CURVE_FIELD_ORDER / 2n
}

/** Undefined where there is no root, which the library says by an error. */
function rootOf<T>(compute: () => T): T | undefined {
  try {
    return compute()
  } catch {
    return undefined
  }
}
