import * as library from 'snarkjs'
import { randomBytes } from 'node:crypto'
import { G2, g1, g2, pairsToOne } from '../../core/bn254.ts'
import { ZerocardError } from '../../core/errors.ts'
import { FIELD_ORDER, invert } from '../../core/field.ts'
import type { Beacon } from '../../core/ceremony/contribution.ts'
import { toHex } from '../../core/bytes.ts'
import type { ProofCoordinates } from '../../core/groth16.ts'
import { parseVerificationKey } from '../../core/groth16-key.ts'
import type { G1Coordinates, G2Coordinates } from '../../core/groth16-key.ts'
import {
  ELEMENT_BYTES,
  readSections,
  requireSection,
  setElement,
  viewOf,
} from '../../core/iden3/sections.ts'
import { G1_BYTES, G2_BYTES, readZkey } from '../../core/iden3/zkey.ts'
import { rootOfUnity } from '../build/scalar-field.ts'
import { exportVerificationKey } from '../build/verification-key.ts'
import { PUBLIC, readBytes, writeWhole } from '../zerocard/files.ts'
import { readAgain } from './hashes.ts'
import type { CheckedFile } from './hashes.ts'

// The only file of the ceremony that knows snarkjs. It gets content instead of paths, because it
// forgets to close files, and so that what is written is written whole. It says no in three ways: it
// throws, returns something else, or logs an error.

interface Logger {
  debug(message: string): void
  info(message: string): void
  warn(message: string): void
  error(message: string): void
}

/** A file in memory; of one that is written, snarkjs sets the content. */
interface MemoryFile {
  readonly type: 'mem'
  data?: Uint8Array
}

/** Points as bytes, affine or not. */
interface Group<Coordinates> {
  /** @param factors - As many as points, little-endian, all of one length. */
  multiExpAffine(points: Uint8Array, factors: Uint8Array): Promise<Uint8Array>
  toAffine(point: Uint8Array): Uint8Array
  isZero(point: Uint8Array): boolean
  /** Of an affine point, its coordinates. */
  toObject(point: Uint8Array): Coordinates
}

/** The parts that only ceremonies use; snarkjs ships no types. */
interface Ceremonies {
  readonly curves: {
    getCurveFromName(name: 'bn128'): Promise<{
      readonly G1: Group<G1Coordinates>
      readonly G2: Group<G2Coordinates>
    }>
  }
  readonly zKey: {
    newZKey(r1cs: MemoryFile, powers: MemoryFile, key: MemoryFile, logger: Logger): Promise<unknown>
    contribute(
      from: MemoryFile,
      to: MemoryFile,
      name: string,
      entropy: string,
      logger: Logger,
    ): Promise<unknown>
    beacon(
      from: MemoryFile,
      to: MemoryFile,
      name: string,
      value: string,
      iterations: number,
      logger: Logger,
    ): Promise<unknown>
    verifyFromInit(
      first: MemoryFile,
      powers: MemoryFile,
      key: MemoryFile,
      logger: Logger,
    ): Promise<unknown>
  }
  readonly groth16: {
    verify(key: unknown, publicSignals: readonly string[], proof: unknown): Promise<boolean>
  }
  readonly powersOfTau: { verify(powers: MemoryFile, logger: Logger): Promise<unknown> }
}

/** Of factors that nobody can foresee: what is wrong passes with a probability of 2^-128. */
const FACTOR_BYTES = 16

const snarkjs = library as unknown as Ceremonies

/** Begins a key: delta is the generator. @throws ZerocardError with `ARTIFACT_INVALID`. */
export async function beginKey(r1cs: string, powers: CheckedFile, to: string): Promise<void> {
  await written(to, (key) =>
    done('the powers of tau do not serve this circuit', (logger) =>
      snarkjs.zKey.newZKey(inMemory(readBytes(r1cs)), content(powers), key, logger),
    ),
  )
}

/** Multiplies delta by a secret from system randomness and `entropy`, and forgets it. */
export async function contributeTo(
  from: CheckedFile,
  to: string,
  name: string,
  entropy: string,
): Promise<void> {
  await written(to, (key) =>
    done('snarkjs could not contribute', (logger) =>
      snarkjs.zKey.contribute(content(from), key, name, entropy, logger),
    ),
  )
}

/** Multiplies delta by what follows from a public value. */
export async function applyBeacon(
  from: CheckedFile,
  to: string,
  name: string,
  beacon: Beacon,
): Promise<void> {
  const value = toHex(beacon.value)
  await written(to, (key) =>
    done('snarkjs could not apply the beacon', (logger) =>
      snarkjs.zKey.beacon(content(from), key, name, value, beacon.iterations, logger),
    ),
  )
}

/**
 * Whether all points of a key are those of the first one, but for delta.
 *
 * @throws ZerocardError with `ARTIFACT_INVALID` and the reason if not.
 */
export async function verifyFromFirst(
  first: CheckedFile,
  powers: CheckedFile,
  key: CheckedFile,
): Promise<void> {
  const [firstKey, lastKey] = [readAgain(first), readAgain(key)]
  const files = [inMemory(firstKey), content(powers), inMemory(lastKey)] as const
  await done('the key does not follow from the first one', async (logger) => {
    if ((await snarkjs.zKey.verifyFromInit(...files, logger)) !== true) return false
    return hasSameQuotients(firstKey, lastKey)
  })
}

/**
 * Whether the points that quotients are made from are those of the first key, divided by delta.
 *
 * snarkjs asks that only for what honest quotients see of them, and these have one coefficient fewer
 * than there are points. So a first contributor could hide a point there for all others to divide by
 * their secrets, such as one that takes public signals away, and forge with it under their key.
 */
async function hasSameQuotients(first: Uint8Array, last: Uint8Array): Promise<boolean> {
  const { delta } = parseVerificationKey(exportVerificationKey(last))
  const [before, after] = [readZkey(first), readZkey(last)]
  const { G1: group } = await snarkjs.curves.getCurveFromName('bn128')
  const factors = Uint8Array.from(randomBytes(FACTOR_BYTES * before.domain))
  const [left, right] = await Promise.all(
    [before.h, after.h].map(async (points) => {
      const sum = await group.multiExpAffine(Uint8Array.from(points), factors)
      return g1(group.toObject(group.toAffine(sum)))
    }),
  )
  if (left === undefined || right === undefined) return false
  return pairsToOne([
    { g1: left, g2: G2.BASE },
    { g1: right.negate(), g2: g2(delta) },
  ])
}

/** @throws ZerocardError with `ARTIFACT_INVALID` if the powers of tau are not what they should be. */
export async function verifyPowers(powers: CheckedFile): Promise<void> {
  const bytes = readAgain(powers)
  await done('the powers of tau are wrong', async (logger) => {
    if ((await snarkjs.powersOfTau.verify(inMemory(bytes), logger)) !== true) return false
    return hasNothingHidden(bytes)
  })
}

/**
 * Whether the points for the quotients of the largest circuit follow from the powers of tau.
 *
 * They are as many as twice its domain, and there is one power fewer. snarkjs leaves open what stands
 * for the missing one: nothing, or the power itself if the file was cut from a larger one. With
 * anything else, whoever prepared the file could forge, as in {@link hasSameQuotients}.
 */
async function hasNothingHidden(ptau: Uint8Array): Promise<boolean> {
  const sections = readSections(ptau, 'ptau', 'ptau')
  const [header, powers1, powers2, prepared] = [1, 2, 3, 12].map((id) =>
    requireSection(sections, id, 'ptau'),
  ) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array]
  const log = viewOf(header).getUint32(4 + ELEMENT_BYTES, true) + 1
  const size = 2 ** log
  const points = Uint8Array.from(
    prepared.subarray((size - 1) * G1_BYTES, (2 * size - 1) * G1_BYTES),
  )
  const { G1: group1, G2: group2 } = await snarkjs.curves.getCurveFromName('bn128')
  const sum = await group1.multiExpAffine(points, factorsOfLast(log))
  if (group1.isZero(sum)) return true
  const lastButOne = powers1.subarray((size - 2) * G1_BYTES, (size - 1) * G1_BYTES)
  const tau = powers2.subarray(G2_BYTES, 2 * G2_BYTES)
  return pairsToOne([
    { g1: g1(group1.toObject(group1.toAffine(sum))), g2: G2.BASE },
    {
      g1: g1(group1.toObject(Uint8Array.from(lastButOne))).negate(),
      g2: g2(group2.toObject(Uint8Array.from(tau))),
    },
  ])
}

/** What values of a polynomial are multiplied by to have its last coefficient. */
function factorsOfLast(log: number): Uint8Array {
  const factors = new Uint8Array(ELEMENT_BYTES * 2 ** log)
  const view = viewOf(factors)
  const root = invert(rootOfUnity(log))
  let factor = 1n
  for (let at = 0; at < factors.length; at += ELEMENT_BYTES) {
    setElement(view, at, factor)
    factor = (factor * root) % FIELD_ORDER
  }
  return factors
}

/**
 * Whether snarkjs, asked for nothing but this, accepts a proof.
 *
 * @param key - Content of a `verification_key.json`.
 */
export function accepts(
  key: unknown,
  signals: readonly bigint[],
  { a, b, c }: ProofCoordinates,
): Promise<boolean> {
  return snarkjs.groth16.verify(key, signals.map(String), {
    protocol: 'groth16',
    curve: 'bn128',
    pi_a: [...a.map(String), '1'],
    pi_b: [...b.map((coordinate) => coordinate.map(String)), ['1', '0']],
    pi_c: [...c.map(String), '1'],
  })
}

function content(file: CheckedFile): MemoryFile {
  return inMemory(readAgain(file))
}

function inMemory(data: Uint8Array): MemoryFile {
  return { type: 'mem', data }
}

async function written(path: string, make: (file: MemoryFile) => Promise<void>): Promise<void> {
  const file: MemoryFile = { type: 'mem' }
  await make(file)
  if (file.data === undefined) throw new Error('snarkjs has written nothing')
  writeWhole(path, file.data, PUBLIC)
}

async function done(complaint: string, work: (logger: Logger) => Promise<unknown>): Promise<void> {
  const errors: string[] = []
  const ignore = (): void => undefined
  const logger = {
    ...{ debug: ignore, info: ignore, warn: ignore },
    error: (message: string) => void errors.push(message),
  }
  const result = await work(logger).catch((cause: unknown) => {
    if (cause instanceof ZerocardError) throw cause
    throw new ZerocardError('ARTIFACT_INVALID', `${complaint}: ${String(cause)}`, { cause })
  })
  const isRefused = result === false || result === -1
  if (!isRefused && errors.length === 0) return
  const reason = errors.map((line) => `: ${line.trim()}`).join('')
  throw new ZerocardError('ARTIFACT_INVALID', complaint + reason)
}
