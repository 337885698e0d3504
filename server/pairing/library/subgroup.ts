import { CURVE_PARAMETER } from '../../../core/curve.ts'
import { nonAdjacentForm } from '../non-adjacent.ts'
import { FP_BYTES, G2_BYTES, mcl, withMemory } from './mcl.ts'
import type { Address, Fp2, G2, Machine } from './mcl.ts'

// Whether a point of the twist is in the subgroup of order r, at a third of the price of
// multiplying it by r. With x the parameter of BN254, and psi the endomorphism of the twist that
// comes of Frobenius (Galbraith and Scott, "Exponentiation in pairing-friendly groups using
// homomorphisms", 2008), a point Q of the twist is in the subgroup exactly if f(psi) Q = 0 for
//
//     f = (x + 1) + x X + x X^2 - 2x X^3
//
// (El Housni, Guillevic and Piellard, "Co-factor clearing and subgroup membership testing on
// pairing-friendly curves", 2022). In the subgroup psi multiplies by q, and r divides f(q). The
// other way: psi is a root of g = X^2 - tX + q, t = 6x^2 + 1. Where f(psi) and g(psi) send Q to 0,
// the resultant of f and g does, which is a number; it has no factor in common with the cofactor
// 2q - r; and r (2q - r) Q = 0, because the twist has so many points. So r Q = 0. A test computes
// the numbers.

/** The parameter of the curve in non-adjacent form: its binary digits, lowest first. */
const DIGITS = nonAdjacentForm(CURVE_PARAMETER)

/** (9 + u)^((q - 1) / 3) and (9 + u)^((q - 1) / 2), which psi multiplies coordinates with. */
const PSI_X =
  '21575463638280843010398324269430826099269044274347216827212613867836435027261 ' +
  '10307601595873709700152284273816112264069230130616436755625194854815875713954'
const PSI_Y =
  '2821565182194536844548159561693502659359617185244120367078079554186484126554 ' +
  '3505843767911556378687030309984248845540243509899259641013678093033130930403'

const FP2_BYTES = 2 * FP_BYTES

/** @param point - On the twist. */
export function isInSubgroup(point: G2): boolean {
  return withMemory(4 * G2_BYTES, (machine, at) => {
    const [q, multiple, sum, spare] = [at, at + G2_BYTES, at + 2 * G2_BYTES, at + 3 * G2_BYTES]
    const psi = (value: Address): void => applyPsi(machine, value, spare)
    point.copyToMem(q)
    multiplyByX(machine, multiple, q, spare)
    // With R = xQ, whether psi(R + psi(R - psi(2R))) is -(R + Q).
    machine._mclBnG2_dbl(sum, multiple)
    psi(sum)
    machine._mclBnG2_neg(sum, sum)
    machine._mclBnG2_add(sum, sum, multiple)
    psi(sum)
    machine._mclBnG2_add(sum, sum, multiple)
    psi(sum)
    machine._mclBnG2_add(multiple, multiple, q)
    machine._mclBnG2_neg(multiple, multiple)
    return machine._mclBnG2_isEqual(sum, multiple) === 1
  })
}

/** Not with mcl's own multiplication, which is right for points of the subgroup only. */
function multiplyByX(machine: Machine, result: Address, q: Address, minusQ: Address): void {
  machine._mclBnG2_neg(minusQ, q)
  // 2Q, for the highest digit.
  machine._mclBnG2_dbl(result, q)
  for (let i = DIGITS.length - 2; i >= 0; i--) {
    if (DIGITS[i] !== 0) machine._mclBnG2_add(result, result, DIGITS[i] === 1 ? q : minusQ)
    if (i > 0) machine._mclBnG2_dbl(result, result)
  }
}

/** Three coordinates with x / z^2 and y / z^3: conjugates, of which two are multiplied. */
function applyPsi(machine: Machine, point: Address, spare: Address): void {
  for (let i = 0; i < 3; i++) {
    const imaginary = point + i * FP2_BYTES + FP_BYTES
    machine._mclBnFp_neg(imaginary, imaginary)
  }
  for (const [i, factor] of factorsOfPsi().entries()) {
    const coordinate = point + i * FP2_BYTES
    factor.copyToMem(spare)
    machine._mclBnFp2_mul(coordinate, coordinate, spare)
  }
}

let psiFactors: readonly Fp2[] | undefined

function factorsOfPsi(): readonly Fp2[] {
  psiFactors ??= [PSI_X, PSI_Y].map((text) => {
    const factor = new mcl.Fp2()
    factor.setStr(text, 10)
    return factor
  })
  return psiFactors
}
