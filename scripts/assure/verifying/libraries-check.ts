import { createPairingVerifier } from '../../../server/pairing.ts'
import type { Check, Json } from '../check.ts'
import { hasPoints, verdictOf, verdictOfSnarkjs } from './proof-judges.ts'
import { PAIRED, subjectOf } from './proof-mutants.ts'
import type { Subject } from './proof-mutants.ts'
import { Random } from './random.ts'

interface Input {
  readonly [name: string]: Json
  readonly seed: number
  readonly proofs: number
  /** Before verifiers that are wrong on purpose. */
  readonly isSeeded: boolean
}

interface Result {
  readonly [name: string]: Json
  readonly proofs: number
  readonly valid: number
  readonly faults: readonly string[]
  readonly seen: readonly (readonly [string, boolean])[]
}

type Judge = (signals: readonly bigint[], proof: string) => boolean | Promise<boolean>

const UNITS = 80
/** Rather more than an 80th of 20,000: a few mutants have points that are none. */
const PROOFS_A_UNIT = 255
const PROOFS_SEEDED = 12

export const librariesCheck: Check<Input, Result> = {
  id: 'verifying.libraries',
  claim: 'snarkjs, noble-curves and the server agree on every mutated proof whose points are good.',
  method:
    'Proofs as in verifying.proofs, of the kinds that nothing but the equation can refuse, and valid ' +
    'ones. Both libraries are slow, so this is done when it is asked for by its whole name.',
  threats: ['T7', 'T8', 'T9'],
  plan: (scope) => [
    ...Array.from({ length: scope === 'whole' ? UNITS : 1 }, (_, i) => ({
      name: `libraries-${i}`,
      input: { seed: 3_000 + i, proofs: scope === 'whole' ? PROOFS_A_UNIT : 12, isSeeded: false },
    })),
    { name: 'seeded', input: { seed: 2_999, proofs: PROOFS_SEEDED, isSeeded: true } },
  ],
  run: ({ seed, proofs, isSeeded }, work) =>
    isSeeded ? seenMistakes(seed, proofs) : compare(seed, proofs, work.progress),
  conclude: (results, scope) => {
    const sum = (name: 'proofs' | 'valid'): number =>
      results.reduce((total, result) => total + result[name], 0)
    const aims = scope === 'whole' ? [20_000, 2_000] : [8, 1]
    return {
      figures: [
        {
          name: 'mutated proofs with three good points, judged by snarkjs, noble-curves and the server',
          value: sum('proofs'),
          aim: { atLeast: aims[0] ?? 0 },
        },
        {
          name: 'of them, valid: re-randomised, or made for the signals',
          value: sum('valid'),
          aim: { atLeast: aims[1] ?? 0 },
        },
      ],
      faults: results.flatMap(({ faults }) => faults),
      seeded: results.flatMap(({ seen }) => seen.map(([fault, wasSeen]) => ({ fault, wasSeen }))),
      notes: [],
    }
  },
}

/** @param judgesOf - By default the three that there are. */
async function compare(
  seed: number,
  count: number,
  progress: (share: number) => void,
  judgesOf: (subject: Subject) => Promise<Readonly<Record<string, Judge>>> = realJudges,
): Promise<Result> {
  const random = new Random(seed)
  const subject = subjectOf(random)
  const judges = Object.entries(await judgesOf(subject))
  const faults: string[] = []
  let [proofs, valid] = [0, 0]
  for (let i = 0; i < count; i++) {
    const { kind, signals, proof, isValid } = random.pick(PAIRED)(subject, random)
    if (!hasPoints(proof)) continue
    proofs++
    if (isValid) valid++
    for (const [name, judge] of judges) {
      const verdict = await judge(signals, proof)
      if (verdict === isValid) continue
      faults.push(`${kind} (seed ${seed}, ${i}): ${verdict} by ${name}, and it is ${isValid}`)
    }
    progress(i / count)
  }
  return { proofs, valid, faults, seen: [] }
}

async function realJudges({ circuit, key, other }: Subject): Promise<Record<string, Judge>> {
  const verify = await createPairingVerifier()
  return {
    'the server': (signals, proof) => verify(key, signals, proof),
    'noble-curves': (signals, proof) => verdictOf(other, signals, proof),
    snarkjs: (signals, proof) => verdictOfSnarkjs(circuit, signals, proof),
  }
}

/** Libraries that are wrong, and whether the comparison noticed. */
async function seenMistakes(seed: number, count: number): Promise<Result> {
  const mistakes: Readonly<Record<string, (subject: Subject) => Judge>> = {
    'a library that accepts whatever has points': () => () => true,
    'a library that refuses everything': () => () => false,
    'a library that does not look at the signals it is given':
      ({ other, signals }) =>
      (_, proof) =>
        verdictOf(other, signals, proof),
  }
  const seen: [string, boolean][] = []
  for (const [fault, judgeOf] of Object.entries(mistakes)) {
    const judges = (subject: Subject) => Promise.resolve({ [fault]: judgeOf(subject) })
    const { faults } = await compare(seed, count, () => undefined, judges)
    seen.push([fault, faults.length > 0])
  }
  return { proofs: 0, valid: 0, faults: [], seen }
}
