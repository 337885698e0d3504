import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { selectCredentials } from '../../../client/selection.ts'
import { WitnessProgram, witnessValues } from '../../../client/witness-program.ts'
import type { CircuitInputs } from '../../../client/witness.ts'
import { eligibilityInputs } from '../../../client/witness.ts'
import { ZerocardError } from '../../../core/errors.ts'
import type { PlainCredentials } from '../../../core/policy/evaluate.ts'
import type { CircuitShape } from '../../../core/shapes.ts'
import { buildStatement, slotAliases } from '../../../core/statement.ts'
import { TestIssuer, revocationsOf, trustIn } from '../../../test/support/world.ts'
import { projectAt } from '../../build/project.ts'
import { readR1cs } from '../soundness/r1cs.ts'
import type { R1cs } from '../soundness/r1cs.ts'
import { violations } from '../soundness/violations.ts'
import type { Dice } from './dice.ts'
import { NOTHING, sumOf } from './tally.ts'
import type { Tally } from './tally.ts'
import type { Trial } from './trial.ts'
import { holdsFor, randomTrial } from './trial.ts'

// The same comparison with signed credentials, trusted issuers and the circuits that ship.

const { artifacts } = projectAt(fileURLToPath(new URL('../../..', import.meta.url)))
/** Any holder will do. */
const SECRET = 1_000_003n

interface WholeCircuit {
  readonly program: WitnessProgram
  readonly r1cs: R1cs
}

export async function compareWhole(
  credentials: number,
  evaluations: number,
  dice: Dice,
  progress: (share: number) => void,
): Promise<Tally> {
  let tally = NOTHING
  while (tally.wholeCircuits < evaluations) {
    const trial = randomTrial(credentials, 1, dice)
    if (typeof trial.program === 'string') continue
    const circuit = wholeCircuit(trial.program.compiled.shape.name)
    for (const person of trial.people.slice(1)) {
      tally = sumOf([tally, await comparePerson(trial, person, circuit)])
    }
    progress(tally.wholeCircuits / evaluations)
  }
  return tally
}

/** What a holder for whom a random policy holds gives to the circuit. */
export async function* randomInputs(
  credentials: number,
  dice: Dice,
): AsyncGenerator<{ readonly circuit: CircuitShape['name']; readonly inputs: CircuitInputs }> {
  for (;;) {
    const trial = randomTrial(credentials, 1, dice)
    if (typeof trial.program === 'string') continue
    const person = trial.people.find((one) => holdsFor(trial, one))
    if (person === undefined) continue
    const circuit = trial.program.compiled.shape.name
    yield { circuit, inputs: await signedInputs(trial, person) }
  }
}

async function comparePerson(
  trial: Trial,
  person: PlainCredentials,
  circuit: WholeCircuit,
): Promise<Tally> {
  const expected = holdsFor(trial, person)
  const isAccepted = await accepts(circuit, await signedInputs(trial, person))
  const rule = JSON.stringify(trial.policy.where ?? null).slice(0, 1_000)
  return {
    ...NOTHING,
    wholeCircuits: 1,
    checkedWitnesses: isAccepted ? 1 : 0,
    faults:
      isAccepted === expected
        ? []
        : [`On day ${trial.world.asOf} ${String(isAccepted)} in the whole circuit: ${rule}`],
  }
}

/** @throws Error if the witness program makes a witness that breaks a constraint. */
async function accepts({ program, r1cs }: WholeCircuit, inputs: CircuitInputs): Promise<boolean> {
  try {
    const broken = violations(r1cs, witnessValues(await program.run(inputs)))
    if (broken.length > 0) throw new Error(`${broken.length} constraints do not hold`)
    return true
  } catch (error) {
    if (error instanceof ZerocardError && error.code === 'PROVING_FAILED') return false
    throw error
  }
}

/** What a holder who does not ask the wallet whether the policy holds gives to the circuit. */
async function signedInputs(trial: Trial, person: PlainCredentials): Promise<CircuitInputs> {
  const { policy, world, disclosed } = trial
  const schemas = new Map(world.schemas.map((schema) => [schema.id, schema]))
  const issuers = await Promise.all(
    world.schemas.map((schema) => TestIssuer.create(`https://${schema.title}.example`, schema)),
  )
  const aliases = Object.keys(policy.credentials)
  const validity = { validFrom: world.asOf - 1, validUntil: world.asOf + 1 }
  const credentials = issuers.map((issuer, slot) =>
    issuer.issue(SECRET, person[aliases[slot] ?? ''] ?? {}, validity),
  )
  const trust = await trustIn('everybody', ...issuers)
  const { where: _, once: __, recognise: ___, ...open } = policy
  const chosen = await selectCredentials(
    { secret: SECRET, credentials },
    {
      policy: open,
      schemas,
      audience: 'https://verifier.example',
      asOf: world.asOf,
      trust: Object.fromEntries(aliases.map((alias) => [alias, trust])),
    },
    revocationsOf(...issuers),
  )
  const statement = buildStatement(policy, {
    schemas,
    asOf: world.asOf,
    trustRoots: Object.fromEntries(aliases.map((alias) => [alias, trust.root])),
    audience: 'https://verifier.example',
    presenter: 1n,
    disclosed,
  })
  const slots = slotAliases(policy, statement.compiled.shape).map((alias) => {
    const choice = chosen[alias]
    if (choice === undefined) throw new TypeError(`nothing chosen for ${alias}`)
    const { held, ...rest } = choice
    return { ...rest, credential: held.credential, blinding: held.blinding }
  })
  return eligibilityInputs(statement, SECRET, 0, slots)
}

const loaded = new Map<string, WholeCircuit>()

function wholeCircuit(name: CircuitShape['name']): WholeCircuit {
  const known = loaded.get(name)
  if (known) return known
  const file = (ending: string): string => join(artifacts, name, `${name}.${ending}`)
  const circuit = {
    program: new WitnessProgram(new WebAssembly.Module(readFileSync(file('wasm')))),
    r1cs: readR1cs(file('r1cs')),
  }
  loaded.set(name, circuit)
  return circuit
}
