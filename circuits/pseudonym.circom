pragma circom 2.2.0;

include "tags.circom";
include "holder.circom";

/**
 * Proves:  `pseudonym` is one of the `limit` names that the holder (or the credential whose
 *          blinding is given) has in `scope`; in scope 0 it is 0.
 * Assumes: `isPerCredential` is binary.
 * Rejects: use >= limit, a use or a limit of more than 16 bits.
 */
template ScopedPseudonym() {
    signal input secret;                     // private
    signal input blinding;                   // private: of the first credential
    signal input use;                        // private
    signal input {binary} isPerCredential;   // public, part of the program
    signal input scope;                      // public
    signal input limit;                      // public
    signal output pseudonym;
    assert(isPerCredential.binary == 1);

    signal {maxbit} useInRange <== InRange(16)(use);
    signal {maxbit} limitInRange <== InRange(16)(limit);
    signal {binary} isExhausted <== AtLeast()(
        left <== Signed(16)(useInRange),
        right <== Signed(16)(limitInRange)
    );
    isExhausted === 0;

    signal per <== isPerCredential * blinding;
    signal name <== Pseudonym()(secret <== secret, per <== per, scope <== scope, use <== use);
    signal {binary} isUnscoped <== Equal()(left <== scope, right <== 0);
    pseudonym <== (1 - isUnscoped) * name;
}
