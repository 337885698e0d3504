import { publicKeyOf } from '../../../core/eddsa.ts'
import type { Point } from '../../../core/eddsa.ts'
import { pseudonym } from '../../../core/pseudonym.ts'
import { SortedSet } from '../../../core/sorted-set.ts'
import { LeafTree } from '../../../core/tree.ts'
import { issuerLeaf } from '../../../core/trust.ts'
import { mainOf, packed, range } from './bench.ts'
import type { Bench, Inputs } from './bench.ts'
import { EQUATION, flatCredential, messageOf, signByEquation } from './credentials.ts'
import type { SignedBody } from './credentials.ts'

// The whole statement with two credentials, as small as it can be: how the parts hang together.
// Signatures are an equation here, since circomlib's verifier is judged with the credential.

const SELECTOR_BITS = 6
const ATTRIBUTES = 16
/** Selects a comparison's constant. */
const CONSTANT = 2 * ATTRIBUTES
const [EQUAL, AT_LEAST] = [2, 3]

const REVOCATIONS = { valueBits: 40, levels: 1, bucketLevels: 0 }
const VALUES = { valueBits: 120, levels: 1, bucketLevels: 0 }

const [SECRET, OTHER_SECRET, SCOPE, TODAY] = [11n, 12n, 13n, 46_100n]

interface Issuer {
  readonly key: Point
  readonly schema: bigint
  readonly revoked: SortedSet
  readonly tree: LeafTree
}

const [REGISTRY, TAX] = [issuer(1, 1_001n, [7n, 70n]), issuer(2, 1_002n, [8n, 70n])] as const

const LISTED = SortedSet.from(VALUES, [102n, 500n])
const BANNED = SortedSet.from(VALUES, [103n, 203n])

/** What a slot shows, as far as tests change it. */
interface Slot extends SignedBody {
  readonly issuer: Issuer
  readonly secret: bigint
}

const ADULT: Slot = {
  issuer: REGISTRY,
  secret: SECRET,
  attributes: range(ATTRIBUTES).map((i) => BigInt(100 + i)),
  revocationId: 71n,
  validFrom: 46_000n,
  validUntil: 46_200n,
  blinding: 21n,
}
const EARNER: Slot = {
  issuer: TAX,
  secret: SECRET,
  attributes: range(ATTRIBUTES).map((i) => BigInt(200 + i)),
  revocationId: 72n,
  validFrom: 46_050n,
  validUntil: 46_150n,
  blinding: 22n,
}

export function eligibilityBench(): Bench {
  const honest = inputsOf(ADULT, EARNER)
  const outputs = { pseudonym: pseudonym(SECRET, ADULT.blinding, SCOPE, 1n) }
  const names = pseudonymCases(honest)
  const list = ['asOf', 'schemas', 'trustRoots', 'operandWord', 'weightWord', 'formulaWord']
  const open = [...list, 'constants', 'lookupRoots', 'scope', 'limit', 'presenter']
  return {
    name: 'eligibility',
    main: mainOf(
      ['eligibility'],
      `component main {public [${open.join(', ')}]} = Eligibility(2, 2, 2, 2, 6, 1, 1, 1);`,
    ),
    library: { 'eddsaposeidon.circom': EQUATION },
    accepted: [{ inputs: honest, outputs }, ...names],
    refused: [...ofOneSlot(0), ...ofOneSlot(1), ...ofTheStatement(honest)],
  }
}

function pseudonymCases(honest: ReturnType<typeof inputsOf>): Bench['accepted'] {
  return [
    {
      inputs: { ...honest, use: 0n, limit: 1n },
      outputs: { pseudonym: pseudonym(SECRET, ADULT.blinding, SCOPE, 0n) },
    },
    {
      inputs: { ...honest, operandWord: operandWord(false) },
      outputs: { pseudonym: pseudonym(SECRET, 0n, SCOPE, 1n) },
    },
  ]
}

/** One condition of one credential violated. */
function ofOneSlot(slot: 0 | 1): Inputs[] {
  const honest = slot === 0 ? ADULT : EARNER
  const other = slot === 0 ? TAX : REGISTRY
  const inputsWith = (changes: Partial<Slot>) =>
    slot === 0
      ? inputsOf({ ...ADULT, ...changes }, EARNER)
      : inputsOf(ADULT, { ...EARNER, ...changes })
  const plain = inputsWith({})
  const raised = (name: 'schemas' | 'trustRoots' | 'lookupRoots' | 'constants') => ({
    ...plain,
    [name]: plain[name].with(slot, (plain[name][slot] ?? 0n) + (name === 'constants' ? 9n : 1n)),
  })
  return [
    inputsWith({ secret: OTHER_SECRET }),
    inputsWith({ validUntil: TODAY - 1n }),
    inputsWith({ validFrom: TODAY + 1n }),
    inputsWith({ revocationId: 70n }),
    inputsWith({ attributes: honest.attributes.with(0, 5n).with(1, 5n) }),
    inputsWith({ attributes: honest.attributes.with(2, slot === 0 ? 103n : 203n) }),
    inputsWith({ issuer: { ...other, tree: honest.issuer.tree, schema: honest.issuer.schema } }),
    inputsWith({ issuer: { ...honest.issuer, key: other.key } }),
    { ...plain, credentials: plain.credentials.with(25 * slot + 24, 5n) },
    raised('schemas'),
    raised('trustRoots'),
    raised('lookupRoots'),
    raised('constants'),
  ]
}

function ofTheStatement(honest: ReturnType<typeof inputsOf>): Inputs[] {
  return [
    { ...honest, secret: OTHER_SECRET },
    { ...honest, use: 2n },
    { ...honest, use: 65_536n },
    { ...honest, limit: 1n },
    { ...honest, asOf: 2n ** 20n },
    { ...honest, asOf: 1n },
    { ...honest, formulaWord: formulaWord(0b111111) },
    { ...honest, formulaWord: formulaWord(0b010111) },
    { ...honest, formulaWord: formulaWord(0b101011) },
    { ...honest, operandWord: operandWord(true, AT_LEAST - EQUAL) },
    { ...honest, weightWord: 2n ** 200n },
    { ...honest, operandWord: 2n ** 200n },
    { ...honest, formulaWord: 2n ** 200n },
    swapped(honest),
  ]
}

/** Each credential in the place of the other. */
function swapped(honest: ReturnType<typeof inputsOf>): Inputs {
  const { credentials, revocationPlaces, trustPaths } = inputsOf(EARNER, ADULT)
  return { ...honest, credentials, revocationPlaces, trustPaths }
}

function inputsOf(first: Slot, second: Slot) {
  const slots = [first, second]
  return {
    secret: SECRET,
    use: 1n,
    credentials: slots.flatMap(credentialOf),
    revocationPlaces: slots.flatMap(({ issuer, revocationId }) =>
      placeIn(issuer.revoked, revocationId),
    ),
    trustPaths: slots.flatMap(({ issuer }) => issuer.tree.path(0).flat()),
    lookupPlaces: [
      ...placeIn(LISTED, first.attributes[2] ?? 0n),
      ...placeIn(BANNED, second.attributes[2] ?? 0n),
    ],
    asOf: TODAY,
    schemas: [REGISTRY.schema, TAX.schema],
    trustRoots: [REGISTRY.tree.root, TAX.tree.root],
    operandWord: operandWord(true),
    weightWord: 0n,
    formulaWord: formulaWord(0b100111),
    constants: [100n, 201n],
    lookupRoots: [LISTED.root, BANNED.root],
    scope: SCOPE,
    limit: 2n,
    presenter: 99n,
  }
}

/** The first credential's attribute 0 at least, the second one's attribute 1 equal to a constant. */
function operandWord(isPerCredential: boolean, firstMask = AT_LEAST): bigint {
  const numbers = [
    [0, SELECTOR_BITS],
    [CONSTANT, SELECTOR_BITS],
    [firstMask, 3],
    [ATTRIBUTES + 1, SELECTOR_BITS],
    [CONSTANT, SELECTOR_BITS],
    [EQUAL, 3],
    [2, SELECTOR_BITS],
    [ATTRIBUTES + 2, SELECTOR_BITS],
    [isPerCredential ? 1 : 0, 1],
  ] as const
  return packed(numbers.map(([value, width]) => [BigInt(value), width] as const))
}

/** Both comparisons, the first value in its set, the second not, or what the literals say. */
function formulaWord(literals: number): bigint {
  return packed([
    [BigInt(literals), 6],
    [BigInt(literals), 6],
  ])
}

function credentialOf(slot: Slot): bigint[] {
  const { key, schema } = slot.issuer
  const message = messageOf(slot.secret, schema, slot)
  return flatCredential(slot, key, signByEquation(message, key))
}

function placeIn(set: SortedSet, value: bigint): bigint[] {
  const { run, index, children } = set.prove(value)
  return [...run, BigInt(index), ...children.flat()]
}

/** An issuer with a trust list of its own. */
function issuer(byte: number, schema: bigint, revoked: readonly bigint[]): Issuer {
  const key = publicKeyOf(new Uint8Array(32).fill(byte))
  const set = SortedSet.from(REVOCATIONS, revoked)
  const leaf = issuerLeaf({ key, schemaHash: schema, revocationRoot: set.root })
  return { key, schema, revoked: set, tree: new LeafTree([leaf], 1) }
}
