import { G1_BYTES, G2_BYTES } from '../../core/iden3/zkey.ts'
import { finitePoints } from './proof-sums.ts'
import { wordsOf } from './proving-key.ts'
import type { ProvingKey } from './proving-key.ts'

// Two threads share a proof: one takes the sums of A and B, the other that of C with the quotient.
// The larger the domain is beside the number of wires, the more the second has to do; then the first
// takes some of the points of C. Costs are in wires' points of G1, as measured for `eligibility-1` and
// `-3`.

/** Of a point of G2. */
const G2_POINT = 2.5
/** Of a point of the quotient, whose scalars are large, while many wires are small. */
const QUOTIENT_POINT = 1.4
/** Of the quotient, for each value of the domain and each layer of a transform. */
const VALUE_AND_LAYER = 0.045
/** With fewer points a sum of their own costs more than it saves. */
const WORTH_A_SUM = 16_384

/** The key, with as many points in `d` as make two threads end at the same time. */
export function balanced(key: ProvingKey): ProvingKey {
  const domain = 2 ** key.log
  const [a, b] = [finite(key.a, G1_BYTES), finite(key.b2, G2_BYTES)]
  const first = a + b * G2_POINT
  const second = finite(key.c, G1_BYTES) + domain * (QUOTIENT_POINT + key.log * VALUE_AND_LAYER)
  const points = Math.floor((second - first) / 2)
  if (points < WORTH_A_SUM) return key
  const cut = Math.max(0, key.c.length - points * G1_BYTES)
  return { ...key, c: key.c.subarray(0, cut), d: key.c.subarray(cut) }
}

function finite(points: Uint8Array, pointBytes: number): number {
  return finitePoints(wordsOf(points), pointBytes / 4).length
}
