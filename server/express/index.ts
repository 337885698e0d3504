// The public surface of `zerocard/express`: a verifier inside of an express application.
export { requireProof } from './gate.ts'
export type { Eligibility, GateOptions } from './gate.ts'
export { zerocard } from './mount.ts'
export type { MountOptions, Mounted } from './mount.ts'
