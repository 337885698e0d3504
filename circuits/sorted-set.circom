pragma circom 2.2.0;

include "../node_modules/circomlib/circuits/poseidon.circom";
include "tags.circom";
include "tree.circom";

/**
 * Proves:  low <= key < high, as integers counted around 0.
 * Assumes: `key` carries `maxbit`, at most WIDTH. `low` and `high` need no range of their own:
 *          both distances are below 2^WIDTH, so the order holds among integers, not only mod r.
 * Rejects: a key outside, and every low or high so far away that the order could wrap.
 */
template InGap(WIDTH) {
    assert(WIDTH <= 250);
    signal input {maxbit} key;
    signal input low;
    signal input high;
    assert(key.maxbit <= WIDTH);

    _ <== Bits(WIDTH)(key - low);
    _ <== Bits(WIDTH)(high - key - 1);
}

/**
 * Proves:  `isFound` says whether the set under `root` contains `value`; both answers are sound.
 *          A value v is kept as the key 2v + 1, in runs of 16 neighbouring keys. Borders are even,
 *          so no border is ever "found".
 * Assumes: `value` carries `maxbit` VALUE_BITS. Whoever made the root kept neighbours next to each
 *          other and covered the whole range: for look-up sets that is the verifier, for
 *          revocations the issuer, and each could only harm its own statement.
 * Rejects: a run that is not in the tree, a place where the value does not belong, index 15.
 */
template SetLookup(VALUE_BITS, LEVELS) {
    signal input {maxbit} value;       // private
    input SetPlace(LEVELS) place;      // private: run bound by the root, index by its digits
    signal output root;
    signal output {binary} isFound;
    assert(value.maxbit == VALUE_BITS);

    signal {binary} indexBits[4] <== Bits(4)(place.index);
    signal low <== Select(16, 4)(place.run, indexBits);
    var next[16];
    for (var i = 0; i < 16; i++) next[i] = place.run[i < 15 ? i + 1 : 15];
    signal high <== Select(16, 4)(next, indexBits);

    signal {maxbit} key <== OddKey(VALUE_BITS)(value);
    InGap(VALUE_BITS + 2)(key <== key, low <== low, high <== high);
    isFound <== Equal()(left <== low, right <== key);

    signal leaf <== Poseidon(16)(place.run);
    root <== RootAbove(LEVELS)(leaf <== leaf, path <== place.path);
}
