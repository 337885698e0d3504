// The public surface of `zerocard/express`: a verifier inside of an express application.
export { counter } from './counter.ts'
export type { CounterOptions } from './counter.ts'
export { elementTag } from './element-routes.ts'
export type { ElementTag } from './element-routes.ts'
export { requireProof } from './gate.ts'
export type { Eligibility, GateOptions } from './gate.ts'
export { zerocard } from './mount.ts'
export type { MountOptions, Mounted } from './mount.ts'
