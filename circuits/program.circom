pragma circom 2.2.0;

include "tags.circom";

/** Products in the weighted sum. */
function WEIGHTS() { return 4; }

/** Digits of a weight's magnitude; a sign comes with it. */
function WEIGHT_BITS() { return 32; }

/**
 * Proves:  the outputs are the digits of the three public words, in the order written below,
 *          lowest first; each digit is 0 or 1.
 * Assumes: nothing. No word has more than 253 digits, so there is one way to read it.
 * Rejects: a word with anything beyond its last field.
 */
template Program(COMPARISONS, LOOKUPS, TERMS, SELECTOR_BITS) {
    var LITERALS = COMPARISONS + 2 * LOOKUPS;

    // Public. Operands: per comparison left, right, mask; per look-up its attribute; per-credential.
    signal input operandWord;
    // Public. Per product of the weighted sum: attribute, magnitude, sign.
    signal input weightWord;
    // Public. Per conjunction the literals it needs: comparisons, then found and not found by turns.
    signal input formulaWord;

    signal output {binary} left[COMPARISONS][SELECTOR_BITS];
    signal output {binary} right[COMPARISONS][SELECTOR_BITS];
    signal output {binary} mask[COMPARISONS][3];
    signal output {binary} lookedUp[LOOKUPS][SELECTOR_BITS];
    signal output {binary} isPerCredential;
    signal output {binary} weighted[WEIGHTS()][SELECTOR_BITS];
    signal output {binary} magnitudes[WEIGHTS()][WEIGHT_BITS()];
    signal output {binary} signs[WEIGHTS()];
    signal output {binary} needs[TERMS][LITERALS];

    var comparisonBits = 2 * SELECTOR_BITS + 3;
    var operandBits = COMPARISONS * comparisonBits + LOOKUPS * SELECTOR_BITS + 1;
    signal {binary} operands[operandBits] <== Bits(operandBits)(operandWord);
    for (var c = 0; c < COMPARISONS; c++) {
        var at = c * comparisonBits;
        for (var k = 0; k < SELECTOR_BITS; k++) {
            left[c][k] <== operands[at + k];
            right[c][k] <== operands[at + SELECTOR_BITS + k];
        }
        for (var k = 0; k < 3; k++) mask[c][k] <== operands[at + 2 * SELECTOR_BITS + k];
    }
    for (var l = 0; l < LOOKUPS; l++) {
        var at = COMPARISONS * comparisonBits + l * SELECTOR_BITS;
        for (var k = 0; k < SELECTOR_BITS; k++) lookedUp[l][k] <== operands[at + k];
    }
    isPerCredential <== operands[operandBits - 1];

    var productBits = SELECTOR_BITS + WEIGHT_BITS() + 1;
    signal {binary} products[WEIGHTS() * productBits] <== Bits(WEIGHTS() * productBits)(weightWord);
    for (var w = 0; w < WEIGHTS(); w++) {
        var at = w * productBits;
        for (var k = 0; k < SELECTOR_BITS; k++) weighted[w][k] <== products[at + k];
        for (var k = 0; k < WEIGHT_BITS(); k++) {
            magnitudes[w][k] <== products[at + SELECTOR_BITS + k];
        }
        signs[w] <== products[at + productBits - 1];
    }

    signal {binary} literals[TERMS * LITERALS] <== Bits(TERMS * LITERALS)(formulaWord);
    for (var t = 0; t < TERMS; t++) {
        for (var i = 0; i < LITERALS; i++) needs[t][i] <== literals[t * LITERALS + i];
    }
}
