pragma circom 2.2.0;

/**
 * Proves:  out = values[index] with index = sum of bits[i] * 2^i; 0 for an index from COUNT on.
 * Assumes: `bits` are binary, which their tag says.
 * Rejects: nothing; a fold of two-way choices, the lowest digit first.
 */
template Select(COUNT, BITS) {
    assert(COUNT >= 1 && COUNT <= (1 << BITS));
    signal input values[COUNT];
    signal input {binary} bits[BITS];
    signal output out;
    assert(bits.binary == 1);

    signal chosen[(1 << BITS) - 1];
    var candidates[1 << BITS];
    for (var i = 0; i < (1 << BITS); i++) candidates[i] = i < COUNT ? values[i] : 0;
    var used = 0;
    for (var level = 0; level < BITS; level++) {
        for (var i = 0; i < (1 << (BITS - 1 - level)); i++) {
            chosen[used] <==
                candidates[2 * i] + bits[level] * (candidates[2 * i + 1] - candidates[2 * i]);
            candidates[i] = chosen[used];
            used++;
        }
    }
    out <== candidates[0];
}
