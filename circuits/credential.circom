pragma circom 2.2.0;

include "../node_modules/circomlib/circuits/eddsaposeidon.circom";
include "../node_modules/circomlib/circuits/babyjub.circom";
include "../node_modules/circomlib/circuits/poseidon.circom";
include "buses.circom";
include "domains.circom";
include "holder.circom";
include "tags.circom";

// Widths of what an issuer signs; core/credential.ts has the same.

/** Days since 1900-01-01 up to the year 4770. */
function DAY_BITS() { return 20; }

/** Encoded attributes. */
function ATTRIBUTE_BITS() { return 120; }

/** Numbers under which an issuer may revoke. */
function REVOCATION_BITS() { return 40; }

/**
 * Proves:  `issuer` signed `message`.
 * Assumes: the issuer's key is one that was checked when it was listed (on the curve, in the
 *          subgroup of prime order, not its identity); circomlib's verifier ensures s < l and a
 *          unique decomposition of the challenge.
 * Rejects: every other message, key or signature; points off the curve.
 */
template IssuerSignature() {
    signal input message;
    input Point() issuer;            // private
    input Signature() signature;     // private

    BabyCheck()(issuer.x, issuer.y);
    BabyCheck()(signature.r8.x, signature.r8.y);
    EdDSAPoseidonVerifier()(
        enabled <== 1,
        Ax <== issuer.x,
        Ay <== issuer.y,
        S <== signature.s,
        R8x <== signature.r8.x,
        R8y <== signature.r8.y,
        M <== message
    );
}

/**
 * Proves:  validFrom <= asOf <= validUntil.
 * Assumes: all three carry `maxbit`.
 * Rejects: a credential that is not valid yet, or no longer.
 */
template ValidOn() {
    signal input {maxbit} validFrom;     // private
    signal input {maxbit} validUntil;    // private
    signal input {maxbit} asOf;          // public

    signal {binary} hasBegun <== AtLeast()(
        left <== Signed(DAY_BITS())(asOf), right <== Signed(DAY_BITS())(validFrom)
    );
    signal {binary} hasNotEnded <== AtLeast()(
        left <== Signed(DAY_BITS())(validUntil), right <== Signed(DAY_BITS())(asOf)
    );
    hasBegun === 1;
    hasNotEnded === 1;
}

/**
 * Proves:  an issuer signed these attributes, this revocation number and this validity, under
 *          `schema`, for the holder of `secret`, and the credential is valid on the day `asOf`.
 * Assumes: `asOf` carries `maxbit`. Attributes and dates are packed into fewer hash inputs, which
 *          is one-to-one because each is range-checked here first.
 * Rejects: another holder's credential, an altered or swapped attribute, another schema.
 */
template SignedCredential(ATTRIBUTES) {
    assert(ATTRIBUTES == 16);
    signal input secret;                          // private
    input Credential(ATTRIBUTES) credential;      // private
    signal input schema;                          // public
    signal input {maxbit} asOf;                   // public
    signal output {maxbit} attributes[ATTRIBUTES];
    signal output {maxbit} revocationId;

    for (var i = 0; i < ATTRIBUTES; i++) {
        attributes[i] <== InRange(ATTRIBUTE_BITS())(credential.attributes[i]);
    }
    revocationId <== InRange(REVOCATION_BITS())(credential.revocationId);
    signal {maxbit} validFrom <== InRange(DAY_BITS())(credential.validFrom);
    signal {maxbit} validUntil <== InRange(DAY_BITS())(credential.validUntil);
    ValidOn()(validFrom <== validFrom, validUntil <== validUntil, asOf <== asOf);

    signal commitment <== HolderCommitment()(secret <== secret, blinding <== credential.blinding);
    var dates = validFrom + validUntil * (1 << DAY_BITS());
    var parts[ATTRIBUTES \ 2 + 4];
    parts[0] = CREDENTIAL();
    parts[1] = schema;
    parts[2] = commitment;
    parts[3] = revocationId + dates * (1 << REVOCATION_BITS());
    for (var i = 0; i < ATTRIBUTES \ 2; i++) {
        parts[4 + i] = attributes[2 * i] + attributes[2 * i + 1] * (1 << ATTRIBUTE_BITS());
    }
    signal message <== Poseidon(12)(parts);
    IssuerSignature()(
        message <== message,
        issuer <== credential.issuer,
        signature <== credential.signature
    );
}
