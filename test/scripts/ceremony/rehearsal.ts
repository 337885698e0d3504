import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { projectAt } from '../../../scripts/build/project.ts'
import type { Project } from '../../../scripts/build/project.ts'
import { addBeacon, contribute } from '../../../scripts/ceremony/contribute.ts'
import type { AddedStep } from '../../../scripts/ceremony/contribute.ts'
import { createCeremony } from '../../../scripts/ceremony/create.ts'
import type { NewCeremony } from '../../../scripts/ceremony/create.ts'
import { blake2b512Of } from '../../../scripts/ceremony/hashes.ts'
import type { VerifyOptions } from '../../../scripts/ceremony/verify.ts'
import { SILENT } from '../../../scripts/zerocard/progress.ts'
import { memoryFile, snarkjs } from '../snarkjs.ts'
import type { MemoryFile } from '../snarkjs.ts'

// A place to hold ceremonies in: a circuit of one constraint, and powers of tau for 2^4.

const POWER = 4
const NODE_MODULES = join(import.meta.dirname, '../../../node_modules')
const TINY = `pragma circom 2.2.0;
template Tiny() {
    signal input square;
    signal input root;
    root * root === square;
}
component main {public [square]} = Tiny();
`

/** When the beacon becomes known, seconds since 1970-01-01 UTC. */
export const BEACON_AT = 1_800_000_000
export const BEFORE = BEACON_AT - 3600
export const BEACON = new Uint8Array(32).fill(0xbe)

export class Rehearsal {
  readonly root = mkdtempSync(join(tmpdir(), 'zerocard-rehearsal-'))
  readonly powers = join(this.root, 'powersOfTau28_hez_final_04.ptau')
  readonly project: Project = projectAt(this.root, NODE_MODULES)
  hash = ''

  /** Makes the powers of tau. */
  async prepare(): Promise<void> {
    this.writeCircuit(TINY)
    writeFileSync(this.powers, await powersOfTau(true))
    this.hash = await blake2b512Of(this.powers)
  }

  /** Powers of tau that everybody knows. @returns Their path. */
  async publicPowers(): Promise<string> {
    const path = this.path('public.ptau')
    writeFileSync(path, await powersOfTau(false))
    return path
  }

  /** The content of powers of tau that are as good as the ceremony's, and others. */
  strangePowers(): Promise<Uint8Array> {
    return powersOfTau(true)
  }

  /** The content of powers of tau for no more than the circuit needs. */
  exactPowers(): Promise<Uint8Array> {
    return powersOfTau(true, 2)
  }

  /** Changes what the circuit's sources say. */
  writeCircuit(source: string): void {
    mkdirSync(join(this.root, 'circuits/main'), { recursive: true })
    writeFileSync(join(this.root, 'circuits/main/tiny.circom'), source)
  }

  olderSource(): string {
    return TINY.replace('root * root === square', 'root * root === square + 1')
  }

  source(): string {
    return TINY
  }

  path(name: string): string {
    return join(this.root, name)
  }

  /** A copy of a ceremony, to be damaged. */
  copy(folder: string, name: string): string {
    cpSync(folder, this.path(name), { recursive: true })
    return this.path(name)
  }

  async announce(name: string, changes: Partial<NewCeremony> = {}): Promise<string> {
    const folder = this.path(name)
    await createCeremony({
      ...{ folder, name, project: this.project, circuits: ['tiny'], powers: this.powers },
      ...{ pinned: this.hash, minimumContributions: 3, now: BEFORE, progress: SILENT },
      beacon: { source: 'the first round of a public beacon', at: BEACON_AT, iterations: 10 },
      ...changes,
    })
    return folder
  }

  contribute(folder: string, name: string, now = BEFORE, powers = this.powers): Promise<AddedStep> {
    return contribute({ folder, powers, now, progress: SILENT, name }, Buffer.from('typed'))
  }

  beacon(
    folder: string,
    value = BEACON,
    now = BEACON_AT,
    powers = this.powers,
  ): Promise<AddedStep> {
    return addBeacon({ folder, powers, now, progress: SILENT }, value)
  }

  verifying(folder: string, changes: Partial<VerifyOptions> = {}): VerifyOptions {
    const { powers, project } = this
    // Checking the powers themselves takes half the time, and is done once.
    return { folder, powers, project, skipsPowers: true, progress: SILENT, ...changes }
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true })
  }
}

async function powersOfTau(hasSecret: boolean, power = POWER): Promise<Uint8Array> {
  const curve = await snarkjs.curves.getCurveFromName('bn128')
  const [fresh, secret, powers, prepared] = [0, 1, 2, 3].map(() => memoryFile()) as [
    MemoryFile,
    MemoryFile,
    MemoryFile,
    MemoryFile,
  ]
  await snarkjs.powersOfTau.newAccumulator(curve, power, fresh)
  if (hasSecret) await snarkjs.powersOfTau.contribute(fresh, secret, 'test', 'dice')
  const before = hasSecret ? secret : fresh
  await snarkjs.powersOfTau.beacon(before, powers, 'test', '11'.repeat(32), 10)
  await snarkjs.powersOfTau.preparePhase2(powers, prepared)
  return prepared.data!
}
