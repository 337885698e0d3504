pragma circom 2.2.0;

include "../node_modules/circomlib/circuits/poseidon.circom";
include "domains.circom";

/**
 * Proves:  `commitment` hides `secret` under `blinding`.
 * Assumes: nothing. Every field element is a possible secret and a possible blinding; another
 *          value of either gives another commitment, which no issuer signed.
 */
template HolderCommitment() {
    signal input secret;       // private
    signal input blinding;     // private
    signal output commitment;
    commitment <== Poseidon(3)([HOLDER(), secret, blinding]);
}

/**
 * Proves:  `pseudonym` is the name number `use` of the secret's owner in `scope`.
 * Assumes: nothing. `per` is 0 or a blinding the issuer never saw; both are bound elsewhere.
 */
template Pseudonym() {
    signal input secret;       // private
    signal input per;
    signal input scope;
    signal input use;
    signal output pseudonym;
    pseudonym <== Poseidon(5)([PSEUDONYM(), secret, per, scope, use]);
}
