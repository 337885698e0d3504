pragma circom 2.2.0;

include "comparison.circom";
include "credential.circom";
include "formula.circom";
include "program.circom";
include "sorted-set.circom";
include "tags.circom";

/** Bound of every operand: a weighted sum of four products of 120 and 32 bits. */
function OPERAND_BITS() { return ATTRIBUTE_BITS() + WEIGHT_BITS() + 2; }

/**
 * Proves:  `isTrue` = whether the operand at `leftSelector` compares with the one at
 *          `rightSelector` as the mask allows. On the right, the comparison's own constant stands
 *          in the place of the last operand.
 * Assumes: operands carry `maxabs`; selectors and mask are binary.
 * Rejects: nothing by itself; a selector beyond the operands reads 0.
 */
template ProgrammedComparison(OPERANDS, SELECTOR_BITS) {
    signal input {maxabs} operands[OPERANDS];                 // private
    signal input constant;                                    // public
    signal input {binary} leftSelector[SELECTOR_BITS];        // public, part of the program
    signal input {binary} rightSelector[SELECTOR_BITS];       // public, part of the program
    signal input {binary} mask[3];                            // public, part of the program
    signal output {binary} isTrue;
    assert(leftSelector.binary == 1 && rightSelector.binary == 1 && mask.binary == 1);

    signal {maxabs} rights[OPERANDS];
    for (var i = 0; i < OPERANDS - 1; i++) rights[i] <== operands[i];
    rights[OPERANDS - 1] <== PublicConstant(operands.maxabs)(constant);

    isTrue <== Comparison()(
        left <== SelectSigned(OPERANDS, SELECTOR_BITS)(operands, leftSelector),
        right <== SelectSigned(OPERANDS, SELECTOR_BITS)(rights, rightSelector),
        mask <== mask
    );
}

/**
 * Proves:  the attributes satisfy the policy that the public words, constants and sets describe.
 * Assumes: attributes carry `maxbit`. The verifier makes words, constants and roots from its own
 *          policy.
 * Rejects: attributes for which no conjunction of the policy holds.
 */
template SatisfiedPolicy(ATTRIBUTES, COMPARISONS, LOOKUPS, TERMS, SELECTOR_BITS, LOOKUP_LEVELS) {
    signal input {maxbit} attributes[ATTRIBUTES];           // private, of all credentials in order
    input SetPlace(LOOKUP_LEVELS) lookupPlaces[LOOKUPS];    // private
    signal input operandWord;                               // public
    signal input weightWord;                                // public
    signal input formulaWord;                               // public
    signal input constants[COMPARISONS];                    // public
    signal output lookupRoots[LOOKUPS];                     // compared with the public ones
    signal output {binary} isPerCredential;                 // what the program says of pseudonyms

    component program = Program(COMPARISONS, LOOKUPS, TERMS, SELECTOR_BITS);
    program.operandWord <== operandWord;
    program.weightWord <== weightWord;
    program.formulaWord <== formulaWord;
    isPerCredential <== program.isPerCredential;

    signal {maxbit} factors[WEIGHTS()];
    for (var w = 0; w < WEIGHTS(); w++) {
        factors[w] <== SelectUnsigned(ATTRIBUTES, SELECTOR_BITS)(attributes, program.weighted[w]);
    }

    // In the order of their selectors: the attributes, then the weighted sum.
    signal {maxabs} operands[ATTRIBUTES + 1];
    for (var i = 0; i < ATTRIBUTES; i++) operands[i] <== Signed(OPERAND_BITS())(attributes[i]);
    operands[ATTRIBUTES] <== SumOfProducts(WEIGHTS(), ATTRIBUTE_BITS(), WEIGHT_BITS())(
        values <== factors,
        magnitudes <== program.magnitudes,
        signs <== program.signs
    );

    signal {binary} literals[COMPARISONS + 2 * LOOKUPS];
    for (var c = 0; c < COMPARISONS; c++) {
        literals[c] <== ProgrammedComparison(ATTRIBUTES + 1, SELECTOR_BITS)(
            operands <== operands,
            constant <== constants[c],
            leftSelector <== program.left[c],
            rightSelector <== program.right[c],
            mask <== program.mask[c]
        );
    }

    // The compiler knows the tag of an array only once all of it is assigned: hence two loops.
    signal {binary} isFound[LOOKUPS];
    for (var l = 0; l < LOOKUPS; l++) {
        (lookupRoots[l], isFound[l]) <== SetLookup(ATTRIBUTE_BITS(), LOOKUP_LEVELS)(
            value <== SelectUnsigned(ATTRIBUTES, SELECTOR_BITS)(attributes, program.lookedUp[l]),
            place <== lookupPlaces[l]
        );
    }
    for (var l = 0; l < LOOKUPS; l++) {
        literals[COMPARISONS + 2 * l] <== isFound[l];
        literals[COMPARISONS + 2 * l + 1] <== Not()(isFound[l]);
    }

    Formula(TERMS, COMPARISONS + 2 * LOOKUPS)(literals <== literals, needs <== program.needs);
}
