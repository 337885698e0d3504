// Numbers of the curve BN254 (also called alt_bn128 and bn128), over whose scalars circuits are.

/** q, of the field that coordinates of points are in (EIP-197 calls it p). */
export const CURVE_FIELD_ORDER =
  21888242871839275222246405745257275088696311157297823662689037894645226208583n

/** Its parameter: q and r are polynomials in it (Barreto and Naehrig, 2005). */
export const CURVE_PARAMETER = 4965661367192848881n

/** A cube root of 1 modulo r, and those modulo q that belong to it in G1 and in G2. */
export const ENDOMORPHISM = {
  lambda: 4407920970296243842393367215006156084916469457145843978461n,
  beta: 2203960485148121921418603742825762020974279258880205651966n,
  betaG2: 21888242871839275220042445260109153167277707414472061641714758635765020556616n,
} as const
