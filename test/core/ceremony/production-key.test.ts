import { bn254 } from '@noble/curves/bn254.js'
import { describe, expect, test } from 'vitest'
import { G1, G2, g1Coordinates, g2Coordinates } from '../../../core/bn254.ts'
import { isSameMultiple } from '../../../core/ceremony/chain.ts'
import type { Contribution } from '../../../core/ceremony/contribution.ts'
import { assertProductionKey } from '../../../core/ceremony/production-key.ts'
import { parseTranscript, transcriptToJson } from '../../../core/ceremony/transcript.ts'
import type { Transcript } from '../../../core/ceremony/transcript.ts'
import { FIELD_ORDER } from '../../../core/field.ts'
import { DEVELOPMENT_ALPHA, parseVerificationKey } from '../../../core/groth16-key.ts'
import type { G2Coordinates, VerificationKey } from '../../../core/groth16-key.ts'
import {
  SYNTHETIC_BEACON,
  syntheticCeremony,
} from '../../../scripts/assure/keys/synthetic-ceremony.ts'
import { refusal } from '../../support/refusal.ts'

const OPTIONS = { circuit: 'toy', publicSignals: 2, seed: 1, secrets: [11n, 13n, 17n] }
const honest = syntheticCeremony(OPTIONS)
const { key, transcript } = honest

const verdict = (changes: object): string =>
  refusal(() => assertProductionKey({ ...honest, ...changes })) ?? 'accepted'
const ofKey = (changes: Partial<VerificationKey>): string =>
  verdict({ key: { ...key, ...changes } })
const ofTranscript = (changes: Partial<Transcript>): string =>
  verdict({ transcript: { ...transcript, ...changes } })

/** A point of the twist outside the subgroup of order r, as most are. */
function outsideSubgroup(): G2Coordinates {
  const { Fp2 } = bn254.fields
  for (let c0 = 1n; ; c0++) {
    const x = Fp2.fromBigTuple([c0, 0n])
    try {
      const y = Fp2.sqrt(Fp2.add(Fp2.mul(Fp2.sqr(x), x), G2.CURVE().b))
      return [
        [x.c0, x.c1],
        [y.c0, y.c1],
      ]
    } catch {
      continue
    }
  }
}

describe('a key for production', () => {
  test('is accepted with the transcript of a ceremony that leads to it', () => {
    expect(verdict({})).toBe('accepted')
    const again = parseTranscript(JSON.parse(JSON.stringify(transcriptToJson(transcript))))
    expect(verdict({ transcript: again })).toBe('accepted')
  })

  test('is refused without a transcript', () => {
    expect(verdict({ transcript: undefined })).toBe('KEY_FORGEABLE')
  })

  test.each([
    ['of another circuit', { circuit: 'other' }],
    [
      'of another key',
      {
        contributions: syntheticCeremony({ ...OPTIONS, secrets: [2n, 3n, 5n] }).transcript
          .contributions,
      },
    ],
    ['about another circuit, by its hash', { circuitHash: new Uint8Array(64) }],
  ])('is refused with a transcript %s', (_, changes) => {
    expect(ofTranscript(changes)).toBe('KEY_FORGEABLE')
  })
})

describe('delta', () => {
  test('outside its group is no multiple, which is said and not thrown', () => {
    const delta = g1Coordinates(G1.BASE.multiply(6n))
    expect(isSameMultiple(delta, g2Coordinates(G2.BASE.multiply(6n)))).toBe(true)
    expect(isSameMultiple(delta, g2Coordinates(G2.BASE.multiply(7n)))).toBe(false)
    expect(isSameMultiple(delta, outsideSubgroup())).toBe(false)
  })
})

describe('by its form, a key is refused (N40, N42)', () => {
  const [one, two, three] = key.inputs as [never, never, never]
  const generators = { g1: g1Coordinates(G1.BASE), g2: g2Coordinates(G2.BASE) }

  test.each([
    ['without contribution: delta is gamma', { delta: key.gamma }, 'KEY_FORGEABLE'],
    [
      'with a delta that is the generator',
      { delta: generators.g2, gamma: key.beta },
      'KEY_FORGEABLE',
    ],
    ['with an alpha that is the generator', { alpha: generators.g1 }, 'KEY_FORGEABLE'],
    ['with a beta that is the generator', { beta: generators.g2 }, 'KEY_FORGEABLE'],
    ['with the alpha of development keys', { alpha: DEVELOPMENT_ALPHA }, 'KEY_FORGEABLE'],
    ['with another gamma', { gamma: key.beta }, 'KEY_INVALID'],
    ['with a point of IC too few', { inputs: [one, two] }, 'KEY_INVALID'],
    ['with a point of IC too many', { inputs: [one, two, three, key.alpha] }, 'KEY_INVALID'],
    ['with two equal points of IC', { inputs: [one, two, two] }, 'KEY_INVALID'],
    ['with the identity in IC', { inputs: [one, two, [0n, 0n] as const] }, 'KEY_INVALID'],
    ['with a point of IC off the curve', { inputs: [one, two, [1n, 1n] as const] }, 'KEY_INVALID'],
    ['with a beta outside the subgroup', { beta: outsideSubgroup() }, 'KEY_INVALID'],
    ['with a delta outside the subgroup', { delta: outsideSubgroup() }, 'KEY_INVALID'],
  ])('%s', (_, changes, code) => {
    expect(ofKey(changes)).toBe(code)
  })

  test('as a file, with IC of another length or a point that is none', () => {
    const file = vkeyOf(key)
    const [first = [], second = []] = file.IC
    const read = (IC: readonly string[][]): unknown =>
      refusal(() => parseVerificationKey({ ...file, IC })) ?? 'accepted'
    expect(read(file.IC)).toBe('accepted')
    expect(read([first, second])).toBe('KEY_INVALID')
    expect(read([...file.IC, first])).toBe('KEY_INVALID')
    expect(read([first, second, ['1', '1', '1']])).toBe('KEY_INVALID')
  })
})

describe('by its transcript, a key is refused (N41, N44)', () => {
  const all = transcript.contributions
  const changed = (index: number, changes: Partial<Contribution>): readonly Contribution[] =>
    all.map((contribution, i) => (i === index ? { ...contribution, ...changes } : contribution))
  const [first, second] = all as [Contribution, Contribution]

  test('with a beacon only, although delta is not gamma', () => {
    const lone = syntheticCeremony({ ...OPTIONS, secrets: [], minimumContributions: 1 })
    expect(lone.key.delta).not.toEqual(lone.key.gamma)
    expect(verdict(lone)).toBe('KEY_FORGEABLE')
  })

  test.each([
    ['fewer contributions than announced', { secrets: [11n, 13n] }],
    ['no beacon', { beacon: undefined }],
    [
      'a beacon of fewer iterations than announced',
      { beacon: { ...SYNTHETIC_BEACON, iterations: 11 } },
    ],
    [
      'a contributor who discards what all before have done',
      { cheat: { at: 2, how: 'discards' } as const },
    ],
    ['a contributor who does not know the secret', { cheat: { at: 1, how: 'lies' } as const }],
    ['a contribution that changes nothing', { secrets: [11n, 1n, 13n] }],
    ['a contribution that changes the sign only', { secrets: [11n, FIELD_ORDER - 1n, 13n] }],
    ['a contribution that undoes the one before it', { secrets: [11n, inverse(11n), 13n] }],
  ])('with %s', (_, changes) => {
    expect(verdict(syntheticCeremony({ ...OPTIONS, ...changes }))).toBe('KEY_FORGEABLE')
  })

  test.each([
    ['two contributors swapped', [second, first, ...all.slice(2)]],
    ['a contributor left out', [first, ...all.slice(2)]],
    ['a contributor twice', [first, first, ...all.slice(1)]],
    ['the beacon first', [all[3]!, ...all.slice(0, 3)]],
    ['one byte of a transcript changed', changed(1, { transcript: flipped(second.transcript) })],
    ['a delta that does not follow', changed(1, { delta: first.delta })],
    ['another delta at the end', changed(3, { delta: key.alpha })],
    ['a proof of another secret', changed(1, { spx: first.spx })],
    ['a secret that is not that of delta', changed(1, { s: second.sx, sx: second.s })],
    ['a proof outside the subgroup', changed(1, { spx: outsideSubgroup() })],
    [
      'another value of the beacon',
      changed(3, { beacon: { ...SYNTHETIC_BEACON, value: Uint8Array.of(1) } }),
    ],
    ['a beacon that is called a secret', changed(3, { beacon: undefined } as never)],
    ['a secret that is called a beacon', changed(2, { beacon: SYNTHETIC_BEACON })],
  ])('with %s', (_, contributions) => {
    expect(ofTranscript({ contributions })).toBe('KEY_FORGEABLE')
  })

  test('with any single digit or name changed in the file, but for what nothing follows from', () => {
    const text = JSON.stringify(transcriptToJson(transcript))
    const start = text.indexOf('"contributions"')
    const places = Array.from({ length: 12 }, (_, i) => start + 331 * (i + 1)).filter(
      (at) => at < text.length && /[0-9]/.test(text[at] ?? ''),
    )
    expect(places.length).toBeGreaterThan(5)
    for (const at of places) {
      const digit = text[at] === '1' ? '2' : '1'
      const altered = `${text.slice(0, at)}${digit}${text.slice(at + 1)}`
      const judge = (): void =>
        assertProductionKey({ ...honest, transcript: parseTranscript(JSON.parse(altered)) })
      expect(refusal(judge), altered.slice(at - 20, at + 20)).toBeDefined()
    }
  })
})

test.each([
  ['an unknown member', { more: 1 }],
  ['a minimum of none', { minimumContributions: 0 }],
  ['a number that is not canonical', { contributions: [{ delta: ['01', '2'] }] }],
  ['bytes in capitals', { circuitHash: 'AB'.repeat(64) }],
  ['iterations that take for ever', { beacon: { source: 'x', at: 0, iterations: 40 } }],
])('a transcript with %s is no transcript', (_, changes) => {
  const json = { ...transcriptToJson(transcript), ...changes }
  expect(refusal(() => parseTranscript(json))).toBe('ARTIFACT_INVALID')
})

/** As snarkjs writes it. */
function vkeyOf({ publicSignals, alpha, beta, gamma, delta, inputs }: VerificationKey) {
  const g1 = (point: readonly bigint[]): string[] => [...point.map(String), '1']
  const g2 = (point: G2Coordinates): string[][] => [
    ...point.map((fq2) => fq2.map(String)),
    ['1', '0'],
  ]
  return {
    ...{ protocol: 'groth16', curve: 'bn128', nPublic: publicSignals },
    ...{ vk_alpha_1: g1(alpha), vk_beta_2: g2(beta), vk_gamma_2: g2(gamma), vk_delta_2: g2(delta) },
    IC: inputs.map(g1),
  }
}

function flipped(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte, i) => (i === 40 ? byte ^ 1 : byte))
}

function inverse(value: bigint): bigint {
  return bn254.fields.Fr.inv(value)
}
