// What other checks use of the soundness engine. It works on constraint systems as circom writes
// them: which assignments satisfy them, whether the inputs leave a choice, what a prover can change.

export { readR1cs, parseR1cs } from './r1cs.ts'
export type { Combination, Constraint, R1cs } from './r1cs.ts'
export { System } from './system.ts'
export type { Wire } from './system.ts'
export { violations } from './violations.ts'
export { searchSecondWitness } from './second-witness.ts'
export type { SecondWitnessSearch } from './second-witness.ts'
export { killWireMutants } from './wire-mutants.ts'
export type { WireMutant, WireMutants } from './wire-mutants.ts'
export { probeDomains } from './probes.ts'
export type { Probe } from './probes.ts'
export { compileSource, loadArtifact } from './compiled.ts'
export type { CompiledSystem } from './compiled.ts'
