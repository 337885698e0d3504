pragma circom 2.2.0;

include "buses.circom";
include "credential.circom";
include "issuer.circom";
include "policy.circom";
include "pseudonym.circom";
include "tags.circom";

/**
 * Proves:  one holder has SLOTS credentials, each signed by a listed issuer, valid on `asOf` and
 *          not revoked; their attributes satisfy the policy; `pseudonym` is one of the holder's
 *          names in `scope`.
 * Assumes: every public signal except `pseudonym` comes from the verifier's own state.
 * Rejects: whatever one of the conditions below rejects. This template only wires.
 */
template Eligibility(
    SLOTS, COMPARISONS, LOOKUPS, TERMS, SELECTOR_BITS,
    TRUST_LEVELS, REVOCATION_LEVELS, LOOKUP_LEVELS
) {
    var ATTRIBUTES = 16;

    signal input secret;
    signal input use;
    input Credential(ATTRIBUTES) credentials[SLOTS];
    input SetPlace(REVOCATION_LEVELS) revocationPlaces[SLOTS];
    input TreePath(TRUST_LEVELS) trustPaths[SLOTS];
    input SetPlace(LOOKUP_LEVELS) lookupPlaces[LOOKUPS];

    signal input asOf;
    signal input schemas[SLOTS];
    signal input trustRoots[SLOTS];
    signal input operandWord;
    signal input weightWord;
    signal input formulaWord;
    signal input constants[COMPARISONS];
    signal input lookupRoots[LOOKUPS];
    signal input scope;
    signal input limit;
    signal input presenter;

    signal output pseudonym;

    component today = InRange(DAY_BITS());
    today.in <== asOf;

    component signed[SLOTS];
    component listed[SLOTS];
    component policy = SatisfiedPolicy(
        SLOTS * ATTRIBUTES, COMPARISONS, LOOKUPS, TERMS, SELECTOR_BITS, LOOKUP_LEVELS
    );
    for (var s = 0; s < SLOTS; s++) {
        signed[s] = SignedCredential(ATTRIBUTES);
        signed[s].secret <== secret;
        signed[s].credential <== credentials[s];
        signed[s].schema <== schemas[s];
        signed[s].asOf <== today.out;

        listed[s] = TrustedAndNotRevoked(REVOCATION_BITS(), TRUST_LEVELS, REVOCATION_LEVELS);
        listed[s].issuer <== credentials[s].issuer;
        listed[s].schema <== schemas[s];
        listed[s].revocationId <== signed[s].revocationId;
        listed[s].revocationPlace <== revocationPlaces[s];
        listed[s].trustPath <== trustPaths[s];
        listed[s].trustRoot === trustRoots[s];

        for (var i = 0; i < ATTRIBUTES; i++) {
            policy.attributes[s * ATTRIBUTES + i] <== signed[s].attributes[i];
        }
    }

    policy.lookupPlaces <== lookupPlaces;
    policy.operandWord <== operandWord;
    policy.weightWord <== weightWord;
    policy.formulaWord <== formulaWord;
    policy.constants <== constants;
    for (var l = 0; l < LOOKUPS; l++) policy.lookupRoots[l] === lookupRoots[l];

    component name = ScopedPseudonym();
    name.secret <== secret;
    name.blinding <== credentials[0].blinding;
    name.use <== use;
    name.isPerCredential <== policy.isPerCredential;
    name.scope <== scope;
    name.limit <== limit;
    pseudonym <== name.pseudonym;

    // Binds the presenter's key: without a constraint on it, a proof could be moved to another key.
    signal presenterSquared <== presenter * presenter;
}
