pragma circom 2.2.0;

include "../node_modules/circomlib/circuits/poseidon.circom";
include "buses.circom";

/**
 * Proves:  `child` is one of the eight `children`.
 * Assumes: nothing. A product is 0 exactly if a factor is: a field has no divisors of zero.
 * Rejects: everything else. There is no position to choose, so none to choose wrongly.
 */
template ChildOf() {
    signal input child;
    signal input children[8];

    signal products[7];
    products[0] <== (children[0] - child) * (children[1] - child);
    for (var i = 1; i < 7; i++) products[i] <== products[i - 1] * (children[i + 1] - child);
    products[6] === 0;
}

/**
 * Proves:  `root` is the root of an arity-8 tree of LEVELS levels that has `leaf` as a leaf.
 * Assumes: `leaf` is a Poseidon hash of a width other than 8 inputs (so no inner node can stand
 *          for a leaf) and not 0 (the mark of an empty place).
 * Rejects: a leaf that is not in the tree, at whatever position it is claimed.
 */
template RootAbove(LEVELS) {
    signal input leaf;                 // private
    input TreePath(LEVELS) path;       // private; any value that hashes to the root will do
    signal output root;

    signal nodes[LEVELS + 1];
    nodes[0] <== leaf;
    for (var level = 0; level < LEVELS; level++) {
        ChildOf()(child <== nodes[level], children <== path.children[level]);
        nodes[level + 1] <== Poseidon(8)(path.children[level]);
    }
    root <== nodes[LEVELS];
}
