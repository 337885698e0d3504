import { isDeepStrictEqual } from 'node:util'
import { createPairingVerifier } from '../../../server/pairing.ts'
import { judge } from '../../../test/independent/judge.ts'
import { SLIPS } from '../../../test/independent/refused.ts'
import type { Slip } from '../../../test/independent/refused.ts'
import { judgeByProduct } from '../../vectors/product.ts'
import type { Check, Json, Scope, SeededFault } from '../check.ts'
import { readVectors, vectorFiles } from './files.ts'
import type { ReadVector } from './files.ts'

type Input =
  | { readonly kind: 'judge'; readonly file: string; readonly oneInPairing: number }
  | { readonly kind: 'slips'; readonly slips: readonly Slip[] }

interface Result {
  readonly [name: string]: Json
  readonly vectors: number
  readonly judgedTwice: number
  readonly faults: readonly string[]
  readonly seen: readonly (readonly [string, boolean])[]
}

/** Kinds whose vectors may cost the portable pairing tens of milliseconds each. */
const WITH_PAIRING: ReadonlySet<string> = new Set(['Groth16Verify', 'Enrolment', 'Presentation'])

/** In the ordinary tests the second verifier judges one in so many of those. */
const ONE_IN = 12
/** The server's pairing takes so much less time. */
const CHEAPER = 4
const SLIPS_A_UNIT = 8

/** The files whose vectors have to show a mistake. */
const FILES_OF: Readonly<Record<string, readonly string[]>> = {
  'low order keys accepted': ['eddsa-poseidon'],
  'identity key accepted': ['eddsa-poseidon'],
  'unreduced s accepted': ['eddsa-poseidon'],
  'leading zeros accepted': ['encodings'],
  'padding accepted': ['encodings'],
  'spare bits accepted': ['encodings'],
  'repeated members accepted': ['encodings'],
  'unknown members accepted': ['credentials', 'documents'],
  'typ not compared': ['documents'],
  'issuer not compared': ['documents'],
  'expiry ignored': ['documents'],
  'rollback accepted': ['documents'],
  'trust root believed': ['documents'],
  'issuer named twice': ['documents'],
  'signature unchecked': ['documents'],
  'borders not in order': ['sorted-sets'],
  'children not connected': ['sorted-sets'],
  'schema not bound': ['credentials'],
  'text not normalised': ['encodings'],
  'lone surrogates replaced': ['encodings'],
  'signals reduced': ['encodings', 'proofs'],
  'subgroup unchecked': ['proofs'],
  'infinity accepted': ['proofs'],
  'coordinates reduced': ['proofs'],
  'signal count unchecked': ['proofs'],
  'enrolment nonce not bound': ['proofs'],
  'zero commitment accepted': ['proofs'],
}

export const vectorsCheck: Check<Input, Result> = {
  id: 'verifying.vectors',
  claim:
    'This project and a second implementation, made from its documents, judge every vector of ' +
    'the conformance kit as the kit says.',
  method:
    'test/vectors has valid and invalid inputs for every format with what a reader must make of ' +
    'them. The second implementation (test/independent) shares no code with the first: its own ' +
    'JSON, Poseidon, curve, sets, policy compiler and public signals; the pairing is a library’s. ' +
    'It is then run with one mistake at a time, and some vector has to show each.',
  threats: ['T6', 'T7', 'T8', 'T11', 'T12', 'T13', 'T15', 'T16', 'T21', 'T22', 'T34'],
  plan: (scope) => [
    ...vectorFiles().map((file) => ({
      name: file,
      input: { kind: 'judge' as const, file, oneInPairing: scope === 'whole' ? 1 : ONE_IN },
    })),
    ...slipPortions(scope).map((slips, i) => ({
      name: `slips-${i}`,
      input: { kind: 'slips' as const, slips },
    })),
  ],
  run: async (input) => {
    if (input.kind === 'slips') return { ...NOTHING, seen: input.slips.map(showsSlip) }
    return judgeFile(input.file, input.oneInPairing)
  },
  conclude: (results, scope) => {
    const sum = (of: (result: Result) => number): number =>
      results.reduce((total, result) => total + of(result), 0)
    const seen = results.flatMap((result) => result.seen)
    return {
      figures: [
        {
          name: 'vectors judged by this project',
          value: sum(({ vectors }) => vectors),
          aim: { atLeast: scope === 'whole' ? 900 : 300 },
        },
        {
          name: 'vectors judged by the second implementation',
          value: sum(({ judgedTwice }) => judgedTwice),
          aim: { atLeast: scope === 'whole' ? 900 : 300 },
        },
      ],
      faults: results.flatMap(({ faults }) => faults),
      seeded: seen.map(([fault, wasSeen]): SeededFault => {
        return { fault: `a second implementation with "${fault}"`, wasSeen }
      }),
      notes: [
        'Rules of policies that are more than one condition, or all or any of conditions, come ' +
          'with their compiled program: the second implementation rebuilds the words, sets and ' +
          'hashes of that, not the compilation (policies.compiler checks that another way).',
      ],
    }
  },
}

/** In the ordinary tests one in so many: vectors are frozen, and lose no mistake by themselves. */
const ONE_SLIP_IN = 3

function slipPortions(scope: Scope): readonly (readonly Slip[])[] {
  const slips = SLIPS.filter((_, i) => scope === 'whole' || i % ONE_SLIP_IN === 0)
  return Array.from({ length: Math.ceil(slips.length / SLIPS_A_UNIT) }, (_, i) =>
    slips.slice(SLIPS_A_UNIT * i, SLIPS_A_UNIT * (i + 1)),
  )
}

const NOTHING: Result = { vectors: 0, judgedTwice: 0, faults: [], seen: [] }

async function judgeFile(file: string, oneInPairing: number): Promise<Result> {
  const verifyProof = await createPairingVerifier()
  const vectors = readVectors(file)
  const faults: string[] = []
  let [judged, judgedTwice] = [0, 0]
  for (const [i, vector] of vectors.entries()) {
    const { type, id, forProduct, forIndependent } = vector
    if (WITH_PAIRING.has(type) && i % Math.ceil(oneInPairing / CHEAPER) !== 0) continue
    judged++
    const first = await judgeByProduct(type, forProduct.group, forProduct.test, verifyProof)
    if (!isAsExpected(first, vector)) faults.push(`${id}: this project says otherwise`)
    if (WITH_PAIRING.has(type) && i % oneInPairing !== 0) continue
    judgedTwice++
    const second = judge(type, forIndependent.group, forIndependent.test)
    if (!isAsExpected(second, vector))
      faults.push(`${id}: the second implementation says otherwise`)
  }
  return { vectors: judged, judgedTwice, faults, seen: [] }
}

function isAsExpected(
  verdict: { readonly isValid: boolean; readonly value?: unknown },
  { isValid, expected }: ReadVector,
): boolean {
  if (verdict.isValid !== isValid) return false
  return !isValid || isDeepStrictEqual(plain(verdict.value), plain(expected))
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null))

/** Whether some vector tells an implementation with the mistake from one without. */
function showsSlip(slip: Slip): [string, boolean] {
  const files = FILES_OF[slip] ?? ['presentations']
  const isShown = files.some((file) => readVectors(file).some((vector) => tells(vector, slip)))
  return [slip, isShown]
}

/** A mistake that makes the reader fail is no verdict either. */
function tells(vector: ReadVector, slip: Slip): boolean {
  const { group, test } = vector.forIndependent
  if (vector.isValid && !CHANGES_VALUES.has(slip)) return false
  if (!isCandidate(vector, slip)) return false
  return !isAsExpected(judge(vector.type, group, test, slip), vector)
}

/** Mistakes that change what is read, not whether it is. */
const CHANGES_VALUES: ReadonlySet<Slip> = new Set([
  'text not normalised',
  'schema not bound',
  'presenter not bound',
  'enrolment nonce not bound',
])

/** For mistakes that only few flags are about the others are not tried: pairings take long. */
function isCandidate({ flags }: ReadVector, slip: Slip): boolean {
  const about = FLAGS_OF[slip]
  return about === undefined || flags.some((flag) => about.includes(flag))
}

const FLAGS_OF: Readonly<Partial<Record<Slip, readonly string[]>>> = {
  'subgroup unchecked': ['Subgroup'],
  'infinity accepted': ['Infinity'],
  'coordinates reduced': ['NotCanonical'],
  'signal count unchecked': ['SignalCount'],
  'zero commitment accepted': ['Zero'],
  'nonce not compared': ['OtherQuestion'],
  'audience not compared': ['OtherQuestion'],
  'policy not compared': ['OtherQuestion'],
  'key not looked up': ['OtherKey'],
  'root not compared': ['OtherTrust'],
  'root age ignored': ['Stale'],
  'day not compared': ['Stale'],
  'time not compared': ['Stale'],
  'pseudonym zero accepted': ['Unasked'],
  'disclosed not compared': ['Unasked'],
}
