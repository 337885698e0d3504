pragma circom 2.2.0;

// The only file that may put a tag on a signal. The compiler checks that a tagged input gets a
// tagged signal, but believes whoever adds the tag, so everything that adds one is gathered here,
// each with the constraint that earns it.
//
//   {binary}   the signal is 0 or 1; the tag's value is 1
//   {maxbit}   0 <= signal < 2^maxbit
//   {maxabs}   -2^maxabs < signal < 2^maxabs, negative numbers counted down from the field's order
//
// A tag without a value is granted to any signal that is declared with it. A value travels only
// from a signal that has it, so every template that needs a tag reads its value, and whatever got
// the tag by declaration alone does not compile.

include "../node_modules/circomlib/circuits/bitify.circom";
include "../node_modules/circomlib/circuits/comparators.circom";
include "select.circom";

/**
 * Proves:  `in` is below 2^N, and `bits` are its binary digits, the lowest first.
 * Assumes: nothing. N <= 253, so that the digits are unique in the field.
 * Rejects: every value of N + 1 bits or more, in particular what is "negative".
 */
template Bits(N) {
    assert(N >= 1 && N <= 253);
    signal input in;
    signal output {binary} bits[N];
    bits.binary = 1;
    bits <== Num2Bits(N)(in);
}

/**
 * Proves:  `in` is below 2^N; gives it back with the tag that says so.
 * Assumes: nothing.
 * Rejects: every other field element.
 */
template InRange(N) {
    signal input in;
    signal output {maxbit} out;
    out.maxbit = N;
    _ <== Bits(N)(in);
    out <== in;
}

/**
 * Proves:  nothing new: a signal below 2^maxbit is also one whose absolute value is below 2^N.
 * Assumes: `in` carries `maxbit`, at most N.
 */
template Signed(N) {
    signal input {maxbit} in;
    signal output {maxabs} out;
    assert(in.maxbit <= N);
    out.maxabs = N;
    out <== in;
}

/**
 * Proves:  nothing new: out = 2 * in + 1 is below 2^(N + 1) where `in` is below 2^N.
 * Assumes: `in` carries `maxbit` N, at most 252.
 */
template OddKey(N) {
    assert(N <= 252);
    signal input {maxbit} in;
    signal output {maxbit} out;
    assert(in.maxbit == N);
    out.maxbit = N + 1;
    out <== 2 * in + 1;
}

/**
 * Proves:  nothing. A comparison's constant is public: the verifier computes it from its own
 *          policy and never reads it from a message, so no prover has a say in it.
 * Assumes: the verifier keeps |in| < 2^N. core/statement.ts refuses any other constant, and a
 *          constant outside would harm only the verifier that chose it.
 */
template PublicConstant(N) {
    signal input in;
    signal output {maxabs} out;
    out.maxabs = N;
    out <== in;
}

/**
 * Proves:  out = values[index], with index = sum of bits[i] * 2^i; 0 from COUNT on.
 * Assumes: `bits` are binary. The output is one of the values or 0, hence in their range.
 */
template SelectUnsigned(COUNT, BITS) {
    signal input {maxbit} values[COUNT];
    signal input {binary} bits[BITS];
    assert(bits.binary == 1);
    signal output {maxbit} out;
    out.maxbit = values.maxbit;
    out <== Select(COUNT, BITS)(values, bits);
}

/** As SelectUnsigned, for digits. */
template SelectBinary(COUNT, BITS) {
    signal input {binary} values[COUNT];
    signal input {binary} bits[BITS];
    signal output {binary} out;
    assert(values.binary == 1 && bits.binary == 1);
    out.binary = 1;
    out <== Select(COUNT, BITS)(values, bits);
}

/** As SelectUnsigned, for signed values. */
template SelectSigned(COUNT, BITS) {
    signal input {maxabs} values[COUNT];
    signal input {binary} bits[BITS];
    assert(bits.binary == 1);
    signal output {maxabs} out;
    out.maxabs = values.maxabs;
    out <== Select(COUNT, BITS)(values, bits);
}

/**
 * Proves:  out = sum of (sign ? -magnitude : magnitude) * value over COUNT products.
 * Assumes: values below 2^VALUE_BITS; the digits of the magnitudes and the signs are binary, so
 *          |out| < COUNT * 2^(VALUE_BITS + WEIGHT_BITS) <= 2^maxabs, far below half the field.
 */
template SumOfProducts(COUNT, VALUE_BITS, WEIGHT_BITS) {
    assert(COUNT <= 4 && VALUE_BITS + WEIGHT_BITS + 2 <= 250);
    signal input {maxbit} values[COUNT];
    signal input {binary} magnitudes[COUNT][WEIGHT_BITS];
    signal input {binary} signs[COUNT];
    signal output {maxabs} out;
    assert(values.maxbit <= VALUE_BITS && magnitudes.binary == 1 && signs.binary == 1);
    out.maxabs = VALUE_BITS + WEIGHT_BITS + 2;

    signal weights[COUNT];
    signal products[COUNT];
    var sum = 0;
    for (var i = 0; i < COUNT; i++) {
        var magnitude = 0;
        for (var k = 0; k < WEIGHT_BITS; k++) magnitude += magnitudes[i][k] * (1 << k);
        weights[i] <== magnitude * (1 - 2 * signs[i]);
        products[i] <== weights[i] * values[i];
        sum += products[i];
    }
    out <== sum;
}

/**
 * Proves:  out = 1 - in.
 * Assumes: `in` is binary, hence `out` is.
 */
template Not() {
    signal input {binary} in;
    signal output {binary} out;
    assert(in.binary == 1);
    out.binary = 1;
    out <== 1 - in;
}

/**
 * Proves:  out = 1 if left = right, else 0.
 * Assumes: nothing; equality holds in the field whatever the ranges.
 */
template Equal() {
    signal input left;
    signal input right;
    signal output {binary} out;
    out.binary = 1;
    out <== IsEqual()([left, right]);
}

/**
 * Proves:  out = 1 if left >= right, else 0.
 * Assumes: both carry `maxabs` N, at most 250, so left - right + 2^(N+1) lies in (0, 2^(N+2)),
 *          and its top digit answers.
 */
template AtLeast() {
    signal input {maxabs} left;
    signal input {maxabs} right;
    signal output {binary} out;
    var N = left.maxabs;
    assert(right.maxabs == N && N <= 250);
    out.binary = 1;
    component digits = Num2Bits(N + 2);
    digits.in <== left - right + (1 << (N + 1));
    out <== digits.out[N + 1];
}
