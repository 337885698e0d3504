import { assertProductionKey } from '../../../core/ceremony/production-key.ts'
import type { KeyWithOrigin } from '../../../core/ceremony/production-key.ts'
import { ZerocardError } from '../../../core/errors.ts'
import { isDevelopmentKey, verificationKeyId } from '../../../core/groth16-key.ts'
import type { VerificationKey } from '../../../core/groth16-key.ts'
import { verifyPresentation } from '../../../core/verify.ts'
import { Verifier, VerifierStore } from '../../../server/index.ts'
import { accepts } from '../../ceremony/snarkjs.ts'
import type { Check, Conclusion, Scope } from '../check.ts'
import { expectationWith, presentFalsehood } from './false-presentation.ts'
import type { Forger } from './false-presentation.ts'
import { syntheticCeremony } from './synthetic-ceremony.ts'
import { WEAKNESSES, WEAK_CIRCUIT, keyToJson, weakKey } from './weak-keys.ts'
import type { WeakKey, Weakness } from './weak-keys.ts'

// Types, because an interface is nothing that JSON can hold.
type Input = { readonly weakness: Weakness; readonly attempts: number }

type Result = {
  readonly weakness: Weakness
  readonly attempts: number
  /** False statements that snarkjs accepted, and that a verifier without a gate accepted. */
  readonly bySnarkjs: number
  readonly byCore: number
  /** The same way of forging, under a key that has not the weakness. */
  readonly underSoundKey: number
  readonly isKeyRefused: boolean
  readonly isVerifierRefused: boolean
  readonly isSoundKeyRefused: boolean
  /** The wrong gates that would have let the key in. */
  readonly letInBy: readonly string[]
}

/** Gates as they have been built elsewhere; each lets in a key under which a proof was forged. */
const WRONG_GATES: Readonly<Record<string, (key: KeyWithOrigin) => boolean>> = {
  'there is no gate': () => true,
  'the gate only knows development keys': ({ key }) => !isDevelopmentKey(key),
  'the gate only compares gamma with delta': ({ key }) => key.gamma.join() !== key.delta.join(),
  'the gate counts the beacon as a contribution': ({ key, transcript }) =>
    !isDevelopmentKey(key) && (transcript?.contributions.length ?? 0) >= 1,
}

const ATTEMPTS: Readonly<Record<Scope, number>> = { part: 1, whole: 20 }

export const forgeriesCheck: Check<Input, Result> = {
  id: 'keys.forgeries',
  claim:
    'A key under which anybody can forge proofs is refused before production believes anything.',
  method:
    'Under the development key, a key that nobody contributed to and a key that only a public ' +
    'beacon contributed to, proofs of a false statement are forged from public knowledge: "one of ' +
    'your issuers says that I am 18", without any credential. snarkjs has to accept them, or they ' +
    'show nothing; so does our verifier in development. In production, the key must be refused ' +
    'with the best transcript there is for it, by the gate alone and by a verifier that starts. ' +
    'The same forgeries under a key with secret contributions have to fail.',
  threats: ['T9', 'T10'],
  plan: (scope) =>
    WEAKNESSES.map((weakness) => ({
      name: weakness,
      input: { weakness, attempts: ATTEMPTS[scope] },
    })),
  run,
  conclude,
}

async function run({ weakness, attempts }: Input, work: { progress(share: number): void }) {
  const weak = weakKey(weakness)
  const { publicSignals } = weak.key
  const secrets = [1_000_003n, 1_000_033n, 1_000_037n]
  const sound = syntheticCeremony({ circuit: WEAK_CIRCUIT, publicSignals, seed: 2, secrets })
  const count = { bySnarkjs: 0, byCore: 0, underSoundKey: 0 }
  for (let i = 0; i < attempts; i++) {
    const verdict = await tryToForge(weak.key, weak.forge)
    if (verdict.bySnarkjs) count.bySnarkjs++
    if (verdict.byCore) count.byCore++
    const against = await tryToForge(sound.key, weak.forge)
    if (against.bySnarkjs || against.byCore) count.underSoundKey++
    work.progress((i + 1) / attempts)
  }
  return {
    ...{ weakness, attempts, ...count },
    isKeyRefused: isRefused(weak),
    isVerifierRefused: await isVerifierRefused(weak),
    isSoundKeyRefused: isRefused(sound) || (await isVerifierRefused(sound)),
    letInBy: Object.entries(WRONG_GATES).flatMap(([name, gate]) => (gate(weak) ? [name] : [])),
  }
}

async function tryToForge(
  key: VerificationKey,
  forge: Forger,
): Promise<{ readonly bySnarkjs: boolean; readonly byCore: boolean }> {
  const { text, proof, signals } = await presentFalsehood(key, forge)
  const keys = new Map([[verificationKeyId(key), { circuit: WEAK_CIRCUIT, key }]])
  return {
    bySnarkjs: await accepts(keyToJson(key), signals, proof),
    byCore: !(await refuses(() => verifyPresentation(text, expectationWith(keys)))),
  }
}

function isRefused(key: KeyWithOrigin): boolean {
  try {
    assertProductionKey(key)
    return false
  } catch (error) {
    if (error instanceof ZerocardError && error.code === 'KEY_FORGEABLE') return true
    throw error
  }
}

async function isVerifierRefused(weak: Pick<WeakKey, 'circuit' | 'key' | 'transcript'>) {
  const store = await VerifierStore.open('sqlite::memory:')
  const keys = new Map([[verificationKeyId(weak.key), weak]])
  return refuses(() => new Verifier({ store, keys, environment: 'production' }))
}

async function refuses(work: () => unknown): Promise<boolean> {
  try {
    await work()
    return false
  } catch (error) {
    if (error instanceof ZerocardError) return true
    throw error
  }
}

function conclude(results: readonly Result[]): Conclusion {
  const sum = (part: (result: Result) => number): number =>
    results.reduce((total, result) => total + part(result), 0)
  const attempts = sum((result) => result.attempts)
  return {
    figures: [
      {
        name: 'false statements with a forged proof that snarkjs accepts',
        value: sum(({ bySnarkjs }) => bySnarkjs),
        aim: { atLeast: attempts },
      },
      {
        name: 'of these, accepted by a verifier without the gate of production',
        value: sum(({ byCore }) => byCore),
        aim: { atLeast: attempts },
      },
      {
        name: 'weak keys refused in production',
        value: results.filter((one) => one.isKeyRefused && one.isVerifierRefused).length,
        aim: { atLeast: WEAKNESSES.length },
      },
      {
        name: 'the same forgeries accepted under a key with secret contributions',
        value: sum(({ underSoundKey }) => underSoundKey),
        aim: { atMost: 0 },
      },
    ],
    faults: results.flatMap(faultsOf),
    seeded: Object.keys(WRONG_GATES).map((fault) => ({
      fault,
      wasSeen: results.some(({ letInBy, bySnarkjs }) => bySnarkjs > 0 && letInBy.includes(fault)),
    })),
    notes: [
      'A transcript shows that secrets were multiplied into the key, and not whose they were: one ' +
        'person can play all contributors. That is what attestations are for.',
    ],
  }
}

function faultsOf(result: Result): string[] {
  const { weakness, isKeyRefused, isVerifierRefused, isSoundKeyRefused, underSoundKey } = result
  return [
    ...(isKeyRefused ? [] : [`${weakness}: the gate lets the key in`]),
    ...(isVerifierRefused ? [] : [`${weakness}: a verifier in production starts with the key`]),
    ...(isSoundKeyRefused ? [`${weakness}: a key with contributions is refused as well`] : []),
    ...(underSoundKey > 0 ? [`${weakness}: a proof was forged under a sound key`] : []),
  ]
}
