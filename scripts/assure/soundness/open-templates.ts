import { SortedSet } from '../../../core/sorted-set.ts'

// In a whole circuit nearly every private input is bound by a signature or a root, so a value out
// of its domain is refused even if nothing looks at the domain. Here the bindings are cut off: what
// a template computes is left open, and only its own checks stand between the prover and the value.

/** A template without what binds its inputs elsewhere. */
export interface OpenTemplate {
  readonly name: string
  readonly source: string
  readonly inputs: Readonly<Record<string, bigint | readonly bigint[]>>
  /** By input: what may stand in its place while the others stay as they are. */
  readonly domains: Readonly<Record<string, (value: bigint) => boolean>>
}

const anything = (): boolean => true

const set = SortedSet.from({ valueBits: 7, levels: 1, bucketLevels: 0 }, [3n, 70n, 100n])
const place = set.prove(80n)
const [low = 0n, high = 0n] = place.run.slice(place.index, place.index + 2)
const isInGap = (value: bigint): boolean =>
  value < 128n && low <= 2n * value + 1n && 2n * value + 1n < high

/** The quickest to compile come first. */
export const OPEN_TEMPLATES: readonly OpenTemplate[] = [
  {
    name: 'comparison',
    source: `include "comparison.circom";
      template Open() {
        signal input left; signal input right; signal input mask; signal output isTrue;
        signal {maxbit} l <== InRange(120)(left); signal {maxbit} r <== InRange(120)(right);
        isTrue <== Comparison()(Signed(154)(l), Signed(154)(r), Bits(3)(mask));
      }
      component main = Open();`,
    inputs: { left: 17n, right: 18n, mask: 6n },
    domains: {
      left: (value) => value < 2n ** 120n,
      right: (value) => value < 2n ** 120n,
      mask: (value) => value < 8n,
    },
  },
  {
    name: 'validity',
    source: `include "credential.circom";
      template Open() {
        signal input validFrom; signal input validUntil; signal input asOf;
        ValidOn()(InRange(20)(validFrom), InRange(20)(validUntil), InRange(20)(asOf));
      }
      component main {public [asOf]} = Open();`,
    inputs: { validFrom: 46_000n, validUntil: 46_365n, asOf: 46_100n },
    domains: {
      validFrom: (value) => value <= 46_100n,
      validUntil: (value) => value >= 46_100n && value < 2n ** 20n,
      asOf: (value) => value >= 46_000n && value <= 46_365n,
    },
  },
  {
    name: 'program words',
    source: `include "program.circom";
      component main = Program(2, 1, 2, 5);`,
    inputs: { operandWord: 5n, weightWord: 6n, formulaWord: 7n },
    domains: {
      operandWord: (value) => value < 2n ** 32n,
      weightWord: (value) => value < 2n ** 152n,
      formulaWord: (value) => value < 2n ** 8n,
    },
  },
  {
    name: 'choice',
    source: `include "tags.circom";
      template Open() {
        signal input values[5]; signal input index; signal output out;
        out <== Select(5, 3)(values, Bits(3)(index));
      }
      component main = Open();`,
    inputs: { values: [1n, 2n, 3n, 4n, 5n], index: 4n },
    domains: { index: (value) => value < 8n },
  },
  {
    name: 'set look-up',
    source: `include "sorted-set.circom";
      template Open() {
        signal input value; signal input index; signal input run[16]; input TreePath(1) path;
        signal output root; signal output isFound;
        component lookup = SetLookup(7, 1);
        lookup.value <== InRange(7)(value);
        lookup.place.run <== run; lookup.place.index <== index; lookup.place.path <== path;
        root <== lookup.root; isFound <== lookup.isFound;
      }
      component main = Open();`,
    inputs: {
      value: 80n,
      index: BigInt(place.index),
      run: place.run,
      path: place.children.flat(),
    },
    domains: { value: isInGap, index: (value) => value === BigInt(place.index) },
  },
  {
    name: 'pseudonym',
    source: `include "pseudonym.circom";
      template Open() {
        signal input secret; signal input blinding; signal input use; signal input isPerCredential;
        signal input scope; signal input limit; signal output pseudonym;
        signal {binary} digit[1] <== Bits(1)(isPerCredential);
        pseudonym <== ScopedPseudonym()(secret, blinding, use, digit[0], scope, limit);
      }
      component main {public [isPerCredential, scope, limit]} = Open();`,
    inputs: { secret: 5n, blinding: 7n, use: 2n, isPerCredential: 1n, scope: 11n, limit: 9n },
    domains: {
      secret: anything,
      blinding: anything,
      scope: anything,
      use: (value) => value < 9n,
      isPerCredential: (value) => value < 2n,
      limit: (value) => value > 2n && value < 2n ** 16n,
    },
  },
]

/** Templates that look at too little. */
export const CARELESS_TEMPLATES: readonly (OpenTemplate & { readonly fault: string })[] = [
  {
    fault: 'a choice between two branches takes any number for the choice',
    name: 'selector',
    source: `include "mux1.circom";
      template Open() {
        signal input choice; signal input left; signal input right; signal output out;
        out <== Mux1()([left, right], choice);
      }
      component main = Open();`,
    inputs: { choice: 1n, left: 5n, right: 6n },
    domains: { choice: (value) => value < 2n },
  },
  {
    fault: 'a comparison takes numbers of any size',
    name: 'less than',
    source: `include "comparators.circom";
      template Open() {
        signal input in; signal output out; out <== LessThan(8)([in, 18]);
      }
      component main = Open();`,
    inputs: { in: 17n },
    domains: { in: (value) => value < 256n },
  },
  {
    fault: 'an input that is packed has no range',
    name: 'packing',
    source: `template Open() {
        signal input low; signal input high; signal output word; word <== low + high * 65536;
      }
      component main = Open();`,
    inputs: { low: 1n, high: 2n },
    domains: { low: (value) => value < 65_536n },
  },
]
