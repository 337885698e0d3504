import { createHash } from 'node:crypto'
import type { Check, Conclusion, Scope, Unit } from '../check.ts'
import type { Bench } from '../templates/bench.ts'
import { BENCHES } from '../templates/benches.ts'
import { projectSources } from './constraints.ts'
import { judge, judgeHonest, prepare } from './judge.ts'
import type { JudgedBench, Verdict } from './judge.ts'
import { mutantsOf } from './mutator.ts'
import type { Mutant } from './mutator.ts'
import { explanationOf } from './survivors.ts'

/** Mutants of one file, by their place in the list of all of them; none for the file as it is. */
type Input = { readonly file: string; readonly indexes: readonly number[] }

interface Judgement {
  /** File and line. */
  readonly place: string
  readonly operator: string
  readonly before: string
  readonly after: string
  readonly verdict: Verdict
}

type Result = {
  readonly judgements: readonly (Judgement & { readonly [name: string]: string })[]
  /** Benches that find something wrong with the circuit as it is. */
  readonly alarms: readonly string[]
}

/** Mutants of one unit, so that it lasts about a minute: the larger benches compile for seconds. */
const UNIT_SIZE: Readonly<Record<string, number>> = {
  'credential.circom': 6,
  'eligibility.circom': 5,
  'policy.circom': 8,
  'issuer.circom': 10,
}
const USUAL_UNIT_SIZE = 20

/** Files whose benches compile in less than a second, and how many mutants `npm test` takes. */
const QUICK = ['select.circom', 'comparison.circom', 'formula.circom']
const QUICK_MUTANTS = 3

/** Every constraint in `circuits/`, weakened in turn. */
export const sourceMutantsCheck: Check<Input, Result> = {
  id: 'soundness.source-mutants',
  claim: 'No constraint of the circuits can be dropped or weakened without the harness seeing it.',
  method:
    'Every statement of circuits/*.circom that makes a constraint is changed in turn: an assignment ' +
    'no longer constrains, a constraint is dropped or compares a signal with itself, a range gets a ' +
    'digit more, an argument, an index or a number is another one; and every sum that a constraint ' +
    'takes loses a part, or two of its parts overlap. Each changed circuit is compiled ' +
    'without optimisation and judged: do the inputs still determine the witness, are true statements ' +
    'accepted with the outputs that a plain model computes, are false ones (one violated condition ' +
    'each) still refused, whatever a prover puts into the other wires. The seeded faults are the ' +
    'mutants themselves.',
  threats: ['T1', 'T2', 'T3', 'T4', 'T6', 'T11', 'T12', 'T13'],
  plan: (scope) => planOf(scope),
  async run({ file, indexes }, work) {
    if (indexes.length === 0) return { judgements: [], alarms: await alarmsOf(file) }
    const sources = projectSources()
    const mutants = mutantsIn(file)
    const judgements: Judgement[] = []
    for (const [done, index] of indexes.entries()) {
      work.progress(done / indexes.length)
      const mutant = mutants[index]
      if (mutant === undefined) throw new TypeError(`no mutant ${String(index)} of ${file}`)
      const changed = new Map([...sources, [file, mutant.source]])
      judgements.push(describe(mutant, await verdictOf(file, changed)))
    }
    return { judgements: judgements.map((judgement) => ({ ...judgement })), alarms: [] }
  },
  conclude,
}

function planOf(scope: Scope): Unit<Input>[] {
  const files = scope === 'part' ? QUICK : Object.keys(BENCHES)
  return files.flatMap((file) => {
    const indexes = [...mutantsIn(file).keys()]
    const honest = { name: `${nameOf(file)}-honest`, input: { file, indexes: [] } }
    if (scope === 'whole') return [honest, ...unitsOf(file, indexes)]
    const ranked = indexes.sort((a, b) => rank(file, a) - rank(file, b))
    return [honest, unitOf(file, ranked.slice(0, QUICK_MUTANTS), 0)]
  })
}

function unitsOf(file: string, indexes: readonly number[]): Unit<Input>[] {
  const size = UNIT_SIZE[file] ?? USUAL_UNIT_SIZE
  return Array.from({ length: Math.ceil(indexes.length / size) }, (_, i) =>
    unitOf(file, indexes.slice(i * size, (i + 1) * size), i),
  )
}

function unitOf(file: string, indexes: readonly number[], number: number): Unit<Input> {
  return { name: `${nameOf(file)}-${String(number)}`, input: { file, indexes } }
}

function nameOf(file: string): string {
  return file.replace('.circom', '')
}

/** An order that has nothing to do with the places in the file. */
function rank(file: string, index: number): number {
  return createHash('sha256')
    .update(`${file} ${String(index)}`)
    .digest()
    .readUInt32BE(0)
}

function mutantsIn(file: string): Mutant[] {
  return mutantsOf(file, projectSources().get(file) ?? '')
}

/** What the first bench says that sees anything. */
async function verdictOf(file: string, sources: ReadonlyMap<string, string>): Promise<Verdict> {
  const verdicts: Verdict[] = []
  for (const bench of BENCHES[file] ?? []) {
    const verdict = await judge(await prepared(bench), sources)
    if (verdict !== 'survived' && verdict !== 'same') return verdict
    verdicts.push(verdict)
  }
  return verdicts.every((verdict) => verdict === 'same') ? 'same' : 'survived'
}

/** Benches of this file, and of none before it, that find something wrong with the circuits. */
async function alarmsOf(file: string): Promise<string[]> {
  const alarms: string[] = []
  for (const bench of BENCHES[file] ?? []) {
    const first = Object.keys(BENCHES).find((other) => BENCHES[other]?.includes(bench))
    if (first !== file) continue
    const judged = await prepared(bench)
    if (judgeHonest(judged) !== 'survived') alarms.push(judged.bench.name)
  }
  return alarms
}

const known = new Map<() => Bench, Promise<JudgedBench>>()

function prepared(bench: () => Bench): Promise<JudgedBench> {
  const judged = known.get(bench) ?? prepare(bench())
  known.set(bench, judged)
  return judged
}

function describe({ file, line, operator, before, after }: Mutant, verdict: Verdict): Judgement {
  return { place: `circuits/${file}:${String(line)}`, operator, before, after, verdict }
}

function conclude(results: readonly Result[], scope: Scope): Conclusion {
  const judgements = results.flatMap((result) => result.judgements)
  const count = (verdict: Verdict): number =>
    judgements.filter((judgement) => judgement.verdict === verdict).length
  const survived = judgements.filter(({ verdict }) => verdict === 'survived')
  const unexplained = survived.filter((judgement) => explanationOf(judgement) === undefined)
  const killed = count('uniqueness') + count('model') + count('false statement')
  const judged = killed + unexplained.length
  return {
    figures: [
      {
        name: 'source mutants',
        value: judgements.length,
        aim: { atLeast: scope === 'whole' ? 400 : 8 },
      },
      {
        name: 'refused by the compiler: a missing tag, a size, a hint where it takes none',
        value: count('compiler'),
      },
      { name: 'with the same constraints as before', value: count('same') },
      { name: 'killed: the witness is no longer determined', value: count('uniqueness') },
      { name: 'killed: a true statement is refused or has another output', value: count('model') },
      { name: 'killed: a false statement is accepted', value: count('false statement') },
      { name: 'survived, with an explanation', value: survived.length - unexplained.length },
      {
        name: 'kill rate of what makes a difference',
        value: judged === 0 ? 0 : (100 * killed) / judged,
        unit: '%',
        aim: { atLeast: 100 },
      },
    ],
    faults: [
      ...unexplained.map((judgement) => `${told(judgement)} survives`),
      ...new Set(
        results.flatMap(({ alarms }) => alarms.map((name) => `alarm without a fault: ${name}`)),
      ),
    ],
    seeded: [{ fault: 'constraints dropped or weakened on purpose', wasSeen: killed > 0 }],
    notes: survived.flatMap((judgement) => {
      const explanation = explanationOf(judgement)
      return explanation === undefined ? [] : [`${told(judgement)} survives: ${explanation}`]
    }),
  }
}

function told({ place, operator, before, after }: Judgement): string {
  return `${place} (${operator}) ${before} -> ${after}`
}
