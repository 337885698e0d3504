pragma circom 2.2.0;

include "tags.circom";

/**
 * Proves:  `isTrue` = whether the order of left and right is one that the mask allows:
 *          mask[2] less, mask[1] equal, mask[0] greater. LT=100, LE=110, EQ=010, NE=101, GE=011,
 *          GT=001, always=111; the complement of a mask is its negation.
 * Assumes: both operands carry the same `maxabs`; the mask is binary.
 * Rejects: nothing by itself; the formula decides what has to be true.
 */
template Comparison() {
    signal input {maxabs} left;
    signal input {maxabs} right;
    signal input {binary} mask[3];
    signal output {binary} isTrue;
    assert(mask.binary == 1);

    signal {binary} atLeast <== AtLeast()(left <== left, right <== right);
    signal {binary} equal <== Equal()(left <== left, right <== right);

    // Equal without being at least does not occur; both its places say what "less" says.
    isTrue <== SelectBinary(4, 2)([mask[2], mask[2], mask[0], mask[1]], [equal, atLeast]);
}
