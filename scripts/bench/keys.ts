import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeDevelopmentKey } from '../build/keys.ts'
import { Multiplier } from '../build/multiplier.ts'
import type { Project } from '../build/project.ts'
import { DEVELOPMENT_SEED, deriveTrapdoor } from '../build/trapdoor.ts'

/** Makes the keys of both eligibility circuits from their compiled constraints, and keeps nothing. */
export async function buildKeysFor({ artifacts }: Project): Promise<void> {
  const multiplier = new Multiplier()
  try {
    for (const name of ['eligibility-1', 'eligibility-3']) {
      const r1cs = readFileSync(join(artifacts, name, `${name}.r1cs`))
      await makeDevelopmentKey(r1cs, deriveTrapdoor(DEVELOPMENT_SEED), multiplier)
    }
  } finally {
    await multiplier.close()
  }
}
