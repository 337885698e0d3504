pragma circom 2.2.0;

include "holder.circom";

/**
 * Proves:  whoever asks for a credential knows the secret and the blinding behind `commitment`;
 *          `tag` is the same for every commitment of one secret shown to this issuer.
 * Assumes: nothing: any field element is a possible secret or blinding.
 * Rejects: a commitment copied from somebody else; a proof made for another nonce or issuer.
 */
template Enrolment() {
    signal input secret;           // private
    signal input blinding;         // private
    signal input commitment;       // public
    signal input issuerScope;      // public
    signal input nonce;            // public, the issuer's challenge
    signal output tag;             // public

    signal opened <== HolderCommitment()(secret <== secret, blinding <== blinding);
    opened === commitment;
    tag <== Pseudonym()(secret <== secret, per <== 0, scope <== issuerScope, use <== 0);
    // Binds the challenge: without a constraint on it, a proof could be moved to another one.
    signal nonceSquared <== nonce * nonce;
}
