pragma circom 2.2.0;

/**
 * Proves:  at least one of the TERMS conjunctions holds. Conjunction t asks for every literal l
 *          with needs[t][l] = 1, and the number of those that fail is counted; the product of the
 *          counts is 0 exactly if one of them is, and nobody can tell which.
 * Assumes: both inputs are binary, so a count is at most LITERALS, far below r.
 * Rejects: a formula without a conjunction that holds.
 */
template Formula(TERMS, LITERALS) {
    signal input {binary} literals[LITERALS];
    signal input {binary} needs[TERMS][LITERALS];
    assert(literals.binary == 1 && needs.binary == 1);

    signal fails[TERMS][LITERALS];
    signal products[TERMS];
    for (var t = 0; t < TERMS; t++) {
        var failures = 0;
        for (var l = 0; l < LITERALS; l++) {
            fails[t][l] <== needs[t][l] * (1 - literals[l]);
            failures += fails[t][l];
        }
        products[t] <== t == 0 ? failures : products[t - 1] * failures;
    }
    products[TERMS - 1] === 0;
}
